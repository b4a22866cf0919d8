#!/usr/bin/env python3
"""Runs joins that choose a version by event time, with random conditions in and above them, and compares with a model.

usage: versions.py --weir build/weir [--seed N] [--count N] [--case N] [--defect NAME]
A case is random rows of a left table `l` and of three right ones, and QUERIES queries over them in one script. Joins
are FOR SYSTEM_TIME AS OF l.ts of `changes` (a PRIMARY KEY, updates and deletes) and of `newest` (a view that keeps the
last row of a key), and ASOF of `quotes` (inserts); inner and left, one or two of them in a row. Conditions stand in ON,
in WHERE beside the join, in a query around it and in one of a view. The model looks through all rows of the right side
for each row of the left: of a temporal join the keys say which version is valid, and the rest of ON is asked of that
one; of an ASOF join all of ON says which rows are looked at; WHERE chooses none. ON of temporal joins has no equalities
between the sides beside the key: they would be keys, as in Flink. The changes of results must fold.
Prints the seed, for the first difference the least conditions and rows that still show it, and what was asked, and how
often.
"""
import argparse
import collections
import dataclasses
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, ".."), os.path.join(HERE, "../sql")]
import program  # noqa: E402
import seed as seeds  # noqa: E402
import slt  # noqa: E402

COUNT = 60
QUERIES = 24
LEFT = [("id", "INT"), ("k", "INT"), ("j", "INT"), ("k2", "STRING"), ("amt", "INT"), ("ts", "TIMESTAMP(3)")]
RIGHT = [("k", "INT"), ("j", "INT"), ("v", "INT"), ("w", "STRING"), ("rts", "TIMESTAMP(3)")]
COLUMNS = {"l": {f"l.{name}": kind for name, kind in LEFT},
           **{side: {f"{side}.{name}": kind for name, kind in RIGHT} for side in "rs"}}
OPTIONAL = ["l.k", "l.amt", "r.k", "r.v", "r.w", "r.rts", "s.v", "s.w"]  # what a query may list besides l.id
# What has to be asked of both sides above a join.
PLACES = ["WHERE, both sides", "around by a query, both sides", "around by a view, both sides"]
KINDS = ["=", "computed =", "IS NOT DISTINCT FROM", "IN", "BETWEEN", "NOT", "AND", "OR"]
KEYS = [1, 1, 2, 2]
NUMBERS = [0, 1, 1, 2, 2, 3, None]
WORDS = ["p", "p", "q", "q", "P", None]


# --- terms: .sql, .type and .value(env), env being the columns of a row ("l.k") with their values --------------------
@dataclasses.dataclass
class Column:
    """l.k, r.w, …; in a query around the join it is l_k, r_w, …"""
    sql: str
    type: str

    def value(self, env):
        return env[self.sql]

    def columns(self):
        return [self.sql]


@dataclasses.dataclass
class Constant:
    """A value that is in every row."""
    constant: object
    type: str

    @property
    def sql(self):
        return literal(self.constant, self.type)

    def value(self, _):
        return self.constant

    def columns(self):
        return []


@dataclasses.dataclass
class Computed:
    """What one of FORMS makes of a column."""
    form: str
    of: Column

    @property
    def sql(self):
        return self.form.format(self.of.sql)

    @property
    def type(self):
        return self.of.type

    def value(self, env):
        value = self.of.value(env)
        if self.form == "COALESCE({}, 1)":
            return 1 if value is None else value
        if value is None or self.form == "{} || ''":
            return value
        return value + 1 if self.form == "{} + 1" else value.lower()

    def columns(self):
        return self.of.columns()


FORMS = {"INT": ["{} + 1", "COALESCE({}, 1)"], "STRING": ["{} || ''", "LOWER({})"]}


def literal(value, kind):
    """A value as SQL has it."""
    return {"INT": "{}", "STRING": "'{}'", "TIMESTAMP(3)": "TIMESTAMP '{}'"}[kind].format(shown(value, kind))


