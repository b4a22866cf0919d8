"""Random queries of rows.py, and random edits of them, which may say something else: only the rows can tell. Edits that
say the same in other words are in rewrites.py.
"""
import dataclasses

from expressions import TRUE, col, deeper, lit, zoned
from rows import READERS, Input, LookedUp, Query, Table
from shapes import FUNCTIONS, SHAPES

replace = dataclasses.replace

EXPRESSIONS = (col("v"), col("w"), ("*", col("v"), lit(2)), ("+", col("v"), col("w")), col("c"), ("*", col("c"), lit(3)),
               ("-", col("w"), lit(1)), ("if", (">", col("v"), lit(4)), col("w"), lit(7)),
               ("if", ("=", col("v"), lit(3)), lit(2), col("w")), ("+", col("v"), ("length",)))
CONDITIONS = (TRUE, TRUE, (">", col("v"), lit(2)), ("<", col("w"), lit(8)),
              ("and", (">", col("v"), lit(1)), ("<>", col("g"), lit("x"))),
              ("or", ("=", col("g"), lit("y")), (">", col("v"), col("w"))),
              ("between", col("v"), lit(2), lit(7)), ("in", col("w"), lit(1), lit(4), lit(6)),
              ("not", ("in", col("w"), lit(3), lit(5))))
OUTPUTS = (col("a"), col("b"), ("+", col("a"), lit(1)), ("*", col("b"), lit(2)))
HAVINGS = (TRUE, TRUE, (">", col("a"), lit(3)), ("<", col("a"), lit(6)), ("between", col("b"), lit(1), lit(30)))
FILTERS = (TRUE, TRUE, (">", col("y"), lit(3)), ("<", col("y"), lit(6)))
CONDITIONS_OF_JOINS = ("", "", "<", "<=", "<>")
SIZES = {"session": (4, 6, 7)}


def random_input(chooser, table="t"):
    x, y = chooser.sample(EXPRESSIONS, 2)
    if chooser.random() < 0.3:
        x = ("hour", chooser.choice((col("v"), col("w"))))
    if chooser.random() < 0.3:
        y = ("+", y, ("length",))
    return Input(table, chooser.choice(CONDITIONS), x=x, y=y, nested=chooser.choice((0, 0, 1, 2)),
                 names=chooser.choice((("x", "y"), ("p1", "q1"))))


def random_inputs(chooser, operator):
    shape, first = SHAPES[operator], random_input(chooser)
    if shape.sides == 2:
        constant = operator in ("join", "semi", "set") and chooser.random() < 0.5
        return first, constants(chooser) if constant else random_input(chooser, "u")
    if not shape.union or chooser.random() < 0.3:
        return (first,)
    other = constants(chooser) if chooser.random() < 0.5 else random_input(chooser, chooser.choice("tu"))
    return tuple(replace(one, names=first.names, order=(0, 1)) for one in (first, other))


def random_tables(chooser):
    header = chooser.random() < 0.3
    return Table("t", header=header), Table("u", header=header), LookedUp("names")


def random_query(chooser, operator=None):
    operator = operator or chooser.choice(list(SHAPES))
    shape = SHAPES[operator]
    firsts = ("SUM", "COUNT") if operator == "copies" else FUNCTIONS[:2]  # how often a row comes does not show in MAX
    first = chooser.choice((1, 1, 2)) if shape.ranks else 1
    # What a wider interval misses, the model knows of inner joins alone.
    how = chooser.choice((*shape.hows, *["JOIN"] * (12 if operator == "ijoin" else 0)) or ("JOIN",))
    inputs = random_inputs(chooser, operator)
    # Rows of two tables come in no order.
    rising = chooser.choice((True, True, False) if len(inputs) > 1 else (True, False, None, None))
    return Query(
        operator, inputs, chooser.choice("kkg") if shape.by else "k",
        functions=(chooser.choice(firsts), chooser.choice((*FUNCTIONS[1:], "MAX", "MAX"))) if shape.calls else ("SUM", "MAX"),
        only=chooser.choice(FILTERS) if shape.calls else TRUE, last=first + chooser.randrange(3), first=first,
        descending=chooser.random() < 0.6, rising=rising, how=how, on=chooser.choice(CONDITIONS_OF_JOINS) if operator in JOINED else "",
        size=chooser.choice(SIZES.get(operator, (10,))), time=chooser.randrange(2), output=(col("k"), chooser.choice(OUTPUTS[::2]), chooser.choice(OUTPUTS[1::2])),
        having=chooser.choice(HAVINGS), second=(col("k"), chooser.choice(OUTPUTS), col("b")),
        place=chooser.choice(("with", "with", "with", "view", "inline")), zone=chooser.choice(("UTC", "UTC", "Asia/Tokyo")),
        format="csv" if shape.inserts and chooser.random() < 0.7 else "changelog", tables=random_tables(chooser))


