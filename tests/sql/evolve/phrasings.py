"""The same said in other words, a kind each, and near misses beside it: of expressions, of clauses, of whole statements and
of definitions. What is claimed here is asked of the rows (phrased.py): what both give over rows with NULL, NaN, -0.0 and
the ends of INT must be the same, and a near miss counts where it is not. Kinds that stay other words for a restore, and
why, are in NOT_SEEN.
"""
import dataclasses

COLUMNS = ("k STRING, g STRING, v INT, w INT, l BIGINT, m DECIMAL(10,2), d DOUBLE, s STRING, b BOOLEAN, q BOOLEAN, ts "
           "TIMESTAMP(3)")
OPTIONS = {"connector": "filesystem", "format": "csv"}
WATCHED = {"source.monitor-interval": "20 ms", "source.settle-interval": "0 s"}


@dataclasses.dataclass(frozen=True)
class Phrase:
    """Texts that give the same, and such that do not."""
    before: str
    after: str
    near: tuple = ()


# --- operands -------------------------------------------------------------------------------------

def number(chooser, depth=1):
    if depth and chooser.random() < 0.4:
        return f"({number(chooser, 0)} {chooser.choice('+-*')} {chooser.choice((number(chooser, 0), '3', '7'))})"
    return chooser.choice(("v", "w"))


def condition(chooser, depth=1):
    if depth and chooser.random() < 0.3:
        return f"({condition(chooser, 0)} {chooser.choice(('AND', 'OR'))} {condition(chooser, 0)})"
    return chooser.choice(("v > 2", "w <= 5", "g = 'x'", "b", "q", "s IS NULL", "d < 4", "m >= 1.5", "v BETWEEN 1 AND 6"))


def small(chooser):
    return chooser.randrange(1, 8)


def two(chooser, options):
    return chooser.sample(options, 2)


# --- expressions: kind -> (type, how it is made) ---------------------------------------------------

def times_one(c):
    x = number(c)
    return Phrase(f"{x} * 1", x, (f"{x} * 2", f"{x} * 1 * -1", f"{x} * {x}"))


def plus_zero(c):
    x = number(c)
    return Phrase(x, c.choice((f"{x} + 0", f"0 + {x}", f"{x} - 0")), (f"{x} + 1", f"0 - {x}"))


def double_times_one(c):
    return Phrase("d", c.choice(("d * 1", "d * 1.0e0", "1 * d", "d / 1")), ("d * 2", "d + 0", "d + 0.0", "0 + d"))


def commuted(c):
    x, y = number(c), number(c)
    op = c.choice("+*")
    return Phrase(f"{x} {op} {y}", f"{y} {op} {x}", (f"{x} - {y}", f"{y} - {x}"))


def chain(c):
    x, y, z = c.sample(("v", "w", "(v - w)", "(w - 2)", "4"), 3)
    op = c.choice("+*")
    return Phrase(f"{x} {op} {y} {op} {z}", c.choice((f"{z} {op} ({x} {op} {y})", f"{y} {op} {z} {op} {x}",
                                                      f"{x} {op} ({z} {op} {y})")),
                  (f"{x} {op} {y} - {z}", f"{x} {op} {y}"))


def long_chain(c):
    x, y, z = c.sample(("l", "v", "(l - w)"), 3)
    return Phrase(f"{x} + {y} + {z}", f"{z} + {y} + {x}", (f"{x} + {y} - {z}",))


def narrower_chain(c):
    x, y = c.sample(("v", "w", "(v - 2)"), 2)
    op = c.choice("+*")
    return Phrase(f"({x} {op} {y}) {op} l", c.choice((f"l {op} ({y} {op} {x})", f"({y} {op} {x}) {op} l")),
                  (f"(l {op} {x}) {op} {y}", f"{x} {op} (l {op} {y})"))


def double_commuted(c):
    return Phrase("d + v", "v + d", ("d - v", "d + v + 0.0"))


def minus_literal(c):
    n = small(c)
    return Phrase(f"v - {n}", c.choice((f"v + (-{n})", f"-{n} + v", f"v + {n} - {2 * n}")), (f"v + {n}", f"{n} - v"))


def two_literals(c):
    a, b = small(c), small(c)
    return Phrase(f"v + {a} + {b}", f"v + {a + b}", (f"v + {a}", f"v + {a + b + 1}", f"v + {a} - {b}"))


TINY, SMALL_INT = "CAST(v * 14 AS TINYINT)", "CAST(v * 4000 AS SMALLINT)"


def small_literal(c):
    """What a literal makes wider wraps around later."""
    x, op, n, kinds = c.choice(((TINY, "+", 100, ("TINYINT", "SMALLINT")), (TINY, "*", 3, ("TINYINT", "BIGINT")),
                                (SMALL_INT, "*", 10, ("SMALLINT", "TINYINT")), (SMALL_INT, "+", 30000, ("SMALLINT", "BIGINT"))))
    return Phrase(f"({x} {op} {n}) * 100", c.choice((f"({n} {op} {x}) * 100", f"100 * ({x} {op} {n})")),
                  tuple(f"({x} {op} CAST({n} AS {kind})) * 100" for kind in kinds))


def negated_literal(c):
    """2147483648 is a BIGINT, and -2147483648 an INT."""
    x = c.choice(("v", "(-v)", "(v + 1)"))
    return Phrase(f"({x} - 2147483648) * 2", c.choice((f"2 * ({x} - 2147483648)", f"(0 + {x} - 2147483648) * 2")),
                  (f"({x} + (-2147483648)) * 2", f"({x} - 2147483647 - 1) * 2"))


WIDE = {"MOD(v, {})": (7,), "GREATEST(v, {})": (0, 3), "LEAST(v, {})": (5,), "ARRAY[v, {}][1]": (0,), "v % {}": (7,),
        "ARRAY_MAX(ARRAY[v, {}])": (0,), "MAP['a', v, 'b', {}]['a']": (0,), "IF(w > 3, v, {})": (0,), "COALESCE(v, {})": (0,),
        "v - {}": (5,), "NULLIF(v - {}, 3)": (5,), "ARRAY_APPEND(ARRAY[v], {})[1]": (0,)}


def width_of_call(c):
    """A literal of another type in a call makes what is around it another type."""
    call = c.choice(sorted(WIDE))
    n = c.choice(WIDE[call])
    x = f"({call.format(n)})"
    return Phrase(f"{x} * 2147483647 + 5", c.choice((f"2147483647 * {x} + 5", f"5 + {x} * 2147483647")),
                  (f"({call.format(f'CAST({n} AS BIGINT)')}) * 2147483647 + 5",))


def sides_of_float(c):
    """Of a FLOAT and a DOUBLE the first is the type."""
    h, q = "CAST(d / 3 AS FLOAT)", "(d / 7)"
    n = c.choice((3, 7))
    return c.choice((Phrase(f"{h} + {q}", f"({h} + {q}) * 1", (f"{q} + {h}", f"CAST({h} AS DOUBLE) + {q}")),
                     Phrase(f"{h} * {n}e-1", f"{h} * 0.{n}e0", (f"{n}e-1 * {h}", f"{h} * 0.{n}", f"{h} * CAST(0.{n} AS FLOAT) * 3")),
                     Phrase(f"{q} * {q} + {h}", f"({q} * {q}) + {h}", (f"{h} + {q} * {q}",)),
                     Phrase(f"{n} * {h}", f"{h} * {n}", (f"{n}e0 * {h}", f"{h} * {n}.0"))))


