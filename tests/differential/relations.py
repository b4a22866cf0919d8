"""Random queries over changelogs, as trees of relations, rendered for Weir and for SQLite; and the changelogs.

`t` (id, a, b, s) has rows that may be equal, `u` (k, a, b, s) is keyed by k, `o` (x, y, s) has inserts only, `w`
(k, v, sec) and `e`, which has inserts only, have an event time whose windows all close at the end; so have VIEWS of them.
A table is a list of events (row id, values), values
None for a delete: each part of the list is a changelog again, so that data shrink event by event.
"""
import copy
import dataclasses
import json

from expressions import Expressions, Node, WORDS

TABLES = {
    "t": [("id", "int"), ("a", "int"), ("b", "int"), ("s", "string")],
    "u": [("k", "int"), ("a", "int"), ("b", "int"), ("s", "string")],
    "o": [("x", "int"), ("y", "int"), ("s", "string")],
    "w": [("k", "string"), ("v", "int"), ("sec", "int")],
    "e": [("k", "string"), ("v", "int"), ("sec", "int")],
}
# What windows are made of, besides the tables: (name, table, ORDER BY of ranks by k, its last words for SQLite, last rank).
VIEWS = [("last_e", "e", "ts DESC", "sec DESC, rowid DESC", 1), ("first_e", "e", "ts", "sec, rowid", 1),
         ("top_e", "e", "v, sec", "v, sec, rowid", 2), ("top_w", "w", "v DESC, sec", "v DESC, sec, rowid", 2)]
EPOCH = 1704067200  # 2024-01-01 00:00:00


@dataclasses.dataclass
class Data:
    tables: dict                # name -> events
    upserts: bool               # u comes without old rows
    debezium: bool              # t comes as Debezium's events


def make_data(chance):
    def maybe(value):
        return None if chance.random() < 0.12 else value

    def word():
        return maybe(chance.choice(WORDS).replace("''", "'"))

    makers = {
        "t": lambda i: (chance.randint(0, 12), maybe(chance.randint(-4, 5)), maybe(chance.randint(-50, 50)), word()),
        "u": lambda i: (i, maybe(chance.randint(-4, 5)), maybe(chance.randint(-50, 50)), word()),
        "o": lambda i: (maybe(chance.randint(-4, 6)), maybe(chance.randint(-9, 9)), word()),
        "w": lambda i: (maybe(chance.choice("abc")), maybe(chance.randint(-9, 9)), EPOCH + chance.randint(0, 120)),
    }
    makers["e"] = makers["w"]
    tables = {}
    for name, make in makers.items():
        ids = chance.randint(3, 14)
        events = []
        for _ in range(chance.randint(5, 40)):
            row_id = len(events) if name in "oe" else chance.randrange(ids)
            gone = name not in "oe" and chance.random() < 0.25
            events.append((row_id, None if gone else make(row_id)))
        tables[name] = events
    return Data(tables, chance.random() < 0.5, chance.random() < 0.5)


def replay(events):
    """The changes (kind, row) of events; deletes of rows that are not there leave nothing."""
    live, changes = {}, []
    for row_id, row in events:
        old = live.pop(row_id, None)
        if row is not None:
            live[row_id] = row
            changes += [("+I", row)] if old is None else [("-U", old), ("+U", row)]
        elif old is not None:
            changes.append(("-D", old))
    return changes, list(live.values())


def cell(value):
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def change_lines(changes):
    return "".join(f"{kind}[{', '.join(map(cell, row))}]\n" for kind, row in changes)


def debezium_lines(changes, names):
    lines, before = [], None
    for kind, row in changes:
        value = dict(zip(names, row, strict=True))
        if kind == "-U":
            before = value
            continue
        op = {"+I": "c", "+U": "u", "-D": "d"}[kind]
        lines.append(json.dumps({"before": value if op == "d" else before if op == "u" else None,
                                 "after": None if op == "d" else value, "op": op}) + "\n")
    return "".join(lines)


# --- relations ---------------------------------------------------------------------------------------