def shown(value, kind):
    """A value as rows of a table have it; times are counted in seconds."""
    if value is None:
        return "NULL"
    return f"2024-01-01 00:{value // 60:02}:{value % 60:02}" if kind == "TIMESTAMP(3)" else str(value)


# --- conditions: .sql, .kind and .holds(env), which is True, False or None --------------------------------------------
def compare(left, comparison, right):
    """Two values; with NULL the answer is None."""
    if left is None or right is None:
        return None
    return {"=": left == right, "<>": left != right, "<": left < right, "<=": left <= right, ">": left > right,
            ">=": left >= right}[comparison]


def negated(truth):
    return None if truth is None else not truth


def conjunction(truths):
    return False if False in truths else None if None in truths else True


def disjunction(truths):
    return negated(conjunction([negated(truth) for truth in truths]))


class Condition:
    """A condition of terms or of other conditions; its class says how it is written, and what it is of their values."""
    template = ""

    def __init__(self, word, *operands):
        self.word, self.operands = word, operands
        self.sql = self.template.format(*(operand.sql for operand in operands), word=word)
        computed = word == "=" and any(isinstance(operand, Computed) for operand in operands)
        self.kind = "computed =" if computed else word

    def holds(self, env):
        return self.truth(*(operand.value(env) for operand in self.operands))

    value = holds

    def truth(self, *values):
        raise NotImplementedError

    def columns(self):
        return [name for operand in self.operands for name in operand.columns()]

    def parts(self):
        return [operand for operand in self.operands if isinstance(operand, Condition)]

    def kinds(self):
        """Its kind and those of all that is in it."""
        return [self.kind] + [kind for part in self.parts() for kind in part.kinds()]

    def across(self):
        """Whether it reads more than one of the joined tables."""
        return len({name[0] for name in self.columns()}) > 1


class Comparison(Condition):
    template = "{} {word} {}"

    def truth(self, left, right):
        return compare(left, self.word, right)


class Distinct(Condition):
    template = "{} {word} {}"

    def truth(self, left, right):
        return (left == right) == (self.word == "IS NOT DISTINCT FROM")


class IsNull(Condition):
    template = "{} {word}"

    def truth(self, value):
        return (value is None) == (self.word == "IS NULL")


class In(Condition):
    template = "{} {word} ({})"

    def truth(self, value, *listed):
        return disjunction([compare(value, "=", other) for other in listed])


class InTwo(In):
    template = "{} {word} ({}, {})"


class Between(Condition):
    template = "{} {word} {} AND {}"

    def truth(self, value, low, high):
        return conjunction([compare(value, ">=", low), compare(value, "<=", high)])


class Is(Condition):
    template = "({}) {word}"

    def truth(self, part):
        return (part is self.word.endswith("TRUE")) != ("NOT" in self.word)


class Not(Condition):
    template = "{word} ({})"

    def truth(self, part):
        return negated(part)


class Connected(Condition):
    template = "({} {word} {})"

    def truth(self, *parts):
        return conjunction(parts) if self.word == "AND" else disjunction(parts)


def all_hold(conditions, env):
    return all(condition.holds(env) is True for condition in conditions)