def user_function(c):
    x, y = number(c), c.choice(("v", "w", "4"))
    return Phrase(f"mine({x}, {y})", c.choice((f"{x} * 2 + {y}", f"mine(b => {y}, a => {x})", f"{y} + mine({x}, 0)")),
                  (f"other({x}, {y})", f"mine({y} + 1, {x})", f"mine({x} + 1, {y})", f"narrow({x}, {y})"))


def negated_twice(c):
    x = number(c)
    return Phrase(x, f"-(-{x})", (f"-{x}", f"-(-{x}) + 1"))


def parentheses(c):
    x, y = number(c), number(c)
    return Phrase(f"{x} * 2 + {y}", f"(({x} * 2) + ({y}))", (f"{x} * (2 + {y})",))


def own_type(c):
    x, kind = c.choice((("v", "INT"), ("l", "BIGINT"), ("m", "DECIMAL(10, 2)"), ("d", "DOUBLE"), ("s", "STRING"),
                        ("b", "BOOLEAN")))
    other = {"v": "CAST(v AS TINYINT)", "l": "CAST(l AS SMALLINT)", "m": "CAST(m AS DECIMAL(10, 1))", "d": "CAST(d AS FLOAT)",
             "s": "CAST(s AS CHAR(2))",
             "b": "CAST(b AS STRING)"}[x]
    return Phrase(x, c.choice((f"CAST({x} AS {kind})", f"TRY_CAST({x} AS {kind})")), (other,) if x != "b" else ())


def explicit_widening(c):
    return Phrase("v + l", "CAST(v AS BIGINT) + l", ("CAST(v AS SMALLINT) + l", "CAST(l AS INT) + v"))


def literal_type(c):
    """Of one value, and not of one type."""
    return Phrase("v * 1000000", "1000000 * v", ("v * CAST(1000000 AS BIGINT)", "v * 1000000.0"))


def decimal_literal(c):
    return Phrase("CAST(m * 1.5 AS STRING)", "CAST(1.5 * m AS STRING)",
                  ("CAST(m * 1.50 AS STRING)", "CAST(m * 15 / 10 AS STRING)", "CAST(m / 1.5 AS STRING)"))


def coalesced(c):
    x, y = two(c, ("v", "w", "l"))
    return Phrase(f"COALESCE({x}, {y})", c.choice((f"IFNULL({x}, {y})", f"CASE WHEN {x} IS NOT NULL THEN {x} ELSE {y} END",
                                                   f"CASE WHEN {x} IS NULL THEN {y} ELSE {x} END",
                                                   f"IF({x} IS NULL, {y}, {x})")),
                  (f"COALESCE({y}, {x})", f"CASE WHEN {y} IS NOT NULL THEN {x} ELSE {y} END",
                   f"CASE WHEN {x} IS NULL THEN {x} ELSE {y} END"))


def coalesced_list(c):
    n = small(c)
    return Phrase(f"COALESCE(v, w, {n})", c.choice((f"COALESCE(v, COALESCE(w, {n}))", f"IFNULL(COALESCE(v, w), {n})",
                                                    f"COALESCE(v, w, {n}, 99)", f"COALESCE(v, w, NULL, {n})")),
                  (f"COALESCE(w, v, {n})", f"COALESCE(v, {n}, w)", f"COALESCE(v, w, {n + 1})"))


def null_if(c):
    n = small(c)
    return Phrase(f"NULLIF(v, {n})", c.choice((f"CASE WHEN v = {n} THEN NULL ELSE v END",
                                               f"CASE v WHEN {n} THEN NULL ELSE v END", f"IF(v = {n}, NULL, v)")),
                  (f"NULLIF(v, {n + 1})", f"CASE WHEN v <> {n} THEN v END"))


def simple_case(c):
    a, b = c.sample(range(1, 7), 2)
    return Phrase(f"CASE v WHEN {a} THEN w WHEN {b} THEN 7 ELSE 0 END", c.choice((
        f"CASE WHEN v = {a} THEN w WHEN v = {b} THEN 7 ELSE 0 END", f"CASE WHEN {a} = v THEN w WHEN {b} = v THEN 7 ELSE 0 END",
        f"IF(v = {a}, w, IF(v = {b}, 7, 0))",
        f"CASE WHEN v = {a} THEN w ELSE CASE v WHEN {b} THEN 7 ELSE 0 END END")),
        (f"CASE v WHEN {b} THEN w WHEN {a} THEN 7 ELSE 0 END", f"CASE v WHEN {a} THEN w WHEN {b} THEN 7 END"))


def case_else(c):
    p = condition(c)
    return Phrase(f"CASE WHEN {p} THEN v END", c.choice((f"CASE WHEN {p} THEN v ELSE NULL END", f"IF({p}, v, NULL)",
                                                         f"CASE WHEN ({p}) IS TRUE THEN v END")),
                  (f"CASE WHEN NOT ({p}) THEN v END", f"CASE WHEN {p} THEN v ELSE 0 END",
                   f"CASE WHEN ({p}) IS NOT FALSE THEN v END"))


def case_turned(c):
    """Of a condition that is never NULL."""
    return Phrase("CASE WHEN s IS NULL THEN v ELSE w END", c.choice(("CASE WHEN s IS NOT NULL THEN w ELSE v END",
                                                                     "IF(NOT (s IS NULL), w, v)")),
                  ("CASE WHEN s IS NULL THEN w ELSE v END", "CASE WHEN s IS NOT NULL THEN w END"))


def case_of_nulls(c):
    """Of one that may be: no other words at all."""
    return Phrase("CASE WHEN b THEN v ELSE w END", "IF(b, v, w)", ("CASE WHEN NOT b THEN w ELSE v END",
                                                                   "CASE WHEN b IS NOT TRUE THEN v ELSE w END"))


def greatest(c):
    f = c.choice(("GREATEST", "LEAST"))
    other = {"GREATEST": "LEAST", "LEAST": "GREATEST"}[f]
    return Phrase(f"{f}(v, w, 3)", f"{f}(3, w, v)", (f"{other}(v, w, 3)", f"{f}(v, w, 4)"))


def modulo(c):
    n = small(c) + 1
    return Phrase(f"MOD(v, {n})", f"v % {n}", (f"MOD(v, {n + 1})", f"v / {n}"))


def ceiling(c):
    return Phrase("CEIL(d)", "CEILING(d)", ("FLOOR(d)", "ROUND(d)"))


def length(c):
    return Phrase("CHAR_LENGTH(s)", c.choice(("CHARACTER_LENGTH(s)", "LENGTH(s)")), ("CHAR_LENGTH(g)", "CHAR_LENGTH(TRIM(s))"))


def case_of_text(c):
    a, b = c.choice((("LOWER", "LCASE"), ("UPPER", "UCASE")))
    return Phrase(f"{a}(s)", f"{b}(s)", (f"{'UPPER' if a == 'LOWER' else 'LOWER'}(s)", "s"))


