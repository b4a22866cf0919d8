"""Random queries in which one part reads the row of another: correlated subqueries, LATERAL, UNNEST, ASOF JOIN.

More relations for those of relations.py. Of these SQLite has subqueries without ANY and ALL only: it is asked for the
joins, numbered rows and cases that mean the same.
"""
import dataclasses

from expressions import Expressions, Node, differing, same
import relations
from relations import Relation, listed, nodes, texts

LATERALS = ["rows", "aggregate", "groups", "first", "distinct"]
TESTS = ["IN", "NOT IN", "EXISTS", "NOT EXISTS", "ANY", "ALL"]


def all_of(conditions, dialect):
    return " AND ".join(f"({text})" for text in texts([c for c in conditions if c is not None], dialect))


@dataclasses.dataclass
class Correlated(Relation):
    """Rows of `of`, named l, with the value of a subquery over `other`, named r, or those for which it is TRUE."""
    of: Relation
    other: Relation
    form: str                   # "aggregate", or one of TESTS
    item: Node                  # of the subquery's list
    operand: Node               # what it is compared with
    comparison: str
    meets: Node                 # compares a column of each
    condition: object           # of both, or None
    place: str                  # SELECT, WHERE, OR

    def columns(self):
        kinds = [kind for _, kind in self.of.columns()]
        if self.place == "SELECT":
            kinds.append(self.item.type if self.form == "aggregate" else "bool")
        return [(f"c{i}", kind) for i, kind in enumerate(kinds)]

    def construct(self):
        return f"correlated {self.form}"

    def constructs(self):
        return super().constructs() | {f"correlated in {self.place}"}

    def value(self, dialect):
        item, operand = getattr(self.item, dialect), getattr(self.operand, dialect)
        rows = f"FROM {self.other.source(dialect, 'r')} WHERE {all_of([self.meets, self.condition], dialect)}"
        if self.form == "aggregate":
            return f"(SELECT {item} {rows})"
        if self.form.endswith("IN"):
            return f"({operand} {self.form} (SELECT {item} {rows}))"
        if self.form.endswith("EXISTS"):
            return f"{self.form} (SELECT 1 {rows})"
        if dialect == "weir":
            return f"({operand} {self.comparison} {self.form} (SELECT {item} {rows}))"
        test, decided = f"({operand} {self.comparison} {item})", self.form == "ANY"
        return (f"(CASE WHEN EXISTS (SELECT 1 {rows} AND {test} IS {'TRUE' if decided else 'FALSE'}) THEN {int(decided)} "
                f"WHEN EXISTS (SELECT 1 {rows} AND {test} IS NULL) THEN NULL ELSE {int(not decided)} END)")

    def sql(self, dialect):
        items, value = nodes(self.of.columns(), "l."), self.value(dialect)
        if self.place == "SELECT":
            return f"SELECT {listed(items, dialect)}, {value} AS c{len(items)} FROM {self.of.source(dialect, 'l')}"
        if self.form == "aggregate":
            value = f"{value} {self.comparison} {getattr(self.operand, dialect)}"
        if self.place == "OR":
            value = f"{value} OR {getattr(self.operand, dialect)} > 3"
        return f"SELECT {listed(items, dialect)} FROM {self.of.source(dialect, 'l')} WHERE {value}"