class Conditions:
    """Draws conditions over columns of some of the joined tables."""
    EQUALITIES = ["=", "=", "=", "IS NOT DISTINCT FROM", "IS DISTINCT FROM", "IN", "BETWEEN"]

    def __init__(self, chance, tables, times=True):
        self.chance = chance
        self.columns = [Column(name, kind) for table in tables for name, kind in COLUMNS[table].items()
                        if name != "l.id" and (times or kind != "TIMESTAMP(3)")]

    def term(self, column):
        """The column, or what is computed of it."""
        forms = FORMS.get(column.type)
        return Computed(self.chance.choice(forms), column) if forms and self.chance.random() < 0.2 else column

    def constant(self, kind):
        values = {"INT": NUMBERS, "STRING": WORDS, "TIMESTAMP(3)": [5, 9, 13]}[kind]
        return Constant(self.chance.choice([value for value in values if value is not None]), kind)

    def pair(self):
        """Two terms of one type, mostly of two tables."""
        column = self.chance.choice(self.columns)
        alike = [one for one in self.columns if one.type == column.type]
        others = [one for one in alike if one.sql[0] != column.sql[0]]
        other = self.chance.choice(others if others and self.chance.random() < 0.8 else alike)
        return self.term(column), self.term(other)

    def equality(self):
        """Two terms that are equal, or not distinct, …"""
        left, right = self.pair()
        word = self.chance.choice(self.EQUALITIES)
        if word == "BETWEEN":
            return Between(word, left, right, right)
        if word == "IN":
            return self.chance.choice([In(word, left, right), InTwo(word, left, right, self.constant(left.type))])
        return Comparison(word, left, right) if word == "=" else Distinct(word, left, right)

    def comparison(self):
        """Which of two terms is greater, a comparison with a constant, or a test for NULL."""
        left, right = self.pair()
        form = self.chance.choice(["two", "constant", "constant", "null"])
        if form == "null":
            return IsNull(self.chance.choice(["IS NULL", "IS NOT NULL"]), left)
        if form == "two":
            return Comparison(self.chance.choice(["<", "<=", ">", ">="]), left, right)
        return Comparison(self.chance.choice(["=", "<>", "<", ">="]), left, self.constant(left.type))

    def any(self, depth=0):
        """A condition with all that there is."""
        form = self.chance.random()
        if depth == 2 or form < 0.65:
            return self.equality() if self.chance.random() < 0.6 else self.comparison()
        part = self.any(depth + 1)
        if form < 0.73:
            return Not("NOT", part)
        if form < 0.8:
            return Is(self.chance.choice(["IS TRUE", "IS FALSE", "IS NOT TRUE", "IS NOT FALSE"]), part)
        return Connected(self.chance.choice(["AND", "OR", "OR"]), part, self.any(depth + 1))

    def choosing_none(self, depth=0):
        """A condition from which no equality between the sides follows: there are some beside OR only."""
        form = self.chance.random()
        if depth == 2 or form < 0.55:
            return self.comparison()
        if form < 0.65:
            return Not("NOT", self.comparison())
        if form < 0.8:
            return Connected("AND", self.choosing_none(depth + 1), self.choosing_none(depth + 1))
        return Connected("OR", self.equality(), self.comparison())


# --- tables -----------------------------------------------------------------------------------------------------------
@dataclasses.dataclass
class Event:
    """A row, on a right side valid from its time on; `gone`: then the last one of its key is valid no more."""
    row: tuple
    gone: bool = False

    @property
    def time(self):
        return self.row[-1]


@dataclasses.dataclass
class Table:
    """A table of the script, or the view `newest` of one."""
    name: str
    events: list
    key: list                   # columns; none of `l` and `quotes`
    delay: int                  # of the watermark: nothing is late
    changelog: bool = False
    ties: bool = True           # whether rows may have the same time

    def lines(self):
        """The rows as WITH has them."""
        live, lines = {}, []
        for event in self.versions():
            text = ", ".join(shown(value, kind) for value, (_, kind) in zip(event.row, self.columns()))
            old = live.pop(event.row[:len(self.key)], None)
            if not self.changelog:
                lines.append(text)
            elif event.gone:
                lines.append(f"-D[{text}]")
            else:
                live[event.row[:len(self.key)]] = text
                lines += [f"+I[{text}]"] if old is None else [f"-U[{old}]", f"+U[{text}]"]
        return lines

    def columns(self):
        return LEFT if self.name == "l" else RIGHT

    def versions(self):
        """The events without deletes of what is not there."""
        live, events = set(), []
        for event in self.events:
            key = event.row[:len(self.key)]
            if not event.gone or key in live:
                events.append(event)
            live = live - {key} if event.gone else live | {key}
        return events

    def sql(self):
        time, is_view = self.columns()[-1][0], self.name == "newest"
        parts = [f"{name} {kind}" for name, kind in self.columns()]
        parts.append(f"WATERMARK FOR {time} AS {time} - INTERVAL '{self.delay}' SECOND")
        if self.key and not is_view:
            parts.append(f"PRIMARY KEY ({', '.join(self.key)}) NOT ENFORCED")
        rows = "".join(f"\n  {line}" for line in self.lines())
        changelog = "'changelog' = 'true', " if self.changelog else ""
        table = (f"CREATE TABLE {self.name}{'_rows' if is_view else ''} ({', '.join(parts)}) WITH ("
                 f"'connector' = 'inline', {changelog}'rows' = '{rows}');\n")
        if is_view:
            table += (f"CREATE VIEW newest AS SELECT k, j, v, w, rts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY "
                      f"{', '.join(self.key)} ORDER BY rts DESC) AS place FROM newest_rows) WHERE place = 1;\n")
        return table