def part_of_text(c):
    a, n = c.randrange(1, 3), c.randrange(1, 3)
    return Phrase(f"SUBSTRING(s, {a}, {n})", c.choice((f"SUBSTR(s, {a}, {n})", f"SUBSTRING(s FROM {a} FOR {n})")),
                  (f"SUBSTR(s, {a}, {n + 1})", f"SUBSTR(s, {a + 1}, {n})"))


def concatenation(c):
    return Phrase("g || s", c.choice(("CONCAT(g, s)", "g || '' || s", "(g || s)")),
                  ("s || g", "CONCAT_WS('', g, s)", "CONCAT_WS('-', g, s)"))


def long_concatenation(c):
    return Phrase("g || '-' || s", c.choice(("CONCAT(g, '-', s)", "g || ('-' || s)", "CONCAT(g, CONCAT('-', s))")),
                  ("g || '+' || s", "s || '-' || g"))


def trimmed(c):
    return Phrase("TRIM(s)", c.choice(("BTRIM(s)", "TRIM(BOTH FROM s)", "TRIM(BOTH ' ' FROM s)")),
                  ("LTRIM(s)", "RTRIM(s)", "TRIM(BOTH 'o' FROM s)"))


def field_of_time(c):
    part = c.choice(("SECOND", "MINUTE", "HOUR"))
    return Phrase(f"{part}(ts)", f"EXTRACT({part} FROM ts)",
                  (f"EXTRACT({'MINUTE' if part == 'SECOND' else 'SECOND'} FROM ts)",))


def interval_words(c):
    n = c.randrange(1, 4)
    return Phrase(f"ts + INTERVAL '{60 * n}' SECOND", c.choice((f"ts + INTERVAL '{n}' MINUTE", f"INTERVAL '{n}' MINUTE + ts",
                                                                f"ts + INTERVAL '0:0{n}:00' HOUR TO SECOND")),
                  (f"ts + INTERVAL '{60 * n + 1}' SECOND", f"ts - INTERVAL '{n}' MINUTE"))


def time_added(c):
    n = c.randrange(1, 4)
    return Phrase(f"ts + INTERVAL '{n}' MINUTE", f"TIMESTAMPADD(MINUTE, {n}, ts)", (f"TIMESTAMPADD(MINUTE, {n + 1}, ts)",))


# Of truth values.

def not_between(c):
    a, b = small(c), small(c) + 4
    return Phrase(f"v NOT BETWEEN {a} AND {b}", c.choice((f"NOT (v BETWEEN {a} AND {b})", f"v < {a} OR v > {b}",
                                                          f"(v > {b} OR {a} > v)", f"NOT (v >= {a} AND v <= {b})")),
                  (f"v <= {a} OR v > {b}", f"v BETWEEN {a} AND {b}", f"v < {a} AND v > {b}"))


def between(c):
    a, b = small(c), small(c) + 4
    return Phrase(f"w BETWEEN {a} AND {b}", c.choice((f"w >= {a} AND w <= {b}", f"NOT (w < {a} OR w > {b})",
                                                      f"{b} >= w AND {a} <= w", f"NOT (w NOT BETWEEN {a} AND {b})")),
                  (f"w > {a} AND w <= {b}", f"w BETWEEN {a} AND {b + 1}", f"w >= {a} OR w <= {b}"))


def listed(c):
    a, b, e = c.sample(range(9), 3)
    return Phrase(f"v IN ({a}, {b}, {e})", c.choice((f"v IN ({e}, {a}, {b})", f"v = {a} OR v = {b} OR v = {e}",
                                                     f"({e} = v OR v IN ({b}, {a}))", f"v IN ({a}, {b}, {e}, {a})",
                                                   f"NOT (v NOT IN ({b}, {a}, {e}))",
                                                   f"NOT (v <> {a} AND v <> {b} AND v <> {e})")),
                  (f"v IN ({a}, {b})", f"v IN ({a}, {b}, {e}, 9)", f"w IN ({a}, {b}, {e})"))


def not_listed(c):
    a, b = c.sample(range(9), 2)
    return Phrase(f"v NOT IN ({a}, {b})", c.choice((f"v <> {a} AND v <> {b}", f"NOT (v IN ({b}, {a}))", f"v NOT IN ({b}, {a})",
                                                    f"{b} <> v AND NOT v = {a}", f"NOT (v = {a} OR v = {b})")),
                  (f"v <> {a} OR v <> {b}", f"v NOT IN ({a})", f"v IN ({a}, {b})", f"v NOT IN ({a}, NULL)"))


def listed_text(c):
    return Phrase("s NOT IN ('foo', 'bar')", c.choice(("s <> 'foo' AND s <> 'bar'", "NOT (s = 'bar' OR s = 'foo')")),
                  ("s NOT IN ('foo', 'Bar')", "s <> 'foo'"))


def one_listed(c):
    n = small(c)
    return Phrase(f"v IN ({n})", c.choice((f"v = {n}", f"NOT v <> {n}", f"v IN ({n}, {n})")),
                  (f"v IN ({n}, NULL)", f"v >= {n}") if c.random() < 0.5 else (f"v <> {n}",))


def is_true(c):
    p = c.choice(("b", "q"))
    return Phrase(p, c.choice((f"{p} = TRUE", f"TRUE = {p}", f"{p} <> FALSE", f"NOT ({p} = FALSE)", f"NOT NOT {p}")),
                  (f"{p} IS NOT FALSE", f"NOT {p}", f"{p} = FALSE"))


def is_false(c):
    p = c.choice(("b", "q"))
    return Phrase(f"NOT {p}", c.choice((f"{p} = FALSE", f"{p} <> TRUE", f"NOT ({p} = TRUE)")),
                  (f"{p} IS NOT TRUE", f"{p} = TRUE"))


def truth_tests(c):
    p = c.choice(("b", "q", "v > 2"))
    before, after, near = c.choice((
        (f"({p}) IS TRUE", f"COALESCE({p}, FALSE)", f"({p}) IS NOT FALSE"),
        (f"({p}) IS NOT TRUE", f"NOT (({p}) IS TRUE)", f"({p}) IS FALSE"),
        (f"({p}) IS FALSE", f"NOT (({p}) IS NOT FALSE)", f"({p}) IS NOT TRUE"),
        (f"({p}) IS UNKNOWN", f"({p}) IS NULL", f"({p}) IS NOT UNKNOWN"),
        (f"({p}) IS TRUE", f"CASE WHEN {p} THEN TRUE ELSE FALSE END", f"CASE WHEN {p} THEN TRUE ELSE NULL END")))
    return Phrase(before, after, (near,))


def de_morgan(c):
    x, y = condition(c, 0), condition(c, 0)
    before, after, near = c.choice(((f"NOT ({x} AND {y})", f"NOT ({x}) OR NOT ({y})", f"NOT ({x}) AND NOT ({y})"),
                                    (f"NOT ({x} OR {y})", f"NOT ({x}) AND NOT ({y})", f"NOT ({x}) OR NOT ({y})")))
    return Phrase(before, after, (near, f"NOT ({x})"))


def double_negation(c):
    x = condition(c)
    return Phrase(x, f"NOT (NOT ({x}))", (f"NOT ({x})",))


def negated_comparison(c):
    n = small(c)
    op, opposite = c.choice((("<", ">="), (">", "<="), ("=", "<>"), (">=", "<")))
    return Phrase(f"NOT (v {op} {n})", f"v {opposite} {n}", (f"v {op} {n}", f"NOT (v {op} {n + 1})"))


