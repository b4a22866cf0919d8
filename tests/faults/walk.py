#!/usr/bin/env python3
"""Takes every kind of operator on a walk of checkpoints, kills, restarts, rescalings and savepoints: its result stays what
it is without them.

usage: walk.py --weir WEIR_FAULTY [--walks N] [--seed S] [--steps K] [--only NAME] [--slice] [--plant DEFECT] [--ledger] [--objects]

A query (walk_queries.py) runs once undisturbed. Then it goes again in up to K steps, each of which ends the process
in some way: SIGKILL at a random passage of a named point or at a random time, a loss of power at one, STOP JOB, a
savepoint in one of two formats. The next one goes on with another parallelism, perhaps with little memory for state,
and from a canonical savepoint perhaps with the other backend and another number of key groups; checkpoints are given up
on the way where their time runs out. At the end the rows must be the same: as they are for queries that only insert, folded for others. Prints
how often each kind took each step, and which pairs of parallelisms there were. --slice: part of the kinds, as
slices.py says, unless WEIR_TEST_SLICE=full. With --objects checkpoints and savepoints are in an object store
(object_store.py), and the power does not fail. With --plant a defect is planted, and exit code 1 says what was wrong.
Ends with 'files: N passed, N failed'.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import crash_test
import jobs
import object_store
from walk_queries import QUERIES, tables, write_inputs

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402
import slices  # noqa: E402

KILLED, TIMEOUT = -9, 120
PARALLELISMS = (1, 2, 3, 4, 7, 20, 21)
KEY_GROUPS = (7, 31, 128, 1000)
CHANGE = re.compile(r"^([+-][IUD])\[(.*)\]$")
STEPS = ("kill", "kill", "power", "stop", "canonical", "native")
IMPATIENT = {"execution.checkpointing.timeout": "15 ms",
             "execution.checkpointing.tolerable-failed-checkpoints": 100000}
SAVEPOINT_POINTS = ("savepoint.before_metadata", "savepoint.before_rename", "savepoint.after_rename")
LEAST_KINDS = 23


class Wrong(Exception):
    """The result is not what it must be."""


class Walk:
    """One query on its way. `directory` is its own."""

    def __init__(self, arguments, name, seed, directory, points):
        self.weir, self.query, self.defect = os.path.abspath(arguments.weir), QUERIES[name], arguments.plant
        self.chance, steps = random.Random(f"{name} {seed}"), arguments.steps
        self.store = object_store.ObjectStore(directory) if arguments.objects else None
        self.patience = object_store.TIMEOUT if self.store else TIMEOUT
        self.steps, self.points = self.chance.randint(max(1, steps // 2), steps), points
        self.root = pathlib.Path(directory) / "root"
        self.inputs = pathlib.Path(directory) / "in"
        self.log = pathlib.Path(directory) / "log"
        self.saves = pathlib.Path(self.store.place if self.store else self.root) / "saved"
        self.root.mkdir()
        self.inputs.mkdir()
        write_inputs(self.inputs, seed)
        self.did, self.pairs, self.passed = collections.Counter(), collections.Counter(), collections.Counter()
        self.backend, self.parallelism, self.saved, self.memory = "rocksdb", 1, None, "0"
        self.groups, self.canonical = 128, False  # key groups; whether `saved` is for any number of them
        self.usual = {}  # point -> passages of a run that nothing disturbs
        self.slow = False  # whether a step had a store that takes its time
        self.story = []
        self.seen = []  # jobs that have committed, in the order in which they did

    # --- the program ------------------------------------------------------------------------------

    def script(self, place, statements, more=(), disturbed=True):
        settings = {"state.backend.type": self.backend, "parallelism.default": self.parallelism,
                    "pipeline.max-parallelism": self.groups, "execution.checkpointing.interval": "10 ms",
                    "pipeline.batch-size": 64, "state.memory.limit": self.memory, "restart-strategy.type": "none", **dict(self.query.settings),
                    **dict(more)}
        head = "".join(f"SET '{key}' = '{value}';\n" for key, value in settings.items())
        head += self.store.settings() if self.store and disturbed else ""
        sink = (f"CREATE TABLE results ({self.query.columns}) {self.query.more}WITH ('connector' = 'filesystem', "
                f"'path' = '{place}', 'format' = '{self.query.layout}');\n")
        return head + tables(self.inputs) + sink + statements

    def run(self, data, script, environment=None, kill_after=None, patience=None):
        command = [self.weir, "-q", "--no-progress", "--conf", crash_test.BARE, "--data-dir", str(data), "--no-catalog", "-c", script]
        of_store = self.store.environment() if self.store else {}
        child = subprocess.Popen(command, env={**os.environ, **of_store, **(environment or {})}, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, cwd=self.root)
        if kill_after is not None:
            time.sleep(kill_after)
            child.kill()
        try:
            out, err = child.communicate(timeout=patience or self.patience)
        except subprocess.TimeoutExpired as error:
            child.kill()
            out, err = child.communicate()
            if patience:
                return KILLED, out, err
            raise TimeoutError(f"no end within {self.patience} s") from error
        return child.returncode, out, err

    def rows(self, place):
        """What readers of the sink's directory hold in the end."""
        held, by_key = collections.Counter(), {}

        def order(path):
            _, job, *numbers = path.stem.split("-")
            return self.seen.index(job) if job in self.seen else -1, [int(number) for number in numbers]

        for path in sorted(place.rglob("part-*"), key=order):
            self.fold(path, path.parent.relative_to(place), held, by_key)
        return held + collections.Counter(by_key.values()) if self.query.key else held

    def fold(self, path, partition, held, by_key):
        for line in path.read_text(encoding="utf-8").splitlines():
            match = CHANGE.match(line)
            kind, row = match.groups() if match else ("+I", f"{partition} {line}")
            if self.query.key:
                key = ", ".join(row.split(", ")[:self.query.key])
                by_key.pop(key, None)
                if kind[0] == "+":
                    by_key[key] = row
                continue
            held[row] += 1 if kind[0] == "+" else -1
            if held[row] == 0:
                del held[row]

    # --- steps ------------------------------------------------------------------------------------

    def begin(self):
        """The statement that starts, continues or restores."""
        insert = f"INSERT INTO results {self.query.select};\n"
        if self.saved:
            return f"RESTORE JOB j FROM '{self.saved}' AS {insert}"
        return f"CREATE JOB j AS {insert}"

    def step(self, kind):
        """Whether the job has ended."""
        out = self.root / "out"
        environment = {"WEIR_FAULT_LOG": str(self.log), "WEIR_DELAY_AT": "task.before_read:5000"}
        if self.defect:
            environment["WEIR_DEFECT"] = self.defect
        if self.store:
            environment |= self.store.environment(object_store.draw_answer(self.chance, self.slow, True))
            self.slow |= environment["WEIR_OBJECTS_ANSWER"] == str(object_store.SLOW)
        kill_after, statements, more = None, self.begin(), {}
        self.memory = self.chance.choice(jobs.MEMORIES)
        if kind in ("kill", "power"):
            statements += "WAIT FOR JOB j UNTIL FINISHED;\n"
            if kind == "power":
                environment |= {"WEIR_LOSE_WRITES": str(self.root), "WEIR_LOSE_SEED": str(self.chance.choice([0, 7, 77]))}
            if kind == "power" or self.chance.random() < 0.7:
                point, most = self.chance.choice(sorted(self.usual.items()) + [(point, 2) for point in self.points])
                environment["WEIR_KILL_AT"] = f"{point}:{self.chance.randint(1, min(most, 25))}"
            else:
                kill_after = self.chance.uniform(0.05, 0.5)
        elif kind == "stop":
            statements += "WAIT FOR JOB j UNTIL CHECKPOINT;\nSTOP JOB j;\n"
        elif kind == "canonical":
            statements += f"WAIT FOR JOB j UNTIL CHECKPOINT;\nSTOP JOB j WITH SAVEPOINT '{self.saves}';\n"
        elif kind == "native":  # no checkpoint of its own may commit what is behind the savepoint
            more = {"execution.checkpointing.interval": "1 h"}
            statements += "CHECKPOINT JOB j;\n" * self.chance.randint(0, 3) + \
                f"SAVEPOINT JOB j TO '{self.saves}' FORMAT NATIVE;\nCANCEL JOB j;\n"
        else:
            statements += "WAIT FOR JOB j UNTIL FINISHED;\n"
            del environment["WEIR_DELAY_AT"]
        if kind in ("canonical", "native") and self.chance.random() < 0.25:
            environment["WEIR_KILL_AT"] = self.chance.choice(SAVEPOINT_POINTS)
        impatient = kind == "kill" and not self.store and self.chance.random() < 0.3
        if impatient:  # some checkpoints are given up, where the machine is slow, all
            more = IMPATIENT
        self.story.append(f"{kind} {environment.get('WEIR_KILL_AT', kill_after or '')} p={self.parallelism} {self.backend} groups={self.groups}"
                          f"{'' if self.memory == '0' else ' ' + self.memory}"
                          f"{' impatient' if impatient else ''}{' restored' if self.saved else ''}")
        recorded = self.state() if self.saved else ""
        code, _, err = self.run(self.root / "data", self.script(out, statements, more), environment, kill_after,
                                patience=TIMEOUT / 4 if impatient else None)
        self.collect()
        # A restore that was killed either is recorded, and goes on as the restored job, or never was.
        if code != 0 and self.saved and self.state() != recorded:
            self.saved = None
        return self.judge(kind, code, err)

    def collect(self):
        # One job in each step: a restored one counts its files anew, and times of files that survived a loss of power
        # say nothing.
        self.seen += {path.stem.split("-")[1] for path in (self.root / "out").rglob("part-*")} - set(self.seen)
        if self.log.exists():
            self.passed.update(self.log.read_text(encoding="ascii").split())
            self.log.unlink()
            crash_test.check_never(self.passed, Wrong)

    def state(self):
        code, out, err = self.run(self.root / "data", "SHOW JOBS;\n")
        if code != 0:
            raise Wrong(f"SHOW JOBS: exit {code}: {err}")
        return out

    def judge(self, kind, code, err):
        if code == KILLED:
            self.did["killed savepoint" if kind in ("canonical", "native") else kind] += 1
            self.check_savepoints()
            return "FINISHED" in self.state()
        if code == 0:
            self.saved = None
            if kind in ("canonical", "native"):
                self.did[kind] += 1
                self.canonical = kind == "canonical"
                self.saved = max(self.saves.glob("*/_metadata"), key=lambda path: path.stat().st_mtime_ns).parent
                # A savepoint of a slow store is whole long after its barrier.
                return kind == "native" and ("FINISHED" in self.state() or self.committed_behind(self.saved))
            if kind == "stop":
                self.did[kind] += 1
            return "FINISHED" in self.state()
        if kind in ("stop", "canonical", "native") and "FINISHED" in self.state():
            return True  # it came to its end before it was asked
        if "E8001: the job has ended" in err:
            return False  # asked for a checkpoint while it was ending
        raise Wrong(f"exit {code}: {err.strip()}")

    def committed_behind(self, saved):
        """Whether the job came to its end before it was cancelled: nothing else commits what follows the savepoint."""
        taken = (saved / "_metadata").stat().st_mtime_ns
        return any(path.stat().st_ctime_ns > taken for path in (self.root / "out").rglob("part-*"))

    def check_savepoints(self):
        """What has the name of a savepoint is whole, where one is renamed when it is."""
        for path in [] if self.store else self.saves.glob("savepoint-*"):
            if not path.name.endswith(".unfinished") and not (path / "_metadata").exists():
                raise Wrong(f"a savepoint that is not whole has its name: {path.name}")

    def change(self):
        """Other circumstances for what follows."""
        before = self.parallelism
        if self.chance.random() < 0.6:
            some = PARALLELISMS[:5] if self.chance.random() < 0.9 else PARALLELISMS[5:]
            self.parallelism = min(self.chance.choice(some), self.groups)
        if before != self.parallelism:
            self.did["rescale"] += 1
            self.pairs[f"{before}->{self.parallelism}"] += 1
        if not self.saved or not self.canonical:
            return
        if self.chance.random() < 0.5:
            self.backend = "memory" if self.backend == "rocksdb" else "rocksdb"
        if self.chance.random() < 0.7:
            groups = self.groups
            self.groups = self.chance.choice([some for some in KEY_GROUPS if some >= self.parallelism])
            self.did["dealt anew"] += groups != self.groups

    # --- the whole --------------------------------------------------------------------------------

    def undisturbed(self):
        script = self.script(self.root.parent / "expected", self.begin() + "WAIT FOR JOB j UNTIL FINISHED;\n", disturbed=False)
        code, _, err = self.run(self.root.parent / "other", script, {"WEIR_FAULT_LOG": str(self.log)})
        if code != 0:
            raise Wrong(f"undisturbed: exit {code}: {err}")
        self.collect()
        self.usual = dict(self.passed)
        return self.rows(self.root.parent / "expected")

    def go(self):
        expected = self.undisturbed()
        if not expected:
            raise Wrong("the query gives no rows: nothing is tested")
        self.backend = self.chance.choice(("rocksdb", "rocksdb", "memory"))
        self.parallelism = self.chance.choice(PARALLELISMS[:5])
        done = False
        for _ in range(self.steps):
            kind = self.chance.choice(STEPS)
            done = self.step("kill" if self.store and kind == "power" else kind)
            if done:
                break
            self.change()
        while not done:
            done = self.step("finish")
        self.compare(expected)

    def compare(self, expected):
        actual = self.rows(self.root / "out")
        missing = [row for row in expected if actual[row] < expected[row]]
        surplus = [row for row in actual if actual[row] > expected[row]]
        unfounded = [row for row in actual if actual[row] < 0]
        if missing or surplus or unfounded:
            raise Wrong(f"{len(missing)} rows are missing, such as {missing[:2]}; of {len(surplus)} there are too many, such "
                        f"as {surplus[:2]}; {len(unfounded)} were taken back too often, such as {unfounded[:2]}")
        left = [path for path in (self.root / "out").rglob(".*inprogress*")]
        # A savepoint may still need those of the job that took it.
        if left and not self.did["canonical"] and not self.did["native"]:
            raise Wrong(f"a finished job has left files behind: {left[0].name}")


