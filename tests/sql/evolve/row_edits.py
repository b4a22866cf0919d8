"""Random queries of rows.py, and random edits of them. An edit of EQUIVALENT says the same in other words; one of
CHANGES may say something else, which only the rows can tell.
"""
import dataclasses

import rows
from rows import COLUMNS, FLIPPED, OPERATORS, TRUE, Input, Query, Table, col, lit, value

replace = dataclasses.replace

EXPRESSIONS = (col("v"), col("w"), ("*", col("v"), lit(2)), ("+", col("v"), col("w")), col("c"), ("*", col("c"), lit(3)),
               ("-", col("w"), lit(1)), ("if", (">", col("v"), lit(4)), col("w"), lit(7)))
CONDITIONS = (TRUE, TRUE, (">", col("v"), lit(2)), ("<", col("w"), lit(8)),
              ("and", (">", col("v"), lit(1)), ("<>", col("g"), lit("x"))),
              ("or", ("=", col("g"), lit("y")), (">", col("v"), col("w"))))
OUTPUTS = (col("a"), col("b"), ("+", col("a"), lit(1)), ("*", col("b"), lit(2)))


def random_input(chooser, table="t", windowed=False):
    x, y = chooser.sample(EXPRESSIONS, 2)
    if chooser.random() < 0.15:
        x = ("hour", chooser.choice((col("v"), col("w"))))
    return Input(table, chooser.choice(CONDITIONS), x=x, y=y, nested=chooser.choice((0, 0, 1, 2)),
                 names=chooser.choice((("x", "y"), ("p", "q"))))


def random_query(chooser, operator=None):
    operator = operator or chooser.choice(OPERATORS)
    inputs = (random_input(chooser),)
    if "join" in operator:
        inputs += (random_input(chooser, "u"),)
    elif operator in ("agg", "distinct", "topn", "limit", "agg-topn", "plain") and chooser.random() < 0.5:
        branch = replace(random_input(chooser, chooser.choice("tu")), names=inputs[0].names)
        inputs += (constants(chooser) if chooser.random() < 0.3 else branch,)
    if len(inputs) > 1 and "join" not in operator:
        inputs = tuple(replace(branch, order=(0, 1)) for branch in inputs)
    by = "k" if operator in ("limit", "agg-topn", "plain") or "join" in operator else chooser.choice("kkg")
    first = chooser.choice((1, 1, 2)) if operator in ("topn", "limit", "wtopn", "agg-topn") else 1
    second = (col("k"), chooser.choice(OUTPUTS), col("b"))
    return Query(operator, inputs, by, last=first + chooser.randrange(3), first=first,
                 join=chooser.choice(("JOIN", "LEFT JOIN")), output=(col("k"), chooser.choice(OUTPUTS[::2]), chooser.choice(OUTPUTS[1::2])),
                 having=chooser.choice((TRUE, TRUE, (">", col("a"), lit(3)))), second=second, zone=chooser.choice(("UTC", "UTC", "Asia/Tokyo")))


def constants(chooser):
    return Input(constants=tuple((chooser.choice("abc"), chooser.choice("xy"), chooser.randrange(9), chooser.randrange(9))
                                 for _ in range(chooser.choice((1, 2)))))


# --- parts ----------------------------------------------------------------------------------------

def on_input(change):
    """A change of one input that is no list of constants."""
    def apply(query, chooser):
        places = [i for i, branch in enumerate(query.inputs) if not branch.constants]
        at = chooser.choice(places)
        inputs = list(query.inputs)
        inputs[at] = change(inputs[at], chooser)
        return replace(query, inputs=tuple(inputs))
    return apply


def on_table(change):
    def apply(query, chooser):
        used = {branch.table for branch in query.inputs if not branch.constants}
        name = chooser.choice(sorted(used))
        return replace(query, tables=tuple(change(table, chooser) if table.name == name else table for table in query.tables))
    return apply


def ranks(query):
    return query.operator in ("topn", "limit", "wtopn", "agg-topn")


def is_union(query):
    return len(query.inputs) > 1 and "join" not in query.operator


def other(chooser, options, current):
    return chooser.choice([one for one in options if one != current])


def deeper(expression, chooser):
    """Another expression somewhere inside."""
    kind, *rest = expression
    if kind in ("col", "lit") or chooser.random() < 0.3:
        return chooser.choice((("*", expression, lit(100)), ("+", expression, col("w")), ("-", lit(50), expression)))
    at = chooser.choice([i for i, part in enumerate(rest) if kind != "if" or i > 0])
    rest[at] = deeper(rest[at], chooser)
    return (kind, *rest)


def swapped(branch, _):
    return replace(branch, x=branch.y, y=branch.x)


def add_branch(query, chooser):
    if "join" in query.operator or query.operator in ("dedup", "wagg", "wtopn") or len(query.inputs) > 2:
        return query
    branch = constants(chooser) if chooser.random() < 0.4 else replace(random_input(chooser, chooser.choice("tu")), names=query.names())
    return replace(query, inputs=tuple(replace(one, order=(0, 1)) for one in query.inputs + (branch,)))


def drop_branch(query, chooser):
    if not is_union(query):
        return query
    gone = chooser.randrange(len(query.inputs))
    rest = query.inputs[:gone] + query.inputs[gone + 1:]
    return replace(query, inputs=rest) if any(not one.constants for one in rest) else query


def other_constants(query, chooser):
    return replace(query, inputs=tuple(constants(chooser) if branch.constants else branch for branch in query.inputs))


