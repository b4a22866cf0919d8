#!/usr/bin/env python3
"""Kills jobs again and again and compares what they committed with what they must commit.

usage: crash_test.py --weir WEIR_FAULTY [--kills N] [--seed S] [--plant NAME] [--slice] [--keep] [--ledger] [--damage] [--objects] [--unaligned]

Each job (jobs.py) is started until it has ended; the kinds of operators (kinds.py) take turns in them. Most starts
are killed: with SIGKILL at a random time, with SIGKILL at a random passage of a named point (fault_point.h), or as a
power failure at either, which loses the writes that were not synced. Some restarts have another parallelism, some write whole checkpoints. Between
some, the data directory is moved, another directory for checkpoints is said, or a small file in it is lost
(places.py). Into the folders that some of the jobs watch files come all the while; and while all checkpoints are
away, or an older copy of the data directory is there, a start is refused. Some starts from a checkpoint take none but
the last, at their end, around which they are killed. In every second job barriers may overtake rows (unaligned
checkpoints), and operators are slow in some of its starts. Many starts have so little memory for state that they spill.
Somebody reads the output all the time, and of most jobs takes finished files away (consumer.py), while they run and
when they are dead. After each kill the files that are visible or were taken must be a part of the final output; at the
end, all of it; and what a start accepts as taken away must have been taken. Prints the passages of each point, the
kills after a completed checkpoint, those between pre-commit and rename, and the starts from a checkpoint of each kind.
While one of them is zero, starts aim at it, and the storm goes on past --kills, at most to four times as many: a zero
that is left is a failure. A storm that is interrupted says, and records, what it has done so far. With --plant, or
WEIR_DEFECT, a defect is planted: then exit code 1 says that it was caught (sabotage.py).
With --damage jobs retain three checkpoints, and between a kill and the next start the newest is often damaged. A start
that may repeat nothing that was committed must then be refused exactly where output was; one that may, must name the
files whose rows it writes once more, with their number: without these files, the rows must be as they always must.
With --objects checkpoints are in an object store (object_store.py).
With --unaligned barriers overtake rows in every start of every job, whose operators are slow so that rows wait; about
half of the restarts have another parallelism. What counts are the starts that restored such rows and worked on one of
them before they ended, and those of them that were rescaled: two rows of the ledger.
--slice is short unless WEIR_TEST_SLICE=full.
"""
import argparse
import collections
import itertools
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import consumer
import jobs
import kinds
import object_store
import places

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402
import slices  # noqa: E402

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
CLEANER = "cleaner"  # not of the program: something that removes hidden files from the output
REQUIRED = ("kills", *(f"files {how}" for how in consumer.HOW), "files accepted",
            "SIGKILLs", "power failures", "kills after a completed checkpoint",
            "kills between pre-commit and rename", "starts from a checkpoint", "rescales", "jobs",
            "kills while files came", "starts from a checkpoint while files came",
            "changes of place", "starts refused while the checkpoints were away",
            "starts refused with an older data directory", "kills of starts without an interval",
           "starts with rows in flight", "rescales with rows in flight",
            "starts by RESTORE with rows in flight of tables with relative paths")
REFUSED_DAMAGED = "whose newest checkpoint is damaged"
NOTHING_TWICE = "starts that repeat nothing"
REQUIRED_OF_DAMAGE = ("kills", f"starts refused {REFUSED_DAMAGED}", "starts that went back", NOTHING_TWICE,
                      "rows that come twice", "damaged metadata", "damaged checkpoints that were kept")
REPEATED = re.compile(r"written once more: (\d+) committed rows? in (\d+) files?: (.*?); what is damaged is kept")
WENT_BACK = "; it goes on from there, and reads its input since then again; "
BETWEEN_COMMIT_AND_RENAME = ("checkpoint.before_commit", "sink.before_rename", "recovery.before_commit")
AROUND_LAST_COMMIT = ("checkpoint.before_publish", "checkpoint.before_commit", "sink.after_rename", "checkpoint.after_commit")
ROWS = 150_000
TIMEOUT = 120


