#!/usr/bin/env python3
"""Mutation testing: breaks one line of the operators or of the state at a time, and sees which test fails.

usage: mutate.py --build DIRECTORY [--seed S] [--count N] [--results FILE] [--number K]... [--only REGEX] [--steps N]
                 [--ledger]
       mutate.py --build DIRECTORY --listed [--slice]

Mutants are drawn uniformly over the lines that run (executable.py): a line, then one of the operators that apply to
it, then a place (mutants.py). Drawn again is what does not compile, and what the compiler makes the same code of. The
tests of a mutant go from the cheapest to the dearest (chain.py) and stop at the first that fails; each has passed
without a mutant before. One that does not end in six times the time it took then is a time-out: no catch, and counted
apart. survivors.tsv lists what once survived: it is equivalent, with the proof, or a test was written, which must
fail with it. With --listed these tests run, each with its mutant (--slice: one row a commit).

Each mutant's row goes to the results file at once, and a run with the same file goes on behind them. --number: these of
the draw only, in whatever state they are. Fails when fewer than 95 % of the mutants that nobody proved equivalent are
killed, or more than 5 % do not end. --ledger: a row of ledger.tsv. Ends with 'files: N passed, N failed'.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

import chain
import executable
import mutants
import programs

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[1:1] = [str(ROOT / "tests"), str(ROOT / "tests/faults")]
import ledger  # noqa: E402
import sabotage  # noqa: E402
import seed as seeds  # noqa: E402
import slices  # noqa: E402

FOLDERS = ("runtime/operators/", "state/")
LISTED = ROOT / "tests/mutation/survivors.tsv"
COLUMNS = ("number", "file", "line", "function", "operator", "before", "after", "outcome", "by", "seconds")
LIST_COLUMNS = ("file", "function", "before", "after", "verdict", "why, or the test")
KILLED, SURVIVED, TIMEOUT, EQUIVALENT = "killed", "survived", "time-out", "equivalent"
LEAST_KILLED, MOST_TIMEOUTS = 0.95, 0.05
SLOWER, GRACE = 6, 60  # times, and seconds on top: other work may come in between
MEMORY, FILE = 8 << 30, 2 << 30


@dataclasses.dataclass(frozen=True)
class Drawn:
    number: int
    path: str
    site: mutants.Site

    def text(self):
        return (ROOT / self.path).read_text(encoding="utf-8")

    def key(self):
        """What survivors.tsv and the results name it by: lines move, their texts stay."""
        text = self.text()
        return (self.path, mutants.function_of(text, self.site.begin), mutants.line_of(text, self.site.line),
                mutants.line_of(mutants.changed(text, self.site), self.site.line))


def draws(build, seed, only):
    """Mutants without end, uniformly over the lines that run."""
    lines = [line for line in executable.lines(ROOT, build.directory, build.objects(FOLDERS), FOLDERS) if re.search(only, line[0])]
    print(f"{len(lines)} lines of {len({path for path, _ in lines})} files run", flush=True)
    generator, sites, number = random.Random(seed), {}, 0
    while True:
        path, line = generator.choice(lines)
        if path not in sites:
            sites[path] = mutants.sites((ROOT / path).read_text(encoding="utf-8"))
        here = [site for site in sites[path] if site.line == line]
        if here:
            kind = generator.choice(sorted({site.kind for site in here}))
            yield Drawn(number, path, generator.choice([site for site in here if site.kind == kind]))
            number += 1


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Ran:
    """A test's process group: what it said first of what it found, and whether it ended in time."""

    def __init__(self, command, seconds):
        self.found, self.late = "", False
        with tempfile.TemporaryDirectory(prefix="weir-mutant-") as scratch:
            environment = {**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": scratch, "WEIR_TEST_SEED": "1", "WEIR_TEST_TURN": "1"}
            child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                     errors="replace", env=environment, preexec_fn=limits, start_new_session=True)
            timer = threading.Timer(seconds, self.stop, (child,))
            timer.start()
            last = self.read(child)
            timer.cancel()
            self.end(child)
            if self.found or child.returncode == 0:
                return
            self.found = "" if self.late else f"exit {child.returncode}: {last}"

    def read(self, child):
        last = ""
        for line in child.stdout:
            last = line.strip() or last
            if any(pattern.search(line) for pattern in sabotage.NAMED):
                self.found = line.strip()
                break
        return last

    def stop(self, child):
        self.late = True
        self.end(child)

    @staticmethod
    def end(child):
        if child.poll() is None:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        child.wait()


