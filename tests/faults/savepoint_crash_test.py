#!/usr/bin/env python3
"""Kills SAVEPOINT, STOP and CANCEL … WITH SAVEPOINT, and RESTORE, at named points, and as power failures.

usage: savepoint_crash_test.py --weir WEIR_FAULTY [--kills N] [--seed S] [--slice] [--keep] [--ledger] [--objects]

What must hold after each kill: a savepoint whose path was printed is whole, also after the power failed; whatever SHOW
SAVEPOINTS lists without a remark, and whatever directory is named like one, is whole; half of one is refused by name.
The job goes on, takes savepoints again, and its output at the end is exactly what it must be (counted here). A restore
that was killed either never was, or goes on as the restored job, and is then the only job of its name. Some savepoints
are not the last: what they hold and was committed since is not written again. Some are moved to another directory
before they are restored, some jobs go on into another directory, and somebody reads all output and takes finished files
away (consumer.py): what they hold together is exact all the same. The files that the jobs read come one by one all the
while, whether a job lives, dies or is restored (feeder.py). Prints the passages and kills of each point. While a point
of savepoints or restores was never passed, or nothing was ever killed there, later runs aim at it, and the storm goes
on past --kills, at most to four times as many: what is left is a failure.
With --objects checkpoints and savepoints are in an object store (object_store.py), and the power does not fail.
--slice is short unless WEIR_TEST_SLICE=full.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import consumer
import crash_test
import feeder
import jobs
import object_store

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")

OWN = re.compile(r"^(savepoint|restore|job)\.")
# Where else a savepoint or restore may be interrupted.
OTHERS = ("file.before_sync", "file.before_rename", "file.after_rename", "checkpoint.before_publish",
          "checkpoint.after_publish", "sink.before_rename", "sink.after_rename", "recovery.before_link",
          "recovery.after_link", "state.before_shared_link", "state.before_directory_sync")
REQUIRED = ("kills while files came", "restores into another directory", "savepoints moved", "files accepted", "SIGKILLs",
            "power failures", "savepoints found whole", "unfinished ones", "restores that were recorded",
            "restores that never were", "restores of what was committed since")
WINDOWS = ("INSERT INTO counts WITH m AS (SELECT window_start, k, COUNT(*) AS n, SUM(v) AS s{more} FROM TABLE(TUMBLE("
           "TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k) "
           "SELECT window_start, k, n, s FROM m")
OLD, NEW = WINDOWS.format(more=""), WINDOWS.format(more=", MAX(v) AS x")
FILES = 8  # that each half of the input comes in
SAVED = re.compile(r"(?:Savepoint of job \w+|with a savepoint): (\S+) \(")


def stamp(seconds):
    return f"2026-01-01 00:{seconds // 60:02}:{seconds % 60:02}"


class Trial:
    """One job: the first half of its input under savepoints, the second after a restore."""

    def __init__(self, storm, number):
        self.storm, self.chance = storm, storm.chance
        self.root = pathlib.Path(storm.scratch) / f"job-{number}" / "root"
        self.store = object_store.ObjectStore(self.root.parent) if storm.objects else None
        self.place = pathlib.Path(self.store.place) if self.store else self.root  # of savepoints
        self.input = self.root.parent / "in"
        self.root.mkdir(parents=True)
        self.feeders = []
        self.backend = self.chance.choice(["rocksdb", "memory"])
        # With rare checkpoints most rows are in savepoints as rows.
        self.interval = self.chance.choice(["20 ms", "1 h"])
        self.out = self.root / "output" / "first"
        self.reader = consumer.Consumer(self.root / "output", self.root.parent / "archive",
                                        self.chance.randrange(1 << 30), storm.did)
        self.consumed = self.chance.random() < 0.7
        self.acknowledged, self.moved = [], set()
        self.alike = []  # savepoints between which no row came, but their output may have been committed
        self.want = collections.Counter()
        self.groups = collections.defaultdict(lambda: [0, 0])

    # --- input and output -------------------------------------------------------------------------

    def feed(self, name, first, last):
        rows = [(self.chance.choice("abcdef"), self.chance.randrange(10), second) for second in range(first, last)]
        rows = [row for row in rows for _ in range(3)]
        if name == "second":
            rows.append(("z", 1, 900))
        for key, value, second in rows:
            group = self.groups[second // 10 * 10, key]
            group[0] += 1
            group[1] += value
        lines = [f"{key},{value},{stamp(second)}\n" for key, value, second in rows]
        cuts = sorted(self.chance.sample(range(1, len(lines)), FILES - 1))
        texts = ["".join(lines[begin:end]) for begin, end in zip([0, *cuts], [*cuts, len(lines)])]
        self.feeders.append(feeder.Feeder(self.input, texts, self.chance, 0.2, self.feeders[-1] if self.feeders else None))

    def has_all_input(self):
        return all(one.done() for one in self.feeders)

    def end(self):
        for one in self.feeders:
            one.stop()

    def expected(self, until):
        """Rows of the windows that end at `until` (seconds), or before."""
        return collections.Counter({f"{stamp(start)}.000,{key},{n},{total}": 1
                                    for (start, key), (n, total) in self.groups.items() if start + 10 <= until})

    def output(self):
        found = collections.Counter()
        for directory in (self.root / "output").glob("*"):
            for path in directory.glob("part-*.csv"):
                if str(path) not in self.reader.taken:
                    found.update(path.read_text().splitlines())
            found.update(self.reader.lines(directory))
        return found

    # --- the program ------------------------------------------------------------------------------

    def script(self, statements):
        return (f"SET 'state.backend.type' = '{self.backend}';\nSET 'parallelism.default' = '2';\n"
                f"SET 'state.memory.limit' = '{self.chance.choice(jobs.MEMORIES)}';\n"
                f"SET 'execution.checkpointing.interval' = '{self.interval}';\n"
                "SET 'restart-strategy.type' = 'none';\n"
                f"{self.store.settings() if self.store else ''}"
                "CREATE TABLE events (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ("
                f"'connector' = 'filesystem', 'path' = '{self.input}', 'format' = 'csv', "
                "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\nCREATE TABLE counts (w TIMESTAMP(3), k STRING, n BIGINT, "
                f"s BIGINT) WITH ('connector' = 'filesystem', 'path' = '{self.out}', 'format' = 'csv');\n{statements}")

    def run(self, statements, kill=False):
        """(exit code, stdout and stderr); with `kill` it may be killed on its way."""
        came = not self.has_all_input()
        done = self.storm.run(self, self.script(statements), kill)
        self.storm.did["kills while files came"] += came and done.returncode == -9
        self.reader.check_accepted(done.stderr)
        if self.consumed and self.chance.random() < 0.5:
            self.reader.look(takes=True)
        for path in SAVED.findall(done.stderr):
            self.acknowledged.append(path)
        return done.returncode, done.stdout + done.stderr

    def expect(self, statements, *codes):
        code, said = self.run(statements)
        if code not in codes:
            raise jobs.Wrong(f"exit {code}, not {codes}: {statements}\n{said}")
        return said

    # --- what must hold ---------------------------------------------------------------------------

    def check_savepoints(self):
        saved = self.place / "saved"
        there = sorted(saved.iterdir()) if saved.is_dir() else []
        whole = [path for path in there if not self.is_half(path)]
        missing = [path for path in self.acknowledged if not (pathlib.Path(path) / "_metadata").is_file()]
        if missing:
            raise jobs.Wrong(f"acknowledged, and not there: {missing}")
        listed = [line.split(",") for line in self.query("SHOW SAVEPOINTS;").splitlines()[1:]]
        paths = {str(path) for path in whole} | set(self.acknowledged) | {row[-1] for row in listed if row[-2] == ""}
        for path in sorted(paths):
            if not os.path.exists(os.path.join(path, "_metadata")):
                raise jobs.Wrong(f"listed, and not there: {path}")
            self.expect(f"EXPLAIN RESTORE JOB copy FROM '{path}' ACCEPT CHANGES ('sink:counts/sink.w') AS {OLD};", 0)
            self.storm.did["savepoints found whole"] += 1
        for path in there:
            if self.is_half(path):
                said = self.expect(f"EXPLAIN RESTORE JOB copy FROM '{path}';", 0, 3, 5)
                whole_already = "E7004" not in said and "E7001" not in said
                self.storm.did["unfinished ones"] += 1
                if whole_already and not (path / "_metadata").exists():
                    raise jobs.Wrong(f"half a savepoint was accepted: {path}\n{said}")
        unlisted = set(self.acknowledged) - {row[-1] for row in listed} - self.moved
        if unlisted:
            raise jobs.Wrong(f"acknowledged, and not listed: {unlisted}")

    def is_half(self, path):
        """Whether it says so itself: by its name, and where nothing is renamed by having no metadata."""
        return path.name.endswith(".unfinished") or (self.store is not None and not (path / "_metadata").exists())

    def query(self, statement):
        done = subprocess.run([self.storm.weir, "-q", "--format", "csv", "--data-dir", str(self.root / "data"), "--no-catalog", "-c",
                               statement], env=self.storm.environment(self), capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode != 0:
            raise jobs.Wrong(f"exit {done.returncode}: {statement}\n{done.stderr}")
        return done.stdout

    # --- one trial --------------------------------------------------------------------------------

    def first_half(self):
        """Savepoints while it runs, and one at its end: killed until one got through."""
        layout = self.chance.choice(["CANONICAL", "NATIVE"])
        self.feed("first", 0, 65)
        # Where nobody takes what a savepoint holds and was committed since, its restore must see that it is there.
        settled = not self.consumed and self.chance.random() < 0.6
        while settled and not self.has_all_input():
            time.sleep(0.02)
        start = f"CREATE JOB j AS {OLD};\nWAIT FOR JOB j UNTIL IDLE;\n"
        take = f"SAVEPOINT JOB j TO '{self.place}/saved' FORMAT {layout};\n" + ("CHECKPOINT JOB j;\n" if settled else "")
        end = self.chance.choice(["STOP", "CANCEL"])
        code, kills = -9, self.chance.randint(1, 4)
        while code == -9:
            before = len(self.acknowledged)
            code, said = self.run(f"{start}{take}{take}{end} JOB j WITH SAVEPOINT '{self.place}/saved';", kills > 0)
            kills -= 1
            if code not in (0, -9):
                raise jobs.Wrong(f"exit {code}\n{said}")
            self.check_savepoints()
            self.no_more_than(65)
            if code == -9 and ",CANCELED," in self.query("SHOW JOBS;"):
                # The last statement was carried out, and only its answer is missing.
                self.storm.did["cancelled without an answer"] += 1
                self.acknowledged = [self.query("SHOW SAVEPOINTS;").splitlines()[-1].split(",")[-1]]
                break
        if not self.acknowledged:
            raise jobs.Wrong("no savepoint was acknowledged")
        self.alike = self.acknowledged[before:] if settled and code == 0 else []

    def move_savepoint(self):
        """Where nobody knows it; the others are gone."""
        self.storm.did["savepoints moved"] += 1
        elsewhere = self.place / "elsewhere" / "moved"
        elsewhere.parent.mkdir()
        shutil.move(self.acknowledged[-1], elsewhere)
        self.acknowledged, self.moved = [str(elsewhere)], {str(elsewhere)}

    def no_more_than(self, until):
        surplus = self.output() - self.expected(until)
        if surplus:
            raise jobs.Wrong(f"too many rows: {list(surplus)[:4]}")

    def second_half(self):
        """Restored from the last savepoint, unchanged or edited: killed, and continued."""
        sql, clause = self.chance.choice([(OLD, ""), (NEW, "ALLOW PARTIAL ")])
        older = bool(self.alike) and self.chance.random() < 0.7
        if older:
            self.acknowledged.append(self.chance.choice(self.alike[:-1]))
            self.storm.did["restores of what was committed since"] += 1
        if self.chance.random() < 0.5:
            self.move_savepoint()
        path = self.acknowledged[-1]
        if not older and self.chance.random() < 0.5:
            self.storm.did["restores into another directory"] += 1
            self.out = self.root / "output" / "second"
            clause += "ACCEPT CHANGES ('sink:counts/sink.w') "
        self.feed("second", 65, 130)
        end = "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;"
        restore = f"RESTORE JOB j FROM '{path}' {clause}AS {sql};\n{end}"
        go_on = f"CREATE JOB j AS {sql};\n{end}"
        kills, statements, recorded = self.chance.randint(1, 4), restore, self.query("SHOW JOBS;")
        while True:
            complete = self.has_all_input()
            code, said = self.run(statements, kills > 0)
            kills -= 1
            if code == 0 and complete:
                break
            if code not in (0, -9):
                raise jobs.Wrong(f"exit {code}: {statements}\n{said}")
            self.check_savepoints()
            self.no_more_than(900)
            now = self.query("SHOW JOBS;")
            # Recorded: the restored job is there, and goes on. Otherwise nothing has happened.
            statements = restore if now == recorded and code != 0 else go_on
            self.storm.did["restores that were recorded" if now != recorded else "restores that never were"] += 1
        self.check_name()
        missing, surplus = self.expected(900) - self.output(), self.output() - self.expected(900)
        if missing or surplus:
            raise jobs.Wrong(f"missing {list(missing)[:4]}, too many {list(surplus)[:4]}")

    def check_name(self):
        """Jobs that went on as the restored one are over, wherever its restore was killed: else their statements would go
        on from what they had, one day, and write rows again."""
        left = [line for line in self.query("SHOW JOBS;").splitlines() if ",j," in line and ",CANCELED," not in line]
        if len(left) > 1:
            raise jobs.Wrong(f"more than one job has the name: {left}")

    def go(self):
        try:
            self.first_half()
            self.second_half()
        finally:
            self.end()
        self.reader.check_polled()
        shutil.rmtree(self.root.parent)


class Storm:
    def __init__(self, weir, scratch, seed, objects):
        self.weir, self.scratch, self.objects = weir, scratch, objects
        self.required = [name for name in REQUIRED if not (objects and name == "power failures")]
        self.chance = random.Random(seed)
        self.own = [point for point in crash_test.named_points() if OWN.match(point)]
        self.passes, self.killed_at, self.did = collections.Counter(), collections.Counter(), collections.Counter()
        self.waiting = []
        self.stopped = False  # by whoever ran it
        self.late = False  # half of the kills are done: where nothing was killed yet is aimed at

    def aim(self, script):
        """(point, its passage) of a kill. Points of savepoints and restores come three times as often as others, each once
        before any comes again; passages of a point that is aimed at are first ones, of a run that may come to it."""
        if self.late:
            restores = "RESTORE JOB" in script
            left = [point for point in self.own if not self.killed_at[point] and
                    point.startswith(("job.", "restore." if restores else "savepoint."))]
            if restores and not self.did["restores that never were"]:
                left.append("job.before_record")
            if left:
                return self.chance.choice(left), 1
        if not self.waiting:
            self.waiting = self.own * 3 + list(OTHERS)
            self.chance.shuffle(self.waiting)
        return self.waiting.pop(), self.chance.choice([1, 1, 1, 2, 3])

    @staticmethod
    def environment(trial, **more):
        return dict(os.environ, **(trial.store.environment() if trial.store else {}), **more)

    def run(self, trial, script, kill):
        root, reader, log = trial.root, trial.reader, os.path.join(self.scratch, "log")
        environment = self.environment(trial, WEIR_FAULT_LOG=log)
        point, passage = self.aim(script) if kill else (None, 0)
        power = kill and not self.objects and self.chance.random() < 0.4
        if kill:
            environment["WEIR_KILL_AT"] = f"{point}:{passage}"
        if power:
            environment |= crash_test.power_failure(self.chance, root)
        path = root.parent / "script.sql"
        path.write_text(script)
        if not power:
            reader.begin(takes=trial.consumed)
        try:
            done = subprocess.run([self.weir, "--no-progress", "--conf", BARE, "--data-dir", str(root / "data"), "run",
                                   str(path)], env=environment, capture_output=True, text=True, timeout=100, check=False)
        except subprocess.TimeoutExpired as error:
            raise jobs.Wrong(f"no end: {script}") from error
        finally:
            reader.end()
        self.passes += crash_test.take_passages(log)
        if done.returncode == -9:
            self.killed_at[point] += 1
            self.did["power failures" if power else "SIGKILLs"] += 1
        return done

    def kills(self):
        return sum(self.killed_at.values())

    def go(self, kills, most):
        """Jobs, one after another; the number of the one that was wrong, and what was, or None. An interrupt ends them."""
        number = 0
        while self.kills() < kills or (self.zeros() and self.kills() < most):
            self.late = 2 * self.kills() >= kills
            try:
                Trial(self, number).go()
            except jobs.Wrong as error:
                return number, error
            except KeyboardInterrupt:
                self.stopped = True
                return number, None
            number += 1
        return number, None

    def zeros(self):
        return [point for point in self.own if not self.passes[point] or not self.killed_at[point]] + \
               [name for name in self.required if not self.did[name]]

    def report(self):
        for point in sorted(set(self.own) | set(OTHERS)):
            print(f"  {point:36} {self.passes[point]:8} {self.killed_at[point]:6}")
        for name, count in sorted(self.did.items()):
            print(f"{name}: {count}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=seeds.draw())
    for flag in ("--slice", "--keep", "--ledger", "--objects"):
        parser.add_argument(flag, action="store_true")
    arguments = parser.parse_args()
    short = crash_test.is_short(arguments)
    kills = 40 if short else arguments.kills
    print(f"seed {arguments.seed}")
    scratch = tempfile.mkdtemp(prefix="weir-savepoint-crash-")
    storm = Storm(os.path.abspath(arguments.weir), scratch, arguments.seed, arguments.objects)
    begun = time.monotonic()
    number, wrong = storm.go(kills, kills if short else 4 * kills)
    storm.report()
    if arguments.ledger and not wrong:
        fired = sum(bool(storm.passes[point]) for point in storm.own)
        ledger.record(crash_test.suite_of(arguments, "crash.savepoints"), arguments.seed, storm.kills(), time.monotonic() - begun, f"{fired}/{len(storm.own)}")
    # A slice may miss one or the other.
    zeros = [] if storm.stopped else storm.zeros()
    for name in zeros:
        print(f"{'zero' if short else 'FAILED: zero'}: {name}")
    if wrong:
        print(f"FAILED in job {number}: {wrong}")
    if not arguments.keep:
        shutil.rmtree(scratch, ignore_errors=True)
    return 1 if wrong or (zeros and not short) else 0


if __name__ == "__main__":
    sys.exit(main())