# Points with names of this start say that something went wrong that the rows may not show.
NEVER = "never."
# What savepoint_crash_test.py kills, findings/3_18 (seeds: a job is given them once in its life), 5_16 (no job copies
# or converts), 8_12 (no table is materialized), kafka/storm.py, postgres/storm.py and mysql/storm.py.
ELSEWHERE = ("savepoint.", "restore.", "seed.", "copy.", "convert.", "materialized.", "damage.", "object.", "kafka.", "jdbc.", "postgres.", "s3.", NEVER)
OF_DAMAGE = ("damage.before_pass_over", "damage.after_pass_over")  # what only --damage leads to
OF_OBJECTS = ("object.before_copy", "object.after_copy")  # what only --objects does
SLOW = "kills of starts with answers of 50 ms"
REQUIRED_OF_OBJECTS = ("kills", "SIGKILLs", "kills after a completed checkpoint", "starts from a checkpoint", "rescales", "jobs",
                       "starts with rows in flight", "starts by RESTORE", SLOW)
IN_FLIGHT, IN_FLIGHT_RESCALED = "restores with rows in flight", "rescaled restores with rows in flight"
RESTORED_BATCH = "task.before_restored_batch"
# Where --unaligned kills, and what it must have passed.
OF_UNALIGNED = ("checkpoint.before_channels", "checkpoint.after_channels", "checkpoint.after_publish", "checkpoint.after_commit",
                "recovery.after_commit", RESTORED_BATCH)
REQUIRED_OF_UNALIGNED = ("kills", "kills after a completed checkpoint", "jobs", IN_FLIGHT, IN_FLIGHT_RESCALED)


def named(call):
    """Every text that the engine's source gives to the call."""
    found = set()
    for folder in ("runtime", "state", "planner", "shell"):
        for directory, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in names:
                if name.endswith(".cc"):
                    with open(os.path.join(directory, name), encoding="utf-8") as file:
                        found.update(re.findall(rf'\b{call}\("([^"]+)"\)', file.read()))
    return sorted(found)


def named_points():
    """Every point that the engine's source passes."""
    return named("WEIR_FAULT_POINT")


def planted():
    """Every defect that can be planted in it."""
    return named("DefectPlanted")


def check_never(passed, wrong=jobs.Wrong):
    """Refuses points that no run may pass."""
    broken = [point for point in passed if point.startswith(NEVER)]
    if broken:
        raise wrong(f"passed {', '.join(broken)}")


def take_passages(log):
    """Point -> passages of the starts since the last call. Refuses what no run may pass."""
    if not os.path.exists(log):
        return collections.Counter()
    with open(log, encoding="ascii") as file:
        passed = collections.Counter(file.read().split())
    os.remove(log)
    check_never(passed)
    return passed


def power_failure(chance, root):
    """What makes a kill one: below `root`, all that was not synced is lost, or some of it."""
    return {"WEIR_LOSE_WRITES": str(root), "WEIR_LOSE_SEED": str(chance.choice([0, chance.randrange(1, 1 << 30)]))}


