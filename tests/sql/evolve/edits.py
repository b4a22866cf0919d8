"""The scripts: every row of docs/changing-a-running-query.md, "What an edit does", that is about aggregations, for each
kind of them, single and together; windows and groups are open in the middle of each."""
import dataclasses

from queries import AVG, BIG, COUNT, ITEMS, MAX, MIN, SUM, VALUES, Part, Query, single
from runner import Edit

BOTH = ("events", "more")


def call_edits(kind):
    """Aggregates come, go, and change places."""
    def one(*calls, **fields):
        return single(kind=kind, calls=calls, **fields)
    yield "unchanged", one(COUNT, SUM, MIN, MAX, AVG, BIG), one(COUNT, SUM, MIN, MAX, AVG, BIG)
    yield "add", one(COUNT, SUM), one(COUNT, SUM, MAX)
    yield "add-first", one(COUNT, SUM), one(MIN, COUNT, SUM)
    yield "drop", one(COUNT, SUM), one(SUM)
    yield "drop-first", one(COUNT, SUM, AVG), one(SUM, AVG)
    yield "reorder", one(COUNT, SUM), one(SUM, COUNT)
    yield "replace-one", one(COUNT, SUM), one(COUNT, MAX)
    yield "replace-all", one(COUNT, SUM), one(MAX, MIN)
    yield "add-drop-reorder", one(COUNT, SUM, MIN), one(MAX, MIN, BIG, COUNT)
    yield "filtered-call", one(COUNT, SUM), one(COUNT, SUM, BIG)
    yield "average", one(AVG, COUNT), one(COUNT, SUM, AVG)
    yield "aliases", one(COUNT, SUM), one(COUNT, SUM, turned=True)
    yield "distinct-stays", one(ITEMS, COUNT), one(COUNT, ITEMS)
    yield "distinct-two-reordered", one(ITEMS, VALUES, COUNT), one(VALUES, COUNT, ITEMS)
    yield "distinct-new", one(COUNT, SUM), one(COUNT, SUM, ITEMS)
    yield "distinct-gone", one(ITEMS, COUNT), one(COUNT)
    yield "ten-at-once", one(COUNT, SUM, MIN, MAX, ITEMS), one(MAX, BIG, AVG, COUNT, VALUES, turned=True)


def clause_edits(kind):
    """What stands around the aggregates."""
    def one(**fields):
        return single(**{"kind": kind, "calls": (COUNT, SUM), **fields})
    yield "where-new", one(), one(where=3)
    yield "where-gone", one(where=3), one()
    yield "where-and-add", one(where=3), one(where=5, calls=(COUNT, SUM, MIN))
    yield "behind-new", one(), one(without="a")
    yield "behind-gone", one(without="a"), one()
    yield "rename-cte", one(), one(cte="renamed")
    yield "rename-sink", one(), one(sink="outcome")
    yield "rename-both-and-drop", one(), one(cte="renamed", sink="outcome", calls=(COUNT,))
    yield "move-sink", one(), one(place="elsewhere")
    yield "delay", one(), one(delay=2)
    yield "union-reorder", one(branches=BOTH), one(branches=BOTH[::-1])
    yield "union-new-branch", one(), one(branches=BOTH)
    yield "union-branch-gone", one(branches=BOTH), one()
    yield "other-table", one(), one(branches=("more",))
    yield "where-behind-union-and-add", one(branches=BOTH, where=3), one(branches=BOTH[::-1], calls=(MIN, SUM, COUNT))


def key_and_type_edits(kind):
    def one(**fields):
        return single(**{"kind": kind, "calls": (COUNT, SUM, MIN), **fields})
    if kind != "nested":
        pair = ("k", "g")
        yield "key-order", one(keys=pair), one(keys=pair[::-1])
        yield "key-order-and-add", one(keys=pair), one(keys=pair[::-1], calls=(MAX, COUNT, SUM))
        yield "key-added", one(), one(keys=pair)
        yield "key-dropped", one(keys=pair), one()
        yield "key-wider", one(keys=("n", "k")), one(keys=("k", "n"), n="BIGINT")
        yield "key-narrower", one(keys=("n",), n="BIGINT"), one(keys=("n",))
    yield "key-replaced", one(), one(keys=("g",))
    yield "wider", one(), one(v="BIGINT")
    yield "wider-and-add", one(), one(v="BIGINT", calls=(MAX, MIN, SUM))
    yield "wider-decimal", one(v="DECIMAL(5,1)"), one(v="DECIMAL(9,1)")
    yield "wider-float", one(v="FLOAT"), one(v="DOUBLE")
    yield "narrower", one(v="BIGINT"), one()
    yield "other-scale", one(v="DECIMAL(9,1)"), one(v="DECIMAL(9,2)")
    yield "narrower-but-dropped", one(v="BIGINT"), one(calls=(COUNT,))
    yield "wider-distinct", one(calls=(VALUES, COUNT)), one(calls=(VALUES, COUNT), v="BIGINT")