def times(chance, count, delay, apart):
    """Times of rows, less than the delay out of order; `apart`: no two are equal, so that there may be fewer."""
    now, drawn = chance.randrange(3), []
    for _ in range(count):
        now += chance.choice([0, 1, 1, 2])
        time = max(0, now - chance.randrange(delay))
        if not apart or time not in drawn:
            drawn.append(time)
    return drawn


def make_left(chance):
    delay = chance.choice([1, 2, 4])
    events = []
    for number, time in enumerate(times(chance, chance.randint(6, 16), delay, False)):
        keys = chance.choice(KEYS + [None]), chance.choice(KEYS + [None])
        events.append(Event((number, *keys, chance.choice(WORDS), chance.choice(NUMBERS), time)))
    return Table("l", events, [], delay)


def make_right(chance, name):
    delay = chance.choice([1, 2, 4])
    ties = name != "quotes" or chance.random() < 0.5
    key = [] if name == "quotes" else chance.choice([["k"], ["k"], ["k", "j"]])
    changelog = name == "changes" and chance.random() < 0.8
    known = KEYS if name == "changes" else KEYS + [None]
    events = []
    for time in times(chance, chance.randint(4, 20), delay, not ties):
        row = (chance.choice(known), chance.choice(known), chance.choice(NUMBERS), chance.choice(WORDS), time)
        events.append(Event(row, changelog and chance.random() < 0.2))
    return Table(name, events, key, delay, changelog, ties)


# --- queries ----------------------------------------------------------------------------------------------------------
@dataclasses.dataclass
class Join:
    """A join of what stands before it with a right side, named r or s."""
    table: Table
    name: str
    outer: bool
    keys: list                  # equalities, for a temporal join one for each column of the key
    on: list                    # conditions beside them
    updated: bool               # whether it may give rows before it has seen all of the right side

    def is_asof(self):
        return self.table.name == "quotes"

    def kind(self):
        how = "ASOF" if self.is_asof() else "AS OF"
        return f"{'LEFT ' if self.outer else ''}{how} {self.table.name}"

    def sql(self):
        on = " AND ".join(condition.sql for condition in self.keys + self.on)
        outer = "LEFT " if self.outer else ""
        if self.is_asof():
            return f"ASOF {outer}JOIN quotes AS {self.name} MATCH_CONDITION (l.ts >= {self.name}.rts) ON {on}"
        return f"{outer}JOIN {self.table.name} FOR SYSTEM_TIME AS OF l.ts AS {self.name} ON {on}"

    def named(self, row):
        return dict(zip(COLUMNS[self.name], row))

    def found(self, env):
        """The row with the one of the right side that belongs to it; None if it has none and is left out."""
        best = None
        for event in self.table.versions():
            both = {**env, **self.named(event.row)}
            looked_at = self.keys + self.on if self.is_asof() else self.keys
            if event.time > env["l.ts"] or not all_hold(looked_at, both):
                continue
            if best is None or event.time >= best.time:
                best = event
        if best is not None and not best.gone:
            both = {**env, **self.named(best.row)}
            if all_hold(self.on, both):
                return both
        return {**env, **self.named([None] * len(RIGHT))} if self.outer else None