def negated_float(c):
    """NaN is neither less than a number, nor not."""
    op, opposite = c.choice((("<", ">="), (">", "<="), ("<=", ">")))
    return Phrase(f"NOT (d {op} 3)", f"NOT (3 {({'<': '>', '>': '<', '<=': '>='})[op]} d)", (f"d {opposite} 3",))


def negated_equal_float(c):
    return Phrase("NOT (d = 2.5)", "d <> 2.5", ("d = 2.5", "NOT (d = 2)"))


def negated_null(c):
    x = c.choice(("v", "s", "b"))
    return Phrase(f"NOT ({x} IS NULL)", f"{x} IS NOT NULL", (f"{x} IS NULL",))


def distinct_from(c):
    return Phrase("NOT (v IS DISTINCT FROM w)", c.choice(("v IS NOT DISTINCT FROM w", "w IS NOT DISTINCT FROM v")),
                  ("v = w", "v IS DISTINCT FROM w"))


def mirrored(c):
    n = small(c)
    op, other = c.choice((("<", ">"), (">", "<"), ("<=", ">="), ("=", "="), ("<>", "<>")))
    return Phrase(f"v {op} {n}", f"{n} {other} v", (f"{n} {op} v",) if op in "<><=" and op not in ("<>",
        "=") else (f"v {op} {n + 1}",))


def mirrored_columns(c):
    op, other = c.choice((("<", ">"), (">", "<"), ("<=", ">=")))
    return Phrase(f"v {op} w", f"w {other} v", (f"w {op} v", f"v {other} w"))


def bounds_of_integers(c):
    n = small(c)
    return Phrase(f"v > {n}", c.choice((f"v >= {n + 1}", f"NOT (v < {n + 1})", f"{n} < v")), (f"v >= {n}", f"v > {n + 1}"))


def bounds_of_others(c):
    return Phrase("m > 1", "1 < m", ("m >= 2", "m >= 1"))


def connected(c):
    x, y, z = (condition(c, 0) for _ in range(3))
    op = c.choice(("AND", "OR"))
    return Phrase(f"{x} {op} {y} {op} {z}", c.choice((f"{z} {op} ({x} {op} {y})", f"({y} {op} {z}) {op} {x}",
                                                      f"{x} {op} {z} {op} {y} {op} {x}")),
                  (f"{x} {op} {y}", f"{x} AND {y} OR {z}", f"({x} OR {y}) AND {z}"))


def neutral(c):
    x = condition(c)
    return Phrase(x, c.choice((f"({x}) AND TRUE", f"({x}) OR FALSE", f"1 = 1 AND ({x})", f"({x}) OR 1 = 0")),
                  (f"({x}) AND FALSE", f"({x}) OR TRUE"))


def number_words(c):
    return Phrase("m > 1.50", c.choice(("m > 1.5", "1.5 < m", "m > 1.500")), ("m > 1.51", "m >= 1.5"))


def rows_compared(c):
    n = small(c)
    return Phrase(f"v = {n} AND g = 'x'", f"(v, g) = ({n}, 'x')", (f"v = {n} OR g = 'x'", f"(v, g) <> ({n}, 'x')"))


def pattern(c):
    return Phrase("s NOT LIKE 'f%'", "NOT (s LIKE 'f%')", ("s LIKE 'f%'", "s NOT LIKE 'f_'"))


EXPRESSIONS = {
    "times-one": ("number", times_one), "plus-zero": ("number", plus_zero), "double-times-one": ("double", double_times_one),
    "commuted": ("number", commuted), "chain": ("number", chain), "chain-of-widths": ("number", long_chain),
    "narrower-chain": ("number", narrower_chain),
    "double-commuted": ("double", double_commuted),
    "small-literal": ("number", small_literal), "negated-literal": ("number", negated_literal),
    "width-of-call": ("number", width_of_call), "sides-of-float": ("double", sides_of_float),
    "minus-literal": ("number", minus_literal), "two-literals": ("number", two_literals),
    "negated-twice": ("number", negated_twice), "user-function": ("number", user_function),
    "parentheses": ("number", parentheses), "own-type": ("any", own_type), "explicit-widening": ("number", explicit_widening),
    "literal-type": ("number", literal_type), "decimal-literal": ("text", decimal_literal), "coalesce": ("number", coalesced),
    "coalesce-list": ("number", coalesced_list),
    "nullif": ("number", null_if), "simple-case": ("number", simple_case), "case-else": ("number", case_else),
    "case-turned": ("number", case_turned),
    "case-of-nulls": ("number", case_of_nulls), "greatest": ("number", greatest), "modulo": ("number", modulo),
    "ceiling": ("double", ceiling), "length": ("number", length),
    "lower": ("text", case_of_text), "substring": ("text", part_of_text), "concatenation": ("text", concatenation),
    "long-concatenation": ("text", long_concatenation),
    "trim": ("text", trimmed), "extract": ("number", field_of_time), "interval": ("time", interval_words),
    "time-added": ("time", time_added),
    "not-between": ("truth", not_between), "between": ("truth", between), "in": ("truth", listed),
    "not-in": ("truth", not_listed), "not-in-text": ("truth", listed_text),
    "in-of-one": ("truth", one_listed), "is-true": ("truth", is_true), "is-false": ("truth", is_false),
    "truth-tests": ("truth", truth_tests), "de-morgan": ("truth", de_morgan),
    "double-negation": ("truth", double_negation), "negated-comparison": ("truth", negated_comparison),
    "negated-float": ("truth", negated_float),
    "negated-equal-float": ("truth", negated_equal_float), "negated-null": ("truth", negated_null),
    "distinct-from": ("truth", distinct_from), "mirrored": ("truth", mirrored),
    "mirrored-columns": ("truth", mirrored_columns), "bounds-of-integers": ("truth", bounds_of_integers),
    "bounds-of-others": ("truth", bounds_of_others),
    "connected": ("truth", connected), "neutral": ("truth", neutral), "number-words": ("truth", number_words),
    "rows-compared": ("truth", rows_compared), "pattern": ("truth", pattern),
}


# --- where an expression stands ---------------------------------------------------------------------

def as_text(kind, text):
    return f"CAST({text} AS STRING)"


def as_condition(kind, text):
    return {"truth": f"({text})", "number": f"({text}) > 3", "double": f"({text}) > 2", "text": f"({text}) <> 'foo'",
            "time": f"({text}) > TIMESTAMP '2026-01-01 00:00:20'",
            "any": f"CAST({text} AS STRING) <> 'x1'"}[kind]


def as_number(kind, text):
    return {"truth": f"CASE WHEN {text} THEN v ELSE w END", "number": f"({text})",
            "double": f"CASE WHEN ({text}) > 2 THEN v ELSE 1 END", "text": f"CHAR_LENGTH({text})",
            "time": f"MINUTE({text})", "any": f"CHAR_LENGTH(CAST({text} AS STRING))"}[kind]