def window_edits(kind):
    def one(**fields):
        return single(**{"kind": kind, "calls": (COUNT, SUM), **fields})
    yield "size", one(), one(size=20)
    yield "size-and-add", one(), one(size=20, calls=(COUNT, SUM, MAX))
    for other in ("tumble", "hop", "cumulate"):
        if other != kind:
            yield f"to-{other}", one(), one(kind=other)
    yield "to-group", one(), one(kind="group")


def statement_sets():
    """Sinks come and go beside others that stay."""
    first = Part(kind="tumble", calls=(COUNT, SUM), sink="first", place="one")
    second = Part(kind="group", keys=("g",), calls=(MIN, ITEMS), sink="second", place="two", branches=BOTH)
    third = Part(kind="hop", keys=("n",), calls=(SUM,), sink="third", place="three", branches=("more",))
    of = dataclasses.replace
    yield "sink-added", Query((first,)), Query((first, second))
    yield "sink-removed", Query((first, second)), Query((first,))
    yield "sink-replaced", Query((first, second)), Query((third, second))
    yield "sinks-reordered", Query((first, second, third)), Query((third, first, second))
    yield "sinks-and-calls", Query((first, second)), Query((of(second, calls=(ITEMS, MIN, COUNT)), third))
    yield "sinks-renamed", Query((first, second)), Query((of(first, sink="premier"), of(second, sink="deuxieme")))
    yield "ctes-renamed", Query((first, third)), Query((of(first, cte="x"), of(third, cte="y")))
    yield "last-reader-gone", Query((first, third)), Query((of(first, calls=(SUM, COUNT)),))
    yield "all-at-once", Query((first, second)), Query((of(second, branches=BOTH[::-1]), of(first, calls=(SUM, MAX), where=3),
                                                       third))


def mapped():
    """Renamed and edited: what the user maps."""
    def one(**fields):
        return single(**{"calls": (COUNT, SUM), **fields})
    cte = (("sink:results/cte:renamed/wagg", "sink:results/cte:m/wagg"),)
    yield "rename-and-add", one(), one(cte="renamed", calls=(COUNT, SUM, MAX)), cte
    yield "rename-and-where", one(), one(cte="renamed", where=3), cte
    yield "rename-and-widen", one(), one(cte="renamed", v="BIGINT", calls=(SUM, BIG)), cte
    both = (("sink:outcome/cte:renamed/wagg", "sink:results/cte:m/wagg"), ("sink:outcome/sink.w", "sink:results/sink.w"))
    yield "rename-both-and-all", one(), one(cte="renamed", sink="outcome", without="a", calls=(MAX, SUM)), both
    first = Part(calls=(COUNT, SUM), sink="first", place="one", keys=("k",))
    second = Part(calls=(COUNT, SUM), sink="second", place="two", keys=("g",))
    of = dataclasses.replace
    # What was "first" is "second" now, and the other way round.
    swapped = Query((of(first, sink="second"), of(second, sink="first")))
    swap = (("sink:second/cte:m/wagg", "sink:first/cte:m/wagg"), ("sink:first/cte:m/wagg", "sink:second/cte:m/wagg"),
            ("sink:second/sink.w", "sink:first/sink.w"), ("sink:first/sink.w", "sink:second/sink.w"))
    yield "swap", Query((first, second)), swapped, swap
    yield "swap-and-add", Query((first, second)), Query((of(first, sink="second", calls=(SUM, MAX)), swapped.parts[1])), swap


def edits():
    """All of them."""
    made = []
    for kind in ("tumble", "hop", "cumulate", "group", "nested"):
        families = [call_edits, clause_edits, key_and_type_edits]
        if kind not in ("group", "nested"):
            families.append(window_edits)
        for family in families:
            made += [Edit(f"{kind}-{name}", before, after) for name, before, after in family(kind)]
    made += [Edit(name, before, after) for name, before, after in statement_sets()]
    made += [Edit(name, before, after, mapping) for name, before, after, mapping in mapped()]
    return made
