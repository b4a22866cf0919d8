#!/usr/bin/env python3
"""Statements that need more memory than there is: right rows or an error with a name, and the process lives.

usage: memory_limits.py --weir PROGRAM [--cases N] [--seed S] [--only CASE] [--defect NAME] [--slice] [--ledger]

A case is a shape (memory_shapes.py: skewed keys, huge texts, thousands of columns, ...) under a limit: a control group of
256 MiB to 1 GiB, or so much address space (all cases, where no group can be made, which is said). It runs as a script, whose
exit code must be the error's, or in the shell, where a small statement must work after the one that failed. Rows are
compared with those that were worked out without the engine. An error may be that a value is too large (E3007), that there
is no memory (E4004), no thread (E4006), or what the shape may end with; where there is memory enough, none. With --defect
the program (weir_faulty) plants it, and the first case that notices is printed. --slice: SLICE cases, unless
WEIR_TEST_SLICE=full. Ends with 'cases: N passed, N failed'.
"""
import argparse
import collections
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import memory_shapes
from memory_bounds import make_group

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, "shell")]
import ledger  # noqa: E402
import seed as seeds  # noqa: E402
import slices  # noqa: E402
from weir_shell import Shell  # noqa: E402

MIB, SLICE, SECONDS = 1 << 20, 3, 300
GROUPS = (256, 256, 256, 320, 384, 512, 1024)
ADDRESS_SPACES = (1100, 1500, 2500)  # of which most is stacks and arenas that nobody touches
ALWAYS = ("E3007", "E4004", "E4006")
ENOUGH = 384  # MiB that suffice for whatever is not held at once
CODES = {"E1": 3, "E2": 3, "E3": 4, "E4": 4, "E6": 3}
SAID = re.compile(r"\b(E\d{4})\b")
CHANGE = re.compile(r"([+-][IUD])\[(.*)\]")


class Wrong(Exception):
    """What was seen is not what must be."""


def true(condition, what):
    if not condition:
        raise Wrong(what)


class Limit:
    """So much memory for whoever calls `enter`."""

    def __init__(self, chance, groups):
        self.is_group = groups and chance.random() < 0.75
        self.mib = chance.choice(GROUPS if self.is_group else ADDRESS_SPACES)
        self.path = make_group(self.mib) if self.is_group else None

    def __str__(self):
        return f"{'a control group' if self.is_group else 'address space'} of {self.mib} MiB"

    def enter(self):
        if not self.is_group:
            resource.setrlimit(resource.RLIMIT_AS, (self.mib * MIB, self.mib * MIB))
            return
        with open(os.path.join(self.path, "cgroup.procs"), "w", encoding="utf-8") as file:
            file.write(str(os.getpid()))

    def remove(self):
        """Once the kernel has put the last of the process away."""
        deadline = time.monotonic() + 10
        while self.path and os.path.isdir(self.path):
            try:
                os.rmdir(self.path)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def suffices(self, shape, memory):
        """Whether the shape must give its rows. A limit of state that says more than there is helps nobody."""
        if not self.is_group or memory == "2 gb":
            return False
        room = self.mib - (ENOUGH - 64)
        return self.mib >= ENOUGH and (shape.spills or shape.in_hand < room * MIB)


