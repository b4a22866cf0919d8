"""Random queries over two tables, rendered for Weir and for SQLite, and their shrinking.

`t` (id, a, b, d, s) is plain. `w` (k, v, ts) has an event time that never goes back: windows over it are
arithmetic on seconds in SQLite, where ts is the number of seconds since 1970.
"""
import copy
import dataclasses

from expressions import Expressions, Node, WORDS

TABLE = [Node(name, name, kind) for name, kind in
         (("id", "int"), ("a", "int"), ("b", "int"), ("d", "double"), ("s", "string"))]
EVENTS = [Node("k", "k", "string"), Node("v", "v", "int")]
EPOCH = 1704067200  # 2024-01-01 00:00:00


@dataclasses.dataclass
class Data:
    table: list
    events: list


def make_data(chance):
    def sometimes(value):
        return None if chance.random() < 0.15 else value
    rows = [(i, sometimes(chance.randint(-9, 9)), sometimes(chance.randint(-1000, 1000)),
             sometimes(chance.randint(-20, 20) / 4), sometimes(chance.choice(WORDS).replace("''", "'")))
            for i in range(chance.randint(8, 60))]
    rows += [chance.choice(rows) for _ in range(chance.randint(0, 10))]
    second, events = EPOCH + chance.randint(0, 100), []
    for _ in range(chance.randint(8, 50)):
        second += chance.choice([0, 1, 1, 2, 5, 13])
        events.append((sometimes(chance.choice("abc")), sometimes(chance.randint(-9, 9)), second))
    return Data(rows, events)