def one(arguments, name, seed, points):
    """(walk, what was wrong or None)."""
    directory = tempfile.mkdtemp(prefix="weir-walk-")
    walk = Walk(arguments, name, seed, directory, points)
    wrong = None
    try:
        walk.go()
    except Wrong as error:
        wrong = f"{name}, seed {seed}: {error}\n  " + "\n  ".join(walk.story)
    except TimeoutError as error:
        wrong = f"TIMEOUT {name}, seed {seed}: {error}\n  " + "\n  ".join(walk.story)
    if arguments.keep and wrong:
        print(f"kept: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return walk, wrong


def choose(arguments):
    names = [name for name in QUERIES if arguments.only in name]
    if arguments.slice and not slices.is_full():
        slices_there, _ = slices.table()["walk"]
        return slices.part("walk", names, slices.number("walk"), slices_there)
    return names


def report(walks):
    by_kind, pairs = collections.defaultdict(collections.Counter), collections.Counter()
    for name, walk in walks:
        by_kind[name] += walk.did
        pairs += walk.pairs
    for name, did in by_kind.items():
        print(f"  {name:20} " + ", ".join(f"{step} {count}" for step, count in sorted(did.items())))
    print("parallelisms: " + ", ".join(f"{pair} {count}" for pair, count in sorted(pairs.items())))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--walks", type=int, default=1, help="of each kind")
    parser.add_argument("--seed", type=int, default=seeds.draw())
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--only", default="")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--plant", choices=crash_test.planted(), help="or WEIR_DEFECT")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--ledger", action="store_true")
    parser.add_argument("--objects", action="store_true")
    arguments = parser.parse_args()
    arguments.plant = arguments.plant or os.environ.get("WEIR_DEFECT", "")
    print(f"seed {arguments.seed}" + (f", planted: {arguments.plant}" if arguments.plant else ""), flush=True)
    if len(QUERIES) < LEAST_KINDS:
        print(f"FAILED: only {len(QUERIES)} kinds")
    # Of a restart; all others are found by looking at what a query passes.
    points = [point for point in crash_test.named_points() if point.startswith("recovery.")]
    begun, walks, failed = time.monotonic(), [], 0
    work = [(name, arguments.seed + number) for number in range(arguments.walks) for name in choose(arguments)]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for (name, _), (walk, wrong) in zip(work, pool.map(lambda pair: one(arguments, *pair, points), work)):
            walks.append((name, walk))
            if wrong:
                failed += 1
                print(f"FAILED: {wrong}", flush=True)
                if arguments.plant:
                    pool.shutdown(cancel_futures=True)
                    return 1
    report(walks)
    steps = sum((walk.did for _, walk in walks), collections.Counter())
    print("steps: " + ", ".join(f"{step} {count}" for step, count in sorted(steps.items())))
    every = [point for point in crash_test.named_points() if not point.startswith(crash_test.ELSEWHERE)]
    fired = set().union(*(walk.passed for _, walk in walks)) & set(every)
    if arguments.ledger:
        ledger.record("walk.objects" if arguments.objects else "walk", arguments.seed, sum(steps.values()), time.monotonic() - begun, f"{len(fired)}/{len(every)}")
    print(f"files: {len(work) - failed} passed, {failed} failed")
    return 1 if failed or not steps["kill"] else 0


if __name__ == "__main__":
    sys.exit(main())