class Tests:
    """The steps, with how long each takes without a mutant, which the build's directory remembers."""

    def __init__(self, build, steps=None):
        self.build, self.steps, self.memory = build, steps, build.directory / "mutation-seconds.json"
        self.seconds = json.loads(self.memory.read_text(encoding="utf-8")) if self.memory.exists() else {}

    def usual(self, step):
        if step.name not in self.seconds:
            begun = time.monotonic()
            ran = Ran(step.command({name: str(self.build.directory / name) for name in step.programs}), 3600)
            if ran.found or ran.late:
                raise SystemExit(f"FAILED without a mutant: {step.name}: {ran.found}")
            self.seconds[step.name] = time.monotonic() - begun
            self.memory.write_text(json.dumps(self.seconds), encoding="utf-8")
            print(f"  without a mutant {step.name} takes {self.seconds[step.name]:.0f} s", flush=True)
        return self.seconds[step.name]

    def judge(self, mutant):
        """(outcome, the test that failed)."""
        for step in chain.of_file(mutant.path)[:self.steps]:
            limit = self.usual(step) * SLOWER + GRACE
            ran = Ran(step.command({name: mutant.program(name) for name in step.programs}), limit)
            if ran.late:
                return TIMEOUT, step.name
            if ran.found:
                return KILLED, f"{step.name}: {ran.found[:120]}"
        return SURVIVED, "-"


def made(build, drawn, scratch):
    text = drawn.text()
    return programs.Mutant(build, scratch, drawn.path, mutants.changed(text, drawn.site))


def rows(path):
    """Those of a results file: number -> cells."""
    if not path.exists():
        return {}
    _, *lines = path.read_text(encoding="utf-8").splitlines()
    return {int(line.split("\t")[0]): line.split("\t") for line in lines}


def listed():
    """Key -> (verdict, reason or test) of survivors.tsv."""
    head, *lines = LISTED.read_text(encoding="utf-8").splitlines()
    if tuple(head.split("\t")) != LIST_COLUMNS:
        raise SystemExit(f"survivors.tsv: the columns are {', '.join(LIST_COLUMNS)}")
    return {tuple(line.split("\t")[:4]): tuple(line.split("\t")[4:]) for line in lines}


class Run:
    def __init__(self, arguments, build):
        self.build, self.results = build, pathlib.Path(arguments.results or build.directory / f"mutants-{arguments.seed}.tsv")
        self.tests, self.known, self.done = Tests(build, arguments.steps), listed(), rows(self.results)
        if not self.done:
            self.results.write_text("\t".join(COLUMNS) + "\n", encoding="utf-8")

    def one(self, drawn):
        """Whether it counts: what does not compile, and what is the same code, does not."""
        begun, (path, function, before, after) = time.monotonic(), drawn.key()
        with tempfile.TemporaryDirectory(prefix="weir-mutate-", dir=self.build.directory) as scratch:
            try:
                if self.known.get(drawn.key(), ("",))[0] == EQUIVALENT:
                    outcome, test = EQUIVALENT, "survivors.tsv"
                else:
                    outcome, test = self.tests.judge(made(self.build, drawn, scratch))
            except programs.NotCompiled:
                outcome, test = "not compiled", "-"
            except programs.SameCode:
                outcome, test = "same code", "-"
        cells = (drawn.number, path, drawn.site.line, function, drawn.site.kind, before, after, outcome, test,
                 round(time.monotonic() - begun))
        row = "\t".join(str(cell).replace("\t", " ") for cell in cells)
        with open(self.results, "a", encoding="utf-8") as file:
            file.write(row + "\n")
        self.done[drawn.number] = row.split("\t")
        if outcome in (KILLED, SURVIVED, TIMEOUT, EQUIVALENT):
            print(f"{drawn.number} {path}:{drawn.site.line} {function}: {before}  =>  {after}: {outcome} by {test} ({cells[-1]} s)",
                  flush=True)

    def counted(self):
        return [cells for cells in self.done.values() if cells[7] in (KILLED, SURVIVED, TIMEOUT, EQUIVALENT)]


