"""Expressions as data: their SQL, their values over a row, the same ones in other words, and ones that are nearly the same.
Tuples of a kind and its operands: ("col", name), ("lit", 3), ("+", left, right), ("hour", operand), ("if", condition, then,
otherwise) … Nothing here calls weir.
"""

FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}
OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "=": "<>", "<>": "="}
NEARLY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<=", "<>": "<", "+": "-", "-": "+", "and": "or", "or": "and"}
ZONES = {"UTC": 0, "Asia/Tokyo": 9}


def col(name):
    return ("col", name)


def lit(of):
    return ("lit", of)


TRUE = ("=", lit(1), lit(1))
# Kinds whose first operand is one expression and whose others are literals.
LISTS = ("in", "between")


def operands(expression):
    """Places in the tuple that hold expressions."""
    kind, *rest = expression
    return [] if kind in ("col", "lit", "length") else list(range(1, len(rest) + 1))


def with_operand(expression, place, other):
    return expression[:place] + (other,) + expression[place + 1:]


def columns(expression):
    """Names that occur."""
    if expression[0] == "col":
        return {expression[1]}
    return set().union(*(columns(expression[place]) for place in operands(expression)))


def with_columns(expression, names):
    """With columns called otherwise."""
    if expression[0] == "col":
        return col(names.get(expression[1], expression[1]))
    for place in operands(expression):
        expression = with_operand(expression, place, with_columns(expression[place], names))
    return expression


# --- SQL ------------------------------------------------------------------------------------------

def sql(expression, alias=""):
    """`alias`: what stands before columns, "r."."""
    kind, *rest = expression
    if kind == "col":
        return alias + rest[0]
    if kind == "lit":
        return f"'{rest[0]}'" if isinstance(rest[0], str) else str(rest[0])
    if kind == "length":
        return "CHAR_LENGTH(f)"
    texts = [sql(part, alias) for part in rest]
    if kind == "hour":
        return f"CAST(EXTRACT(HOUR FROM TO_TIMESTAMP_LTZ(CAST({texts[0]} AS BIGINT) * 3600, 0)) AS INT)"
    if kind == "if":
        return f"CASE WHEN {texts[0]} THEN {texts[1]} ELSE {texts[2]} END"
    if kind == "iff":
        return f"IF({', '.join(texts)})"
    if kind == "case":
        return f"CASE {texts[0]} WHEN {texts[1]} THEN {texts[2]} ELSE {texts[3]} END"
    if kind == "between":
        return f"({texts[0]} BETWEEN {texts[1]} AND {texts[2]})"
    if kind == "in":
        return f"({texts[0]} IN ({', '.join(texts[1:])}))"
    if kind == "not":
        return f"(NOT {texts[0]})"
    if kind == "cast":
        return f"CAST({texts[0]} AS INT)"
    if kind == "paren":
        return f"({texts[0]})"
    return f"({texts[0]} {kind.upper()} {texts[1]})"


# --- values ---------------------------------------------------------------------------------------

BINARY = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "-": lambda a, b: a - b, "=": lambda a, b: a == b,
          "<>": lambda a, b: a != b, "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b,
          ">=": lambda a, b: a >= b}


def conjunction(left, right):
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def negated(truth):
    return None if truth is None else not truth


def value(expression, row, zone="UTC"):
    """None is NULL, and unknown."""
    kind, *rest = expression
    if kind == "col":
        return row[rest[0]]
    if kind == "lit":
        return rest[0]
    if kind == "length":
        return row["f"]
    if kind in ("if", "iff"):
        return value(rest[1] if value(rest[0], row, zone) else rest[2], row, zone)
    values = [value(part, row, zone) for part in rest]
    if kind == "and":
        return conjunction(*values)
    if kind == "or":
        return negated(conjunction(*map(negated, values)))
    if kind == "not":
        return negated(values[0])
    if kind in ("cast", "paren"):
        return values[0]
    if kind == "case":
        return values[2] if values[0] is not None and values[0] == values[1] else values[3]
    if None in values:
        return None
    if kind == "hour":
        return (values[0] + ZONES[zone]) % 24
    if kind == "between":
        return values[1] <= values[0] <= values[2]
    if kind == "in":
        return values[0] in values[1:]
    return BINARY[kind](*values)