class Storm:
    def __init__(self, weir, scratch, seed, chosen, arguments):
        self.weir, self.scratch, self.defect = weir, scratch, planted_in(arguments)
        self.damages, self.objects, self.unaligned = arguments.damage, arguments.objects, arguments.unaligned
        self.short = is_short(arguments)
        of_kinds = tuple(f"starts from a checkpoint of {kind.name}" for kind in chosen)
        self.required = REQUIRED_OF_DAMAGE if self.damages else REQUIRED_OF_UNALIGNED if self.unaligned else \
            REQUIRED_OF_OBJECTS if self.objects else REQUIRED + of_kinds
        if self.damages and self.objects:
            # A checkpoint there takes so long that nearly each has output: 48 kills may not meet one without.
            self.required = tuple(name for name in self.required if name != NOTHING_TWICE)
        self.chance = random.Random(seed)
        self.source = jobs.Input(os.path.join(scratch, "input"), seed, ROWS)
        self.windows, self.totals = self.source.windows(), self.source.totals()
        self.points = [point for point in named_points() if not point.startswith(ELSEWHERE)]
        if self.damages:
            self.points = [*OF_DAMAGE, *(OF_OBJECTS if self.objects else BETWEEN_COMMIT_AND_RENAME)]
        elif self.unaligned:
            self.points = list(OF_UNALIGNED)
        elif self.objects:
            self.points = [*OF_OBJECTS, *(point for point in self.points if point.startswith(("checkpoint.", "recovery.")))]
        self.passes, self.killed_at = collections.Counter(), collections.Counter()
        self.most = {}  # point -> most passages of one start
        self.did = collections.Counter()
        self.waiting = []
        self.updating, self.timed = (itertools.cycle(self.chance.sample(some, len(some)))
                                     for some in ([kind for kind in kinds.UPDATING if kind in chosen],
                                                  [kind for kind in kinds.TIMED if kind in chosen]))
        self.job = None
        self.expected = {}  # name of a kind -> its lines in the end
        self.passed = collections.Counter()  # of the last start
        self.late = False  # half of the kills are done: what is still zero is aimed at

    # --- one start --------------------------------------------------------------------------------

    def plan(self, early):
        """Environment of a start and when to kill it from here: (variables, seconds or None, point)."""
        power = not self.objects and (self.chance.random() < 0.35 or (self.late and not self.did["power failures"]))
        env = power_failure(self.chance, os.path.join(self.job.directory, "root")) if power else {}
        if (self.late and not self.did["kills between pre-commit and rename"]) or (self.damages and self.chance.random() < 0.3):
            point, early = self.chance.choice(BETWEEN_COMMIT_AND_RENAME), False
        elif self.chance.random() < 0.6:
            point = self.next_point()
        else:
            point = None
        if point:
            passage = self.chance.randint(1, min(self.most.get(point, 1), 2 if early else 40))
            env["WEIR_KILL_AT"] = f"{point}:{passage}"
            return env, None, point
        seconds = self.chance.uniform(0.01, 0.08 if early else 4 if self.objects else 0.6)
        if power:
            env["WEIR_KILL_AFTER"] = str(int(seconds * 1000))
            return env, None, None
        return env, seconds, None

    def plan_last(self):
        """The same for a start whose only checkpoint is that at its end."""
        point = self.chance.choice(AROUND_LAST_COMMIT)
        return {"WEIR_KILL_AT": f"{point}:1"}, None, point

    def next_point(self):
        """Points in a random order, each once before any comes again."""
        if not self.waiting:
            self.waiting = [point for point in self.points if point in self.passes] or self.points[:]
            self.chance.shuffle(self.waiting)
        return self.waiting.pop()

    def start(self, parallelism, kill, refused=""):
        """Whether the job has ended; a kill is planned with `kill`. With `refused`, why, it must not start at all."""
        rare = "kills of starts without an interval"
        # One that goes on from nothing would end without a checkpoint, and be no start to go on from when it is killed.
        last = not self.unaligned and self.job.has_published() and (self.chance.random() < 0.15 or (self.late and not self.did[rare]))
        self.job.interval = "0 s" if last else "15 ms"
        env, seconds, point = {}, None, None
        if kill:
            env, seconds, point = self.plan_last() if last else self.plan(early=self.chance.random() < 0.3)
        log = os.path.join(self.scratch, "log")
        environment = dict(os.environ, WEIR_FAULT_LOG=log, **env)
        if self.defect and self.defect != CLEANER:
            environment["WEIR_DEFECT"] = self.defect
        answer = 0
        if self.objects:
            answer = object_store.draw_answer(self.chance, self.did[SLOW], self.short)
            environment |= self.job.store.environment(answer)
        self.job.memory = self.chance.choice(jobs.MEMORIES)
        self.job.unaligned = self.job.overtaken and (self.unaligned or self.chance.random() < 0.8)
        if kill and self.job.unaligned and (self.unaligned or self.chance.random() < 0.7 or self.late):
            environment["WEIR_JITTER_AT"] = "task.before_batch:2000"
        self.job.incremental = self.chance.choice(("true", "true", "false"))
        self.job.inlined = self.chance.choice(("0", jobs.INLINED))
        restore = self.restores(refused)
        command = [self.weir, "-q", "--no-progress", "--conf", BARE, "--data-dir", self.job.data,
                   "--no-catalog", "-c", self.job.script(parallelism, restore)]
        reader = self.job.consumer
        if "WEIR_LOSE_WRITES" not in env:
            reader.begin(takes=self.job.is_consumed)
        try:
            child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                     text=True, cwd=self.job.cwd)
            if seconds is not None:
                time.sleep(seconds)
                child.kill()
            limit = object_store.TIMEOUT if self.objects else TIMEOUT
            try:
                _, errors = child.communicate(timeout=limit)
            except subprocess.TimeoutExpired as error:
                child.kill()
                raise jobs.Wrong(f"no end within {limit} s") from error
        finally:
            reader.end()
        self.collect(log)
        reader.check_accepted(errors)
        self.hear_of_repeated(errors)
        if child.returncode == -9:
            self.did[rare] += last
            self.did[SLOW] += answer == object_store.SLOW
            self.count_kill(point, "WEIR_LOSE_WRITES" in env)
            return False
        if refused:
            if child.returncode != 5:
                raise jobs.Wrong(f"exit code {child.returncode} {refused}: {errors.strip()}")
            self.did[f"starts refused {refused}"] += 1
            return False
        if child.returncode != 0:
            raise jobs.Wrong(f"exit code {child.returncode}: {errors.strip()}")
        return True

    def restores(self, refused):
        """Whether the next start is by RESTORE, which needs no script. Only where nobody has said another place."""
        own = not self.job.places or self.objects
        restore = own and not refused and not self.damages and self.job.has_checkpoint() and not self.job.finished() and \
            self.chance.random() < (0.8 if self.job.relative and self.job.has_rows_in_flight() else 0.2)
        in_flight = restore and self.job.has_rows_in_flight()
        self.did["starts by RESTORE"] += restore
        self.did["starts by RESTORE with rows in flight of tables with relative paths"] += in_flight and self.job.relative
        return restore

    def hear_of_repeated(self, errors):
        """Of the files that a start says to write once more: whether they have as many rows as it says."""
        self.did["starts that went back"] += errors.count(WENT_BACK)
        self.did[NOTHING_TWICE] += errors.count("so that none comes twice")
        for rows, files, names in REPEATED.findall(errors):
            paths = names.split(", ")
            there = sum(self.rows_of(path) for path in paths)
            if len(paths) != int(files) or there != int(rows):
                raise jobs.Wrong(f"{rows} rows in {files} files come twice, it says; in {len(paths)} it names are {there}")
            self.did["rows that come twice"] += sum(self.rows_of(path) for path in set(paths) - self.job.repeated)
            self.job.repeated |= set(paths)

    def rows_of(self, path):
        taken = self.job.consumer.taken
        if path in taken:
            return taken[path].count("\n")
        if not os.path.exists(path):
            raise jobs.Wrong(f"it comes twice, it says, and was never there: {path}")
        with open(path, encoding="utf-8") as file:
            return file.read().count("\n")

    def damage(self):
        """Damages the newest checkpoint, and sees that a start that must not repeat anything is refused if it would."""
        rot = places.Damage.of(self.job)
        metadata = self.chance.random() < 0.3
        if rot is None or any(rot.path == one.path for one in self.damaged) or not rot.do(self.chance, metadata):
            return
        self.job.fallback = "if-safe"
        self.damaged.append(rot)
        self.did["damaged metadata"] += metadata
        if not metadata and not rot.committed():
            return  # the next start goes back, and is refused nothing
        self.start(2, kill=False, refused=REFUSED_DAMAGED)
        if metadata:  # nobody can say what it committed
            rot.mend()
        self.job.fallback = "always"

    def check_kept(self):
        """What was damaged is never removed."""
        for rot in self.damaged:
            path = os.path.join(self.job.checkpoints()[0], os.path.basename(rot.path)) if self.job.checkpoints() else ""
            if rot.damaged != rot.metadata and os.path.exists(os.path.join(path, "passed-over")):
                self.did["damaged checkpoints that were kept"] += 1
                if not os.path.exists(os.path.join(path, os.path.basename(rot.damaged))):
                    raise jobs.Wrong(f"what was damaged is gone: {rot.damaged}")

    def collect(self, log):
        passed = self.passed = take_passages(log)
        self.passes += passed
        for point, count in passed.items():
            self.most[point] = max(self.most.get(point, 0), count)

    def count_kill(self, point, power):
        self.did["kills"] += 1
        self.did["power failures" if power else "SIGKILLs"] += 1
        self.did["kills while files came"] += not self.job.has_all_input()
        self.killed_at[point or "random times"] += 1
        if self.job.has_checkpoint():
            self.did["kills after a completed checkpoint"] += 1
        if self.job.has_uncommitted():
            self.did["kills between pre-commit and rename"] += 1

    # --- one job ----------------------------------------------------------------------------------

    def next_job(self):
        """Kinds take turns. Of files that are read side by side nobody knows what is late."""
        number = self.did["jobs"]
        self.did["jobs"] += 1
        parts = number % 5 in (1, 3)
        two = (next(self.updating), next(self.updating if parts else self.timed))
        for kind in two:
            if kind.name not in self.expected:
                self.expected[kind.name] = kind.expected(self.source)
        job = jobs.Job(os.path.join(self.scratch, f"job-{number}"), self.source,
                       backend="memory" if number % 4 == 1 else "rocksdb",
                       overwrite=number % 3 == 1, parts=parts, kinds=two,
                       watched=self.chance if number % 5 == 1 and not self.unaligned else None,
                       overtaken=self.unaligned or number % 2 == 0)
        job.two_phases &= not self.unaligned
        job.relative = number % 8 in (0, 2, 4, 7)
        if self.objects:
            job.keep_in(object_store.ObjectStore(job.directory))
        return job

    def unsettle(self, around):
        """What people, and disks, do to directories between two starts."""
        if self.damages:
            return self.damage() if self.chance.random() < 0.5 else None
        if self.objects or self.unaligned:
            return None
        if self.job.has_committed() and self.chance.random() < 0.15:
            with places.Hidden(self.job):
                self.start(2, kill=False, refused="while the checkpoints were away")
        if self.yesterday.is_older() and (self.chance.random() < 0.3 or
                                          not self.did["starts refused with an older data directory"]):
            with self.yesterday:
                self.start(2, kill=False, refused="with an older data directory")
        self.yesterday.take()
        if self.chance.random() < 0.3:
            self.did["changes of place"] += around.change() != "nothing to lose"

    def run_job(self, kills_left):
        self.job = self.next_job()
        around = places.Places(self.job, self.chance)
        self.yesterday = places.Yesterday(self.job)
        reader = self.job.consumer = consumer.Consumer(
            self.job.out, os.path.join(self.job.directory, "archive"), self.chance.randrange(1 << 30), self.did,
            cleans=self.defect == CLEANER)
        self.job.is_consumed = self.chance.random() < 0.7
        self.damaged = []
        self.job.retained = 3 if self.damages else self.chance.randint(1, 3) if self.objects else 1
        limit = min(self.chance.randint(4, 12), kills_left)
        parallelism, kills, done = 2, 0, False
        while not done:
            before = parallelism
            missed = "rescales" if not self.unaligned else IN_FLIGHT_RESCALED
            if kills > 0 and (self.chance.random() < (0.6 if self.unaligned else 0.4) or (self.late and not self.did[missed])):
                parallelism = self.chance.choice([1, 2, 3, 7])
                self.did["rescales"] += before != parallelism and self.job.has_checkpoint()
                self.did["rescales with rows in flight"] += before != parallelism and self.job.has_rows_in_flight()
            for of in ["", *(f" of {kind.name}" for kind in self.job.kinds)]:
                self.did[f"starts from a checkpoint{of}"] += self.job.has_checkpoint()
            self.did["starts with rows in flight"] += self.job.has_rows_in_flight()
            complete = self.job.has_all_input()
            self.did["starts from a checkpoint while files came"] += self.job.has_checkpoint() and not complete
            ended = self.start(parallelism, kills < limit)
            self.did[IN_FLIGHT] += bool(self.passed[RESTORED_BATCH])
            self.did[IN_FLIGHT_RESCALED] += bool(self.passed[RESTORED_BATCH]) and before != parallelism
            done = (ended and complete) or self.job.finished()
            kills += not ended
            if not done:
                self.unsettle(around)
            if self.job.is_consumed and self.chance.random() < 0.5:
                reader.look(takes=True)
            if done:
                reader.check_polled()
            self.job.check(self.windows, self.totals, self.expected, complete=done)
            self.check_kept()
        self.job.remove()

    def run(self, kills):
        while self.did["kills"] < kills or (self.zeros() and self.did["kills"] < 4 * kills):
            self.late = self.did["kills"] >= kills // 2
            self.run_job(max(kills - self.did["kills"], 4))

    def zeros(self):
        """Points that nobody passed, and what must have happened and has not."""
        return [point for point in self.points if not self.passes[point]] + \
               [name for name in self.required if not self.did[name]]

    def report(self):
        """Prints what was done."""
        print("passages and kills of each point:")
        for point in self.points:
            print(f"  {point:36} {self.passes[point]:8} {self.killed_at[point]:6}")
        print(f"  {'(random times)':36} {'':8} {self.killed_at['random times']:6}")
        for name in self.required:
            print(f"{name}: {self.did[name]}")