def other_order(table, chooser):
    a, b = chooser.sample([i for i, name in enumerate(COLUMNS) if name in ("k", "g")] if chooser.random() < 0.5 else
                          [i for i, name in enumerate(COLUMNS) if name in ("v", "w")], 2)
    columns = list(table.columns)
    columns[a], columns[b] = columns[b], columns[a]
    return replace(table, columns=tuple(columns))


CHANGES = {
    "expression": on_input(lambda one, chooser: replace(one, x=deeper(one.x, chooser)) if chooser.random() < 0.5
                           else replace(one, y=deeper(one.y, chooser))),
    "swap": on_input(swapped),
    "computed": on_table(lambda table, chooser: replace(table, computed=deeper(table.computed, chooser))),
    "filter": on_input(lambda one, chooser: replace(one, where=other(chooser, CONDITIONS, one.where))),
    "key": lambda query, chooser: on_input(lambda one, _: replace(one, k=col("g") if one.k == col("k") else col("k")))(query, chooser),
    "having": lambda query, chooser: replace(query, having=other(chooser, (TRUE, (">", col("a"), lit(3)), ("<", col("a"), lit(6))), query.having)),
    "output": lambda query, chooser: replace(query, output=(query.output[0], other(chooser, OUTPUTS, query.output[1]), query.output[2])),
    "last": lambda query, chooser: replace(query, last=query.first + chooser.randrange(4)) if ranks(query) else query,
    "offset": lambda query, chooser: replace(query, first=3 - query.first if query.first < 3 else 1,
                                             last=max(query.last, 3 - query.first)) if ranks(query) else query,
    "direction": lambda query, _: replace(query, descending=not query.descending) if ranks(query) else query,
    "branch-added": add_branch,
    "branch-gone": drop_branch,
    "constants": other_constants,
    "join-type": lambda query, _: replace(query, join="LEFT JOIN" if query.join == "JOIN" else "JOIN") if "join" in query.operator else query,
    "reader": lambda query, _: replace(query, readers=2),
    "positions": on_table(other_order),
    "path": on_table(lambda table, _: replace(table, path="t2")),
    "sink-columns": lambda query, _: replace(query, sink=("k", "b", "a"), output=(query.output[0], query.output[2], query.output[1])),
    "overwrite": lambda query, _: replace(query, overwrite=not query.overwrite),
    "zone": lambda query, _: replace(query, zone="Asia/Tokyo" if query.zone == "UTC" else "UTC"),
}

# Where there is nothing to edit: (operators, kinds) and why.
NOWHERE = {
    ("last", "offset", "direction"): lambda operator: operator not in ("topn", "limit", "wtopn", "agg-topn"),
    ("branch-added", "branch-gone", "constants"): lambda operator: "join" in operator or operator in ("dedup", "wagg", "wtopn"),
    ("join-type", "sides"): lambda operator: "join" not in operator,
    ("branches",): lambda operator: "join" in operator or operator in ("dedup", "wagg", "wtopn"),
    ("overwrite",): lambda operator: True,   # of this sink: the connector refuses it over changes (3_12 tests it)
}


# --- the same in other words ----------------------------------------------------------------------

def respelled(expression, chooser):
    kind, *rest = expression
    if kind in ("col", "lit"):
        return expression
    rest = [respelled(part, chooser) for part in rest]
    if kind in FLIPPED and chooser.random() < 0.6:
        return (FLIPPED[kind], rest[1], rest[0])
    if kind in ("+", "*", "and", "or") and chooser.random() < 0.6:
        return (kind, rest[1], rest[0])
    return (kind, *rest)


def with_truth(where, chooser):
    return ("and", TRUE, where) if chooser.random() < 0.5 else ("and", where, TRUE)


def renamed(query, _):
    names = ("m", "n") if query.names() != ("m", "n") else ("x", "y")
    return replace(query, inputs=tuple(replace(one, names=names) for one in query.inputs))


def other_list(query, chooser):
    if is_union(query):
        return query
    return on_input(lambda one, _: replace(one, order=one.order[::-1]))(query, chooser)


def spelled_path(table, chooser):
    name = table.directory()
    return replace(table, path=chooser.choice((f"./{name}", f"{name}/", f"./{name}/", f"x/../{name}")))


EQUIVALENT = {
    "names": renamed,
    "nesting": on_input(lambda one, chooser: replace(one, nested=one.nested + 1)),
    "truth": on_input(lambda one, chooser: replace(one, where=with_truth(one.where, chooser))),
    "spelling": on_input(lambda one, chooser: replace(one, where=respelled(one.where, chooser))),
    "operands": on_input(lambda one, chooser: replace(one, x=respelled(one.x, chooser), y=respelled(one.y, chooser))),
    "list": other_list,
    "turned": lambda query, _: replace(query, turned=not query.turned),
    "path-spelling": on_table(spelled_path),
    "branches": lambda query, _: replace(query, inputs=query.inputs[::-1]) if is_union(query) else query,
    "sides": lambda query, _: replace(query, swapped=not query.swapped) if "join" in query.operator else query,
    "having-spelling": lambda query, chooser: replace(query, having=respelled(query.having, chooser)),
    "nothing": lambda query, _: query,
}


def empty_cell(operator, kind):
    """Whether an operator has nothing that this kind edits."""
    return any(kind in kinds and of(operator) for kinds, of in NOWHERE.items())