@dataclasses.dataclass
class Relation:
    """Columns are (name, kind); those of a derived one are c0, c1, …"""

    def inputs(self):
        return [value for value in vars(self).values() if isinstance(value, Relation)]

    def source(self, dialect, alias):
        return f"({self.sql(dialect)}) AS {alias}"

    def constructs(self):
        return set().union({self.construct()}, *(child.constructs() for child in self.inputs()))

    def smaller(self):
        """Copies of the same columns with one thing less."""
        for name, value in vars(self).items():
            if isinstance(value, Relation):
                for other in value.smaller():
                    yield dataclasses.replace(self, **{name: other})
                for child in value.inputs():
                    if child.columns() == value.columns():
                        yield dataclasses.replace(self, **{name: child})
            elif name in ("where", "having"):
                for i in range(len(value)):
                    yield dataclasses.replace(self, **{name: value[:i] + value[i + 1:]})
            elif name == "condition" and value is not None:
                yield dataclasses.replace(self, condition=None)


def nodes(columns, prefix=""):
    return [Node(prefix + name, prefix + name, kind) for name, kind in columns]


def texts(items, dialect):
    return [getattr(item, dialect) for item in items]


def listed(items, dialect):
    return ", ".join(f"{text} AS c{i}" for i, text in enumerate(texts(items, dialect)))


@dataclasses.dataclass
class Table(Relation):
    name: str

    def columns(self):
        return TABLES[self.name]

    def construct(self):
        return f"table {self.name}"

    def source(self, dialect, alias):
        return f"{self.name} AS {alias}"

    def sql(self, dialect):
        return f"SELECT {', '.join(name for name, _ in self.columns())} FROM {self.name}"


@dataclasses.dataclass
class Projection(Relation):
    of: Relation
    items: list
    where: list
    distinct: bool

    def columns(self):
        return [(f"c{i}", item.type) for i, item in enumerate(self.items)]

    def construct(self):
        return "DISTINCT" if self.distinct else "WHERE" if self.where else "SELECT"

    def sql(self, dialect):
        where = " WHERE " + " AND ".join(texts(self.where, dialect)) if self.where else ""
        return (f"SELECT {'DISTINCT ' if self.distinct else ''}{listed(self.items, dialect)} "
                f"FROM {self.of.source(dialect, 'q')}{where}")


@dataclasses.dataclass
class Groups(Relation):
    of: Relation
    keys: list
    items: list
    having: list

    def columns(self):
        return [(f"c{i}", item.type) for i, item in enumerate(self.keys + self.items)]

    def construct(self):
        return "HAVING" if self.having else "GROUP BY" if self.keys else "global aggregate"

    def sql(self, dialect):
        keys = texts(self.keys, dialect)
        # GROUP BY NULL: no row for an empty input
        group = " GROUP BY " + ", ".join(keys) if keys else " GROUP BY NULL" if dialect == "lite" else ""
        having = " HAVING " + " AND ".join(texts(self.having, dialect)) if self.having else ""
        return f"SELECT {listed(self.keys + self.items, dialect)} FROM {self.of.source(dialect, 'q')}{group}{having}"


@dataclasses.dataclass
class Ranks(Relation):
    of: Relation
    function: str
    partition: list             # names
    order: list                 # (name, descending)
    last: int
    shown: bool

    def columns(self):
        found = [(f"c{i}", kind) for i, (_, kind) in enumerate(self.of.columns())]
        return found + [(f"c{len(found)}", "int")] * self.shown

    def construct(self):
        return f"{self.function} {'shown' if self.shown else 'hidden'}"

    def sql(self, dialect):
        partition = f"PARTITION BY {', '.join(self.partition)} " if self.partition else ""
        order = ", ".join(name + (" DESC" if descending else "") for name, descending in self.order)
        names = [name for name, _ in self.of.columns()]
        shown = [f"{name} AS c{i}" for i, name in enumerate(names + ["rn"] * self.shown)]
        return (f"SELECT {', '.join(shown)} FROM (SELECT {', '.join(names)}, {self.function}() OVER ({partition}"
                f"ORDER BY {order}) AS rn FROM {self.of.source(dialect, 'q')}) AS r WHERE rn <= {self.last}")