def choose(short, names=()):
    """The kinds of operators: in a slice about half of them. With `names`, of those without time only these."""
    if names:
        return tuple(kind for kind in kinds.UPDATING if kind.name in names) + kinds.TIMED
    if not short:
        return kinds.UPDATING + kinds.TIMED
    number, parts = slices.number("crash"), slices.table()["crash"][0]
    return tuple(slices.part("updating", kinds.UPDATING, number, parts) + slices.part("timed", kinds.TIMED, number, parts))


def planted_in(arguments):
    """The name of the defect that is planted; "": none."""
    return arguments.plant or os.environ.get("WEIR_DEFECT", "")


def is_short(arguments):
    return arguments.slice and not slices.is_full()


def suite_of(arguments, suite):
    """Its name in the ledger."""
    return f"{suite}.objects" if arguments.objects else suite


def storm(arguments, seed, kills, chosen):
    """Runs one storm; whether all was well."""
    defect, begun = planted_in(arguments), time.monotonic()
    print(f"seed {seed}" + (f", planted: {defect}" if defect else ""))
    scratch = tempfile.mkdtemp(prefix="weir-crash-")
    runner = Storm(os.path.abspath(arguments.weir), scratch, seed, chosen, arguments)
    wrong, stopped = None, False
    try:
        runner.run(kills)
    except jobs.Wrong as error:
        wrong = error
    except KeyboardInterrupt:
        stopped = True
    finally:
        if runner.job and runner.job.feeder:
            runner.job.feeder.stop()
    zeros = runner.zeros() if not defect and not stopped else []
    if not defect:
        runner.report()
    for name in zeros:
        print(f"FAILED: zero: {name}")
    if wrong:
        how = ", barriers overtake rows" if runner.job.overtaken else ""
        print(f"FAILED after {runner.did['kills']} kills{how}: {wrong}")
    if arguments.ledger and not wrong and not zeros and arguments.unaligned:
        seconds = time.monotonic() - begun
        ledger.record(suite_of(arguments, "crash.unaligned"), seed, runner.did[IN_FLIGHT], seconds)
        ledger.record(suite_of(arguments, "crash.unaligned.rescaled"), seed, runner.did[IN_FLIGHT_RESCALED], seconds)
    elif arguments.ledger and not wrong and not zeros:
        fired = sum(bool(runner.passes[point]) for point in runner.points)
        suite = "crash.damage" if arguments.damage else "crash"
        ledger.record(suite_of(arguments, suite), seed, runner.did["kills"], time.monotonic() - begun, f"{fired}/{len(runner.points)}")
    if arguments.keep:
        print(f"kept: {scratch}")
    else:
        shutil.rmtree(scratch, ignore_errors=True)
    return not wrong and not zeros


def options(doc, kills, plants):
    """A parser of what every storm can be told."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--kills", type=int, default=kills)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--plant", choices=plants)
    for flag in ("--slice", "--keep", "--ledger", "--objects"):
        parser.add_argument(flag, action="store_true")
    return parser


def main():
    parser = options(__doc__, 200, [*planted(), CLEANER])
    parser.add_argument("--kinds", nargs="+", choices=[kind.name for kind in kinds.UPDATING], default=(),
                        help="of the operators without time only these")
    parser.add_argument("--damage", action="store_true")
    parser.add_argument("--unaligned", action="store_true")
    arguments = parser.parse_args()
    seed = seeds.draw(arguments.seed or 0)
    kills = arguments.kills
    short = is_short(arguments)
    few = 7 if arguments.unaligned else 12 if arguments.objects else 40  # where each start takes its time
    return 0 if storm(arguments, seed, few if short else kills, choose(short, arguments.kinds)) else 1


if __name__ == "__main__":
    sys.exit(main())