@dataclasses.dataclass
class Lateral(Relation):
    """Rows of `left`, named l, beside those that a query over `right`, named r, gives for each."""
    left: Relation
    right: Relation
    form: str                   # of LATERALS
    outer: bool                 # LEFT JOIN
    keys: list                  # GROUP BY
    items: list
    meets: Node                 # as of Correlated
    condition: object
    limit: int

    def columns(self):
        kinds = [kind for _, kind in self.left.columns()] + [item.type for item in self.keys + self.items]
        return [(f"c{i}", kind) for i, kind in enumerate(kinds)]

    def construct(self):
        return f"{'LEFT ' if self.outer else ''}LATERAL {self.form}"

    def order(self):
        return ", ".join(f"r.{name}" for name, _ in self.right.columns())

    def sql(self, dialect):
        return self.weir() if dialect == "weir" else self.lite()

    def weir(self):
        found = texts(self.keys + self.items, "weir")
        query = (f"SELECT {'DISTINCT ' if self.form == 'distinct' else ''}{', '.join(f'{v} AS v{i}' for i, v in enumerate(found))} "
                 f"FROM {self.right.source('weir', 'r')} WHERE {all_of([self.meets, self.condition], 'weir')}")
        if self.form == "groups":
            query += f" GROUP BY {', '.join(texts(self.keys, 'weir'))}"
        if self.form == "first":
            query += f" ORDER BY {self.order()} LIMIT {self.limit}"
        items = texts(nodes(self.left.columns(), "l."), "weir") + [f"v.v{i}" for i in range(len(found))]
        join = f"LEFT JOIN LATERAL ({query}) AS v ON TRUE" if self.outer else f"CROSS JOIN LATERAL ({query}) AS v"
        return f"SELECT {', '.join(f'{v} AS c{i}' for i, v in enumerate(items))} FROM {self.left.source('weir', 'l')} {join}"

    def lite(self):
        """A join with the numbered rows of `left`; what is found is NULL where nothing is."""
        condition = all_of([self.meets, self.condition], "lite")
        own, found = texts(nodes(self.left.columns(), "l."), "lite"), texts(self.keys + self.items, "lite")
        if self.form == "aggregate":
            rows = f"FROM {self.right.source('lite', 'r')} WHERE {condition}"
            items = own + [f"(SELECT {item} {rows})" for item in found]
            return f"SELECT {', '.join(f'{v} AS c{i}' for i, v in enumerate(items))} FROM {self.left.source('lite', 'l')}"
        here = "MAX(r.here)" if self.form == "groups" else "r.here"
        items = own + [f"CASE WHEN {here} THEN {item} END" for item in found]
        listing = ", ".join(f"{v} AS c{i}" for i, v in enumerate(items))
        join = (f"FROM (SELECT ROW_NUMBER() OVER () AS number, q.* FROM {self.left.source('lite', 'q')}) AS l "
                f"{'LEFT ' if self.outer else ''}JOIN (SELECT 1 AS here, q.* FROM {self.right.source('lite', 'q')}) AS r ON {condition}")
        if self.form == "rows":
            return f"SELECT {listing} {join}"
        if self.form == "groups":
            return f"SELECT {listing} {join} GROUP BY {', '.join(['l.number', *texts(self.keys, 'lite')])}"
        names = ", ".join(f"c{i}" for i in range(len(items)))
        if self.form == "distinct":
            return f"SELECT {names} FROM (SELECT DISTINCT l.number, {listing} {join}) AS d"
        return (f"SELECT {names} FROM (SELECT {listing}, ROW_NUMBER() OVER (PARTITION BY l.number ORDER BY {self.order()}) AS rn "
                f"{join}) AS d WHERE rn <= {self.limit}")