# Place -> the query around it; "{x}" is where it stands, over t.
PLACES = {
    "where": (as_condition, "SELECT k, COUNT(*) AS a, SUM(v) AS c FROM t WHERE w < 8 AND {x} GROUP BY k"),
    "where-plain": (as_condition, "SELECT k, v, w FROM t WHERE {x}"),
    "where-or": (as_condition, "SELECT k, COUNT(*) AS a, SUM(v) AS c FROM t WHERE w = 8 OR {x} GROUP BY k"),
    "argument": (as_number, "SELECT k, SUM({x}) AS a, MAX(w) AS c FROM t GROUP BY k"),
    "argument-deep": (as_number, "SELECT k, SUM(w + 2 * {x}) AS a, MIN({x}) AS c FROM t GROUP BY k"),
    "text-argument": (as_text, "SELECT k, MAX({x}) AS a, COUNT(DISTINCT {x}) AS c FROM t GROUP BY k"),
    "group-key": (as_text, "SELECT {x} AS a, COUNT(*) AS c, MAX(v) AS e FROM t GROUP BY {x}"),
    "call-filter": (as_condition, "SELECT k, COUNT(*) FILTER (WHERE {x}) AS a, SUM(v) AS c FROM t GROUP BY k"),
    "windows": (as_number,
                "SELECT k, window_start, SUM({x}) AS a FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP "
                "BY k, window_start, window_end"),
    "rank": (as_number,
             "SELECT k, a, v, w, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY a DESC, v, w, ts) AS rn FROM "
             "(SELECT k, {x} AS a, v, w, ts FROM t) AS i) AS r WHERE rn <= 3"),
    "rank-condition": (as_condition,
                       "SELECT k, v, w, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY v DESC, ts) AS rn FROM "
                       "(SELECT * FROM t WHERE {x}) AS i) AS r WHERE rn <= 2"),
    "first": (as_text,
              "SELECT k, a, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM (SELECT k, {x} AS a, "
              "v, ts FROM t) AS i) AS r WHERE rn = 1"),
    "join": (as_text, "SELECT l.k, l.a, r.v FROM (SELECT k, g, {x} AS a FROM t) AS l JOIN u AS r ON l.k = r.k AND l.g = r.g"),
    "join-where": (as_condition,
                   "SELECT l.k, l.v AS a, r.v FROM (SELECT k, g, v FROM t WHERE {x}) AS l LEFT JOIN u AS r ON l.k = r.k AND "
                   "l.g = r.g"),
    "join-key": (as_number,
                 "SELECT l.k, l.v AS a, r.w FROM (SELECT k, v, {x} AS a FROM t) AS l JOIN u AS r ON l.a = r.v AND l.k = r.k"),
    "distinct": (as_text, "SELECT DISTINCT k, {x} AS a FROM t"),
    "union": (as_number, "SELECT k, SUM(a) AS a FROM (SELECT k, {x} AS a FROM t UNION ALL SELECT k, v FROM u) AS b GROUP BY k"),
    "having": (as_condition,
               "SELECT * FROM (SELECT k, g, s, MAX(v) AS v, SUM(w) AS w, MAX(l) AS l, MAX(m) AS m, MAX(d) AS d, MAX(ts) AS ts, "
               "MAX(b) AS b, MIN(q) AS q FROM t GROUP BY k, g, s) AS h WHERE {x}"),
    "output": (as_text,
               "SELECT k, {x} AS a FROM (SELECT k, g, s, MAX(v) AS v, SUM(w) AS w, MAX(l) AS l, MAX(m) AS m, MAX(d) AS d, "
               "MAX(ts) AS ts, MAX(b) AS b, MIN(q) AS q FROM t GROUP BY k, g, s) AS h"),
    "semi": (as_condition, "SELECT k, v, w FROM t WHERE EXISTS (SELECT * FROM u WHERE u.k = t.k AND u.g = t.g) AND {x}"),
}


# --- clauses and statements -------------------------------------------------------------------------

def of_query(before, after, *near):
    return lambda c: Phrase(before, c.choice(after) if isinstance(after, tuple) else after, near)


def window_of(arguments):
    return f"SELECT k, window_start, SUM(v) AS a FROM TABLE({arguments}) GROUP BY k, window_start, window_end"


