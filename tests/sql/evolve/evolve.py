#!/usr/bin/env python3
"""Stop with a savepoint, edit, explain, restore, finish: compared with a model that never calls weir.

  evolve.py --weir build/weir            the table of edits, under every configuration
  evolve.py --weir build/weir --random 200 --seed 7
"""
import argparse
import collections
import dataclasses
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

from queries import Call, Event, Query, first_phase, model, rows, verdicts

COUNT, SUM, MIN, MAX, AVG = Call("COUNT"), Call("SUM", "v"), Call("MIN", "v"), Call("MAX", "v"), Call("AVG", "v")
ITEMS, BIG = Call("COUNT", "g", distinct=True), Call("COUNT", where=4)
CONFIGS = [("rocksdb", 1, "rocksdb", 1), ("rocksdb", 3, "memory", 2), ("memory", 2, "rocksdb", 3), ("memory", 1, "memory", 1)]


@dataclasses.dataclass
class Edit:
    name: str
    before: Query
    after: Query
    extra: str = ""       # clauses beside those that the edit needs


def edits():
    """Every row of checkpoints.md 4.7 that applies, for each kind of aggregation."""
    for kind in ("tumble", "hop", "group"):
        one = Query(kind=kind, calls=(COUNT, SUM))
        of = lambda **change: dataclasses.replace(one, **change)  # noqa: E731
        both = of(keys=("k", "g"))
        yield Edit(f"{kind}-unchanged", one, one)
        yield Edit(f"{kind}-add", one, of(calls=(COUNT, SUM, MAX)))
        yield Edit(f"{kind}-add-first", one, of(calls=(MIN, COUNT, SUM)))
        yield Edit(f"{kind}-drop", one, of(calls=(SUM,)))
        yield Edit(f"{kind}-drop-first", of(calls=(COUNT, SUM, AVG)), of(calls=(SUM, AVG)))
        yield Edit(f"{kind}-reorder", one, of(calls=(SUM, COUNT)))
        yield Edit(f"{kind}-replace-one", one, of(calls=(COUNT, MAX)))
        yield Edit(f"{kind}-replace-all", one, of(calls=(MAX, MIN)))
        yield Edit(f"{kind}-add-drop-reorder", of(calls=(COUNT, SUM, MIN)), of(calls=(MAX, MIN, BIG, COUNT)))
        yield Edit(f"{kind}-filtered-call", one, of(calls=(COUNT, SUM, BIG)))
        yield Edit(f"{kind}-average", of(calls=(AVG, COUNT)), of(calls=(COUNT, SUM, AVG)))
        yield Edit(f"{kind}-where-new", one, of(where=3))
        yield Edit(f"{kind}-where-gone", of(where=3), one)
        yield Edit(f"{kind}-where-and-add", of(where=3), of(where=5, calls=(COUNT, SUM, MIN)))
        yield Edit(f"{kind}-rename-cte", one, of(cte="renamed"))
        yield Edit(f"{kind}-rename-sink", one, of(sink="outcome"))
        yield Edit(f"{kind}-rename-and-add", one, of(cte="renamed", calls=(COUNT, SUM, MAX)))
        yield Edit(f"{kind}-rename-both-and-drop", one, of(cte="renamed", sink="outcome", calls=(COUNT,)))
        yield Edit(f"{kind}-two-keys", both, of(keys=("k", "g"), calls=(COUNT, SUM, MIN)))
        yield Edit(f"{kind}-key-order", both, of(keys=("g", "k")))
        yield Edit(f"{kind}-key-order-and-add", both, of(keys=("g", "k"), calls=(MAX, COUNT, SUM)))
        yield Edit(f"{kind}-wider", one, of(wide=True))
        yield Edit(f"{kind}-wider-and-add", of(calls=(COUNT, SUM, MIN)), of(wide=True, calls=(MAX, MIN, SUM)))
        yield Edit(f"{kind}-narrower", of(wide=True), one)
        yield Edit(f"{kind}-key-added", one, both)
        yield Edit(f"{kind}-key-dropped", both, one)
        yield Edit(f"{kind}-key-replaced", one, of(keys=("g",)))
        if kind != "hop":  # HOP with DISTINCT keeps whole windows, which is another layout
            yield Edit(f"{kind}-distinct-new", one, of(calls=(COUNT, SUM, ITEMS)))
        yield Edit(f"{kind}-distinct-stays", of(calls=(ITEMS, COUNT)), of(calls=(COUNT, ITEMS)))
        if kind != "hop":
            yield Edit(f"{kind}-distinct-gone", of(calls=(ITEMS, COUNT)), of(calls=(COUNT,)))
        if kind != "group":
            yield Edit(f"{kind}-size", one, of(size=20))
            yield Edit(f"{kind}-other-window", one, of(kind="hop" if kind == "tumble" else "tumble"))