@dataclasses.dataclass
class Unnested(Relation):
    """Rows of `of`, named l, once for each value of an array that is made of them."""
    of: Relation
    values: list
    outer: bool
    ordinality: bool
    condition: object           # the array is NULL where this is not TRUE; or None

    def columns(self):
        kinds = [kind for _, kind in self.of.columns()] + [self.values[0].type] + ["int"] * self.ordinality
        return [(f"c{i}", kind) for i, kind in enumerate(kinds)]

    def construct(self):
        return ("LEFT " if self.outer else "") + "UNNEST" + (" WITH ORDINALITY" if self.ordinality else "")

    def sql(self, dialect):
        own, values = texts(nodes(self.of.columns(), "l."), dialect), texts(self.values, dialect)
        guard = getattr(self.condition, dialect) if self.condition else None
        kind = "LEFT JOIN" if self.outer else "JOIN"
        if dialect == "weir":
            array = f"ARRAY[{', '.join(values)}]"
            array = f"CASE WHEN {guard} THEN {array} END" if guard else array
            join = f"{kind} UNNEST({array}){' WITH ORDINALITY' if self.ordinality else ''} AS v (x{', n' * self.ordinality}) ON TRUE"
            found = ["v.x", "v.n"]
        else:
            join = f"{kind} (VALUES {', '.join(f'({i + 1})' for i in range(len(values)))}) AS v ON {guard or 1}"
            found = ["CASE v.column1" + "".join(f" WHEN {i + 1} THEN {value}" for i, value in enumerate(values)) + " END", "v.column1"]
        items = own + found[:1 + self.ordinality]
        return f"SELECT {', '.join(f'{v} AS c{i}' for i, v in enumerate(items))} FROM {self.of.source(dialect, 'l')} {join}"


@dataclasses.dataclass
class Nearest(Relation):
    """Rows of `left`, named l, each beside the nearest value of `right`, named r: ASOF JOIN."""
    left: Relation
    right: Relation
    outer: bool
    on: tuple                   # names of equal columns; or None
    near: tuple                 # names of those that are compared
    comparison: str
    condition: object           # as of Correlated
    says: bool                  # by MATCH_CONDITION

    def columns(self):
        kinds = [kind for _, kind in self.left.columns()] + ["int"]
        return [(f"c{i}", kind) for i, kind in enumerate(kinds)]

    def construct(self):
        return f"ASOF {'LEFT ' if self.outer else ''}JOIN"

    def sql(self, dialect):
        own, found = texts(nodes(self.left.columns(), "l."), dialect), f"r.{self.near[1]}"
        listing = ", ".join(f"{v} AS c{i}" for i, v in enumerate([*own, found]))
        equal = [Node(text, text, "bool") for text in ([f"l.{self.on[0]} = r.{self.on[1]}"] if self.on else [])]
        match = f"l.{self.near[0]} {self.comparison} {found}"
        matches = [] if self.says and dialect == "weir" else [Node(match, match, "bool")]
        condition = all_of([*equal, *matches, self.condition], dialect)
        kind = "LEFT JOIN" if self.outer else "JOIN"
        if dialect == "weir":
            said = f" MATCH_CONDITION ({match})" if self.says else ""
            on = f" ON {condition}" if condition else ""
            return (f"SELECT {listing} FROM {self.left.source(dialect, 'l')} ASOF {kind} {self.right.source(dialect, 'r')}{said}{on}")
        names = ", ".join(f"c{i}" for i in range(len(own) + 1))
        order = "DESC" if self.comparison.startswith(">") else "ASC"
        return (f"SELECT {names} FROM (SELECT {listing}, ROW_NUMBER() OVER (PARTITION BY l.number ORDER BY {found} {order}) AS rn "
                f"FROM (SELECT ROW_NUMBER() OVER () AS number, q.* FROM {self.left.source(dialect, 'q')}) AS l "
                f"{kind} {self.right.source(dialect, 'r')} ON {condition}) AS d WHERE rn = 1")