@dataclasses.dataclass
class Query:
    """Rows of `l` with what one or two joins find for them."""
    joins: list
    where: list                 # conditions beside the join
    around: str                 # "", "query" or "view": what is around it
    above: list                 # conditions there
    listed: list                # columns

    def tables(self):
        return [join.table for join in self.joins]

    def sql(self, number):
        """(what is to be created before, the query)."""
        joins = f"FROM l {' '.join(join.sql() for join in self.joins)}"
        where = f" WHERE {' AND '.join(condition.sql for condition in self.where)}" if self.where else ""
        if not self.around:
            return "", f"SELECT {', '.join(self.listed)} {joins}{where};\n"
        columns = [name for table in ["l", *(join.name for join in self.joins)] for name in COLUMNS[table]]
        inner = f"SELECT {', '.join(f'{name} AS {flat(name)}' for name in columns)} {joins}{where}"
        above = f" WHERE {' AND '.join(flat(condition.sql) for condition in self.above)}" if self.above else ""
        listed = ", ".join(flat(name) for name in self.listed)
        if self.around == "query":
            return "", f"SELECT {listed} FROM ({inner}) AS q{above};\n"
        return f"CREATE VIEW q{number} AS {inner};\n", f"SELECT {listed} FROM q{number}{above};\n"

    def expected(self, left):
        kinds = {name: kind for columns in COLUMNS.values() for name, kind in columns.items()}
        rows = []
        for event in left.events:
            env = dict(zip(COLUMNS["l"], event.row))
            for join in self.joins:
                env = env and join.found(env)
            if env and all_hold(self.where + self.above, env):
                rows.append(", ".join(answered(env[name], kinds[name]) for name in self.listed))
        return sorted(rows)

    def kinds(self):
        """(place, what is there), to count."""
        kinds = [("joins", join.kind()) for join in self.joins]
        on = [condition for join in self.joins for condition in join.on]
        for place, conditions in (("ON", on), ("WHERE", self.where), (f"around by a {self.around}", self.above)):
            for condition in conditions:
                # A conjunct of both sides is what a planner may take into the join.
                kinds.append((f"{place}, {'both sides' if condition.across() else 'one side'}", condition.kind))
                kinds += [(f"{place}, in others", kind) for kind in condition.kinds()[1:]]
        return kinds

    def smaller(self):
        """Copies with one thing less."""
        for place in ("where", "above"):
            conditions = getattr(self, place)
            for less in [*fewer(conditions), *simpler(conditions)]:
                yield dataclasses.replace(self, **{place: less})
        for i, join in enumerate(self.joins):
            for on in fewer(join.on):
                joins = [*self.joins[:i], dataclasses.replace(join, on=on), *self.joins[i + 1:]]
                yield dataclasses.replace(self, joins=joins)
        if self.around:
            yield dataclasses.replace(self, where=self.where + self.above, around="", above=[])
        read = [name for condition in self.where + self.above for name in condition.columns()]
        if len(self.joins) == 2 and not any(name.startswith("s.") for name in read):
            listed = [name for name in self.listed if not name.startswith("s.")]
            yield dataclasses.replace(self, joins=self.joins[:1], listed=listed)
        for listed in fewer(self.listed[1:]):
            yield dataclasses.replace(self, listed=self.listed[:1] + listed)


def fewer(items):
    """The list without each of its items."""
    for i in range(len(items)):
        yield items[:i] + items[i + 1:]


def simpler(conditions):
    """The list with each part of a condition in its place. Not for ON, where that may be a key then."""
    for i, condition in enumerate(conditions):
        for part in condition.parts():
            yield conditions[:i] + [part] + conditions[i + 1:]


def flat(text):
    """Columns as a query around the join names them."""
    for table in "lrs":
        text = text.replace(f"{table}.", f"{table}_")
    return text


def answered(value, kind):
    return shown(value, kind) + (".000" if kind == "TIMESTAMP(3)" and value is not None else "")


