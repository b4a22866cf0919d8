#!/usr/bin/env python3
"""Two faults close together: every point of a job's first start is killed at, and every point of the next start's.

usage: pairs_test.py --weir WEIR_FAULTY [--seed S] [--slice] [--ledger] [--objects]

What a random storm (crash_test.py) meets once in a hundred hours is here once a run: a job is killed at the first
passage of a named point (fault_point.h), and its next start at the first passage of another; by SIGKILL or as a power
failure, as chance has it for each. Where output is visible then, the checkpoints are taken away: the next start must
be refused, for it would write all of that once more. With the checkpoints back the job ends, with the rows of
jobs.py. --slice draws some of the pairs unless WEIR_TEST_SLICE=full; WEIR_DEFECT plants a defect, and exit code 1
says that it was caught. With --objects checkpoints are in an object store (object_store.py), and the power does not
fail.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

import crash_test
import jobs
import kinds
import object_store
import places

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402

ROWS = 12_000
SLICE, SLICE_OF_OBJECTS = 160, 40  # pairs
# So seldom that a job which is not killed takes one, its last: both starts are then in its first.
INTERVALS = ("15 ms", "1 h")


class Pairs:
    """One job, the directory of which is put back as its first fault had left it before each second fault."""

    def __init__(self, weir, scratch, seed, objects):
        self.weir, self.scratch, self.chance, self.objects = weir, scratch, random.Random(seed), objects
        self.source = jobs.Input(os.path.join(scratch, "input"), seed, ROWS)
        self.windows, self.totals = self.source.windows(), self.source.totals()
        self.kinds = (self.chance.choice(kinds.UPDATING), self.chance.choice(kinds.TIMED))
        self.expected = {kind.name: kind.expected(self.source) for kind in self.kinds}
        self.directory, self.kept = os.path.join(scratch, "job"), os.path.join(scratch, "kept")
        self.job = None
        self.log = os.path.join(scratch, "log")
        self.killed = self.refused = 0

    def new_job(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.job = jobs.Job(self.directory, self.source, backend=self.chance.choice(("rocksdb", "memory")),
                            overwrite=False, parts=False, kinds=self.kinds)
        self.job.interval = self.chance.choice(INTERVALS)
        if self.objects:
            self.job.keep_in(object_store.ObjectStore(self.directory))

    def start(self, point=None):
        """(exit code, what was said); killed at the point's first passage."""
        environment = dict(os.environ, WEIR_FAULT_LOG=self.log)
        if self.objects:
            environment |= self.job.store.environment()
        if point:
            environment["WEIR_KILL_AT"] = f"{point}:1"
            if not self.objects and self.chance.random() < 0.5:
                environment |= crash_test.power_failure(self.chance, os.path.join(self.directory, "root"))
        command = [self.weir, "-q", "--no-progress", "--conf", crash_test.BARE, "--data-dir", self.job.data,
                   "--no-catalog", "-c", self.job.script(2)]
        try:
            done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                  cwd=self.scratch, timeout=crash_test.TIMEOUT, check=False)
        except subprocess.TimeoutExpired as error:
            raise jobs.Wrong(f"no end within {crash_test.TIMEOUT} s") from error
        if done.returncode not in (-9, 0, 5) or (point is None and done.returncode == -9):
            raise jobs.Wrong(f"exit code {done.returncode}: {done.stderr.strip()}")
        return done.returncode, done.stderr.strip()

    def passed(self):
        """The points of the starts since the last call."""
        return sorted(point for point in crash_test.take_passages(self.log) if not point.startswith(crash_test.ELSEWHERE) or
                      point in crash_test.OF_OBJECTS)

    def points(self):
        """Of a whole life: of a first start, and of one that recovers and ends."""
        found = []
        for interval in INTERVALS:
            self.new_job()
            self.job.interval = interval
            self.start("checkpoint.before_commit")
            self.start()
            found += self.passed()
        return sorted(set(found))

    def end(self):
        code, said = self.start()
        if code != 0:
            raise jobs.Wrong(f"exit code {code} in the end: {said}")
        self.job.check(self.windows, self.totals, self.expected, complete=True)

    def check_refused(self):
        with places.Hidden(self.job):
            code, said = self.start()
        if code != 5:
            raise jobs.Wrong(f"exit code {code} while the checkpoints were away: {said}")
        self.refused += 1

    def after(self, second):
        """The second start, and what comes of it."""
        code, said = self.start(second)
        if code == 5:
            raise jobs.Wrong(f"refused: {said}")
        if code == 0:  # it does not come by there
            self.job.check(self.windows, self.totals, self.expected, complete=True)
            return
        self.killed += 1
        if self.job.finished():
            self.job.check(self.windows, self.totals, self.expected, complete=True)
            return
        self.job.check(self.windows, self.totals, self.expected, complete=False)
        if self.job.has_committed():
            self.check_refused()
        self.end()

    def run(self, pairs):
        """`pairs`: first point -> second points."""
        for first, seconds in pairs.items():
            self.new_job()
            code, _ = self.start(first)
            if code == 0 or self.job.finished():
                continue  # of those that only a recovery passes
            self.killed += 1
            shutil.rmtree(self.kept, ignore_errors=True)
            shutil.copytree(self.directory, self.kept)
            for second in seconds:
                shutil.rmtree(self.directory)
                shutil.copytree(self.kept, self.directory)
                self.job.seen.clear()
                try:
                    self.after(second)
                except jobs.Wrong as wrong:
                    raise jobs.Wrong(f"{first}, then {second}: {wrong}") from wrong
            self.passed()


def drawn(points, some, seed):
    """First point -> second points, in an order of chance; with `some` only so many."""
    chance = random.Random(seed)
    all_pairs = [(first, second) for first in points for second in points]
    some = chance.sample(all_pairs, some) if some else all_pairs
    pairs = {}
    for first, second in some:
        pairs.setdefault(first, []).append(second)
    return pairs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--ledger", action="store_true")
    parser.add_argument("--objects", action="store_true")
    arguments = parser.parse_args()
    seed, begun = seeds.draw(arguments.seed), time.monotonic()
    scratch = tempfile.mkdtemp(prefix="weir-pairs-")
    runner, wrong = Pairs(os.path.abspath(arguments.weir), scratch, seed, arguments.objects), None
    some = 0 if not crash_test.is_short(arguments) else SLICE_OF_OBJECTS if arguments.objects else SLICE
    try:
        points = runner.points()
        pairs = drawn(points, some, seed)
        print(f"seed {seed}: {len(points)} points, {sum(map(len, pairs.values()))} pairs, beside "
              f"{', '.join(kind.name for kind in runner.kinds)}", flush=True)
        runner.run(pairs)
    except jobs.Wrong as error:
        wrong = error
    print(f"{runner.killed} kills, {runner.refused} starts refused while the checkpoints were away")
    if wrong:
        print(f"FAILED after {runner.killed} kills: {wrong}")
    elif not runner.refused:
        print("FAILED: no start was to be refused")
    if arguments.ledger and not wrong:
        ledger.record(crash_test.suite_of(arguments, "crash.pairs"), seed, runner.killed, time.monotonic() - begun)
    shutil.rmtree(scratch, ignore_errors=True)
    return 0 if runner.refused and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