@dataclasses.dataclass
class Joined(Relation):
    left: Relation
    right: Relation
    kind: str
    on: tuple                   # names
    condition: object

    def columns(self):
        count = len(self.left.columns()) + len(self.right.columns())
        kinds = [kind for _, kind in self.left.columns() + self.right.columns()]
        return [(f"c{i}", kinds[i]) for i in range(count)]

    def construct(self):
        return self.kind + (" with more" if self.condition else "")

    def sql(self, dialect):
        items = nodes(self.left.columns(), "l.") + nodes(self.right.columns(), "r.")
        more = f" AND {getattr(self.condition, dialect)}" if self.condition else ""
        return (f"SELECT {listed(items, dialect)} FROM {self.left.source(dialect, 'l')} {self.kind} "
                f"{self.right.source(dialect, 'r')} ON l.{self.on[0]} = r.{self.on[1]}{more}")


@dataclasses.dataclass
class Tested(Relation):
    """Rows for which another relation has some, or has none."""
    of: Relation
    other: Relation
    form: str                   # IN, NOT IN, EXISTS, NOT EXISTS
    on: tuple
    known: tuple = (False, False)  # of IN: which sides are never NULL
    also: tuple = None          # of IN: columns of both that make it one of rows

    def columns(self):
        return [(f"c{i}", kind) for i, (_, kind) in enumerate(self.of.columns())]

    def construct(self):
        return self.form

    def constructs(self):
        of_rows = {f"{self.form} of rows"} if self.also else set()
        return super().constructs() | of_rows | ({f"{self.form} of what is known"} if any(self.known) else set())

    def value(self, side):
        """What is compared, of l or r."""
        kind = dict((self.of, self.other)[side].columns())[self.on[side]]
        value = f"{'lr'[side]}.{self.on[side]}"
        if self.known[side]:
            value = f"COALESCE({value}, {'2' if kind == 'int' else repr('a')})"
        return f"{value}, {'lr'[side]}.{self.also[side]}" if self.also else value

    def sql(self, dialect):
        head = f"SELECT {listed(nodes(self.of.columns(), 'l.'), dialect)} FROM {self.of.source(dialect, 'l')} WHERE "
        if self.form.endswith("IN"):
            one, many = (self.value(side) for side in (0, 1))
            return head + f"{f'({one})' if self.also else one} {self.form} (SELECT {many} FROM {self.other.source(dialect, 'r')})"
        return head + f"{self.form} (SELECT 1 FROM {self.other.source(dialect, 'r')} WHERE l.{self.on[0]} = r.{self.on[1]})"


@dataclasses.dataclass
class Together(Relation):
    left: Relation
    right: Relation
    all: bool

    def columns(self):
        return [(f"c{i}", kind) for i, (_, kind) in enumerate(self.left.columns())]

    def construct(self):
        return "UNION ALL" if self.all else "UNION"

    def sql(self, dialect):
        sides = [f"SELECT {listed(nodes(side.columns()), dialect)} FROM {side.source(dialect, 'q')}"
                 for side in (self.left, self.right)]
        return f"{sides[0]} UNION{' ALL' if self.all else ''} {sides[1]}"