def make_key(chance, name, column, before, nulls):
    """An equality of a column of the key with a column of one of the tables before, or with what is computed of it."""
    names = ["l.k", "l.j"] + (["r.k", "r.v"] if "r" in before else [])
    left, right = Column(chance.choice(names), "INT"), Column(f"{name}.{column}", "INT")
    if chance.random() < 0.2:
        left = Computed("COALESCE({}, 1)", left)
    if nulls and chance.random() < 0.2:
        return Distinct("IS NOT DISTINCT FROM", left, right)
    return Comparison("=", left, right) if chance.random() < 0.5 else Comparison("=", right, left)


def make_join(chance, table, name, before, is_last):
    """A join of the tables before with the table. Of two, the first is one that gives rows once: else rows come late.
    So has an ASOF join with ties: in one that is kept up to date any of the nearest rows counts."""
    is_asof = table.name == "quotes"
    updated = is_asof and is_last and not table.ties
    key = chance.choice([["k"], ["k"], ["k", "j"]]) if is_asof else table.key
    keys = [make_key(chance, name, column, before, updated or not is_asof) for column in key]
    on = []
    for _ in range(chance.choice([0, 0, 0, 1, 1, 2])):
        if not is_asof:
            on.append(Conditions(chance, before + [name]).choosing_none())
        elif updated:
            on.append(Conditions(chance, before + [name]).any())
        else:
            on.append(Conditions(chance, chance.choice([before, [name]])).any())
    return Join(table, name, chance.random() < 0.5, keys, on, updated)


def make_query(chance, tables):
    joins, before = [], ["l"]
    names = ["r", "s"] if chance.random() < 0.2 else ["r"]
    for name in names:
        joins.append(make_join(chance, chance.choice(tables), name, list(before), name == names[-1]))
        before.append(name)
    around = chance.choice(["", "query", "view"])
    # With equal times above it, an ASOF join that is kept up to date would be an interval join, of changes (E2011).
    conditions = Conditions(chance, before, not joins[-1].updated)
    where = [conditions.any() for _ in range(chance.choice([0, 1, 1, 1, 2] if not around else [0, 0, 0, 1]))]
    above = [conditions.any() for _ in range(chance.choice([1, 1, 1, 2]) if around else 0)]
    listed = ["l.id"] + [name for name in OPTIONAL if name[0] in before and chance.random() < 0.5]
    return Query(joins, where, around, above, listed)


# --- cases ------------------------------------------------------------------------------------------------------------
class Case:
    """Tables, queries over them, and options."""

    def __init__(self, seed, number):
        chance = random.Random(f"{seed}/{number}")
        self.left = make_left(chance)
        self.tables = [make_right(chance, name) for name in ("changes", "newest", "quotes")]
        self.queries = [make_query(chance, self.tables) for _ in range(QUERIES)]
        self.options = [f"pipeline.batch-size={chance.choice([1, 7, 4096])}",
                        f"parallelism.default={chance.choice([1, 2, 3])}"]


def script(left, queries):
    """The tables that the queries read, and the queries, each behind a row that says its number."""
    tables = {table.name: table for query in queries for table in query.tables()}
    text = left.sql() + "".join(table.sql() for table in tables.values())
    for number, query in enumerate(queries):
        view, select = query.sql(number)
        text += f"SELECT 'query {number}';\n{view}{select}"
    return text


def run(weir, text, options, defect):
    """(the changes, what went wrong)."""
    done = program.run(weir, text, options, "changelog", defect)
    error = f"exit {done.returncode}: {done.stderr.strip()}" if done.returncode else ""
    return [line for line in done.stdout.splitlines() if line], error


def answers(changes):
    """The changes of each query that began."""
    parts = []
    for change in changes:
        if change == f"+I[query {len(parts)}]":
            parts.append([])
        elif parts:
            parts[-1].append(change)
    return parts


