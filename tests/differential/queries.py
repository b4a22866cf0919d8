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


@dataclasses.dataclass
class Select:
    source: object              # "t", a window ("TUMBLE" | "HOP", size, slide), or a query
    items: list = dataclasses.field(default_factory=list)
    where: list = dataclasses.field(default_factory=list)
    keys: list = dataclasses.field(default_factory=list)
    grouped: bool = False
    having: list = dataclasses.field(default_factory=list)
    distinct: bool = False
    limit: int = 0              # 0: none; else ORDER BY every column
    cte: bool = False           # the source query stands in WITH

    def window(self):
        return self.source if isinstance(self.source, tuple) else None

    def outputs(self):
        """(node, name) of every column; keys come first."""
        nodes = self.keys + self.items
        if self.window() and self.grouped:
            start = Node("DATE_FORMAT(window_start, 'yyyy-MM-dd HH:mm:ss')",
                         "strftime('%Y-%m-%d %H:%M:%S', window_start, 'unixepoch')", "string")
            nodes = [start] + nodes
        return [(node, f"c{i}") for i, node in enumerate(nodes)]

    def columns(self):
        return [Node(name, name, node.type) for node, name in self.outputs()]

    def from_clause(self, dialect):
        window = self.window()
        if window and dialect == "weir":
            kind, size, slide = window
            sizes = f"INTERVAL '{slide}' SECOND, INTERVAL '{size}' SECOND" if kind == "HOP" else f"INTERVAL '{size}' SECOND"
            return f"TABLE({kind}(TABLE w, DESCRIPTOR(ts), {sizes}))"
        if window:
            kind, size, slide = window
            steps = ", ".join(f"({i})" for i in range(size // slide))
            return f"(SELECT w.*, (ts / {slide} - n.column1) * {slide} AS window_start FROM w, (VALUES {steps}) AS n)"
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
        group = (["window_start"] + (["window_end"] if dialect == "weir" else [])) if self.window() else []
        group += texts(self.keys)
        if self.grouped and (group or dialect == "lite"):
            sql += " GROUP BY " + (", ".join(group) or "NULL")  # GROUP BY NULL: no row for an empty input
        if self.having:
            sql += " HAVING " + " AND ".join(texts(self.having))
        if self.limit:
            sql += " ORDER BY " + ", ".join(name for _, name in self.outputs()) + f" LIMIT {self.limit}"
        return sql

    def constructs(self):
        parts = [node for node, _ in self.outputs()] + self.where + self.having
        used = set().union(*(node.uses for node in parts))
        for name, present in (("WHERE", self.where), ("GROUP BY", self.grouped and self.keys),
                              ("global aggregate", self.grouped and not self.keys and not self.window()),
                              ("HAVING", self.having), ("SELECT DISTINCT", self.distinct),
                              ("ORDER BY … LIMIT", self.limit), ("CTE", self.cte)):
            if present:
                used.add(name)
        if self.window():
            used.add(self.source[0])
        if not isinstance(self.source, (str, tuple)):
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
        for name, value in (("distinct", False), ("limit", 0)):
            if getattr(self, name):
                yield dataclasses.replace(self, **{name: value})
        if not isinstance(self.source, (str, tuple)):
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
                                   self.union, self.nested, self.nested])()

    def conditions(self, expressions, most):
        return [expressions.any("bool", 2) for _ in range(self.chance.choice([0] * 2 + [1] * most))]

    def plain(self, source="t", columns=None, kinds=None):
        expressions = Expressions(self.chance, columns or TABLE)
        kinds = kinds or [self.chance.choice(["int", "double", "string", "bool"])
                          for _ in range(self.chance.randint(1, 4))]
        select = Select(source, items=[expressions.any(kind, 3) for kind in kinds])
        select.where = self.conditions(expressions, 2)
        select.distinct = self.chance.random() < 0.25
        select.limit = self.chance.randint(1, 9) if self.chance.random() < 0.15 else 0
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
        window = self.chance.choice([("TUMBLE", slide, slide), ("HOP", slide * self.chance.randint(2, 4), slide)])
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
