#!/usr/bin/env python3
"""Rewrites that say the same, by kind (phrasings.py), over real savepoints: each must be FULL, and no near miss may be.

  phrased.py --weir build/weir --count 10       so many of each kind; a table at the end
  phrased.py --weir build/weir --slice          what CI runs, others with every commit
  phrased.py --weir build/weir --only times-one --count 50
  phrased.py --weir build/weir_faulty --plant meaning-of-nan --seeds 10    after how many cases a planted defect is found

A job runs with the first text up to a checkpoint; EXPLAIN RESTORE says what becomes of the others. Whether they are what
they claim, the rows say: each is run as a SELECT over rows with NULL, NaN, -0.0 and the ends of INT beside, and one that
claims to be the same and is not is an error of the table; a near miss that gives the same by chance does not count.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from phrasings import DEFINITIONS, EXPRESSIONS, NOT_SEEN, PLACES, STATEMENTS, VIEWS, WATCHED, WITHOUT, Phrase, table

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
import seed as seeds  # noqa: E402
import slices  # noqa: E402

KINDS = (*EXPRESSIONS, *STATEMENTS, *DEFINITIONS)
SLICE, COUNT, TOGETHER, WITHIN = 2, 10, 8, 1000
VERDICT = re.compile(r"^(FULL|NEW|MIGRATE|PARTIAL|DROP|RESET|SEMANTIC|INCOMPATIBLE)(?: \([^)]*\))? +\S+", re.M)


class Wrong(Exception):
    pass


# --- rows ------------------------------------------------------------------------------------------

def record(chooser, second):
    def maybe(of, chance=0.15):
        return "" if chooser.random() < chance else str(of)
    number = chooser.choice((*range(10), *range(10), -3, 2147483647, -2147483648))
    return ",".join((
        chooser.choice("abc"), chooser.choice("xyz"), maybe(number), maybe(chooser.randrange(10)),
        maybe(chooser.choice((*range(9), 2147483648, -9223372036854775808))),
        maybe(chooser.choice(("1.50", "1.51", "0.75", "2.00", "1.25", "7.33"))),
        maybe(chooser.choice(("NaN", "-0.0", "0.0", "2.5", "3.0", "2.0", "Infinity", "4.5", "-1.25"))),
        maybe(chooser.choice(("foo", "bar", "f", " foo ", "Foo", "oof"))), maybe(chooser.choice(("true", "false")), 0.3),
        maybe(chooser.choice(("true", "false")), 0.3),
        f"2026-01-01 00:{second // 60:02}:{second % 60:02}")) + "\n"


def records(chooser, count):
    return "".join(record(chooser, 2 * i + 1) for i in range(count))


# --- cases -----------------------------------------------------------------------------------------

class Case:
    """One query, its other words and near misses, and what is said of them."""

    def __init__(self, kind, number, seed):
        self.kind, self.number = kind, number
        self.chooser = random.Random(f"{seed} {kind} {number}")
        self.options, self.place = {}, ""
        if kind in EXPRESSIONS:
            phrase = self.placed(*EXPRESSIONS[kind])
        elif kind in STATEMENTS:
            phrase = STATEMENTS[kind](self.chooser)
        else:
            phrase = self.defined(*DEFINITIONS[kind])
        self.texts = [phrase.before, phrase.after, *phrase.near]
        self.verdicts, self.rows, self.said = [], [], []

    def placed(self, of, make):
        phrase = make(self.chooser)
        fitting = [name for name in PLACES if name not in ("having", "output") or not re.search(r"\bts\b", phrase.before)]
        self.place = self.chooser.choice(fitting)
        dress, query = PLACES[self.place]
        def whole(text):
            return query.replace("{x}", dress(of, text))
        return Phrase(whole(phrase.before), whole(phrase.after), tuple(map(whole, phrase.near)))

    def defined(self, before, same, near):
        self.options = [before, {**before, **self.chooser.choice(same)}, *({**before, **one} for one in near)]
        return Phrase(*[STATEMENTS["cte"](self.chooser).before] * 2, (STATEMENTS["cte"](self.chooser).before,) * len(near))

    def definition(self, place, watched):
        said = dict(self.options[place]) if self.options else {}
        more = {name: said.pop(name) for name in ("columns", "delay") if name in said}
        said = {key.strip(): value for key, value in said.items() if value is not None or key + " " not in said}
        return table("t", {**said, **(WATCHED if watched else {})}, **more)

    @property
    def same(self):
        return self.verdicts[1] == "FULL"

    def let_pass(self):
        """Near misses that are FULL although their rows are others."""
        return [place for place in range(2, len(self.texts))
                if self.verdicts[place] == "FULL" and self.rows[place] != self.rows[0]]

    def missed(self):
        return sum(rows != self.rows[0] for rows in self.rows[2:])

    def describe(self, place):
        return (f"{self.kind} {self.number} {self.place}\n  before: {self.texts[0]}\n  after:  {self.texts[place]}\n"
                f"{self.options or ''}{self.said[place]}")


class Group:
    """Cases that share a process each for the job, what is said of it, and the rows."""

    def __init__(self, weir, seed, cases, plant=""):
        self.weir, self.cases, self.plant = weir, cases, plant
        self.chooser = random.Random(f"{seed} {cases[0].kind} {cases[0].number}")

    def run(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-phrased-"))
        try:
            for name in ("t", "u"):
                (self.directory / name).mkdir()
                (self.directory / name / "0.csv").write_text(records(self.chooser, 60))
            (self.directory / "x").mkdir()
            self.read()
            self.explain()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)
        return self.cases

    def script(self, name, text):
        (self.directory / name).write_text(text)
        done = subprocess.run([self.weir, "-q", "--no-progress", "--format", "csv", "--data-dir", "data", "run", name],
                              cwd=self.directory, capture_output=True, text=True, timeout=100, check=False,
                              env={**os.environ, "WEIR_DEFECT": self.plant} if self.plant else None)
        if done.returncode != 0:
            raise Wrong(f"exit {done.returncode}\n{done.stderr[-1500:]}")
        return done.stdout

    def read(self):
        """The rows of every text, from the beginning."""
        text = table("u")
        for case in self.cases:
            for place, query in enumerate(case.texts):
                text += case.definition(place, False) + VIEWS + f"SELECT 'next';\n{query};\n" + WITHOUT
        found = iter(re.split(r"^[^\n]*\nnext\n", self.script("rows.sql", text), flags=re.M)[1:])
        for case in self.cases:
            given = [next(found).splitlines() for _ in case.texts]
            case.width = given[0][0].count(",") + 1
            case.rows = [collections.Counter(lines[1:]) for lines in given]

    def explain(self):
        """A job of every first text, and what a restore says of the others."""
        text = "SET 'execution.checkpointing.interval' = '1 h';\n" + table("u", WATCHED)
        for number, case in enumerate(self.cases):
            text += case.definition(0, True) + VIEWS + self.job(f"j{number}", f"o{number}", case)
        said = iter(re.split(r"^From checkpoint .*\n", self.script("explain.sql", text), flags=re.M)[1:])
        for case in self.cases:
            case.said = [next(said) for _ in case.texts]
            case.verdicts = ["FULL" if set(VERDICT.findall(one)) == {"FULL"} else "other" for one in case.said]

    @staticmethod
    def job(name, sink, case):
        columns = [f"c{i}" for i in range(case.width)]
        head = f"INSERT INTO {sink} SELECT {', '.join(f'CAST({one} AS STRING)' for one in columns)} FROM ("
        tail = f") AS z ({', '.join(columns)})"
        text = (f"CREATE TABLE {sink} ({', '.join(f'{one} STRING' for one in columns)}) WITH ('connector' = 'filesystem', "
                f"'path' = '{sink}', 'format' = 'changelog');\n")
        text += f"CREATE JOB {name} AS {head}{case.texts[0]}{tail};\nWAIT FOR JOB {name} UNTIL IDLE;\nSTOP JOB {name};\n"
        for place, query in enumerate(case.texts):
            if case.options:
                text += WITHOUT + case.definition(place, True) + VIEWS
            text += f"EXPLAIN RESTORE JOB {name} FROM LATEST CHECKPOINT AS {head}{query}{tail};\n"
        return text + WITHOUT


# --- all of them ------------------------------------------------------------------------------------

def difference(before, after):
    return f"{list((before - after).items())[:3]}, {list((after - before).items())[:3]}"


class Tally:
    def __init__(self):
        self.full, self.all, self.passed, self.missed = (collections.Counter() for _ in range(4))
        self.failures, self.strict = [], {}

    def add(self, case):
        self.all[case.kind] += 1
        self.full[case.kind] += case.same
        self.missed[case.kind] += case.missed()
        if case.rows[0] != case.rows[1]:
            self.failures.append(f"{case.describe(1)}the rows are others: {difference(*case.rows[:2])}")
        if case.verdicts[0] != "FULL":
            self.failures.append(f"{case.describe(0)}unchanged, and not FULL")
        if not case.same:
            self.strict.setdefault(case.kind, case.describe(1))
        for place in case.let_pass():
            self.passed[case.kind] += 1
            self.failures.append(f"{case.describe(place)}a near miss is FULL: {difference(case.rows[0], case.rows[place])}")

    def text(self):
        lines = []
        for kind, count in self.all.items():
            refused = self.missed[kind] - self.passed[kind]
            lines.append(f"{kind:20} FULL {self.full[kind]:3} of {count:3}; near misses not FULL {refused:3} of "
                         f"{self.missed[kind]:3}  {NOT_SEEN.get(kind, '')}".rstrip())
        missed = sum(self.missed.values())
        lines.append(f"{len(self.all)} kinds; the same in other words: {sum(self.full.values())} of {sum(self.all.values())} "
                     f"FULL; near misses: {missed - sum(self.passed.values())} of {missed} not FULL")
        return "\n".join(lines)

    def wrong(self):
        yield from self.failures
        for kind, count in self.all.items():
            if kind not in NOT_SEEN and self.full[kind] < count:
                yield f"{kind}: {count - self.full[kind]} of {count} not FULL, {self.strict[kind]}"
            if kind in NOT_SEEN and self.full[kind] == count > 4:
                yield f"{kind} is always FULL: NOT_SEEN says something else"


def checked(arguments, group, broken):
    """The cases of a group; of one that cannot be run each alone, to see which it is."""
    try:
        return group.run()
    except (Wrong, subprocess.TimeoutExpired) as failure:
        if len(group.cases) > 1:
            alone = (Group(arguments.weir, arguments.seed, [case]) for case in group.cases)
            return [case for one in alone for case in checked(arguments, one, broken)]
        broken.append(f"{group.cases[0].kind} {group.cases[0].number}: {failure}")
        return []


def effort(arguments, seed):
    """How many cases, of kinds in random order, until the planted defect is found."""
    cases = [Case(kind, number, seed) for number in range(1 + WITHIN // len(KINDS)) for kind in KINDS]
    random.Random(seed).shuffle(cases)
    for start in range(0, WITHIN, TOGETHER):
        tally = Tally()
        for case in Group(arguments.weir, seed, cases[start:start + TOGETHER], arguments.plant).run():
            tally.add(case)
            if any(tally.wrong()):
                print(f"{arguments.plant}, seed {seed}: {start + sum(tally.all.values())} cases, by {case.kind}", flush=True)
                return start + sum(tally.all.values())
    print(f"FAIL {arguments.plant}, seed {seed}: not within {WITHIN} cases", flush=True)
    return None


def planted(arguments):
    seeds_of = range(arguments.seed, arguments.seed + arguments.seeds)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        found = [count for count in pool.map(lambda seed: effort(arguments, seed), seeds_of) if count is not None]
    if found:
        print(f"MEDIAN {arguments.plant}: {statistics.median(found):.0f} cases, {len(found)} of {arguments.seeds} seeds")
    print(f"files: {len(found)} passed, {arguments.seeds - len(found)} failed")
    return 0 if len(found) == arguments.seeds else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--count", type=int, default=COUNT, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--only", nargs="*", help="kinds")
    parser.add_argument("--plant", default="")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--shown", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    arguments.weir, arguments.seed = os.path.abspath(arguments.weir), seeds.draw(arguments.seed)
    print(f"seed {arguments.seed}")
    if arguments.plant:
        return planted(arguments)
    kinds = arguments.only or KINDS
    if arguments.slice and not slices.is_full():
        kinds, arguments.count = kinds[slices.number("evolve.phrased")::slices.table()["evolve.phrased"][0]], SLICE
    cases = [Case(kind, number, arguments.seed) for number in range(arguments.count) for kind in kinds]
    groups = [Group(arguments.weir, arguments.seed, cases[i:i + TOGETHER]) for i in range(0, len(cases), TOGETHER)]
    tally, broken = Tally(), []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for done in pool.map(lambda group: checked(arguments, group, broken), groups):
            for case in done:
                tally.add(case)
    print(tally.text())
    wrong = broken + list(tally.wrong())
    for why in wrong[:arguments.shown]:
        print(f"FAIL {why}")
    done = sum(tally.all.values())
    print(f"files: {max(done - len(wrong), 0)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