def events(seed, count):
    chooser = random.Random(seed)
    made = [Event(chooser.choice("abc"), chooser.choice("xyz"), chooser.randrange(10), 2 + i) for i in range(count)]
    last = Event("s", "s", 9, 300)  # moves the watermark past every other window
    return made[:count // 2], made[count // 2:] + [last]


class Failure(Exception):
    pass


class Case:
    def __init__(self, weir, edit, config, seed):
        self.weir, self.edit, self.config = weir, edit, config
        self.first, self.second = events(seed, 60)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-evolve-"))

    def run(self):
        try:
            (self.directory / "in").mkdir()
            self.add("1", self.first)
            backend, parallelism, later_backend, later_parallelism = self.config
            before = self.edit.before
            output = self.script(before, backend, parallelism,
                                 f"CREATE JOB j AS {before.insert()};\nWAIT FOR JOB j UNTIL IDLE;\n"
                                 f"STOP JOB j WITH SAVEPOINT '{self.directory}/saved';", 0)
            self.check_old(output)
            self.path = str(next((self.directory / "saved").iterdir()))
            self.restore(later_backend, later_parallelism)
        finally:
            shutil.rmtree(self.directory)

    def restore(self, backend, parallelism):
        after = self.edit.after
        expected, clauses = verdicts(self.edit.before, after)
        tail = f"AS {after.insert()};"
        said = f"RESTORE JOB j FROM '{self.path}' "
        self.add("2", self.second)
        if clauses is None or clauses:
            table = self.script(after, backend, parallelism, f"EXPLAIN {said} {tail}", 0)
            refused = self.script(after, backend, parallelism, f"{said} {tail}", 5)
            if table != refused:
                raise Failure(f"EXPLAIN RESTORE and RESTORE differ:\n{table}\n--\n{refused}")
            if clauses is None:
                self.check_verdicts(table, expected)
            elif printed_clauses(table) != clauses:
                raise Failure(f"clauses to add should be {clauses}:\n{table}")
            if (self.directory / "data" / "jobs").exists() and len(list((self.directory / "data" / "jobs").iterdir())) != 1:
                raise Failure("a refused restore left a job")
        if clauses is None:
            return
        said += " ".join(clauses)
        table = self.script(after, backend, parallelism, f"EXPLAIN {said} {tail}", 0)
        self.check_verdicts(table, expected)
        output = self.script(after, backend, parallelism, f"{said} {tail}\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;", 0)
        if not output.startswith(table):
            raise Failure(f"EXPLAIN RESTORE and RESTORE differ:\n{table}\n--\n{output}")
        self.check_new(output[len(table):])

    def add(self, name, added):
        text = "".join(event.csv() + "\n" for event in added)
        (self.directory / "in" / f"{name}.csv").write_text(text)

    def script(self, query, backend, parallelism, statements, code):
        text = query.definitions(self.directory) + (
            f"SET 'state.backend.type' = '{backend}';\nSET 'parallelism.default' = '{parallelism}';\n" + statements)
        path = self.directory / "script.sql"
        path.write_text(text)
        done = subprocess.run([self.weir, "--data-dir", str(self.directory / "data"), "run", str(path)],
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != code:
            raise Failure(f"exit {done.returncode}, not {code}\n{text}\n{done.stdout}{done.stderr}")
        return done.stdout

    def check_verdicts(self, table, expected):
        for uid, verdict in expected.items():
            found = re.search(rf"^(\w+) +{re.escape(uid)} ", table, re.M)
            if not found or found.group(1) != verdict:
                raise Failure(f"{uid} should be {verdict}:\n{table}")

    def files(self, start):
        found = []
        for path in sorted((self.directory / "out").glob("part-*")):
            for line in path.read_text().splitlines():
                row = json.loads(line)
                found.append((row.pop("window_start"), *row.values()))
        return found

    def check_old(self, output):
        if self.edit.before.kind == "group":
            return
        old = rows(self.edit.before, first_phase(self.edit.before, self.first)[1])
        self.compare("the first phase", self.files(0), stamped(old))

    def check_new(self, output):
        old, new = model(self.edit.before, self.edit.after, self.first, self.second)
        if self.edit.after.kind != "group":
            return self.compare("the second phase", self.files(0), stamped(old) + stamped(new))
        keys = len(self.edit.after.keys)
        seen = {}
        for kind, cells in re.findall(r"^([+-][IUD])\[(.*)\]$", output, re.M):
            cells = cells.split(", ")
            if kind in ("+I", "+U"):
                seen[tuple(cells[:keys])] = tuple(None if cell == "null" else float(cell) for cell in cells[keys:])
        want = {row[:keys]: row[keys:] for row in new}
        # A group whose result a row does not change says nothing.
        restored = {row[:keys]: row[keys:] for row in model(self.edit.before, self.edit.after, self.first, [])[1]}
        touched = {tuple(getattr(event, key) for key in self.edit.after.keys) for event in self.second
                   if event.v > self.edit.after.where}
        silent = {key for key in touched if key not in seen and restored.get(key) == want[key]}
        self.compare("the groups", list(seen.items()), [(key, want[key]) for key in touched - silent])

    def compare(self, what, got, want):
        got = [tuple(row) for row in got]
        if collections.Counter(map(repr, got)) != collections.Counter(map(repr, [tuple(row) for row in want])):
            extra = collections.Counter(map(repr, got)) - collections.Counter(map(repr, want))
            missing = collections.Counter(map(repr, want)) - collections.Counter(map(repr, got))
            raise Failure(f"{what}: not expected {list(extra)[:8]}, missing {list(missing)[:8]}")


def printed_clauses(table):
    """What a refusal says to add."""
    return [line.strip() for line in table.partition(", add\n")[2].splitlines()]


def stamped(found):
    result = []
    for row in found:
        seconds = row[0]
        minus = seconds < 0
        stamp = f"2025-12-31 23:59:{60 + seconds:02}" if minus else f"2026-01-01 00:{seconds // 60:02}:{seconds % 60:02}"
        result.append((stamp, *row[1:]))
    return result


def random_query(chooser, kind):
    pool = [COUNT, SUM, MIN, MAX, AVG, BIG] + ([ITEMS] if kind != "hop" else [])
    return Query(kind=kind, keys=chooser.choice([("k",), ("g",), ("k", "g"), ("g", "k")]),
                 calls=tuple(chooser.sample(pool, chooser.randint(1, 4))), where=chooser.choice([-1, -1, 3, 5]),
                 wide=chooser.random() < 0.3, cte=chooser.choice(["m", "m", "other"]),
                 size=chooser.choice([10, 10, 10, 20]))


def random_edit(number, seed):
    chooser = random.Random(seed * 1_000_003 + number)
    kind = chooser.choice(["tumble", "hop", "group"])
    before = random_query(chooser, kind)
    other = random_query(chooser, kind)
    changes = chooser.sample(["keys", "calls", "where", "wide", "cte", "size"], chooser.randint(0, 3))
    if chooser.random() < 0.7 and "keys" in changes:
        other = dataclasses.replace(other, keys=tuple(reversed(before.keys)))
    if kind == "group" and "size" in changes:
        changes.remove("size")
    after = dataclasses.replace(before, **{name: getattr(other, name) for name in changes})
    return Edit(f"random-{seed}-{number}", before, after)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--configs", type=int, default=len(CONFIGS))
    arguments = parser.parse_args()
    if arguments.random:
        chosen = [random_edit(i, arguments.seed) for i in range(arguments.random)]
        work = [(edit, CONFIGS[i % len(CONFIGS)], i) for i, edit in enumerate(chosen)]
    else:
        work = [(edit, config, 1) for config in CONFIGS[:arguments.configs] for edit in edits()]
    failed = 0
    counts = collections.Counter()
    for edit, config, seed in work:
        if arguments.only not in edit.name:
            continue
        counts.update(verdicts(edit.before, edit.after)[0].values())
        try:
            Case(arguments.weir, edit, config, seed).run()
        except (Failure, subprocess.TimeoutExpired) as failure:
            failed += 1
            print(f"FAIL {edit.name} {config}: {failure}\n  before {edit.before}\n  after  {edit.after}", flush=True)
    print(f"{sum(counts.values())} edits, {failed} failed; verdicts {dict(counts)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