def zoned(expression):
    """Whether the time zone matters."""
    return expression[0] == "hour" or any(zoned(expression[place]) for place in operands(expression))


# --- the same in other words ----------------------------------------------------------------------

def bare(expression):
    return bare(expression[1]) if expression[0] == "paren" else expression


def is_truth(expression):
    return bare(expression)[0] in (*FLIPPED, "and", "or", "not", "between", "in")


def is_text(expression):
    kind, *rest = bare(expression)
    return kind == "lit" and isinstance(rest[0], str) or (kind, *rest) in TEXTS


def forms(expression):
    """Other words for the whole, its operands as they are."""
    kind, *rest = expression
    if kind in FLIPPED:
        yield (FLIPPED[kind], rest[1], rest[0])
        yield ("not", (OPPOSITE[kind], *rest))
    if kind in ("+", "*", "and", "or"):
        yield (kind, rest[1], rest[0])
    if kind == "not":
        yield ("not", ("not", expression))
        if rest[0][0] in OPPOSITE:
            yield (OPPOSITE[rest[0][0]], *rest[0][1:])
    if kind == "between":
        yield ("and", (">=", rest[0], rest[1]), ("<=", rest[0], rest[2]))
        yield ("and", (">=", rest[2], rest[0]), (">=", rest[0], rest[1]))
    if kind == "in":
        yield ("in", rest[0], *rest[:0:-1])
        if len(rest) == 3:
            yield ("or", ("=", rest[0], rest[1]), ("=", rest[0], rest[2]))
    if kind == "if":
        yield ("iff", *rest)
        if rest[0][0] == "=" and rest[0][2][0] == "lit":
            yield ("case", rest[0][1], rest[0][2], *rest[1:])
    if kind == "case":
        yield ("if", ("=", rest[0], rest[1]), *rest[2:])
    if kind == "lit" and isinstance(rest[0], int) and rest[0] > 1:
        yield ("+", lit(rest[0] - 1), lit(1))
    if is_truth(expression):
        yield ("and", expression, TRUE)
        yield ("and", TRUE, expression)
    elif not is_text(expression):
        yield ("cast", expression)
    yield ("paren", expression)


TEXTS = (col("k"), col("g"))
# Of kinds whose operands are literals these stay as they are.
FIXED = {"in": 1, "between": 1, "case": 1}


def reworded(expression, chooser, chance=0.5):
    """The same in other words, at any depth."""
    for place in operands(expression)[:FIXED.get(expression[0], 4)]:
        expression = with_operand(expression, place, reworded(expression[place], chooser, chance))
    if chooser.random() < chance:
        expression = chooser.choice(list(forms(expression)))
    return expression


# --- another one -----------------------------------------------------------------------------------

def near_forms(expression):
    """What differs by one constant, one operator or one column."""
    kind, *rest = expression
    if kind in NEARLY:
        yield (NEARLY[kind], *rest)
    if kind in ("between", "in"):
        yield ("not", expression)
    if kind == "lit" and isinstance(rest[0], int):
        yield lit(rest[0] + 1)
        yield lit(rest[0] - 1)
    others = {"v": "w", "w": "v", "c": "v", "a": "b", "b": "a"}
    if kind == "col" and rest[0] in others:
        yield col(others[rest[0]])


def nearly(expression, chooser):
    """One thing in it changed, at any depth; the same where there is nothing to change."""
    here = list(near_forms(expression))
    deeper = [place for place in operands(expression) if changeable(expression[place])]
    if here and (not deeper or chooser.random() < 1 / (1 + len(deeper))):
        return chooser.choice(here)
    if not deeper:
        return expression
    place = chooser.choice(deeper)
    return with_operand(expression, place, nearly(expression[place], chooser))


def changeable(expression):
    return any(near_forms(expression)) or any(changeable(expression[place]) for place in operands(expression))


def deeper(expression, chooser):
    """Something else somewhere inside."""
    inside = [place for place in operands(expression) if not is_truth(expression[place])]
    if expression[0] in LISTS or not inside or chooser.random() < 0.3:
        return chooser.choice((("*", expression, lit(100)), ("+", expression, col("w")), ("-", lit(50), expression)))
    place = chooser.choice(inside)
    return with_operand(expression, place, deeper(expression[place], chooser))
