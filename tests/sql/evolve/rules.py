"""What a restore must say of every operator (docs/changing-a-running-query.md, "What an edit does"), written down once
more as data, apart from the code. Never calls weir.
"""
import dataclasses

from queries import COUNT, INTEGERS

ORDER = ("FULL", "NEW", "MIGRATE", "PARTIAL", "DROP", "SEMANTIC", "INCOMPATIBLE")
WIDER = {("SMALLINT", "INT"), ("SMALLINT", "BIGINT"), ("INT", "BIGINT"), ("FLOAT", "DOUBLE"),
         ("DECIMAL(5,1)", "DECIMAL(9,1)")}
# Wider, but the same record is read as another value: 0.7.
READ_OTHERWISE = {("FLOAT", "DOUBLE")}


@dataclasses.dataclass(frozen=True)
class Op:
    uid: str
    kind: str
    fixed: tuple = ()            # what state cannot outlive
    meaning: tuple = ()          # what a user must accept
    keys: frozenset = frozenset()     # (name, type)
    fields: frozenset = frozenset()   # (accumulator, type)
    retracts: bool = False
    inputs: tuple = ()           # uids of the nearest states below
    reads: tuple = ()            # types of a table's columns


def field_type(call, v):
    """The type of what an accumulator keeps of its values; "" where that does not depend on the column's."""
    if call.distinct:
        return "items"
    if call.function == "COUNT":
        return "count"
    if call.function == "AVG":
        return {"FLOAT": "DOUBLE"}.get(v, "BIGINT" if v in INTEGERS else v.replace("5", "38").replace("9", "38"))
    if call.function == "SUM" and v.startswith("DECIMAL"):
        return v.replace("(5", "(38").replace("(9", "(38")
    return v


def aggregation(part, query):
    """Operators of one INSERT behind its sources."""
    v = "BIGINT" if part.kind == "nested" else query.v
    types = {"k": "STRING", "g": "STRING", "n": query.n}
    meaning = (part.where, tuple(sorted(part.branches)))
    keys = frozenset((key, types[key]) for key in part.keys)
    fields = frozenset((call, "items" + v if call.distinct and call.column == "v" else field_type(call, v))
                       for call in part.calls)
    if part.kind == "nested":
        inner = Op(part.uid("t:counted/agg"), "agg", (), meaning, frozenset({("k", "STRING"), ("g", "STRING")}),
                   frozenset({(COUNT, "count")}))
        # Rows are filtered before they are counted: what the outer aggregation gets are counts by (k, g), as before.
        return [inner, Op(part.uid(), "agg", (), ("agg by g, k",), keys, fields, retracts=True,
                          inputs=(inner.uid,))]
    if part.kind == "group":
        return [Op(part.uid(), "agg", (), meaning, keys, fields)]
    return [Op(part.uid(), "wagg", (part.kind, part.size), meaning, keys, fields)]


def operators(query):
    ops = []
    for table in query.tables():
        # Another table's options are another identity, and its time says nothing about this one's.
        ops.append(Op(f"src:{table}", "src", meaning=(table,), reads=(query.v, query.n)))
        ops.append(Op(f"wm:{table}", "wm", meaning=(query.delay, table)))
    for part in query.parts:
        ops += aggregation(part, query)
        behind = part.without and (part.keys[0], part.without)
        # Its columns in their order, too: the format writes no names.
        written = query.n if "n" in part.keys else ""  # the only type that changes
        ops.append(Op(part.uid("sink.w"), "sink.w", meaning=(part.place, part.windowed, part.keys, part.calls, behind, written),
                      inputs=(part.uid(),)))
    return ops


def widening(before, after):
    """How the type of a value changes: same, wider, narrow."""
    if before == after:
        return "same"
    return "wider" if (before, after) in WIDER else "narrow"


def compare_keys(saved, wanted):
    before, after = dict(saved.keys), dict(wanted.keys)
    if before.keys() != after.keys():
        return "INCOMPATIBLE"
    # Whole numbers are keys of one width.
    fits = all(widening(before[name], after[name]) != "narrow" for name in before)
    return "FULL" if fits else "INCOMPATIBLE"


def compare_field(before, after):
    if before.startswith("items") and before != after:
        before, after = before[len("items"):], after[len("items"):]
        return "FULL" if widening(before, after) == "wider" else "INCOMPATIBLE"
    return {"same": "FULL", "wider": "MIGRATE", "narrow": "INCOMPATIBLE"}[widening(before, after)]