def constants(chooser):
    return Input(constants=tuple((chooser.choice("abc"), chooser.choice("xy"), chooser.randrange(9), chooser.randrange(9))
                                 for _ in range(chooser.choice((1, 2)))))


# --- parts ----------------------------------------------------------------------------------------

def on_input(change):
    """A change of one input that is no list of constants."""
    def apply(query, chooser):
        at = chooser.choice([i for i, branch in enumerate(query.inputs) if not branch.constants])
        inputs = list(query.inputs)
        inputs[at] = change(inputs[at], chooser)
        return replace(query, inputs=tuple(inputs))
    return apply


def on_table(change):
    """A change of one table that is read."""
    def apply(query, chooser):
        name = chooser.choice(sorted({branch.table for branch in query.inputs if not branch.constants}))
        return replace(query, tables=tuple(change(table, chooser) if table.name == name else table for table in query.tables))
    return apply


def on_names(change):
    """Of the table that is looked up."""
    def apply(query, chooser):
        return replace(query, tables=tuple(change(table, chooser) if table.name == "names" else table for table in query.tables))
    return apply


def one_of(field, options):
    """Another one of the options."""
    return lambda query, chooser: replace(query, **{field: other(chooser, options, getattr(query, field))})


def is_union(query):
    return len(query.inputs) > 1 and query.shape.sides == 1


def other(chooser, options, current):
    return chooser.choice([one for one in options if one != current])


def expression(one, chooser):
    name = chooser.choice("xy")
    return replace(one, **{name: deeper(getattr(one, name), chooser)})


def one_branch(query, chooser):
    """The others give what they gave."""
    return on_input(expression)(query, chooser) if is_union(query) else query


def add_branch(query, chooser):
    if len(query.inputs) > 2:
        return query
    branch = constants(chooser) if chooser.random() < 0.4 else random_input(chooser, chooser.choice("tu"))
    return replace(query, rising=query.rising is not False, inputs=tuple(replace(one, names=query.names(), order=(0, 1)) for one in query.inputs + (branch,)))


def drop_branch(query, chooser):
    if not is_union(query):
        return query
    gone = chooser.randrange(len(query.inputs))
    rest = query.inputs[:gone] + query.inputs[gone + 1:]
    return replace(query, inputs=rest) if any(not one.constants for one in rest) else query


def other_constants(query, chooser):
    return replace(query, inputs=tuple(replace(constants(chooser), names=branch.names) if branch.constants else branch
                                       for branch in query.inputs))


def other_positions(table, chooser):
    pair = chooser.choice((("k", "g"), ("v", "w")))
    a, b = (table.columns.index(name) for name in pair)
    columns = list(table.columns)
    columns[a], columns[b] = columns[b], columns[a]
    return replace(table, columns=tuple(columns))


def other_metadata(query, chooser):
    """Of a table whose metadata somebody reads."""
    read = {one.table for one in query.inputs if not one.constants and ("length",) in (one.x[2:3] + one.y[2:3])}
    if not read:
        query = on_input(lambda one, _: replace(one, x=("+", one.x, ("length",))))(query, chooser)
    return on_table(lambda table, _: replace(table, metadata="file.path" if table.metadata == "file.name" else "file.name"))(
        query, chooser)


def other_output(query, chooser):
    place = chooser.choice((1, 2))
    output = list(query.output)
    output[place] = other(chooser, OUTPUTS, output[place])
    return replace(query, output=tuple(output))


def add_reader(query, chooser):
    free = [name for name in READERS if name not in query.readers]
    return replace(query, readers=query.readers + (chooser.choice(free),)) if free else query


def other_offset(query, _):
    first = 3 - query.first if query.first < 3 else 1
    return replace(query, first=first, last=max(query.last, first))


def reversed_sink(query, _):
    return replace(query, sink=(query.sink[0], *query.sink[:0:-1]), output=(query.output[0], *query.output[:0:-1]))


JOINED = ("join", "join-agg", "semi")
TIMED = ("wagg", "copies", "session", "wtopn", "wjoin", "pairs-agg")

