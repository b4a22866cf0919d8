"""Queries as data: their SQL, what they mean, and what an edit of one must lead to.

Nothing here calls weir. The model folds the rows of the first half by the old query and those of the second
half by the new one; accumulators that both know by name go on, others start empty.
"""
import dataclasses

SECOND = 1000


@dataclasses.dataclass(frozen=True)
class Call:
    function: str          # COUNT SUM MIN MAX AVG
    column: str = "*"
    distinct: bool = False
    where: int = -1        # FILTER (WHERE v > where); -1: none

    def sql(self):
        text = f"{self.function}({'DISTINCT ' if self.distinct else ''}{self.column})"
        return text + (f" FILTER (WHERE v > {self.where})" if self.where >= 0 else "")


@dataclasses.dataclass(frozen=True)
class Query:
    kind: str = "tumble"              # tumble, hop, group
    keys: tuple = ("k",)              # of k, g
    calls: tuple = (Call("COUNT"),)
    where: int = -1                   # WHERE v > where; -1: none
    size: int = 10                    # seconds
    cte: str = "m"
    sink: str = "results"
    wide: bool = False                # v is BIGINT

    def uid(self, role=None):
        role = role or ("agg" if self.kind == "group" else "wagg")
        return f"sink:{self.sink}/sink.w" if role == "sink.w" else f"sink:{self.sink}/cte:{self.cte}/{role}"

    def insert(self):
        columns = list(self.keys) + [f"{call.sql()} AS c{i}" for i, call in enumerate(self.calls)]
        names = list(self.keys) + [f"CAST(c{i} AS DOUBLE)" for i in range(len(self.calls))]
        condition = f" WHERE v > {self.where}" if self.where >= 0 else ""
        source, by = "events", list(self.keys)
        if self.kind != "group":
            time = f"DESCRIPTOR(ts), INTERVAL '{self.size}' SECOND"
            if self.kind == "hop":
                time += f", INTERVAL '{self.size * 2}' SECOND"
            source = f"TABLE({self.kind.upper()}(TABLE events, {time}))"
            by = ["window_start", "window_end"] + by
            columns.insert(0, "window_start")
            names.insert(0, "window_start")
        return (f"INSERT INTO {self.sink} WITH {self.cte} AS (SELECT {', '.join(columns)} FROM {source}{condition} "
                f"GROUP BY {', '.join(by)}) SELECT {', '.join(names)} FROM {self.cte}")

    def definitions(self, directory):
        columns = ["window_start TIMESTAMP(3)"] if self.kind != "group" else []
        columns += [f"{key} STRING" for key in self.keys]
        columns += [f"c{i} DOUBLE" for i in range(len(self.calls))]
        sink = ("'connector' = 'print'" if self.kind == "group" else
                f"'connector' = 'filesystem', 'path' = '{directory}/out', 'format' = 'json'")
        return (f"CREATE TABLE events (k STRING, g STRING, v {'BIGINT' if self.wide else 'INT'}, ts TIMESTAMP(3), "
                f"WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'filesystem', "
                f"'path' = '{directory}/in', 'format' = 'csv', 'source.monitor-interval' = '50 ms');\n"
                f"CREATE TABLE {self.sink} ({', '.join(columns)}) WITH ({sink});\n")


@dataclasses.dataclass(frozen=True)
class Event:
    k: str
    g: str
    v: int
    ts: int                # seconds

    def csv(self):
        return f"{self.k},{self.g},{self.v},2026-01-01 00:{self.ts // 60:02}:{self.ts % 60:02}"


class Accumulator:
    """One call in one group."""

    def __init__(self, call):
        self.call = call
        self.values = []

    def add(self, event):
        if self.call.where >= 0 and not event.v > self.call.where:
            return
        value = 1 if self.call.column == "*" else getattr(event, self.call.column)
        if not (self.call.distinct and value in self.values):
            self.values.append(value)

    def result(self):
        if self.call.function == "COUNT":
            return float(len(self.values))
        if not self.values:
            return None
        numbers = [float(value) for value in self.values]
        if self.call.function == "AVG":     # of INT and BIGINT: cut to an integer
            return float(int(sum(numbers) / len(numbers)))
        return {"SUM": sum, "MIN": min, "MAX": max}[self.call.function](numbers)


