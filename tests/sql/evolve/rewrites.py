"""Edits of queries of rows.py that say the same in other words, and near misses: one thing changed, so that the rows are
others. That they are what they claim, the rows say: meanings.py asks them.
"""
import dataclasses

from expressions import TRUE, nearly, reworded
from row_edits import EVERYWHERE, JOINED, OF_RANKS, is_union, on_input, on_names, on_table, other, other_positions
from shapes import SHAPES

replace = dataclasses.replace


def with_truth(where, chooser):
    return ("and", TRUE, where) if chooser.random() < 0.5 else ("and", where, TRUE)


def renamed(query, chooser):
    names = other(chooser, (("x", "y"), ("p1", "q1"), ("m", "n1")), query.names())
    return replace(query, inputs=tuple(replace(one, names=names) for one in query.inputs))


def spelled_path(table, chooser):
    name = table.directory()
    return replace(table, path=other(chooser, (f"./{name}", f"{name}/", f"./{name}/", f"x/../{name}"), table.path))


def spelled_file(table, chooser):
    name = table.directory()
    return replace(table, path=other(chooser, (name, f"./{name}", f"x/../{name}"), table.path))


def reworded_output(query, chooser):
    return replace(query, output=(query.output[0], *(reworded(one, chooser) for one in query.output[1:])))


def other_names(table, chooser):
    if table.header:  # which says the names
        return table
    swapped = (("v", "w"), ("w", "v"))
    called = other(chooser, ((), (("v", "v2"),), (("w", "w2"),), swapped, swapped, swapped, (("v", "w"), ("w", "n")),
                             (("v", "c1"), ("w", "a1"))), table.called)
    return replace(table, called=called)


IN_LIST = (lambda operator: "agg" in operator and operator not in ("agg-topn", "agg-limit") or operator in
           ("list", "session", "lookup", "plain"), "its list is what tells rows apart")

# Kind -> (the edit, whether an operator has something to edit, why it has nothing).
EQUIVALENT = {
    "names": (renamed, *EVERYWHERE),
    "nesting": (on_input(lambda one, _: replace(one, nested=one.nested + 1)), *EVERYWHERE),
    "truth": (on_input(lambda one, chooser: replace(one, where=with_truth(one.where, chooser))), *EVERYWHERE),
    "condition-words": (on_input(lambda one, chooser: replace(one, where=reworded(one.where, chooser))), *EVERYWHERE),
    "expression-words": (on_input(lambda one, chooser: replace(one, x=reworded(one.x, chooser), y=reworded(one.y, chooser))),
                         *EVERYWHERE),
    "computed-words": (on_table(lambda table, chooser: replace(table, computed=reworded(table.computed, chooser))), *EVERYWHERE),
    "column-names": (on_table(other_names), *EVERYWHERE),
    "header-positions": (on_table(lambda table, chooser: other_positions(table, chooser) if table.header else table), *EVERYWHERE),
    "output-words": (reworded_output, *EVERYWHERE),
    "having-words": (lambda query, chooser: replace(query, having=reworded(query.having, chooser)), *EVERYWHERE),
    "list": (on_input(lambda one, _: replace(one, order=one.order[::-1])), *EVERYWHERE),
    "turned": (lambda query, _: replace(query, turned=not query.turned), *IN_LIST),
    "place": (lambda query, chooser: replace(query, place=other(chooser, ("with", "view", "inline"), query.place)), *EVERYWHERE),
    "path-words": (on_table(spelled_path), *EVERYWHERE),
    "recovery": (lambda query, _: replace(query, careful=not query.careful), *EVERYWHERE),
    "names-path-words": (on_names(spelled_file), lambda operator: operator == "lookup", "looks nothing up"),
    "branches": (lambda query, _: replace(query, inputs=query.inputs[::-1]) if is_union(query) else query,
                 lambda operator: SHAPES[operator].union, "no UNION ALL below"),
    "sides": (lambda query, _: replace(query, swapped=not query.swapped), lambda operator: SHAPES[operator].sides == 2 and
              operator not in ("semi", "set", "sums", "tjoin"), "no sides that could be exchanged"),
    "nothing": (lambda query, _: query, *EVERYWHERE),
}


# --- near misses ------------------------------------------------------------------------------------

def near_branch(name):
    return on_input(lambda one, chooser: replace(one, **{name: nearly(getattr(one, name), chooser)}))


NEAR = {
    "near-condition": (near_branch("where"), *EVERYWHERE),
    "near-x": (near_branch("x"), *EVERYWHERE),
    "near-y": (near_branch("y"), *EVERYWHERE),
    "near-computed": (on_table(lambda table, chooser: replace(table, computed=nearly(table.computed, chooser))), *EVERYWHERE),
    "near-having": (lambda query, chooser: replace(query, having=nearly(query.having, chooser)), *EVERYWHERE),
    "near-output": (lambda query, chooser: replace(query, output=(query.output[0], nearly(query.output[1], chooser),
                                                                  query.output[2])), *EVERYWHERE),
    "near-filter": (lambda query, chooser: replace(query, only=nearly(query.only, chooser)),
                    lambda operator: SHAPES[operator].calls, "no calls of choice"),
    "near-join": (lambda query, _: replace(query, on={"<": "<=", "<=": "<", "<>": "<", "": "<>"}[query.on]),
                  lambda operator: operator in JOINED, "no further condition"),
    "near-order": (lambda query, _: replace(query, descending=not query.descending), *OF_RANKS),
}