COUNTED = "SELECT k, {} AS a, MAX(v) AS c FROM t GROUP BY k"
JOINED = "SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k AND t.g = u.g"
RANKED = "SELECT k, v, w FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, w, ts) AS rn FROM t) AS r WHERE {}"
GROUPED = "SELECT k, g, SUM(v) AS a FROM t GROUP BY k, g"
STATEMENTS = {
    "table-function": of_query("SELECT k, SUM(v) AS a FROM above(3) AS x GROUP BY k",
                               ("SELECT k, SUM(v) AS a FROM (SELECT k, v FROM t WHERE v > 3) AS x GROUP BY k",
                                "SELECT k, SUM(v) AS a FROM TABLE(above(least => 1 + 2)) AS x GROUP BY k"),
                               "SELECT k, SUM(v) AS a FROM above(4) AS x GROUP BY k",
                               "SELECT k, SUM(v) AS a FROM from_on(3) AS x GROUP BY k"),
    "table-function-lateral": of_query(
        "SELECT u.k, x.v AS a FROM u, LATERAL TABLE(of_key(u.k, u.g)) AS x",
        "SELECT u.k, x.v AS a FROM u, LATERAL (SELECT v FROM t WHERE t.k = u.k AND t.g = u.g) AS x",
        "SELECT u.k, x.v AS a FROM u, LATERAL TABLE(of_key(u.g, u.k)) AS x"),
    "count-of-one": of_query(COUNTED.format("COUNT(*)"), (COUNTED.format("COUNT(1)"), COUNTED.format("COUNT('x')"),
                                                          COUNTED.format("COUNT(TRUE)"), COUNTED.format("COUNT(1 + 1)")),
                             COUNTED.format("COUNT(v)"), COUNTED.format("COUNT(NULLIF(1, v))"),
                             COUNTED.format("COUNT(DISTINCT 1)"), COUNTED.format("SUM(2)")),
    "count-filtered": of_query(COUNTED.format("COUNT(*) FILTER (WHERE w > 3)"),
                               (COUNTED.format("COUNT(1) FILTER (WHERE 3 < w)"),
                                COUNTED.format("COUNT(*) FILTER (WHERE NOT w <= 3)")),
                               COUNTED.format("COUNT(v) FILTER (WHERE w > 3)"),
                               COUNTED.format("COUNT(1) FILTER (WHERE w >= 3)")),
    "using": of_query("SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k",
                      ("SELECT k, t.v AS a, u.v AS c FROM t JOIN u USING (k)",
                      "SELECT t.k, t.v AS a, u.v AS c FROM t INNER JOIN u ON u.k = t.k"),
                      "SELECT g, t.v AS a, u.v AS c FROM t JOIN u USING (g)"),
    "using-two": of_query(JOINED, ("SELECT k, t.v AS a, u.v AS c FROM t JOIN u USING (k, g)",
                                   "SELECT k, t.v AS a, u.v AS c FROM t JOIN u USING (g, k)"),
                                   "SELECT k, t.v AS a, u.v AS c FROM t JOIN u USING (k)"),
    "comma": of_query(JOINED, ("SELECT t.k, t.v AS a, u.v AS c FROM t, u WHERE t.k = u.k AND t.g = u.g",
                               "SELECT t.k, t.v AS a, u.v AS c FROM t CROSS JOIN u WHERE u.g = t.g AND u.k = t.k"),
                      "SELECT t.k, t.v AS a, u.v AS c FROM t, u WHERE t.k = u.k",
                      "SELECT t.k, t.v AS a, u.v AS c FROM t, u WHERE t.k = u.k AND t.g <> u.g"),
    "on-or-where": of_query("SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k AND t.v < u.v",
                            "SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k WHERE t.v < u.v",
                            "SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k WHERE t.v <= u.v",
                            "SELECT t.k, t.v AS a, u.v AS c FROM t LEFT JOIN u ON t.k = u.k AND t.v < u.v"),
    "on-one-side": of_query("SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k AND t.v < 5",
                            ("SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k WHERE t.v < 5",
                            "SELECT t.k, t.v AS a, u.v AS c FROM (SELECT * FROM t WHERE v < 5) AS t JOIN u ON t.k = u.k"),
                            "SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k AND u.v < 5"),
    "inner": of_query(JOINED, JOINED.replace("JOIN", "INNER JOIN"), JOINED.replace("JOIN", "LEFT JOIN")),
    "outer": of_query(JOINED.replace("JOIN", "LEFT JOIN"), JOINED.replace("JOIN", "LEFT OUTER JOIN"), JOINED,
                      JOINED.replace("JOIN", "FULL JOIN")),
    "conjuncts": of_query(JOINED, ("SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON u.g = t.g AND t.k = u.k",
                                   "SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON (t.g, t.k) = (u.g, u.k)"),
                                   JOINED.replace("t.g = u.g", "t.g = u.k")),
    "exchanged": of_query(JOINED, "SELECT t.k, t.v AS a, u.v AS c FROM u JOIN t ON t.k = u.k AND t.g = u.g",
                          "SELECT t.k, u.v AS a, t.v AS c FROM u JOIN t ON t.k = u.k AND t.g = u.g"),
    "table-alias": of_query(JOINED, ("SELECT a.k, a.v AS a, z.v AS c FROM t AS a JOIN u AS z ON a.k = z.k AND a.g = z.g",
                                     "SELECT x.k, x.v AS a, y.v AS c FROM t x JOIN u y ON x.k = y.k AND x.g = y.g"),
                            "SELECT x.k, x.v AS a, y.v AS c FROM t x JOIN t y ON x.k = y.k AND x.g = y.g"),
    "distinct-or-group": of_query("SELECT DISTINCT k, g, v FROM t", ("SELECT k, g, v FROM t GROUP BY k, g, v",
                                                                     "SELECT k, g, v FROM t GROUP BY v, k, g",
                                                                     "SELECT DISTINCT k, g, v FROM (SELECT v, g, k FROM t) AS i"),
                                  "SELECT k, g, v FROM t", "SELECT DISTINCT k, g, w AS v FROM t"),
    "group-order": of_query(GROUPED, ("SELECT k, g, SUM(v) AS a FROM t GROUP BY g, k",
                                      "SELECT k, g, SUM(v) AS a FROM t GROUP BY (k, g)",
                                      "SELECT k, g, SUM(v) AS a FROM t GROUP BY g, k, g",
                            "SELECT k, g, SUM(v) AS a FROM t GROUP BY GROUPING SETS ((k, g))"),
                            "SELECT k, MAX(g) AS g, SUM(v) AS a FROM t GROUP BY k"),
    "group-constant": of_query("SELECT k, SUM(v) AS a FROM t GROUP BY k", "SELECT k, SUM(v) AS a FROM t GROUP BY k, 1 + 1",
                               "SELECT g AS k, SUM(v) AS a FROM t GROUP BY g"),
    "having": of_query("SELECT k, SUM(v) AS a FROM t GROUP BY k HAVING SUM(v) > 9",
                       ("SELECT * FROM (SELECT k, SUM(v) AS a FROM t GROUP BY k) AS r WHERE a > 9",
                        "WITH r AS (SELECT k, SUM(v) AS a FROM t GROUP BY k) SELECT k, a FROM r WHERE 9 < a",
                       "SELECT k, SUM(v) AS a FROM t GROUP BY k HAVING NOT SUM(v) <= 9"),
                       "SELECT k, SUM(v) AS a FROM t WHERE v > 9 GROUP BY k",
                       "SELECT k, SUM(v) AS a FROM t GROUP BY k HAVING SUM(v) > 10"),
    "having-of-key": of_query("SELECT k, SUM(v) AS a FROM t WHERE k <> 'a' GROUP BY k",
                              "SELECT k, SUM(v) AS a FROM t GROUP BY k HAVING k <> 'a'",
                              "SELECT k, SUM(v) AS a FROM t WHERE k = 'a' GROUP BY k"),
    "where-split": of_query("SELECT k, SUM(v) AS a FROM t WHERE v > 2 AND w < 7 GROUP BY k",
                            ("WITH i AS (SELECT * FROM t WHERE v > 2) SELECT k, SUM(v) AS a FROM i WHERE w < 7 GROUP BY k",
                            "SELECT k, SUM(v) AS a FROM (SELECT k, v FROM (SELECT * FROM t WHERE w < 7) AS x WHERE v > 2) AS y "
                            "GROUP BY k"), "WITH i AS (SELECT * FROM t WHERE v > 2) SELECT k, SUM(v) AS a FROM i WHERE w < 8 "
                                           "GROUP BY k"),
    "not-in-split": of_query("SELECT k, SUM(v) AS a FROM t WHERE v NOT IN (2, 7) GROUP BY k",
                             ("WITH i AS (SELECT * FROM t WHERE v <> 2) SELECT k, SUM(v) AS a FROM i WHERE v <> 7 GROUP BY k",
                             "SELECT k, SUM(v) AS a FROM t WHERE NOT (v = 2 OR v = 7) GROUP BY k"),
                             "WITH i AS (SELECT * FROM t WHERE v <> 2) SELECT k, SUM(v) AS a FROM i GROUP BY k"),
    "cte": of_query(GROUPED, ("WITH i AS (SELECT * FROM t) SELECT k, g, SUM(v) AS a FROM i GROUP BY k, g",
                              "SELECT k, g, SUM(x) AS a FROM (SELECT k, g, v AS x FROM t) AS i GROUP BY k, g",
                    "WITH i AS (SELECT k, g, v AS z FROM t), j AS (SELECT z, g, k FROM i) SELECT k, g, SUM(z) AS a FROM j "
                    "GROUP BY k, g"), "WITH i AS (SELECT g AS k, k AS g, v FROM t) SELECT k, g, SUM(v) AS a FROM i GROUP BY k, "
                                      "g"),
    "cte-around": of_query(GROUPED, ("SELECT * FROM (SELECT k, g, SUM(v) AS a FROM t GROUP BY k, g) AS r",
                                     "WITH r AS (SELECT k, g, SUM(v) AS a FROM t GROUP BY k, g) SELECT * FROM r"),
                           "WITH r AS (SELECT k, g, SUM(v) AS a FROM t GROUP BY k, g) SELECT k, g, a + 1 FROM r"),
    "computed-below": of_query("SELECT k, SUM((v + 1) * 2) AS a FROM t GROUP BY k",
                               ("SELECT k, SUM(x * 2) AS a FROM (SELECT k, v + 1 AS x FROM t) AS i GROUP BY k",
                                "SELECT k, SUM(2 * x) AS a FROM (SELECT k, 1 + v AS x FROM t) AS i GROUP BY k"),
                               "SELECT k, SUM(x * 2) AS a FROM (SELECT k, v + 2 AS x FROM t) AS i GROUP BY k"),
    "chain-below": of_query("SELECT k, SUM(v + w + 1) AS a FROM t GROUP BY k",
                            "SELECT k, SUM(1 + x) AS a FROM (SELECT k, w + v AS x FROM t) AS i GROUP BY k",
                            "SELECT k, SUM(1 + x) AS a FROM (SELECT k, w - v AS x FROM t) AS i GROUP BY k"),
    "truth-below": of_query("SELECT k, SUM(v) AS a FROM t WHERE v > 2 AND w < 7 AND g = 'x' GROUP BY k",
                            ("SELECT k, SUM(v) AS a FROM (SELECT k, v, g, v > 2 AND w < 7 AS p FROM t) AS i WHERE p AND g = "
                             "'x' GROUP BY k",
                            "SELECT k, SUM(v) AS a FROM (SELECT k, v, g, v <= 2 AS p, w < 7 AS o FROM t) AS i WHERE NOT p AND "
                            "o AND g = 'x' GROUP BY k"),
                            "SELECT k, SUM(v) AS a FROM (SELECT k, v, g, v > 2 OR w < 7 AS p FROM t) AS i WHERE p AND g = 'x' "
                            "GROUP BY k"),
    "star": of_query("SELECT k, v, w FROM (SELECT * FROM t) AS i", ("SELECT i.k, i.v, i.w FROM t AS i",
                                                                    "SELECT `k`, `v`, `w` FROM `t`", "select k, v, w from t"),
                                                                    "SELECT k, w, v FROM t"),
    "tumble-names": of_query(window_of("TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)"),
                             (window_of("TUMBLE(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' SECOND)"),
                             window_of("TUMBLE(SIZE => INTERVAL '10' SECOND, DATA => TABLE t, TIMECOL => DESCRIPTOR(ts))")),
                             window_of("TUMBLE(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '20' SECOND)")),
    "size-words": of_query(window_of("TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '60' SECOND)"),
                           (window_of("TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)"),
                            window_of("TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '01:00' MINUTE TO SECOND)")),
                           window_of("TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '6' SECOND)")),
    "hop-names": of_query(window_of("HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)"),
                          window_of("HOP(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '5' SECOND, SIZE => "
                                    "INTERVAL '10' SECOND)"),
                          window_of("HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '10' SECOND)")),
    "window-columns": of_query(window_of("TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)"),
                               window_of("TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)").replace("k, window_start, "
                                   "window_end", "window_end, window_start, k"),
                               window_of("TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)").replace("SUM(v)", "SUM(w)")),
    "interval-of-join": of_query("SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k AND u.ts BETWEEN t.ts - INTERVAL "
                                 "'60' SECOND AND t.ts + INTERVAL '60' SECOND",
                                 ("SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k AND u.ts BETWEEN t.ts - INTERVAL "
                                  "'1' MINUTE AND t.ts + INTERVAL '1' MINUTE",
                                  "SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k AND u.ts >= t.ts - INTERVAL '1' "
                                  "MINUTE AND t.ts + INTERVAL '60' SECOND >= u.ts",
                                  "SELECT t.k, t.v AS a, u.v AS c FROM t, u WHERE t.k = u.k AND t.ts BETWEEN u.ts - INTERVAL "
                                  "'1' MINUTE AND u.ts + INTERVAL '1' MINUTE"),
                                 "SELECT t.k, t.v AS a, u.v AS c FROM t JOIN u ON t.k = u.k AND u.ts BETWEEN t.ts - INTERVAL "
                                 "'6' SECOND AND t.ts + INTERVAL '60' SECOND"),
    "rank-bound": of_query(RANKED.format("rn <= 2"), (RANKED.format("rn < 3"), RANKED.format("2 >= rn"),
                                                      RANKED.format("rn BETWEEN 1 AND 2")), RANKED.format("rn <= 3")),
    "rank-first": of_query(RANKED.format("rn = 1"), (RANKED.format("rn <= 1"), RANKED.format("rn < 2"),
                                                     RANKED.format("1 = rn")), RANKED.format("rn < 3")),
    "rank-order": of_query(RANKED.format("rn <= 2"), (RANKED.format("rn <= 2").replace("w, ts", "w ASC, ts ASC"),
                                                      RANKED.format("rn <= 2").replace("v DESC", "v DESC NULLS LAST")),
                                                      RANKED.format("rn <= 2").replace("w, ts", "w DESC, ts"),
                           RANKED.format("rn <= 2").replace("v DESC", "v DESC NULLS FIRST")),
    "limit": of_query("SELECT k, v, w FROM t ORDER BY v, w, ts LIMIT 5",
                      ("SELECT k, v, w FROM t ORDER BY v, w, ts FETCH FIRST 5 ROWS ONLY",
                       "SELECT k, v, w FROM (SELECT * FROM t) AS i ORDER BY v ASC, w, ts LIMIT 5"),
                       "SELECT k, v, w FROM t ORDER BY v, w, ts LIMIT 6"),
    "order-places": of_query("SELECT k, v, w FROM t ORDER BY v, w, k LIMIT 5", "SELECT k, v, w FROM t ORDER BY 2, 3, 1 LIMIT 5",
                             "SELECT k, v, w FROM t ORDER BY 3, 2, 1 LIMIT 5"),
    "semi": of_query("SELECT k, v, w FROM t WHERE k IN (SELECT k FROM u WHERE v > 4)",
                     ("SELECT k, v, w FROM t WHERE EXISTS (SELECT * FROM u WHERE u.k = t.k AND v > 4)",
                      "SELECT k, v, w FROM t WHERE EXISTS (SELECT 1 FROM u WHERE 4 < u.v AND t.k = u.k)"),
                     "SELECT k, v, w FROM t WHERE EXISTS (SELECT * FROM u WHERE u.k = t.k AND v > 7)"),
    "union-distinct": of_query("SELECT k, g FROM t UNION SELECT k, g FROM u",
                               ("SELECT DISTINCT k, g FROM (SELECT k, g FROM t UNION ALL SELECT k, g FROM u) AS i",
                                "SELECT k, g FROM u UNION SELECT k, g FROM t",
                                "SELECT k, g FROM t UNION DISTINCT SELECT k, g FROM u"),
                               "SELECT k, g FROM t UNION ALL SELECT k, g FROM u"),
    "branches": of_query("SELECT k, SUM(v) AS a FROM (SELECT k, v FROM t UNION ALL SELECT k, w FROM u) AS i GROUP BY k",
                         "SELECT k, SUM(x) AS a FROM (SELECT k, w AS x FROM u UNION ALL SELECT k, v FROM t) AS i GROUP BY k",
                         "SELECT k, SUM(v) AS a FROM (SELECT k, v FROM t UNION ALL SELECT k, v FROM u) AS i GROUP BY k"),
    "filter-or-case": of_query("SELECT k, SUM(v) FILTER (WHERE w > 3) AS a FROM t GROUP BY k",
                               "SELECT k, SUM(CASE WHEN w > 3 THEN v END) AS a FROM t GROUP BY k",
                               "SELECT k, SUM(CASE WHEN w > 3 THEN v ELSE w END) AS a FROM t GROUP BY k"),
    "calls-order": of_query("SELECT k, SUM(v) AS a, MAX(w) AS c FROM t GROUP BY k",
                            ("SELECT k, a, c FROM (SELECT MAX(w) AS c, k, SUM(v) AS a FROM t GROUP BY k) AS i",
                             "SELECT k, SUM(ALL v) AS a, MAX(w) AS c FROM t GROUP BY k"),
                            "SELECT k, SUM(w) AS a, MAX(v) AS c FROM t GROUP BY k"),
    "distinct-of-max": of_query("SELECT k, MAX(v) AS a, MIN(w) AS c FROM t GROUP BY k",
                                "SELECT k, MAX(DISTINCT v) AS a, MIN(w) AS c FROM t GROUP BY k",
                                "SELECT k, MIN(v) AS a, MIN(w) AS c FROM t GROUP BY k"),
    "synonyms-of-calls": of_query("SELECT k, STDDEV_SAMP(v) AS a, VAR_SAMP(w) AS c FROM t GROUP BY k",
                                  "SELECT k, STDDEV(v) AS a, VARIANCE(w) AS c FROM t GROUP BY k",
                                  "SELECT k, STDDEV_POP(v) AS a, VAR_SAMP(w) AS c FROM t GROUP BY k"),
    "view": of_query(GROUPED, ("SELECT k, g, SUM(v) AS a FROM whole GROUP BY k, g",
                               "SELECT k, g, SUM(v) AS a FROM renamed GROUP BY k, g"),
                               "SELECT k, g, SUM(v) AS a FROM part GROUP BY k, g"),
    "values": of_query("SELECT t.k, t.v, c.n FROM t JOIN (VALUES ('a', 1), ('b', 2)) AS c (k, n) ON t.k = c.k",
                       "SELECT t.k, t.v, c.n FROM t JOIN (VALUES ('b', 2), ('a', 1)) AS c (k, n) ON t.k = c.k",
                       "SELECT t.k, t.v, c.n FROM t JOIN (VALUES ('a', 2), ('b', 1)) AS c (k, n) ON t.k = c.k"),
    "values-words": of_query("SELECT t.k, t.v, c.n FROM t JOIN (VALUES ('a', 1), ('b', 2)) AS c (k, n) ON t.k = c.k",
                             "SELECT t.k, t.v, z.m FROM t JOIN (VALUES ('a', 0 + 1), ('b', 1 + 1)) AS z (kk, m) ON z.kk = t.k",
                             "SELECT t.k, t.v, c.n FROM t JOIN (VALUES ('a', 1), ('b', 3)) AS c (k, n) ON t.k = c.k"),
    "set-words": of_query("SELECT k, g FROM t INTERSECT SELECT k, g FROM u",
                          "SELECT k, g FROM (SELECT g, k FROM t) AS i INTERSECT SELECT k, g FROM u",
                          "SELECT k, g FROM t EXCEPT SELECT k, g FROM u"),
}
VIEWS = ("CREATE TEMPORARY VIEW whole AS SELECT * FROM t;\nCREATE TEMPORARY VIEW renamed (k, g, v) AS SELECT k, g, v FROM "
         "t;\nCREATE TEMPORARY VIEW part AS SELECT * FROM t WHERE v > 3;\n"
         "CREATE TEMPORARY FUNCTION mine(a INT, b INT) RETURNS INT RETURN a * 2 + b;\n"
         "CREATE TEMPORARY FUNCTION other(a INT, b INT) RETURNS INT RETURN a * 3 + b;\n"
         "CREATE TEMPORARY FUNCTION narrow(a INT, b INT) RETURNS INT RETURN COALESCE(mine(a, b), 0);\n"
         "CREATE TEMPORARY FUNCTION above(least INT) RETURNS TABLE (k STRING, v INT) "
         "RETURN SELECT k, v FROM t WHERE v > least;\n"
         "CREATE TEMPORARY FUNCTION from_on(least INT) RETURNS TABLE (k STRING, v INT) "
         "RETURN SELECT k, v FROM t WHERE v >= least;\n"
         "CREATE TEMPORARY FUNCTION of_key(x STRING, y STRING) RETURNS TABLE (v INT) "
         "RETURN SELECT v FROM t WHERE k = x AND g = y;\n")
