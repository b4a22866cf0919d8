#!/usr/bin/env python3
"""Random edits of random queries, compared with the rules and the model; a failing one is made smaller until
nothing can be left out.

  random_edits.py --weir build/weir --count 2000 --least 50      the full run: so many edits of each verdict at least
  random_edits.py --weir build/weir --slice                      what CI runs; all of it when WEIR_TEST_SLICE=full
  random_edits.py --weir build/weir --seed 7 --only 123          one of them again

--plant makes the program run another query than the model knows: the run succeeds when each is caught and made
small.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import os
import random
import subprocess
import sys

import queries
from queries import AVG, BIG, COUNT, ITEMS, MAX, MIN, SUM, VALUES, Part, Query
from rules import ORDER, Outcome
from runner import Case, Edit, Failure, How

SLICE, FULL, LEAST = 60, 2000, 50
KINDS = ("tumble", "hop", "cumulate", "group", "group", "nested")
POOL = (COUNT, SUM, MIN, MAX, AVG, BIG, ITEMS, VALUES)
KEYS = (("k",), ("g",), ("n",), ("k", "g"), ("g", "k"), ("n", "k"))
TYPES = ("INT", "INT", "INT", "BIGINT", "DECIMAL(5,1)", "FLOAT")
WIDER = {"INT": ("BIGINT", "BIGINT", "SMALLINT"), "BIGINT": ("INT",), "FLOAT": ("DOUBLE",),
         "DECIMAL(5,1)": ("DECIMAL(9,1)", "DECIMAL(9,2)")}


def random_part(chooser, number):
    kind = chooser.choice(KINDS)
    keys = chooser.choice([keys for keys in KEYS if kind != "nested" or keys in (("k",), ("g",))])
    # Of one INSERT and another nothing is the same but the names of CTEs: equal ones would be one.
    return Part(kind=kind, keys=keys, calls=tuple(chooser.sample(POOL, chooser.randint(1, 4))),
                where=chooser.choice([-1, -1, 3, 5]), size=chooser.choice([10, 10, 15]),
                cte=chooser.choice(["m", "q"]), sink=f"s{number}", place=f"out{number}",
                branches=chooser.choice([("events",), ("events",), ("more",), ("events", "more")]))


def random_query(chooser):
    parts = [random_part(chooser, 0)]
    if chooser.random() < 0.35:
        parts.append(random_part(chooser, 1))
    return settled(Query(tuple(parts), v=chooser.choice(TYPES), n=chooser.choice(["INT", "BIGINT"])))


def settled(query):
    """The query without what would be an error: AVG and COUNT DISTINCT over every type; and without two aggregations
    alike, which would be one of two names."""
    parts, seen = [], set()
    for part in query.parts:
        exact = query.v in queries.INTEGERS or part.kind == "nested"
        calls = tuple(dict.fromkeys(call for call in part.calls
                                    if exact or not (call.function == "AVG" or call == VALUES))) or (COUNT,)
        where = "1" if part.keys[0] == "n" else {"k": "a", "g": "x"}[part.keys[0]]
        part = dataclasses.replace(part, calls=calls, without=where if part.without else "")
        kind = "group" if part.kind == "nested" else part.kind
        mine = {(kind, frozenset(part.keys)), part.sink}
        if part.kind == "nested":
            mine.add(("group", frozenset("kg")))  # what it counts
        if not mine & seen:
            parts.append(part)
        seen |= mine
    return dataclasses.replace(query, parts=tuple(parts))


# --- changes: each is (name, number) and can be applied to any query ------------------------------

def on_part(change):
    """A change of one INSERT, the first or the second by its number."""
    def apply(query, number):
        at = number % len(query.parts)
        parts = list(query.parts)
        parts[at] = change(parts[at], random.Random(number))
        return dataclasses.replace(query, parts=tuple(parts))
    return apply


def replace(**fields):
    """Fields of an INSERT by functions of it and of a chooser."""
    return on_part(lambda part, chooser: dataclasses.replace(
        part, **{name: value(part, chooser) for name, value in fields.items()}))


def add_call(part, chooser):
    calls = list(part.calls)
    calls.insert(chooser.randint(0, len(calls)), chooser.choice(POOL))
    return tuple(calls)


def drop_call(part, chooser):
    calls = list(part.calls)
    if len(calls) > 1:
        calls.pop(chooser.randrange(len(calls)))
    return tuple(calls)


def key_columns(part, chooser):
    wanted = [keys for keys in KEYS if part.kind != "nested" or keys in (("k",), ("g",))]
    return chooser.choice(wanted)


def add_part(query, number):
    part = random_part(random.Random(number), 2)
    return dataclasses.replace(query, parts=query.parts + (part,))


def drop_part(query, number):
    if len(query.parts) == 1:
        return query
    return dataclasses.replace(query, parts=tuple(p for i, p in enumerate(query.parts)
                                                  if i != number % len(query.parts)))


def other_type(query, number):
    """Another type of v."""
    others = WIDER.get(query.v, ())
    return dataclasses.replace(query, v=random.Random(number).choice(others)) if others else query


CHANGES = {
    "add-call": replace(calls=add_call),
    "drop-call": replace(calls=drop_call),
    "shuffle-calls": replace(calls=lambda part, chooser: tuple(chooser.sample(part.calls, len(part.calls)))),
    "other-calls": replace(calls=lambda part, chooser: tuple(chooser.sample(POOL, chooser.randint(1, 3)))),
    "reverse-keys": replace(keys=lambda part, _: part.keys[::-1]),
    "keys": replace(keys=key_columns),
    "where": replace(where=lambda _, chooser: chooser.choice([-1, 3, 5])),
    "behind": replace(without=lambda part, _: "" if part.without else "?"),
    "size": replace(size=lambda _, chooser: chooser.choice([10, 15, 20])),
    "kind": replace(kind=lambda part, chooser: chooser.choice(["tumble", "hop", "cumulate"]) if part.windowed else part.kind),
    "turn": replace(turned=lambda part, _: not part.turned),
    "rename-cte": replace(cte=lambda _, __: "renamed"),
    "rename-sink": replace(sink=lambda part, _: part.sink + "_new"),
    "move-sink": replace(place=lambda part, _: part.place + "_new"),
    "branches": replace(branches=lambda _, chooser: chooser.choice(
        [("events",), ("more",), ("events", "more"), ("more", "events")])),
    "reverse-branches": replace(branches=lambda part, _: part.branches[::-1]),
    "type": other_type,
    "key-type": lambda query, _: dataclasses.replace(query, n="INT" if query.n == "BIGINT" else "BIGINT"),
    "delay": lambda query, _: dataclasses.replace(query, delay=3 - query.delay),
    "add-part": add_part,
    "drop-part": drop_part,
    "reverse-parts": lambda query, _: dataclasses.replace(query, parts=query.parts[::-1]),
}
WEIGHTS = {"add-call": 3, "shuffle-calls": 2, "type": 4, "add-part": 2, "drop-part": 2, "key-type": 2}


@dataclasses.dataclass(frozen=True)
class Trial:
    """A query and what is changed in it; small enough to be printed and run again."""
    before: Query
    changes: tuple           # (name, number)
    how: How
    mapped: bool             # whether what was renamed is mapped by the user
    seed: int

    def edit(self):
        after = self.before
        for name, number in self.changes:
            after = CHANGES[name](after, number)
        after = settled(after)
        mapping = ()
        if self.mapped:
            mapping = renames(self.before, after)
        return Edit("random", self.before, after, mapping, self.seed)


def renames(before, after):
    """(new uid, old uid) of operators that were renamed with their INSERT, where nothing else finds them."""
    saved, wanted = Outcome(before, after).saved_ops, Outcome(before, after).wanted_ops
    pairs = []
    for part in after.parts:
        old = next((p for p in before.parts if p.place == part.place and p.windowed == part.windowed), None)
        if not old or (old.kind == "nested") != (part.kind == "nested"):
            continue
        for role in ("sink.w", None, "t:counted/agg"):
            uids = (part.uid(role), old.uid(role))
            if uids[0] != uids[1] and uids[0] in wanted and uids[1] in saved and \
                    uids[0] not in saved and uids[1] not in wanted:
                pairs.append(uids)
    return tuple(pairs)


def random_trial(seed, number):
    chooser = random.Random(f"{seed} {number}")
    before = random_query(chooser)
    names = [name for name in CHANGES for _ in range(WEIGHTS.get(name, 1))]
    changes = tuple((chooser.choice(names), chooser.randrange(1000)) for _ in range(chooser.choice([0, 1, 1, 1, 2, 3, 5])))
    take = chooser.choice(["stop", "stop", "canonical", "native"])
    first, second = chooser.choice(["rocksdb", "memory"]), chooser.choice(["rocksdb", "memory"])
    how = How(backends=(first, first if take == "native" else second), take=take,
              parallelisms=(chooser.randint(1, 3), chooser.randint(1, 3)))
    return Trial(before, changes, how, chooser.random() < 0.6, chooser.randrange(1000))


# --- running --------------------------------------------------------------------------------------

class Planted(Case):
    """The program gets another query than the model: its filter is gone."""

    def script(self, query, phase, statements, *codes):
        return super().script(query, phase, statements.replace(" WHERE v > 3", ""), *codes)


def fails(weir, trial, case=Case):
    """Why it fails; None when all is well."""
    try:
        case(weir, trial.edit(), trial.how).run()
    except Failure as failure:
        return str(failure)
    except subprocess.TimeoutExpired as failure:
        return f"no end: {failure}"
    return None


def smaller(trial):
    """The trial with one thing less, the greatest first."""
    for i in range(len(trial.changes)):
        yield dataclasses.replace(trial, changes=trial.changes[:i] + trial.changes[i + 1:])
    before = trial.before
    with_query = lambda query: dataclasses.replace(trial, before=query)  # noqa: E731
    for i, part in enumerate(before.parts):
        if len(before.parts) > 1:
            yield with_query(dataclasses.replace(before, parts=before.parts[:i] + before.parts[i + 1:]))
        simple = Part(sink=part.sink, place=part.place, kind=part.kind)
        fields = [{"kind": "tumble"}, {"kind": "group"}] if part.kind in ("hop", "cumulate", "nested") else []
        fields += [{field: getattr(simple, field)} for field in ("keys", "where", "size", "cte", "branches", "without")]
        fields += [{"calls": part.calls[:j] + part.calls[j + 1:]} for j in range(len(part.calls)) if len(part.calls) > 1]
        fields += [{"branches": part.branches[:1]}]
        for change in fields:
            other = dataclasses.replace(part, **change)
            if other != part:
                yield with_query(settled(dataclasses.replace(
                    before, parts=before.parts[:i] + (other,) + before.parts[i + 1:])))
    for change in ({"v": "INT"}, {"n": "INT"}, {"delay": 1}):
        yield with_query(settled(dataclasses.replace(before, **change)))
    for how in (How(), dataclasses.replace(trial.how, take="stop"), dataclasses.replace(trial.how, parallelisms=(1, 1))):
        yield dataclasses.replace(trial, how=how)
    yield dataclasses.replace(trial, mapped=False)


def shrink(weir, trial, case=Case):
    """The smallest trial that fails, and why."""
    why = fails(weir, trial, case)
    found = why is not None
    while found:
        found = False
        for other in smaller(trial):
            if other == trial:
                continue
            reason = fails(weir, other, case)
            if reason is not None:
                trial, why, found = other, reason, True
                break
    return trial, why


def describe(trial, why):
    edit = trial.edit()
    return (f"{why}\n  {trial}\n  before: {edit.before.statement()}\n  after:  {edit.after.statement()}")


def planted(weir, seed):
    """Whether edits in which the model and the program differ are caught, and made as small as can be."""
    caught = 0
    for number in range(400):
        trial = random_trial(seed, number)
        text = trial.edit().after.statement() + trial.before.statement()
        if " WHERE v > 3" not in text or not fails(weir, trial, Planted):
            continue
        small, _ = shrink(weir, trial, Planted)
        size = len(small.before.parts) + len(small.changes)
        print(f"{number}: {len(trial.before.parts)} INSERTs and {len(trial.changes)} changes, made into "
              f"{len(small.before.parts)} and {len(small.changes)}")
        if size > 2:
            print(f"FAIL: not as small as it can be: {small}")
            return 1
        caught += 1
        if caught == 3:
            return 0
    print(f"FAIL: caught {caught} of 3")
    return 1


def run(weir, numbers, arguments):
    """Prints failures; counts of verdicts, and how many edits failed."""
    counts, edits_with, failed = collections.Counter(), collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        trials = [random_trial(arguments.seed, number) for number in numbers]
        for number, trial, why in zip(numbers, trials, pool.map(lambda trial: fails(weir, trial), trials)):
            edit = trial.edit()
            verdicts = Outcome(edit.before, edit.after, edit.mapping).rows.values()
            counts.update(verdicts)
            edits_with.update(set(verdicts))
            if why is None:
                continue
            failed += 1
            if fails(weir, trial) is None:
                print(f"FAIL {number}, not twice: {describe(trial, why)}\n", flush=True)
            elif failed <= arguments.shrink:
                print(f"FAIL {number}: {describe(*shrink(weir, trial))}\n", flush=True)
            else:
                print(f"FAIL {number}: {why.splitlines()[0]}", flush=True)
    print("operators by verdict: " + ", ".join(f"{name} {counts[name]}" for name in ORDER))
    print("edits with such:      " + ", ".join(f"{name} {edits_with[name]}" for name in ORDER))
    return edits_with, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--count", type=int, default=FULL)
    parser.add_argument("--least", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--plant", action="store_true")
    parser.add_argument("--shrink", type=int, default=3, help="how many failures are made smaller")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    if arguments.plant:
        return planted(weir, arguments.seed)
    if arguments.slice:
        full = os.environ.get("WEIR_TEST_SLICE") == "full"
        arguments.count, arguments.least = (FULL, LEAST) if full else (SLICE, 1)
    numbers = range(arguments.count) if arguments.only is None else [arguments.only]
    edits_with, failed = run(weir, numbers, arguments)
    few = [name for name in ORDER if edits_with[name] < arguments.least]
    for name in few:
        print(f"FAIL: {edits_with[name]} edits with {name}, fewer than {arguments.least}")
    print(f"files: {len(numbers) - failed} passed, {failed + len(few)} failed")
    return 1 if failed or few else 0


if __name__ == "__main__":
    sys.exit(main())