class Place:
    """A directory for one case, as weir_shell.Shell wants it."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="weir-limits-")

    def environment(self, **more):
        return {**os.environ, "HOME": self.path, "TERM": "xterm", "NO_COLOR": "1", **more}


class Case:
    def __init__(self, arguments, number, groups):
        chance = random.Random(f"{arguments.seed} {number}")
        self.weir, self.place = os.path.abspath(arguments.weir), Place()
        self.shape = memory_shapes.draw(chance, self.place.path)
        self.memory = chance.choice(("0", "0", "0", "1 mb", "64 mb", "2 gb"))
        self.shell = chance.random() < 0.4
        sinks = ["changelog", "blackhole"] if self.shape.updates else ["csv", "json", "changelog", "blackhole"]
        self.sink = chance.choice(sinks if self.shell else [*sinks, "result", "result"])
        self.settings = {"state.memory.limit": self.memory, "parallelism.default": chance.choice((1, 2, 4)),
                         "state.backend.type": chance.choice(("rocksdb", "rocksdb", "memory")),
                         "execution.checkpointing.interval": chance.choice(("0 ms", "200 ms", "10 s")),
                         "restart-strategy.type": chance.choice(("none", "none", "failure-rate")),
                         "restart-strategy.failure-rate.delay": "50 ms",
                         "table.exec.max-value-size": chance.choice(("128 mb", "128 mb", "8 gb"))}
        self.format = chance.choice(("csv", "json"))
        self.limit = Limit(chance, groups)
        self.environment = {"WEIR_DEFECT": arguments.defect} if arguments.defect else {}
        self.outcome = "rows"

    def __str__(self):
        return f"{self.shape.name}, into {self.sink}, {'shell' if self.shell else 'script'}, {self.limit}, {self.settings}"

    # --- the statement ----------------------------------------------------------------------------

    def script(self):
        if self.sink == "result":
            return f"{self.shape.tables}{self.shape.query};\n"
        options = "'connector' = 'blackhole'" if self.sink == "blackhole" else \
            f"'connector' = 'filesystem', 'path' = 'out', 'format' = '{self.sink}'"
        return (f"{self.shape.tables}CREATE TABLE o ({self.shape.columns}) WITH ({options});\n"
                f"CREATE JOB c AS INSERT INTO o {self.shape.query};\nWAIT FOR JOB c UNTIL FINISHED;\n")

    def options(self):
        pairs = [part for key, value in self.settings.items() for part in ("-D", f"{key}={value}")]
        return ["--no-progress", "--data-dir", "data", *pairs]

    def run(self):
        with open(os.path.join(self.place.path, "case.sql"), "w", encoding="utf-8") as file:
            file.write(self.script())
        (self.run_in_shell if self.shell else self.run_as_script)()

    def run_as_script(self):
        command = [self.weir, "-q", *self.options(), "--format", self.format, "-f", "case.sql"]
        out, err = (open(os.path.join(self.place.path, name), "w+", encoding="utf-8", errors="replace") for name in ("stdout", "stderr"))
        with out, err:
            child = subprocess.Popen(command, cwd=self.place.path, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                     env={**self.place.environment(), **self.environment}, preexec_fn=self.limit.enter)
            try:
                code = child.wait(timeout=SECONDS)
            except subprocess.TimeoutExpired as error:
                child.kill()
                child.wait()
                raise Wrong(f"no end within {SECONDS} s") from error
            err.seek(0)
            said = err.read()
        true(code >= 0, f"ended by signal {-code}\n{said[-2000:]}")
        if code == 0:
            return self.check_rows()
        self.check_error(said)
        true(code == CODES.get(self.outcome[:2]), f"exit code {code}\n{said[-2000:]}")

    def run_in_shell(self):
        os.environ.update(self.environment)
        shell = Shell(self.place, *self.options(), columns=200, before=self.limit.enter, patience=SECONDS)
        try:
            said = shell.ask("SOURCE 'case.sql';")
            if "ERROR" in said:
                self.check_error(said)
            small = shell.ask("SELECT 40 + 2 AS small;")
            true("42" in small and "1 row" in small, f"after {self.outcome} a small statement fails\n{small}")
            code = shell.leave()
        except AssertionError as error:
            raise Wrong(f"the shell ends with {shell.end()}: {str(error)[-3000:]}") from error
        true(code == 0, f"the shell ends with {code}\n{shell.text[-2000:]}")
        if self.outcome == "rows":
            self.check_rows()

    # --- what came of it --------------------------------------------------------------------------

    def check_error(self, said):
        ids = SAID.findall(said)
        true(ids, f"an error without a name\n{said[-2000:]}")
        self.outcome = ids[0]
        true(self.outcome in ALWAYS or self.outcome in self.shape.errors, f"another error\n{said[-2000:]}")
        true(self.outcome in self.shape.errors or not self.limit.suffices(self.shape, self.memory),
             f"there is memory enough\n{said[-2000:]}")

    def lines(self):
        if self.sink == "result":
            paths = [os.path.join(self.place.path, "stdout")]
        else:
            out = os.path.join(self.place.path, "out")
            paths = [os.path.join(out, name) for name in sorted(os.listdir(out)) if not name.startswith((".", "_"))]
        for path in paths:
            with open(path, encoding="utf-8") as file:
                if self.sink == "result" and self.format == "csv":
                    file.readline()
                yield from file

    def cells(self):
        """The rows that are left when all changes are done."""
        form = self.format if self.sink == "result" else self.sink
        if form == "changelog":
            left = collections.Counter()
            for line in self.lines():
                kind, row = CHANGE.match(line).groups()
                left[row] += 1 if kind[0] == "+" else -1
            yield from (row.split(", ") for row in left.elements())
        for line in self.lines() if form != "changelog" else ():
            yield line.rstrip("\n").split(",") if form == "csv" else [str(cell) for cell in json.loads(line).values()]

    def check_rows(self):
        if self.sink == "blackhole":
            return
        expected = self.shape.rows
        if isinstance(expected, memory_shapes.Long):
            count = total = 0
            for row in self.cells():
                count, total = count + 1, total + int(row[0])
            true((count, total) == expected, f"{count} rows with the sum {total}, not {tuple(expected)}")
            return
        rows = sorted(self.cells())
        true(rows == expected, f"{str(rows)[:1000]}\nand not\n{str(expected)[:1000]}")


def check(arguments, number, groups):
    """(what was wrong, or None; the outcome; what it was)."""
    case, begun = Case(arguments, number, groups), time.monotonic()
    try:
        case.run()
        wrong = None
    except Wrong as error:
        wrong = str(error)
    finally:
        case.limit.remove()
        shutil.rmtree(case.place.path, ignore_errors=True)
    seconds = time.monotonic() - begun
    if wrong and not arguments.defect:
        print(f"FAILED: --seed {arguments.seed} --only {number}: {case}\n{wrong}", flush=True)
    elif arguments.only is not None or seconds > SECONDS / 6:
        print(f"{number}: {case.outcome} after {seconds:.1f} s: {case}", flush=True)
    return wrong, case


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--defect")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--ledger", action="store_true")
    arguments = parser.parse_args()
    arguments.seed = seeds.draw(arguments.seed)
    cases = SLICE if arguments.slice and not slices.is_full() else arguments.cases
    begun, group = time.monotonic(), make_group(1024)
    print(f"seed {arguments.seed}" + ("" if group else ": no control group can be made here: limits of address space only"))
    if group:
        os.rmdir(group)
    outcomes, shapes, failed = collections.Counter(), collections.Counter(), 0
    for number in range(cases) if arguments.only is None else [arguments.only]:
        wrong, case = check(arguments, number, bool(group))
        failed += wrong is not None
        outcomes["wrong" if wrong else case.outcome] += 1
        shapes[case.shape.name] += 1
        if wrong and arguments.defect:
            print(f"{arguments.defect} is noticed in case {number + 1}: {case}\n{wrong}")
            return 0
    print(dict(shapes))
    print("; ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))
    if arguments.ledger and not failed:
        ledger.record("memory-limits", arguments.seed, cases, time.monotonic() - begun)
    print(f"cases: {cases - failed} passed, {failed} failed")
    return 1 if failed or arguments.defect else 0


if __name__ == "__main__":
    sys.exit(main())