def compare(saved, wanted):
    """(verdict, whether it needs ALLOW PARTIAL, whether it needs ACCEPT CHANGES)"""
    found = [compare_keys(saved, wanted)]
    if saved.kind != wanted.kind or saved.fixed != wanted.fixed:
        found.append("INCOMPATIBLE")
    if saved.meaning != wanted.meaning:
        found.append("SEMANTIC")
    if any(widening(*types) == "narrow" or types in READ_OTHERWISE for types in zip(saved.reads, wanted.reads)):
        found.append("SEMANTIC")
    before, after = dict(saved.fields), dict(wanted.fields)
    kept = [call for call in after if call in before]
    found += [compare_field(before[call], after[call]) for call in kept]
    added = len(kept) < len(after)
    if added:
        found.append("PARTIAL")
        if wanted.retracts:
            found.append("SEMANTIC")
    verdict = max(found, key=ORDER.index)
    return verdict, added, "SEMANTIC" in found or (added and not kept)


class Outcome:
    """Of a restore of `before` as `after`, with uids that the user maps (new to old), and saved ones whose loss is
    allowed."""

    def __init__(self, before, after, mapping=None):
        self.saved_ops = {op.uid: op for op in operators(before)}
        self.wanted_ops = {op.uid: op for op in operators(after)}
        self.mapping = dict(mapping or {})
        self.sources = {uid: self.mapping.get(uid) for uid in self.wanted_ops}
        taken = set(self.mapping.values())
        for uid in self.wanted_ops:
            if self.sources[uid] is None and uid in self.saved_ops and uid not in taken:
                self.sources[uid] = uid
        self.match_alone()
        self.rows, self.partial, self.accept, self.drop = {}, False, [], []
        self.seeded = set()      # those that are new or start empty, and are given the result that they read so far
        for uid in self.wanted_ops:
            self.judge(uid)
        for uid in self.wanted_ops:
            self.judge_inputs(uid)
        for uid in self.saved_ops:
            if uid not in self.sources.values():
                self.rows[uid] = "DROP"
                self.drop.append(uid)
        self.drop += [self.sources[uid] for uid in self.wanted_ops if self.rows[uid] == "INCOMPATIBLE"]

    def match_alone(self):
        """What is unmatched on both sides and alike but for its name, and the only such pair."""
        wanted = [uid for uid, source in self.sources.items() if source is None]
        saved = [uid for uid in self.saved_ops if uid not in self.sources.values()]
        alike = [(w, s) for w in wanted for s in saved
                 if self.saved_ops[s].kind == self.wanted_ops[w].kind
                 and compare(self.saved_ops[s], self.wanted_ops[w])[0] == "FULL"]
        for w, s in alike:
            if sum(w == other for other, _ in alike) == 1 and sum(s == other for _, other in alike) == 1:
                self.sources[w] = s

    def judge(self, uid):
        source = self.sources[uid]
        if source is None:
            self.rows[uid] = "NEW"
            return
        verdict, partial, accept = compare(self.saved_ops[source], self.wanted_ops[uid])
        self.rows[uid] = verdict
        if verdict != "INCOMPATIBLE":
            self.partial |= partial
            self.accept += [uid] * accept

    def judge_inputs(self, uid):
        """Who has not seen what its input has given, or was made of what another one gave."""
        source, op = self.sources[uid], self.wanted_ops[uid]
        for below in op.inputs:
            went_on = self.source(below)
            if self.source(uid) is None:
                mixed = went_on is not None
                if mixed and self.wanted_ops[below].kind == "agg" and self.rows[below] in ("FULL", "MIGRATE"):
                    mixed = False
                    self.seeded.add(uid)
            elif went_on is None:
                mixed = op.kind != "sink.w" or below in self.seeded
            else:
                mixed = went_on not in self.saved_ops[source].inputs
            if mixed:
                if self.rows[uid] != "INCOMPATIBLE":
                    self.rows[uid] = "SEMANTIC"
                self.accept += [uid] * (uid not in self.accept)

    def source(self, uid):
        """The saved uid that goes on as this one; None when it starts empty."""
        return None if self.rows.get(uid) == "INCOMPATIBLE" else self.sources.get(uid)

    @property
    def allowed(self):
        return not (self.partial or self.accept or self.drop)

    def clauses(self):
        """What the statement must say, in the order of the grammar."""
        quoted = lambda uids: ", ".join(f"'{uid}'" for uid in uids)  # noqa: E731
        found = []
        if self.drop:
            found.append(f"ALLOW DROP ({quoted(sorted(self.drop))})")
        if self.partial:
            found.append("ALLOW PARTIAL")
        if self.accept:
            found.append(f"ACCEPT CHANGES ({quoted(sorted(self.accept))})")
        if self.mapping:
            pairs = ", ".join(f"'{old}' TO '{new}'" for new, old in sorted(self.mapping.items()))
            found.append(f"WITH STATE MAPPING ({pairs})")
        return found