class Queries(relations.Queries):
    def makers(self):
        return super().makers() + [self.correlated, self.correlated, self.lateral, self.lateral, self.unnested, self.nearest]

    def meeting(self, depth):
        """Two relations and how they meet: (left, right, comparison of columns, further condition); None as `pair`."""
        pair = self.pair(depth)
        if pair is None:
            return None
        left, right, on = pair
        comparison = self.chance.choice(["=", "=", "=", "<", ">=", "<>"])
        meets = Node(f"l.{on[0]} {comparison} r.{on[1]}", f"l.{on[0]} {comparison} r.{on[1]}", "bool")
        both = Expressions(self.chance, nodes(left.columns(), "l.") + nodes(right.columns(), "r."))
        return left, right, meets, both.any("bool", 1) if self.chance.random() < 0.4 else None

    def aggregate(self, left, right):
        """Of columns of the right side, now and then with one of the left side added: SQLite takes an aggregate of
        columns of the query around a subquery for one of that query."""
        mine, theirs = self.named(right, "int"), self.named(left, "int")
        if mine and theirs and self.chance.random() < 0.2:
            return same(f"{self.chance.choice(['MIN', 'MAX', 'SUM', 'COUNT'])}(r.{mine} + l.{theirs})", "int")
        return self.expressions(right, "r.").aggregate()

    def correlated(self, depth):
        meeting = self.meeting(depth)
        if meeting is None:
            return self.projection(depth)
        left, right, meets, condition = meeting
        form = self.chance.choice(["aggregate"] * 4 + TESTS + ["ANY", "ALL"])
        place = self.chance.choice(["SELECT", "SELECT", "WHERE", "OR"])
        if form == "aggregate":
            item = self.aggregate(left, right)
            operand = self.expressions(left, "l.").any("int", 1)
            if place != "SELECT" and item.type not in ("int", "double"):
                place = "SELECT"
        else:
            either = self.chance.random() < 0.4
            item = Expressions(self.chance, nodes(right.columns(), "r.") + nodes(left.columns(), "l.") * either).any("int", 1)
            operand = self.expressions(left, "l.").any("int", 1)
        return Correlated(left, right, form, item, operand, self.chance.choice(["=", "<>", "<", "<=", ">", ">="]), meets,
                          condition, place)

    def lateral(self, depth):
        meeting = self.meeting(depth)
        if meeting is None:
            return self.groups(depth)
        left, right, meets, condition = meeting
        form = self.chance.choice(LATERALS)
        if form == "first" and any(kind in ("mean", "double") for _, kind in right.columns()):
            form = "rows"  # their last digits would decide
        keys = []
        if form == "groups":
            keys = [self.expressions(right, "r.").column(kind) for kind in ("int", "string")]
            keys = [key for key in keys if key is not None][:self.chance.randint(1, 2)]
        if form in ("aggregate", "groups"):
            items = [self.aggregate(left, right) for _ in range(self.chance.randint(1, 2))]
        else:
            both = nodes(right.columns(), "r.") + nodes(left.columns(), "l.") * (form == "rows")
            items = [Expressions(self.chance, both).any(self.chance.choice(["int", "int", "string"]), 1)
                     for _ in range(self.chance.randint(1, 2))]
        return Lateral(left, right, form, self.chance.random() < 0.4, keys, items, meets, condition, self.chance.choice([1, 1, 2]))

    def unnested(self, depth):
        of = self.derived(depth)
        expressions = self.expressions(of, "l.")
        kind = self.chance.choice(["int", "int", "string"])
        values = [expressions.any(kind, 1) for _ in range(self.chance.randint(1, 3))]
        if kind == "int":
            values = [differing("CAST({0} AS BIGINT)", "{0}", "int", value) for value in values]
        condition = expressions.any("bool", 1) if self.chance.random() < 0.5 else None
        return Unnested(of, values, self.chance.random() < 0.4, self.chance.random() < 0.4, condition)

    def nearest(self, depth):
        pair = self.pair(depth)
        near = (self.named(pair[0], "int"), self.named(pair[1], "int")) if pair else (None,)
        if None in near:
            return self.groups(depth)
        left, right, on = pair
        condition = None
        if self.chance.random() < 0.3:  # an inequality of both sides would say which row is nearest
            condition = Expressions(self.chance, nodes(right.columns(), "r.")).any("bool", 1)
        return Nearest(left, right, self.chance.random() < 0.4, on if self.chance.random() < 0.7 else None, near,
                       self.chance.choice([">=", ">", "<=", "<"]), condition, self.chance.random() < 0.5)