@dataclasses.dataclass
class Windows(Relation):
    of: str                     # a table, or one of VIEWS
    kind: str
    slide: int                  # seconds; of sessions the gap
    slides: int
    keys: list
    items: list

    def columns(self):
        kinds = ["string", "string"] + [item.type for item in self.keys + self.items]
        return [(f"c{i}", kind) for i, kind in enumerate(kinds)]

    def construct(self):
        return self.kind

    def constructs(self):
        return {self.kind, f"windows of {self.of}"}

    def windows(self, dialect):
        size = self.slide * self.slides
        if dialect == "weir":
            sizes = [size] if self.kind in ("TUMBLE", "SESSION") else [self.slide, size]
            table = f"TABLE {self.of}" + (" PARTITION BY k" if self.kind == "SESSION" and self.keys else "")
            return f"TABLE({self.kind}({table}, DESCRIPTOR(ts), {', '.join(f'INTERVAL {s!r} SECOND' for s in map(str, sizes))}))"
        if self.kind == "SESSION":
            return self.sessions()
        if self.kind == "TUMBLE":
            return (f"(SELECT w.*, sec / {size} * {size} AS window_start, sec / {size} * {size} + {size} AS window_end "
                    f"FROM {self.of} AS w)")
        steps = ", ".join(f"({i})" for i in range(self.slides))
        if self.kind == "HOP":
            start = f"((sec / {self.slide} - n.column1) * {self.slide})"
            return (f"(SELECT w.*, {start} AS window_start, {start} + {size} AS window_end "
                    f"FROM {self.of} AS w, (VALUES {steps}) AS n)")
        start = f"(sec / {size} * {size})"
        end = f"{start} + (n.column1 + 1) * {self.slide}"
        return (f"(SELECT w.*, {start} AS window_start, {end} AS window_end FROM {self.of} AS w, (VALUES {steps}) AS n "
                f"WHERE {end} > sec)")

    def sessions(self):
        """A row that is not more than the gap behind the one before belongs to its session."""
        by = "PARTITION BY k " if self.keys else ""
        fresh = (f"SELECT w.*, CASE WHEN sec - LAG(sec) OVER ({by}ORDER BY sec) <= {self.slide} THEN 0 ELSE 1 END AS fresh "
                 f"FROM {self.of} AS w")
        numbered = f"SELECT r.*, SUM(fresh) OVER ({by}ORDER BY sec ROWS UNBOUNDED PRECEDING) AS session FROM ({fresh}) AS r"
        within = f"PARTITION BY {'k, ' if self.keys else ''}session"
        return (f"(SELECT q.*, MIN(sec) OVER ({within}) AS window_start, MAX(sec) OVER ({within}) + {self.slide} AS window_end "
                f"FROM ({numbered}) AS q)")

    def sql(self, dialect):
        bounds = [Node(f"DATE_FORMAT({name}, 'yyyy-MM-dd HH:mm:ss')",
                       f"strftime('%Y-%m-%d %H:%M:%S', {name}, 'unixepoch')", "string")
                  for name in ("window_start", "window_end")]
        group = ["window_start", "window_end"] + texts(self.keys, dialect)
        return (f"SELECT {listed(bounds + self.keys + self.items, dialect)} FROM {self.windows(dialect)} "
                f"GROUP BY {', '.join(group)}")