def windows_of(query, ts):
    if query.kind == "group":
        return [None]
    first = ts // query.size * query.size
    span = 2 if query.kind == "hop" else 1
    return [(first - i * query.size, first - i * query.size + span * query.size) for i in range(span)]


def fold(query, groups, events):
    for event in events:
        if query.where >= 0 and not event.v > query.where:
            continue
        for window in windows_of(query, event.ts):
            key = (window, frozenset((name, getattr(event, name)) for name in query.keys))
            group = groups.setdefault(key, {call: Accumulator(call) for call in query.calls})
            for accumulator in group.values():
                accumulator.add(event)


def rows(query, groups):
    result = []
    for (window, key), group in groups.items():
        key = dict(key)
        values = [group[call].result() for call in query.calls]
        start = () if window is None else (window[0],)
        result.append(start + tuple(key[name] for name in query.keys) + tuple(values))
    return result


def fired(groups, watermark):
    """Of the groups those whose window the watermark (seconds) has passed."""
    return {key: group for key, group in groups.items()
            if key[0] is not None and key[0][1] * SECOND - 1 <= watermark * SECOND}


def first_phase(query, events):
    """All groups, and those that were emitted."""
    groups = {}
    fold(query, groups, events)
    return groups, fired(groups, max(event.ts for event in events) - 1)


def model(before, after, first, second):
    """Rows of the first phase and of the second; of a group query every group as it is at last."""
    groups, old = first_phase(before, first)
    kept = {key: {call: group.get(call) or Accumulator(call) for call in after.calls}
            for key, group in groups.items() if key not in old}
    fold(after, kept, second)
    new = kept if after.kind == "group" else fired(kept, max(event.ts for event in second) - 1)
    return rows(before, old), rows(after, new)


def verdicts(before, after):
    """uid of the new query -> verdict, and the clauses that a restore needs; None where nothing helps."""
    state = "FULL"
    clauses = []
    accept = []
    added = [call for call in after.calls if call not in before.calls]
    kept = [call for call in after.calls if call in before.calls]
    renamed = (before.cte, before.sink) != (after.cte, after.sink)
    unfit = "NEW" if renamed else "INCOMPATIBLE"  # nothing goes on by another name that would not by its own
    if (before.kind, before.size) != (after.kind, after.size) or sorted(before.keys) != sorted(after.keys):
        return {after.uid(): unfit}, None
    if before.wide and not after.wide and narrows(kept):
        return {after.uid(): unfit}, None
    if widens(before, after, kept):
        state = "MIGRATE"
    if added:
        state = "PARTIAL"
        clauses.append("ALLOW PARTIAL")
        if not kept:
            accept.append(after.uid())
    if before.where != after.where:
        state = "SEMANTIC"
        accept.append(after.uid())
    by_itself = renamed and state == "FULL"
    mappings = [] if not renamed or by_itself else [(before.uid(), after.uid())]
    return ({after.uid(): state}, clauses +
            ([f"ACCEPT CHANGES ({', '.join(repr(uid) for uid in sorted(set(accept)))})"] if accept else []) +
            ([f"WITH STATE MAPPING ({', '.join(f'{a!r} TO {b!r}' for a, b in mappings)})"] if mappings else []))


def widens(before, after, kept):
    """SUM, MIN and MAX keep values of the column's type; a count, and AVG's sum, do not."""
    return not before.wide and after.wide and any(
        call.column == "v" and call.function in ("SUM", "MIN", "MAX") for call in kept)


def narrows(kept):
    return any(call.column == "v" and (call.function in ("SUM", "MIN", "MAX") or call.distinct) for call in kept)
