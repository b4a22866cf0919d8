#!/usr/bin/env python3
"""Random edits at any depth under every kind of operator: what a restore says of them, held against the rows.

  meanings.py --weir build/weir --count 10000          so many edits; the matrix of operators and kinds at the end
  meanings.py --weir build/weir --slice                what CI runs, another slice with every commit
  meanings.py --weir build/weir --seed 7 --only 12     the edits of one query again
  meanings.py --weir build/weir_faulty --plants        every planted defect is found, and how many edits it took

Many edits are explained in one process, from one savepoint. Where nothing has to be typed, the old query's rows so far
must be those that the new one would have given (what a Top-N of fewer ranks takes back apart), and a part of these edits
is restored and read to the end: what both jobs wrote must come to what the new query gives over all rows. Edits that
say the same in other words must be FULL, near misses must not.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import row_edits
import rows
from row_edits import CHANGES, EQUIVALENT
from rows import OPERATORS

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
import seed as seeds  # noqa: E402

EDITS, SLICE, FULL = 50, 600, 10000
LEAST = 60                # edits in a cell of the matrix, on a full run
VERDICTS = re.compile(r"^(FULL|NEW|MIGRATE|PARTIAL|DROP|RESET|SEMANTIC|INCOMPATIBLE) +(\S+)", re.M)
CHANGE = re.compile(r"([+-][IUD])\[(.*)\]$")
# Old defects that nothing else makes up for: a changed column of kept rows or of a branch shows in the output, too.
PLANTS = ("meaning-of-output", "meaning-of-calls", "meaning-of-places", "meaning-of-readers")


class Wrong(Exception):
    pass


@dataclasses.dataclass
class Edit:
    kinds: tuple
    after: rows.Query
    same: bool               # in other words only
    table: str = ""          # what EXPLAIN RESTORE says
    near: bool = False       # the rows so far would have been others

    @property
    def verdicts(self):
        return [verdict for verdict, _ in VERDICTS.findall(self.table)]

    @property
    def free(self):
        """Nothing has to be typed."""
        return "The restore is allowed." in self.table


def random_edit(before, chooser):
    same = chooser.random() < 0.25
    kinds, after = [], before
    for _ in range(chooser.choice((1, 1, 1, 2, 3))):
        kind = chooser.choice(sorted(EQUIVALENT if same else CHANGES))
        if row_edits.empty_cell(before.operator, kind):
            continue
        after = (EQUIVALENT if same else CHANGES)[kind](after, chooser)
        kinds.append(kind)
    return Edit(tuple(kinds), after, same)


class Base:
    """One query with rows behind it, and edits of it."""

    def __init__(self, weir, seed, number, edits=EDITS, plant=""):
        self.weir, self.plant = weir, plant
        self.chooser = random.Random(f"{seed} {number}")
        self.number = number
        self.before = row_edits.random_query(self.chooser, OPERATORS[number % len(OPERATORS)])
        made = rows.records(self.chooser)
        made["t2"] = rows.records(self.chooser)["t"]
        self.phases = [{name: files[0] for name, files in made.items()},
                       {name: files[0] + files[1] for name, files in made.items()}]
        self.edits = []
        for _ in range(10 * edits):
            edit = random_edit(self.before, self.chooser)
            if edit.kinds and (edit.same or edit.after != self.before) and len(self.edits) < edits:
                self.edits.append(edit)

    def run(self, restored=0.15):
        """Wrong edits: (edit, why)."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-meanings-"))
        try:
            self.feed(self.directory, 0)
            self.explain()
            return [found for edit in self.edits for found in [self.judge(edit, restored)] if found]
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    # --- the program

    def feed(self, directory, phase):
        for name, all_rows in self.phases[phase].items():
            (directory / name).mkdir(exist_ok=True)
            new = all_rows if phase == 0 else all_rows[len(self.phases[0][name]):]
            (directory / name / f"{phase}.csv").write_text(rows.csv(new))
        (directory / "x").mkdir(exist_ok=True)

    def script(self, directory, text, data="data"):
        (directory / "script.sql").write_text(text)
        environment = {**os.environ, "WEIR_DEFECT": self.plant} if self.plant else None
        done = subprocess.run([self.weir, "-q", "--no-progress", "--data-dir", data, "run", "script.sql"], cwd=directory,
                              capture_output=True, text=True, timeout=100, check=False, env=environment)
        if done.returncode != 0:
            raise Wrong(f"exit {done.returncode}\n{text}\n{done.stdout[-2000:]}{done.stderr}")
        return done.stdout

    def explain(self):
        """The old query up to a savepoint, then what becomes of every edit."""
        now = self.before
        text = now.definitions() + f"CREATE JOB j AS {now.statement()};\nWAIT FOR JOB j UNTIL IDLE;\n"
        text += f"STOP JOB j WITH SAVEPOINT '{self.directory}/saved';\n"
        for edit in self.edits:
            for old, new in zip(now.tables, edit.after.tables):
                if old != new:
                    text += f"DROP TABLE {old.name};\n{new.definition()}"
            if now.sink != edit.after.sink:
                text += "DROP TABLE results;\nDROP TABLE more;\n" + edit.after.sinks()
            text += f"SET 'table.local-time-zone' = '{edit.after.zone}';\n"
            text += f"EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT AS {edit.after.statement()};\n"
            now = edit.after
        tables = re.split(r"^From checkpoint .*\n", self.script(self.directory, text), flags=re.M)[1:]
        if len(tables) != len(self.edits):
            raise Wrong(f"{len(tables)} tables for {len(self.edits)} edits\n{text}")
        for edit, table in zip(self.edits, tables):
            edit.table = table

    def restore(self, edit):
        """What the old and the new job have written together; sink -> rows."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-meaning-"))
        try:
            for path in self.directory.iterdir():
                if path.name not in ("data", "script.sql"):
                    shutil.copytree(path, directory / path.name)
            self.feed(directory, 1)
            saved = next((self.directory / "saved").iterdir())
            self.script(directory, edit.after.definitions() + f"RESTORE JOB j FROM '{saved}' AS {edit.after.statement()};\n"
                        "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
            return {sink: written(directory / f"out-{sink}") for sink in ("results", "more")[:edit.after.readers]}
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    # --- the rows

    def wanted(self, edit, put_right):
        """What the new query gives over all rows; windows that have been put out with other ranks stay."""
        want = edit.after.result(self.phases[1])
        if put_right and self.before.operator == "wtopn":
            out, before = self.before.result(self.phases[0]), edit.after.result(self.phases[0])
            want = {sink: +collections.Counter({row: found[row] + out.get(sink, {}).get(row, 0) - before[sink][row]
                                                for row in {*found, *out.get(sink, {})}}) for sink, found in want.items()}
        return want

    def judged(self, sinks):
        """Without a state below, a new reader starts where the tables are read: NEW says so."""
        return [sink for sink in sinks if sink == "results" or self.before.operator != "plain"]

    def judge(self, edit, restored):
        if edit.same:
            return None
        put_right = {"last", "offset"} & set(edit.kinds) and row_edits.ranks(self.before)
        if not put_right:
            old, new = (query.result(self.phases[0]) for query in (self.before, edit.after))
            edit.near = any(old.get(sink, {}) != new[sink] for sink in self.judged(new))
            if edit.near and edit.free:
                return edit, "free, but the rows so far would have been others"
        if not edit.free:
            return None
        if self.chooser.random() >= restored and not put_right:
            return None
        got, want = self.restore(edit), self.wanted(edit, put_right)
        for sink in self.judged(want):
            expected = want[sink]
            if got[sink] != expected:
                return edit, (f"free, but {sink} has too many {list((got[sink] - expected).items())[:4]}, "
                              f"misses {list((expected - got[sink]).items())[:4]}")
        return None


def written(directory):
    total = collections.Counter()
    for path in directory.glob("part-*"):
        for line in path.read_text().splitlines():
            kind, cells = CHANGE.match(line).groups()
            total[tuple(cells.split(", "))] += 1 if kind in ("+I", "+U") else -1
    return collections.Counter({row: count for row, count in total.items() if count})


def describe(base, edit, why):
    return (f"FAIL {base.number} {'+'.join(edit.kinds)}: {why}\n  before: {base.before.statement()}\n"
            f"  after:  {edit.after.statement()}\n  {base.before.definitions()}  {edit.after.definitions()}{edit.table}")


class Tally:
    def __init__(self):
        self.cells, self.verdicts = collections.Counter(), collections.Counter()
        self.edits = self.several = self.same = self.full = self.near = self.refused = 0
        self.strict = collections.Counter()

    def add(self, base, edit):
        self.edits += 1
        self.several += len(edit.kinds) > 1
        worst = max(edit.verdicts, key=ORDER.index)
        for kind in set(edit.kinds):
            self.cells[base.before.operator, kind] += 1
            self.verdicts[kind, worst] += 1
        self.near += edit.near
        self.refused += edit.near and not edit.free
        if edit.same:
            self.same += 1
            self.full += set(edit.verdicts) == {"FULL"}
            if set(edit.verdicts) != {"FULL"}:
                self.strict[base.before.operator, *edit.kinds] += 1

    def text(self):
        kinds = [*CHANGES, *EQUIVALENT]
        width = max(map(len, kinds))
        lines = [" " * width + "".join(f"{name:>10}" for name in OPERATORS)]
        for kind in kinds:
            cells = "".join(f"{'-' if row_edits.empty_cell(name, kind) else self.cells[name, kind]:>10}" for name in OPERATORS)
            lines.append(f"{kind:{width}}{cells}")
        lines.append("- : the operator has nothing of that kind (row_edits.NOWHERE)")
        for kind in kinds:
            found = ", ".join(f"{name} {self.verdicts[kind, name]}" for name in ORDER if self.verdicts[kind, name])
            lines.append(f"{kind:{width}}  {found}")
        lines.append(f"{self.edits} edits, {self.several} of them several at once; the same in other words: {self.full} of "
                     f"{self.same} FULL")
        lines.append(f"near misses, by the rows so far: {self.refused} of {self.near} are not free")
        lines += [f"  not FULL: {count} x {' '.join(cell)}" for cell, count in self.strict.most_common(12)]
        return "\n".join(lines)


ORDER = ("FULL", "NEW", "MIGRATE", "PARTIAL", "DROP", "RESET", "SEMANTIC", "INCOMPATIBLE")


def bases(arguments, numbers, plant=""):
    """(base, wrong edits) of each number, as they are done."""
    def one(number):
        base = Base(arguments.weir, arguments.seed, number, plant=plant)
        try:
            return base, base.run(arguments.restored)
        except (Wrong, subprocess.TimeoutExpired) as failure:
            return base, [(base.edits[0], str(failure))]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        yield from pool.map(one, numbers)


def run(arguments, numbers):
    tally, failed = Tally(), 0
    for base, wrong in bases(arguments, numbers):
        for edit in base.edits:
            if edit.table:
                tally.add(base, edit)
        for edit, why in wrong:
            failed += 1
            if failed <= arguments.shown:
                print(describe(base, edit, why), flush=True)
    print(tally.text())
    return tally, failed


def planted(arguments):
    """Each old defect is found by a wrong edit; prints after how many."""
    missed = []
    for plant in PLANTS:
        edits = 0
        for base, wrong in bases(arguments, range(60), plant):
            edits += len(base.edits)
            if wrong:
                print(f"{plant}: found by {'+'.join(wrong[0][0].kinds)} within {edits} edits")
                break
        else:
            missed.append(plant)
    print(f"missed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--count", type=int, default=FULL)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--plants", action="store_true")
    parser.add_argument("--restored", type=float, default=0.15, help="share of free edits that are restored and read to the end")
    parser.add_argument("--shown", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    arguments.weir = os.path.abspath(arguments.weir)
    arguments.seed = seeds.draw(arguments.seed)
    full = not arguments.slice or os.environ.get("WEIR_TEST_SLICE") == "full"
    if arguments.plants:
        return planted(arguments)
    if arguments.slice:
        arguments.count = FULL if full else SLICE
    numbers = range((arguments.count + EDITS - 1) // EDITS) if arguments.only is None else [arguments.only]
    print(f"seed {arguments.seed}")
    tally, failed = run(arguments, numbers)
    strict = tally.same > 20 and tally.full < 0.95 * tally.same
    thin = [cell for cell in tally.cells if arguments.count >= FULL and tally.cells[cell] < LEAST]
    print(f"files: {tally.edits - failed} passed, {failed + strict + len(thin)} failed")
    return 1 if failed or strict or thin else 0


if __name__ == "__main__":
    sys.exit(main())
