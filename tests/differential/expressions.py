"""Random typed expressions, each with its text for Weir and for SQLite.

Types: "int" (INT or BIGINT, kept far from their ends: SQLite does not wrap), "double" (quarters, so that sums
are exact in any order), "string" (ASCII: SQLite folds no other case) and "bool".
"""
import dataclasses

WORDS = ["", "a", "ab", "B", "Ba", "b c", "zz", "a_b", "50%", "Zz", "abab", "o''k"]


@dataclasses.dataclass(frozen=True)
class Node:
    weir: str
    lite: str
    type: str
    uses: frozenset = frozenset()


def same(text, kind, *parts, use=None):
    """A node whose text is the same in both dialects but for its parts: {0}, {1}, …"""
    uses = frozenset().union(*(p.uses for p in parts)) | (frozenset([use]) if use else frozenset())
    return Node(text.format(*(p.weir for p in parts)), text.format(*(p.lite for p in parts)), kind, uses)


def differing(weir, lite, kind, *parts, use=None):
    """As `same`, with a text for each dialect."""
    node = same(weir, kind, *parts, use=use)
    return dataclasses.replace(node, lite=lite.format(*(p.lite for p in parts)))


class Expressions:
    """Expressions over `columns`, nodes of their own; `chance` is the only randomness."""

    def __init__(self, chance, columns):
        self.chance, self.columns = chance, columns

    def column(self, kind):
        fitting = [c for c in self.columns if c.type == kind]
        return self.chance.choice(fitting) if fitting else None

    def literal(self, kind):
        if kind == "int":
            return same(str(self.chance.randint(-20, 60)), kind)
        if kind == "double":
            number = self.chance.randint(-40, 80) / 4
            return Node(f"{number}E0", f"{number}", kind)
        if kind == "bool":
            truth = self.chance.random() < 0.5
            return Node("TRUE" if truth else "FALSE", "1" if truth else "0", kind)
        word = self.chance.choice(WORDS)
        return Node(f"CAST('{word}' AS STRING)", f"'{word}'", kind)

    def any(self, kind, depth=2):
        if depth <= 0 or self.chance.random() < 0.25:
            return (self.chance.random() < 0.8 and self.column(kind)) or self.literal(kind)
        return getattr(self, kind)(depth - 1)

    def int(self, depth):
        a, b = self.any("int", depth), self.any("int", depth)
        small = same(str(self.chance.randint(2, 9)), "int")
        return self.chance.choice([
            lambda: same("({0} + {1})", "int", a, b, use="+"),
            lambda: same("({0} - {1})", "int", a, b, use="-"),
            lambda: same("({0} * {1})", "int", a, small, use="*"),
            lambda: same("({0} / {1})", "int", a, small, use="/"),
            lambda: same("({0} % {1})", "int", a, small, use="%"),
            lambda: same("ABS({0})", "int", a, use="ABS"),
            lambda: same("(- {0})", "int", a, use="unary -"),
            lambda: differing("SIGN({0})", "CAST(sign({0}) AS INTEGER)", "int", a, use="SIGN"),
            lambda: differing("POSITION('b' IN {0})", "instr({0}, 'b')", "int", self.any("string", depth), use="POSITION"),
            lambda: differing("CAST({0} AS INT)", "CAST({0} AS INTEGER)", "int", self.any("bool", depth), use="CAST of BOOLEAN"),
            lambda: differing("CHAR_LENGTH({0})", "length({0})", "int", self.any("string", depth), use="CHAR_LENGTH"),
            lambda: differing("INSTR({0}, {1})", "instr({0}, {1})", "int", self.column("string") or self.literal("string"),
                              Node("CAST('a' AS STRING)", "'a'", "string"), use="INSTR"),
            lambda: differing("CAST({0} AS BIGINT)", "CAST({0} AS INTEGER)", "int", self.any("double", depth), use="CAST"),
            lambda: self.extreme("int", a, b),
            lambda: self.choice("int", depth),
        ])()

    def double(self, depth):
        a, b = self.any("double", depth), self.any("double", depth)
        return self.chance.choice([
            lambda: same("({0} + {1})", "double", a, b, use="+"),
            lambda: same("({0} - {1})", "double", a, b, use="-"),
            lambda: same("({0} * 2)", "double", a, use="*"),
            lambda: same("ABS({0})", "double", a, use="ABS"),
            lambda: same("FLOOR({0})", "double", a, use="FLOOR"),
            lambda: same("CEIL({0})", "double", a, use="CEIL"),
            lambda: same("(- {0})", "double", a, use="unary -"),
            lambda: same("({0} / 4)", "double", a, use="/ of DOUBLE"),
            lambda: same("({0} + {1})", "double", a, self.any("int", depth), use="INT + DOUBLE"),
            lambda: differing("CAST({0} AS DOUBLE)", "CAST({0} AS REAL)", "double", self.any("int", depth), use="CAST"),
            lambda: self.choice("double", depth),
        ])()

    def string(self, depth):
        a, b = self.any("string", depth), self.any("string", depth)
        start, count = self.chance.randint(1, 3), self.chance.randint(0, 3)
        return self.chance.choice([
            lambda: same("({0} || {1})", "string", a, b, use="||"),
            lambda: same("UPPER({0})", "string", a, use="UPPER"),
            lambda: same("LOWER({0})", "string", a, use="LOWER"),
            lambda: same("TRIM({0})", "string", a, use="TRIM"),
            lambda: same("LTRIM({0})", "string", a, use="LTRIM"),
            lambda: same("RTRIM({0})", "string", a, use="RTRIM"),
            lambda: differing("TRIM(LEADING 'a' FROM {0})", "ltrim({0}, 'a')", "string", a, use="TRIM LEADING"),
            lambda: differing("TRIM(TRAILING 'b' FROM {0})", "rtrim({0}, 'b')", "string", a, use="TRIM TRAILING"),
            lambda: differing(f"LEFT({{0}}, {count})", f"substr({{0}}, 1, {count})", "string", a, use="LEFT"),
            lambda: differing(f"RIGHT({{0}}, {start})", f"substr({{0}}, -{start}, {start})", "string", a, use="RIGHT"),
            lambda: differing(f"SUBSTRING({{0}} FROM {start})", f"substr({{0}}, {start})", "string", a, use="SUBSTRING"),
            lambda: differing(f"SUBSTRING({{0}}, {start}, {count})", f"substr({{0}}, {start}, {count})", "string", a,
                              use="SUBSTRING"),
            lambda: same("REPLACE({0}, 'a', 'xy')", "string", a, use="REPLACE"),
            lambda: differing("CAST({0} AS STRING)", "CAST({0} AS TEXT)", "string", self.any("int", depth), use="CAST"),
            lambda: self.extreme("string", a, b),
            lambda: self.choice("string", depth),
        ])()

    def extreme(self, kind, a, b):
        weir, lite = self.chance.choice([("GREATEST", "max"), ("LEAST", "min")])
        return differing(f"{weir}({{0}}, {{1}})", f"{lite}({{0}}, {{1}})", kind, a, b, use=weir)

    def choice(self, kind, depth):
        a, b = self.any(kind, depth), self.any(kind, depth)
        return self.chance.choice([
            lambda: same("CASE WHEN {0} THEN {1} ELSE {2} END", kind, self.any("bool", depth), a, b, use="CASE"),
            lambda: same("CASE WHEN {0} THEN {1} END", kind, self.any("bool", depth), a, use="CASE"),
            lambda: same("COALESCE({0}, {1})", kind, a, b, use="COALESCE"),
            lambda: same("NULLIF({0}, {1})", kind, a, b, use="NULLIF"),
        ])()

    def bool(self, depth):
        kind = self.chance.choice(["int", "int", "double", "string"])
        a, b, c = (self.any(kind, depth) for _ in range(3))
        operator = self.chance.choice(["=", "<>", "<", "<=", ">", ">="])
        negation = self.chance.choice(["", "NOT "])
        return self.chance.choice([
            lambda: same(f"({{0}} {operator} {{1}})", "bool", a, b, use=operator),
            lambda: same(f"({{0}} {operator} {{1}})", "bool", a, b, use=operator),
            lambda: same(f"({{0}} {negation}BETWEEN {{1}} AND {{2}})", "bool", a, b, c, use=f"{negation}BETWEEN"),
            lambda: same(f"({{0}} {negation}IN ({{1}}, {{2}}))", "bool", a, self.literal(kind), self.literal(kind),
                         use=f"{negation}IN"),
            lambda: same(f"({{0}} IS {negation}NULL)", "bool", a, use=f"IS {negation}NULL"),
            lambda: differing("({0} BETWEEN SYMMETRIC {1} AND {2})", "({0} BETWEEN {1} AND {2} OR {0} BETWEEN {2} AND {1})", "bool",
                              a, b, c, use="BETWEEN SYMMETRIC"),
            lambda: same(f"({{0}} {negation}IN ({{1}}, {{2}}, NULL))", "bool", a, self.literal(kind), self.literal(kind),
                         use=f"{negation}IN with NULL"),
            lambda: same(f"({{0}} IS {negation}TRUE)", "bool", self.any("bool", depth), use=f"IS {negation}TRUE"),
            lambda: same(f"({{0}} IS {negation}FALSE)", "bool", self.any("bool", depth), use=f"IS {negation}FALSE"),
            lambda: differing("({0} IS NOT DISTINCT FROM {1})", "({0} IS {1})", "bool", a, b, use="IS NOT DISTINCT FROM"),
            lambda: differing("STARTSWITH({0}, 'a')", "({0} LIKE 'a%')", "bool", self.any("string", depth), use="STARTSWITH"),
            lambda: differing("ENDSWITH({0}, 'b')", "({0} LIKE '%b')", "bool", self.any("string", depth), use="ENDSWITH"),
            lambda: differing("({0} IS DISTINCT FROM {1})", "({0} IS NOT {1})", "bool", a, b, use="IS DISTINCT FROM"),
            lambda: same("({0} AND {1})", "bool", self.any("bool", depth), self.any("bool", depth), use="AND"),
            lambda: same("({0} OR {1})", "bool", self.any("bool", depth), self.any("bool", depth), use="OR"),
            lambda: same("(NOT {0})", "bool", self.any("bool", depth), use="NOT"),
            lambda: self.like(negation, depth),
        ])()

    def like(self, negation, depth):
        pattern = self.chance.choice(["a%", "%b%", "_", "__", "%", "B_", "a\\_b", "%\\%", "z%z", "", "%a%b%", "_%_", "%ab",
                                      "a_%", "ab", "%''%", "\\__%"])
        escape = " ESCAPE '\\'" if "\\" in pattern else ""
        return same(f"({{0}} {negation}LIKE '{pattern}'{escape})", "bool", self.any("string", depth),
                    use=f"{negation}LIKE")

    def aggregate(self):
        distinct = "DISTINCT " if self.chance.random() < 0.25 else ""
        number = self.any(self.chance.choice(["int", "double"]), 1)
        anything = self.any(self.chance.choice(["int", "double", "string"]), 1)
        node = self.chance.choice([
            lambda: same("COUNT(*)", "int", use="COUNT(*)"),
            lambda: same(f"COUNT({distinct}{{0}})", "int", anything, use=f"COUNT {distinct}".strip()),
            lambda: same(f"SUM({distinct}{{0}})", number.type, number, use=f"SUM {distinct}".strip()),
            lambda: differing(f"AVG({distinct}CAST({{0}} AS DOUBLE))", f"AVG({distinct}{{0}})", "mean", number,
                              use=f"AVG {distinct}".strip()),
            lambda: same("MIN({0})", anything.type, anything, use="MIN"),
            lambda: same("MAX({0})", anything.type, anything, use="MAX"),
        ])()
        if self.chance.random() < 0.25:
            node = same("{0} FILTER (WHERE {1})", node.type, node, self.any("bool", 1), use="FILTER")
        return node