WITHOUT = ("".join(f"DROP TEMPORARY VIEW {name};\n" for name in ("whole", "renamed", "part")) +
           "".join(f"DROP TEMPORARY FUNCTION {name};\n" for name in ("mine", "other", "narrow", "above", "from_on", "of_key")) +
           "DROP TABLE t;\n")


# --- definitions of t -------------------------------------------------------------------------------

def table(name, options=None, columns=COLUMNS, delay="ts - INTERVAL '5' SECOND"):
    """`options` replace or add; None leaves one out."""
    said = {**OPTIONS, "path": name, **(options or {})}
    listed = ", ".join(f"'{key}' = '{value}'" for key, value in said.items() if value is not None)
    return f"CREATE TABLE {name} ({columns}, WATERMARK FOR ts AS {delay}) WITH ({listed});\n"


# Kind -> (options and more of the definition before, such that are the same, such that are not).
DEFINITIONS = {
    "option-default": ({}, ({"csv.field-delimiter": ","}, {"csv.quote-character": '"'}, {"csv.ignore-parse-errors": "false"},
                            {"csv.allow-comments": "false"}, {"csv.disable-quote-character": "FALSE"}), ({"path": "u"},)),
    "option-spelling": ({"csv.ignore-parse-errors": "true"}, ({"csv.ignore-parse-errors": "TRUE"},
                                                              {"csv.ignore-parse-errors": "True"}),
                                                              ({"csv.ignore-parse-errors": "false"},)),
    "option-order": ({"csv.ignore-parse-errors": "true"}, ({"format": None, "csv.ignore-parse-errors": "true",
                                                            " format": "csv"},), ()),
    "key-case": ({}, ({"connector": "FileSystem"}, {"format": "CSV"}), ()),
    "path-spelling": ({}, ({"path": "./t"}, {"path": "t/"}, {"path": "x/../t"}), ({"path": "u"},)),
    "watermark-words": ({}, ({"delay": "ts - INTERVAL '5.000' SECOND"}, {"delay": "(ts - INTERVAL '0:05' MINUTE TO SECOND)"}),
                        ({"delay": "ts - INTERVAL '6' SECOND"}, {"delay": "ts"})),
    "column-words": ({}, ({"columns": COLUMNS.replace("v INT", "v INTEGER")},
                          {"columns": COLUMNS.replace("k STRING", "k VARCHAR(2147483647)")},
                          {"columns": COLUMNS.replace("m DECIMAL", "m NUMERIC")},
                          {"columns": COLUMNS.replace("k STRING", "`k` STRING COMMENT 'key'")}),
                     ({"columns": COLUMNS.replace("v INT, w INT", "w INT, v INT")},)),
}

# Kinds that stay other words for a restore, with the reason.
NOT_SEEN = {
    "time-added": "a function of its own, whose type and months are its own",
    "bounds-of-integers": "a refusal would name bounds that nobody wrote",
    "group-constant": "rows of groups lie under their keys, and there is one more",
    "having-of-key": "groups that WHERE left out are not in the state",
    "filter-or-case": "the accumulator of another expression",
    "values": "rows are given in their order, and a savepoint says how many were",
}