def summary(run, seed, record):
    found = [cells[7] for cells in run.counted()]
    count = {outcome: found.count(outcome) for outcome in (KILLED, SURVIVED, TIMEOUT, EQUIVALENT)}
    judged = count[KILLED] + count[SURVIVED] + count[TIMEOUT]
    again = len(run.done) - len(found)
    print(f"seed {seed}: {len(found)} mutants: " + ", ".join(f"{n} {outcome}" for outcome, n in count.items()) +
          f"; {again} drawn again that did not compile or were the same code")
    for cells in run.counted():
        if cells[7] in (SURVIVED, TIMEOUT):
            print(f"{cells[7].upper()}: " + "\t".join((cells[1], cells[3], cells[5], cells[6])))
    failed = count[KILLED] < LEAST_KILLED * judged or count[TIMEOUT] > MOST_TIMEOUTS * len(found)
    if record:
        ledger.record("mutate", seed, len(found), sum(int(cells[9]) for cells in run.done.values()), f"{count[KILLED]}/{judged}")
    print(f"files: {count[KILLED]} passed, {judged - count[KILLED]} failed")
    return 1 if failed else 0


def find(key):
    """The mutant that a row of survivors.tsv names, or None."""
    path, function, before, after = key
    text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""
    for site in mutants.sites(text):
        if mutants.line_of(text, site.line) == before and mutants.line_of(mutants.changed(text, site), site.line) == after \
                and mutants.function_of(text, site.begin) == function:
            return Drawn(0, path, site)
    return None


def test_of(words):
    """The step that a row names: a program and its tests, or files of tests/sql."""
    program, *rest = words.split()
    if program.endswith("_test"):
        return chain.unit(words, program, rest[0])
    if program.endswith(".slt"):
        return chain.sql(words, str(ROOT / program), *rest)
    return chain.script(words, program, "--weir", "{weir}", *rest)


def noticed(build, key, words):
    """Whether a listed test passes without its mutant and fails with it."""
    step = test_of(words)
    seconds = Tests(build).usual(step)
    with tempfile.TemporaryDirectory(prefix="weir-mutate-", dir=build.directory) as scratch:
        mutant = made(build, find(key), scratch)
        ran = Ran(step.command({name: mutant.program(name) for name in step.programs}), seconds * SLOWER + GRACE)
    print(f"{key[0]} {key[1]}: {key[2]}  =>  {key[3]}: {ran.found or 'NOT NOTICED'}", flush=True)
    return bool(ran.found)


def run_listed(build, only_slice):
    wrong = [f"survivors.tsv names no mutant: {' | '.join(key)}" for key in listed() if find(key) is None]
    tests = [(key, words) for key, (verdict, words) in listed().items() if verdict == KILLED and find(key)]
    if only_slice and tests:
        tests = [tests[slices.turn() % len(tests)]]
    wrong += [f"not noticed: {' | '.join(key)}: {words}" for key, words in tests if not noticed(build, key, words)]
    for line in wrong:
        print(f"FAILED: {line}")
    print(f"files: {len(tests) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--results")
    parser.add_argument("--number", type=int, action="append")
    parser.add_argument("--only", default="")
    parser.add_argument("--steps", type=int, help="only so many tests of each mutant's")
    parser.add_argument("--listed", action="store_true")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--ledger", action="store_true")
    arguments = parser.parse_args()
    build = programs.Build(ROOT, os.path.abspath(arguments.build))
    if arguments.listed:
        return run_listed(build, arguments.slice)
    arguments.seed = seeds.draw(arguments.seed)
    run = Run(arguments, build)
    for drawn in draws(build, arguments.seed, arguments.only):
        if drawn.number > max(arguments.number or [drawn.number]) or not arguments.number and len(run.counted()) >= arguments.count:
            break
        if drawn.number in arguments.number if arguments.number else drawn.number not in run.done:
            run.one(drawn)
    return summary(run, arguments.seed, arguments.ledger)


if __name__ == "__main__":
    sys.exit(main())