class Queries:
    def __init__(self, chance):
        self.chance = chance

    def query(self):
        """At least two operators that keep state, mostly."""
        depth = self.chance.choice([1, 2, 2, 2, 3])
        return self.derived(depth)

    def makers(self):
        return [self.groups, self.groups, self.joined, self.joined, self.ranks, self.ranks, self.tested, self.together,
                self.projection, self.windows]

    def derived(self, depth):
        if depth <= 0:
            return self.leaf()
        return self.chance.choice(self.makers())(depth - 1)

    def leaf(self):
        return Table(self.chance.choice("ttuuuow"))

    def expressions(self, relation, prefix=""):
        return Expressions(self.chance, nodes(relation.columns(), prefix))

    def conditions(self, expressions):
        return [expressions.any("bool", 1) for _ in range(self.chance.choice([0, 0, 1]))]

    def named(self, relation, kind):
        fitting = [name for name, its in relation.columns() if its == kind]
        return self.chance.choice(fitting) if fitting else None

    def projection(self, depth):
        of = self.derived(depth)
        expressions = self.expressions(of)
        items = [expressions.any(self.chance.choice(["int", "int", "string", "bool"]), 1)
                 for _ in range(self.chance.randint(1, 4))]
        return Projection(of, items, self.conditions(expressions), self.chance.random() < 0.4)

    def groups(self, depth):
        of = self.derived(depth)
        expressions = self.expressions(of)
        # a constant key would be a position in SQLite
        names = [name for name, _ in of.columns()]
        keys = [key for key in (expressions.any(self.chance.choice(["int", "string"]), self.chance.choice([0, 0, 1]))
                                for _ in range(self.chance.choice([0, 1, 1, 2])))
                if any(name in key.weir for name in names)]
        items = [expressions.aggregate() for _ in range(self.chance.randint(1, 3))]
        having = []
        if self.chance.random() < 0.2:
            having = [Expressions(self.chance, [expressions.aggregate() for _ in range(2)]).any("bool", 1)]
        return Groups(of, keys, items, having)

    def ranks(self, depth):
        of = self.derived(depth)
        columns = of.columns()
        if any(kind in ("mean", "double") for _, kind in columns):
            return of  # their last digits would decide
        function = self.chance.choice(["ROW_NUMBER", "ROW_NUMBER", "RANK", "DENSE_RANK"])
        names = [name for name, _ in columns]
        partition = self.chance.sample(names, self.chance.choice([0, 1, 1]))
        rest = [name for name in names if name not in partition] or names
        self.chance.shuffle(rest)
        # Rows that tie in all columns are the same.
        order = rest if function == "ROW_NUMBER" else rest[:1]
        return Ranks(of, function, partition, [(name, self.chance.random() < 0.5) for name in order],
                     self.chance.choice([1, 1, 2, 3]), self.chance.random() < 0.5)

    def pair(self, depth):
        """Two relations and a column of each of one kind; None when they have none."""
        left = self.derived(depth)
        right = self.derived(self.chance.randint(0, depth))
        kind = self.chance.choice(["int", "int", "int", "string"])
        on = (self.named(left, kind), self.named(right, kind))
        return (left, right, on) if None not in on else None

    def joined(self, depth):
        pair = self.pair(depth)
        if pair is None:
            return self.groups(depth)
        left, right, on = pair
        kind = self.chance.choice(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        condition = None
        if self.chance.random() < 0.3 and kind != "FULL JOIN":
            condition = Expressions(self.chance, nodes(left.columns(), "l.") + nodes(right.columns(), "r.")).any("bool", 1)
        return Joined(left, right, kind, on, condition)

    def tested(self, depth):
        pair = self.pair(depth)
        if pair is None:
            return self.projection(depth)
        left, right, on = pair
        form = self.chance.choice(["IN", "NOT IN", "EXISTS", "NOT EXISTS"])
        known = tuple(form.endswith("IN") and self.chance.random() < 0.3 for _ in on)
        also = None
        if form.endswith("IN") and self.chance.random() < 0.2:
            also = tuple(self.named(relation, "int") for relation in (left, right))
        return Tested(left, right, form, on, known, also if also and all(also) else None)

    def together(self, depth):
        sides = []
        kinds = [self.chance.choice(["int", "string"]) for _ in range(self.chance.randint(1, 3))]
        for _ in range(2):
            of = self.derived(self.chance.randint(0, depth))
            expressions = self.expressions(of)
            sides.append(Projection(of, [expressions.column(kind) or expressions.literal(kind) for kind in kinds],
                                    self.conditions(expressions), False))
        return Together(sides[0], sides[1], self.chance.random() < 0.6)

    def windows(self, _depth):
        expressions = Expressions(self.chance, nodes(TABLES["w"][:2]))
        kind = self.chance.choice(["TUMBLE", "HOP", "CUMULATE", "SESSION"])
        # A session stays as long as it was when a row of it is taken back.
        of = self.chance.choice(["e", "first_e"] if kind == "SESSION" else ["w", "w", "e"] + [name for name, *_ in VIEWS])
        keys = [Node("k", "k", "string")] if self.chance.random() < 0.5 else []
        items = [expressions.aggregate() for _ in range(self.chance.randint(1, 2))]
        slides = 1 if kind in ("TUMBLE", "SESSION") else self.chance.randint(2, 3)
        return Windows(of, kind, self.chance.choice([5, 10, 30]), slides, keys, items)


def simpler(query):
    """Smaller queries, the simplest first: a part of the query alone, then the query with less in it."""
    yield from query.inputs()
    yield from query.smaller()
    for child in query.inputs():
        if isinstance(child, Table):
            continue
        for name in TABLES:
            other = copy.copy(query)
            if TABLES[name] == child.columns():
                yield other