def apart(got, expected):
    """How the folded changes differ from the rows of the model."""
    try:
        rows = slt.fold(got)
    except ValueError as error:
        return f"the changes do not fold: {error}"
    got, expected = collections.Counter(rows), collections.Counter(expected)
    if got == expected:
        return None
    return f"missing: {sorted((expected - got).elements())[:4]}\nextra:   {sorted((got - expected).elements())[:4]}"


def difference(weir, left, queries, options, defect):
    """(the number of the first query that differs, how), or None."""
    changes, error = run(weir, script(left, queries), options, defect)
    parts = answers(changes)
    for number, (query, got) in enumerate(zip(queries, parts)):
        if error and number + 1 == len(parts):
            break
        found = apart(got, query.expected(left))
        if found:
            return number, found
    if error or len(parts) < len(queries):
        return max(0, len(parts) - 1), error or f"{len(parts)} answers for {len(queries)} queries"
    return None


def with_events(table, query, events):
    """The query over the table with other rows."""
    other = dataclasses.replace(table, events=events)
    joins = [dataclasses.replace(join, table=other) if join.table is table else join for join in query.joins]
    return dataclasses.replace(query, joins=joins)


def least(events, differs):
    """The events without those that the difference does not need."""
    at = 0
    while at < len(events):
        without = events[:at] + events[at + 1:]
        if without and differs(without):
            events = without
        else:
            at += 1
    return events


def shrink(left, query, differs):
    """The least conditions and rows that still differ."""
    smaller = query
    while smaller:
        query = smaller
        smaller = next((one for one in query.smaller() if differs(left, one)), None)
    events = least(left.events, lambda rows: differs(dataclasses.replace(left, events=rows), query))
    left = dataclasses.replace(left, events=events)
    for table in {table.name: table for table in query.tables()}.values():
        events = least(table.events, lambda rows, table=table: differs(left, with_events(table, query, rows)))
        query = with_events(table, query, events)
    return left, query


def report(weir, seed, number, case, found):
    """Prints the script that shows the first difference."""
    at, how = found
    options = " ".join(case.options)
    query = case.queries[at]

    def differs(left, query):
        return difference(weir, left, [query], case.options, None)

    if differs(case.left, query):
        left, query = shrink(case.left, query, differs)
        _, how = differs(left, query)
        print(f"query {at} of case {number} of seed {seed} differs, with {options}:\n{script(left, [query])}{how}")
    else:
        print(f"query {at} of case {number} of seed {seed} differs behind the others only, with {options}:\n"
              f"{script(case.left, case.queries)}{how}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=0, help="0: a new one")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--case", type=int, help="only this case")
    parser.add_argument("--defect", help="plant this defect in weir_faulty: succeeds if it is noticed")
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    seed = seeds.draw(arguments.seed)
    print(f"seed {seed}", flush=True)
    numbers = [arguments.case] if arguments.case is not None else range(arguments.count)
    rows, results, used = 0, 0, collections.Counter()
    for number in numbers:
        case = Case(seed, number)
        found = difference(weir, case.left, case.queries, case.options, arguments.defect)
        if found and arguments.defect:
            print(f"the planted difference was found in query {found[0]} of case {number}")
            return 0
        if found:
            report(weir, seed, number, case, found)
            return 1
        rows += sum(len(table.events) for table in [case.left, *case.tables])
        results += sum(len(query.expected(case.left)) for query in case.queries)
        used.update(kind for query in case.queries for kind in query.kinds())
    if arguments.defect:
        print("the planted difference was not found")
        return 1
    for place in sorted({place for place, _ in used}):
        counts = sorted((kind, count) for (other, kind), count in used.items() if other == place)
        print(f"{place}: {'; '.join(f'{kind} {count}' for kind, count in counts)}")
    print(f"{len(numbers)} cases of {QUERIES} queries, {rows} rows, {results} rows of results")
    missing = [f"{place}: {kind}" for place in PLACES for kind in KINDS if not used[place, kind]]
    if missing and len(numbers) >= COUNT:
        print(f"never asked: {missing}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