def window_text(window, dialect):
    """The window's rows in FROM; in SQLite a join of the events with the numbers of the windows that hold them."""
    kind, size, slide, offset = window
    if dialect == "weir":
        sizes = [slide, size] if kind != "TUMBLE" else [size]
        sizes += [offset] if offset else []
        return f"TABLE({kind}(TABLE w, DESCRIPTOR(ts), {', '.join(f'INTERVAL {s!r} SECOND' for s in map(str, sizes))}))"
    steps = ", ".join(f"({i})" for i in range(size // slide))
    if kind == "CUMULATE":
        start = f"((ts - {offset}) / {size} * {size} + {offset})"
        return (f"(SELECT w.*, {start} AS window_start, {start} + (n.column1 + 1) * {slide} AS window_end FROM w, "
                f"(VALUES {steps}) AS n WHERE {start} + (n.column1 + 1) * {slide} > ts)")
    start = f"(((ts - {offset}) / {slide} - n.column1) * {slide} + {offset})"
    return f"(SELECT w.*, {start} AS window_start, {start} + {size} AS window_end FROM w, (VALUES {steps}) AS n)"


@dataclasses.dataclass
class Join:
    """Two rows of `t`, side by side."""
    kind: str                   # "JOIN", "LEFT JOIN", …
    column: str                 # equal on both sides
    condition: Node             # or None

    def text(self, dialect):
        more = f" AND {getattr(self.condition, dialect)}" if self.condition else ""
        return f"t AS l {self.kind} t AS r ON l.{self.column} = r.{self.column}{more}"

    @staticmethod
    def columns():
        return [Node(f"{side}.{node.weir}", f"{side}.{node.lite}", node.type) for side in "lr" for node in TABLE]

    def constructs(self):
        return {self.kind, "ON with more"} if self.condition else {self.kind}


@dataclasses.dataclass
class Select:
    source: object              # "t", a window (kind, size, slide, offset), a Join, or a query
    items: list = dataclasses.field(default_factory=list)
    where: list = dataclasses.field(default_factory=list)
    keys: list = dataclasses.field(default_factory=list)
    grouped: bool = False
    having: list = dataclasses.field(default_factory=list)
    distinct: bool = False
    limit: int = 0              # 0: none; else ORDER BY every column
    offset: int = 0             # of the LIMIT
    cte: bool = False           # the source query stands in WITH

    def window(self):
        return self.source if isinstance(self.source, tuple) else None

    def outputs(self):
        """(node, name) of every column; keys come first."""
        nodes = self.keys + self.items
        if self.window() and self.grouped:
            bounds = [Node(f"DATE_FORMAT({name}, 'yyyy-MM-dd HH:mm:ss')",
                           f"strftime('%Y-%m-%d %H:%M:%S', {name}, 'unixepoch')", "string")
                      for name in ("window_start", "window_end")]
            nodes = bounds + nodes
        return [(node, f"c{i}") for i, node in enumerate(nodes)]

    def columns(self):
        return [Node(name, name, node.type) for node, name in self.outputs()]

    def from_clause(self, dialect):
        if self.window():
            return window_text(self.window(), dialect)
        if isinstance(self.source, Join):
            return self.source.text(dialect)
        if isinstance(self.source, str):
            return self.source
        return "q" if self.cte else f"({self.source.render(dialect)}) AS q"

    def render(self, dialect):
        def texts(nodes):
            return [getattr(node, dialect) for node in nodes]
        head = ""
        if self.cte:
            head = f"WITH q AS ({self.source.render(dialect)}) "
        columns = ", ".join(f"{getattr(node, dialect)} AS {name}" for node, name in self.outputs())
        sql = f"{head}SELECT {'DISTINCT ' if self.distinct else ''}{columns} FROM {self.from_clause(dialect)}"
        if self.where:
            sql += " WHERE " + " AND ".join(texts(self.where))
        group = ["window_start", "window_end"] if self.window() else []
        group += texts(self.keys)
        if self.grouped and (group or dialect == "lite"):
            sql += " GROUP BY " + (", ".join(group) or "NULL")  # GROUP BY NULL: no row for an empty input
        if self.having:
            sql += " HAVING " + " AND ".join(texts(self.having))
        if self.limit:
            sql += " ORDER BY " + ", ".join(name for _, name in self.outputs()) + f" LIMIT {self.limit}"
        if self.limit and self.offset:
            sql += f" OFFSET {self.offset}"
        return sql

    def constructs(self):
        parts = [node for node, _ in self.outputs()] + self.where + self.having
        used = set().union(*(node.uses for node in parts))
        for name, present in (("WHERE", self.where), ("GROUP BY", self.grouped and self.keys),
                              ("global aggregate", self.grouped and not self.keys and not self.window()),
                              ("HAVING", self.having), ("SELECT DISTINCT", self.distinct),
                              ("ORDER BY … LIMIT", self.limit), ("OFFSET", self.limit and self.offset), ("CTE", self.cte)):
            if present:
                used.add(name)
        if self.window():
            used.add(self.source[0] + (" with offset" if self.source[3] else ""))
        if isinstance(self.source, Join):
            used |= self.source.constructs()
        elif not isinstance(self.source, (str, tuple)):
            used |= self.source.constructs() | {"derived table"}
            inner = self.source
            if self.grouped and (isinstance(inner, Select) and inner.grouped):
                used.add("nested aggregate")
        return used

    def smaller(self):
        """Copies with one clause less."""
        for name in ("where", "having", "items", "keys"):
            for i in range(len(getattr(self, name))):
                if name == "items" and len(self.outputs()) == 1:
                    continue
                other = copy.copy(self)
                setattr(other, name, getattr(self, name)[:i] + getattr(self, name)[i + 1:])
                yield other
        if isinstance(self.source, Join) and self.source.condition:
            yield dataclasses.replace(self, source=dataclasses.replace(self.source, condition=None))
        for name, value in (("distinct", False), ("offset", 0), ("limit", 0)):
            if getattr(self, name):
                yield dataclasses.replace(self, **{name: value})
        if not isinstance(self.source, (str, tuple, Join)):
            yield self.source
            for source in self.source.smaller():
                yield dataclasses.replace(self, source=source)
            if self.cte:
                yield dataclasses.replace(self, cte=False)


@dataclasses.dataclass
class Union:
    left: Select
    right: Select
    all: bool

    def columns(self):
        return self.left.columns()

    def outputs(self):
        return self.left.outputs()

    def render(self, dialect):
        operator = "UNION ALL" if self.all else "UNION"
        return f"SELECT * FROM ({self.left.render(dialect)}) AS l {operator} SELECT * FROM ({self.right.render(dialect)}) AS r"

    def constructs(self):
        return self.left.constructs() | self.right.constructs() | {"UNION ALL" if self.all else "UNION"}

    def smaller(self):
        yield self.left
        yield self.right
        for left in self.left.smaller():
            yield Union(left, self.right, self.all)
        for right in self.right.smaller():
            yield Union(self.left, right, self.all)


class Queries:
    def __init__(self, chance):
        self.chance = chance

    def query(self):
        return self.chance.choice([self.plain, self.grouped, self.grouped, self.windowed, self.windowed,
                                   self.joined, self.joined, self.union, self.nested, self.nested])()

    def conditions(self, expressions, most):
        return [expressions.any("bool", 2) for _ in range(self.chance.choice([0] * 2 + [1] * most))]

    def plain(self, source="t", columns=None, kinds=None):
        expressions = Expressions(self.chance, columns or TABLE)
        kinds = kinds or [self.chance.choice(["int", "double", "string", "bool"])
                          for _ in range(self.chance.randint(1, 4))]
        select = Select(source, items=[expressions.any(kind, 3) for kind in kinds])
        select.where = self.conditions(expressions, 2)
        select.distinct = self.chance.random() < 0.25
        select.limit = self.chance.randint(1, 9) if self.chance.random() < 0.25 else 0
        select.offset = self.chance.choice([0, 1, 3])
        return select

    def joined(self):
        join = Join(self.chance.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]), self.chance.choice(["id", "a", "s"]), None)
        if self.chance.random() < 0.4 and join.kind != "FULL JOIN":
            join.condition = Expressions(self.chance, join.columns()).any("bool", 1)
        select = self.chance.choice([self.plain, self.grouped])(join, join.columns())
        select.limit = 0
        return select

    def grouped(self, source="t", columns=None):
        expressions = Expressions(self.chance, columns or TABLE)
        select = Select(source, grouped=True)
        for _ in range(self.chance.choice([0, 1, 1, 2])):
            key = expressions.any(self.chance.choice(["int", "string", "bool"]), self.chance.choice([0, 0, 2]))
            # a constant key would be a position in SQLite
            select.keys += [key] if any(c.weir in key.weir for c in expressions.columns) else []
        select.items = [expressions.aggregate() for _ in range(self.chance.randint(1, 3))]
        select.where = self.conditions(expressions, 1)
        if self.chance.random() < 0.3:
            aggregate = Expressions(self.chance, [expressions.aggregate() for _ in range(2)])
            select.having = [aggregate.any("bool", 1)]
        select.limit = self.chance.randint(1, 5) if self.chance.random() < 0.1 else 0
        return select

    def windowed(self):
        slide = self.chance.choice([2, 5, 7, 10, 30, 60])
        offset = self.chance.choice([0, 0, 1, slide // 2])
        size = slide * self.chance.randint(2, 4)
        window = self.chance.choice([("TUMBLE", slide, slide, offset), ("HOP", size, slide, offset), ("CUMULATE", size, slide, offset)])
        select = self.grouped(window, EVENTS)
        select.limit = 0
        return select

    def union(self):
        left = self.plain()
        left.limit = 0
        right = self.plain(kinds=[node.type for node, _ in left.outputs()])
        right.limit = 0
        return Union(left, right, self.chance.random() < 0.5)

    def nested(self):
        inner = self.chance.choice([self.grouped, self.windowed, self.union, self.plain])()
        if isinstance(inner, Select):
            inner.limit = 0
        outer = self.chance.choice([self.grouped, self.grouped, self.plain])(inner, inner.columns())
        outer.cte = self.chance.random() < 0.5
        return outer