# Kind -> (the edit, whether an operator has something to edit, why it has nothing).
EVERYWHERE = (lambda operator: True, "")
OF_RANKS = (lambda operator: SHAPES[operator].ranks, "no ranks")
OF_CALLS = (lambda operator: SHAPES[operator].calls, "no calls of choice")
OF_UNIONS = (lambda operator: SHAPES[operator].union, "reads time, or has two sides: no UNION ALL below")
CHANGES = {
    "expression": (on_input(expression), *EVERYWHERE),
    "swap": (on_input(lambda one, _: replace(one, x=one.y, y=one.x)), *EVERYWHERE),
    "computed": (on_table(lambda table, chooser: replace(table, computed=deeper(table.computed, chooser))), *EVERYWHERE),
    "filter": (on_input(lambda one, chooser: replace(one, where=other(chooser, CONDITIONS, one.where))), *EVERYWHERE),
    "key": (on_input(lambda one, _: replace(one, k=col("g") if one.k == col("k") else col("k"))), *EVERYWHERE),
    "by": (one_of("by", ("k", "g")), lambda operator: SHAPES[operator].by, "grouped by k alone, or by nothing"),
    "watermark": (on_table(lambda table, _: replace(table, delay=2 - table.delay)), *EVERYWHERE),
    "having": (one_of("having", HAVINGS), *EVERYWHERE),
    "output": (other_output, *EVERYWHERE),
    "last": (lambda query, chooser: replace(query, last=max(query.first, query.last + chooser.choice((-1, 1, 2, 3)))), *OF_RANKS),
    "offset": (other_offset, *OF_RANKS),
    "direction": (lambda query, _: replace(query, descending=not query.descending),
                  lambda operator: SHAPES[operator].ranks or operator == "dedup", "no order"),
    "order": (lambda query, chooser: replace(query, rising=other(chooser, (True, False), query.rising)),
              lambda operator: operator in ("topn", "wtopn", "limit"), "no second key of an order"),
    "function": (lambda query, chooser: replace(query, functions=(other(chooser, FUNCTIONS, query.functions[0]),
                                                                  query.functions[1])), *OF_CALLS),
    "call-filter": (one_of("only", FILTERS), *OF_CALLS),
    "branch": (one_branch, *OF_UNIONS),
    "branch-added": (add_branch, *OF_UNIONS),
    "branch-gone": (drop_branch, *OF_UNIONS),
    "constants": (other_constants, lambda operator: SHAPES[operator].union or operator in ("join", "semi", "set"),
                  "constants have no time"),
    "how": (lambda query, chooser: one_of("how", query.shape.hows)(query, chooser),
            lambda operator: bool(SHAPES[operator].hows), "one kind only"),
    "condition": (one_of("on", CONDITIONS_OF_JOINS[1:]), lambda operator: operator in JOINED, "no further condition"),
    "interval": (lambda query, chooser: replace(query, reach=other(chooser, ((4, 4), (2, 4), (4, 8), (0, 6), (40, 40), (20, 40)), query.reach)),
                 lambda operator: operator == "ijoin", "no interval"),
    "size": (lambda query, chooser: replace(query, size=other(chooser, SIZES.get(query.operator, (10, 20)), query.size)),
             lambda operator: operator in TIMED, "no windows"),
    "time": (lambda query, _: replace(query, time=1 - query.time), lambda operator: operator == "pairs-agg", "one time only"),
    "lookup": (on_names(lambda table, _: replace(table, path="others.csv")), lambda operator: operator == "lookup",
               "looks nothing up"),
    "lookup-positions": (on_names(lambda table, _: replace(table, columns=(table.columns[0], *table.columns[:0:-1]))),
                         lambda operator: operator == "lookup", "looks nothing up"),
    "sums-list": (lambda query, _: replace(query, turned=not query.turned), lambda operator: operator == "sums",
                  "the order of columns says nothing: of sums it says how rows are found"),
    "reader": (add_reader, *EVERYWHERE),
    "positions": (on_table(lambda table, chooser: table if table.header else other_positions(table, chooser)), *EVERYWHERE),
    "source-types": (on_table(lambda table, _: replace(table, numbers="INT" if table.numbers == "SMALLINT" else "SMALLINT")), *EVERYWHERE),
    "metadata": (other_metadata, *EVERYWHERE),
    "path": (on_table(lambda table, _: replace(table, path="t2")), *EVERYWHERE),
    "sink-columns": (reversed_sink, *EVERYWHERE),
    "sink-added": (lambda query, chooser: replace(query, sink=query.sink + ("d",), output=query.output + (chooser.choice(OUTPUTS),))
                   if "d" not in query.sink else query, *EVERYWHERE),
    "sink-types": (one_of("numbers", ("INT", "BIGINT")), *EVERYWHERE),
    "overwrite": (lambda query, _: replace(query, overwrite=not query.overwrite) if query.format == "csv" else query,
                  lambda operator: SHAPES[operator].inserts, "gives changes, which nothing overwrites with"),
    "sink-key": (one_of("sink_key", ((), ("k",), ("k", "a"), ("k", "b", "a"))), *EVERYWHERE),
    "directories": (one_of("directories", ((), ("k",), ("k", "a"), ("a",))), *EVERYWHERE),
    "unwatched": (on_table(lambda table, _: replace(table, watched=not table.watched)), *EVERYWHERE),
    "zone": (lambda query, _: replace(query, zone="Asia/Tokyo" if query.zone == "UTC" else "UTC"), *EVERYWHERE),
}


def depends_on_zone(query):
    return any(zoned(one.x) or zoned(one.y) for one in query.inputs)


def reads_twice(query):
    """Whether one table is read by two inputs."""
    names = [one.table for one in query.inputs if not one.constants]
    return len(set(names)) < len(names)
