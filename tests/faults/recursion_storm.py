#!/usr/bin/env python3
"""Kills jobs that walk through cyclic graphs, again and again, and compares what they committed with a search in Python.

usage: recursion_storm.py --weir WEIR_FAULTY [--kills N] [--seed S] [--plant NAME] [--slice] [--keep] [--ledger] [--objects]

Each job is WITH RECURSIVE … UNION over the edges of a graph of 2,000 nodes with cycles (GRAPHS take turns): what can be
reached from five of them. Its edges come in files, one after the other, while it runs and while it is dead, those that
join its parts last. Most starts are killed: with SIGKILL at a random time or at a random passage of a named point, or
as a power failure at either; each has one of the parallelisms 1, 3 and 7, in some barriers may overtake rows. After
each kill the rows that are visible must be among those that a breadth-first search finds, each once; at the end of a
job, all of them. A count of REQUIRED that is zero is a failure. With --plant, or WEIR_DEFECT, a defect is planted: then
exit code 1 says that it was caught (sabotage.py). With --objects checkpoints are in an object store (object_store.py),
and the power does not fail. --slice is short unless WEIR_TEST_SLICE=full.
"""
import collections
import glob
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

import consumer
import crash_test
import feeder
import object_store

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402

NODES, ROOT_EVERY, FILES = 2000, 400, 12
PARALLELISMS = (1, 3, 7)
TIMEOUT = 300
POINTS = ("task.before_batch", "task.before_barrier", "checkpoint.before_ack", "checkpoint.before_persist", "checkpoint.after_publish",
          "checkpoint.after_commit", "sink.before_rename", "recovery.after_commit")
REQUIRED = ("kills", "SIGKILLs", "power failures", "kills after a completed checkpoint", "kills while edges came",
            "starts from a checkpoint", "rescales", "graphs")


def ring(chance):
    """One cycle through all nodes in a random order: no way is longer."""
    order = chance.sample(range(NODES), NODES)
    return list(zip(order, order[1:] + order[:1])), []


def cells(chance):
    """Cycles of 40 nodes, of which each leads into the next and the last into the first, which comes last."""
    order = chance.sample(range(NODES), NODES)
    rings = [order[at:at + 40] for at in range(0, NODES, 40)]
    inner = [edge for one in rings for edge in zip(one, one[1:] + one[:1])]
    return inner, [(one[7], other[3]) for one, other in zip(rings, rings[1:] + rings[:1])]


def tangle(chance):
    """Random edges, some of them twice, some from a node to itself."""
    edges = [(chance.randrange(NODES), chance.randrange(NODES)) for _ in range(3 * NODES // 2)]
    return edges + chance.sample(edges, 100), [(chance.randrange(NODES), chance.randrange(NODES)) for _ in range(100)]


GRAPHS = (ring, cells, tangle)


def reached(edges):
    """Lines of the output: a root, and a node that some way of at least one edge leads to from it."""
    ways = collections.defaultdict(list)
    for source, target in edges:
        ways[source].append(target)
    lines = set()
    for root in range(0, NODES, ROOT_EVERY):
        found, queue = set(), collections.deque([root])
        while queue:
            for target in ways[queue.popleft()]:
                if target not in found:
                    found.add(target)
                    queue.append(target)
        lines |= {f"{root},{node}" for node in found}
    return lines


class Walk:
    """One job over one graph, in a directory of its own."""

    def __init__(self, directory, graph, chance, backend, store):
        self.root, self.folder = os.path.join(directory, "root"), os.path.join(directory, "edges")
        self.data, self.out = os.path.join(self.root, "data"), os.path.join(self.root, "out")
        self.backend, self.store = backend, store
        os.makedirs(self.root)
        early, late = graph(chance)
        self.expected = reached(early + late)
        chance.shuffle(early)
        step = -(-len(early) // FILES)
        files = [early[at:at + step] for at in range(0, len(early), step)] + ([late] if late else [])
        self.feeder = feeder.Feeder(self.folder, ["".join(f"{a},{b}\n" for a, b in edges) for edges in files], chance, 0.6)

    def script(self, parallelism, unaligned):
        return f"""
SET 'parallelism.default' = '{parallelism}';
SET 'state.backend.type' = '{self.backend}';
SET 'execution.checkpointing.interval' = '15 ms';
SET 'execution.checkpointing.unaligned.enabled' = '{str(unaligned).lower()}';
SET 'pipeline.batch-size' = '64';
SET 'restart-strategy.type' = 'none';
SET 'pipeline.name' = 'walk';
{self.store.settings() if self.store else ""}CREATE TABLE edges (src INT, dst INT) WITH ('connector' = 'filesystem', 'path' = '{self.folder}', 'format' = 'csv',
  'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');
CREATE TABLE reach (a INT, b INT) WITH ('connector' = 'filesystem', 'path' = '{self.out}', 'format' = 'csv');
INSERT INTO reach WITH RECURSIVE r (a, b) AS (SELECT src, dst FROM edges WHERE MOD(src, {ROOT_EVERY}) = 0
  UNION SELECT r.a, e.dst FROM r JOIN edges AS e ON r.b = e.src) SELECT a, b FROM r;
WAIT FOR JOB walk UNTIL IDLE;
STOP JOB walk;
"""

    def has_checkpoint(self):
        jobs = self.store.place if self.store else os.path.join(self.data, "jobs/*/checkpoints")
        return bool(glob.glob(os.path.join(jobs, "**/chk-*/_metadata"), recursive=True))

    def check(self, complete):
        """What is visible is a part of what must be in the end, each row once; with `complete`, all of it."""
        lines = collections.Counter()
        for name in os.listdir(self.out) if os.path.isdir(self.out) else []:
            if not consumer.PART.match(name):
                continue
            with open(os.path.join(self.out, name), encoding="ascii") as file:
                lines.update(file.read().splitlines())
        for what, found in (("twice", [line for line, count in lines.items() if count > 1]),
                            ("that no way leads to", lines.keys() - self.expected),
                            ("missing", self.expected - lines.keys() if complete else ())):
            if found:
                raise consumer.Wrong(f"{len(found)} rows {what}, such as {next(iter(found))!r}")


class Storm:
    def __init__(self, weir, scratch, seed, arguments):
        self.weir, self.scratch, self.defect = weir, scratch, crash_test.planted_in(arguments)
        self.objects, self.short = arguments.objects, crash_test.is_short(arguments)
        self.required = [name for name in REQUIRED if not (self.objects and name == "power failures")]
        self.chance = random.Random(seed)
        self.did = collections.Counter()
        self.walk = None

    def plan(self):
        """(environment, seconds or None) of a start that is killed."""
        power = not self.objects and self.chance.random() < 0.3
        env = crash_test.power_failure(self.chance, self.walk.root) if power else {}
        if self.chance.random() < 0.6:
            env["WEIR_KILL_AT"] = f"{self.chance.choice(POINTS)}:{self.chance.randint(1, 30)}"
            return env, None
        seconds = self.chance.uniform(0.02, 0.8)
        if not power:
            return env, seconds
        env["WEIR_KILL_AFTER"] = str(int(seconds * 1000))
        return env, None

    def start(self, parallelism, kill):
        """Whether the job came to its end."""
        log = os.path.join(self.scratch, "log")
        env, seconds = self.plan() if kill else ({}, None)
        environment = dict(os.environ, WEIR_FAULT_LOG=log, **env)
        if self.objects:
            answer = object_store.draw_answer(self.chance, self.did["slow starts"], self.short)
            self.did["slow starts"] += answer == object_store.SLOW
            environment |= self.walk.store.environment(answer)
        if self.defect:
            environment["WEIR_DEFECT"] = self.defect
        if kill and self.chance.random() < 0.5:
            environment["WEIR_JITTER_AT"] = "task.before_batch:500"
        script = self.walk.script(parallelism, self.chance.random() < 0.5)
        child = subprocess.Popen([self.weir, "-q", "--no-progress", "--conf", crash_test.BARE, "--data-dir", self.walk.data,
                                  "--no-catalog", "-c", script], env=environment, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True, cwd=self.scratch)
        if seconds is not None:
            time.sleep(seconds)
            child.kill()
        limit = object_store.TIMEOUT if self.objects else TIMEOUT
        try:
            _, errors = child.communicate(timeout=limit)
        except subprocess.TimeoutExpired as error:
            child.kill()
            raise consumer.Wrong(f"no end within {limit} s") from error
        crash_test.take_passages(log)
        if child.returncode == 0:
            return True
        if child.returncode != -9:
            raise consumer.Wrong(f"exit code {child.returncode}: {errors.strip()}")
        self.did["kills"] += 1
        self.did["power failures" if "WEIR_LOSE_WRITES" in env else "SIGKILLs"] += 1
        self.did["kills after a completed checkpoint"] += self.walk.has_checkpoint()
        self.did["kills while edges came"] += not self.walk.feeder.done()
        return False

    def run_graph(self, kills):
        number = self.did["graphs"]
        self.did["graphs"] += 1
        directory = os.path.join(self.scratch, f"graph-{number}")
        store = object_store.ObjectStore(directory) if self.objects else None
        self.walk = Walk(directory, GRAPHS[number % len(GRAPHS)], self.chance, "memory" if number % 4 == 1 else "rocksdb", store)
        last, done, before = self.did["kills"] + kills, False, None
        while not done:
            parallelism = self.chance.choice(PARALLELISMS)
            self.did["starts from a checkpoint"] += self.walk.has_checkpoint()
            self.did["rescales"] += self.walk.has_checkpoint() and before not in (None, parallelism)
            complete, before = self.walk.feeder.done(), parallelism
            done = self.start(parallelism, self.did["kills"] < last) and complete
            self.walk.check(done)

    def run(self, kills):
        while self.did["kills"] < kills or (self.zeros() and self.did["kills"] < 4 * kills):
            self.run_graph(min(self.chance.randint(4, 9), max(kills - self.did["kills"], 4)))

    def zeros(self):
        return [name for name in self.required if not self.did[name]]


def storm(arguments, seed, kills):
    """Runs one storm; whether all was well."""
    defect, begun = crash_test.planted_in(arguments), time.monotonic()
    print(f"seed {seed}" + (f", planted: {defect}" if defect else ""), flush=True)
    scratch = tempfile.mkdtemp(prefix="weir-recursion-")
    runner, wrong = Storm(os.path.abspath(arguments.weir), scratch, seed, arguments), None
    try:
        runner.run(kills)
    except consumer.Wrong as error:
        wrong = error
    finally:
        if runner.walk:
            runner.walk.feeder.stop()
    zeros = [] if defect or wrong else runner.zeros()
    for name in runner.required if not defect else ():
        print(f"{name}: {runner.did[name]}")
    for name in zeros:
        print(f"FAILED: zero: {name}")
    if wrong:
        print(f"FAILED after {runner.did['kills']} kills: {wrong}")
    if arguments.ledger and not wrong and not zeros:
        ledger.record(crash_test.suite_of(arguments, "crash.recursion"), seed, runner.did["kills"], time.monotonic() - begun)
    if arguments.keep:
        print(f"kept: {scratch}")
    else:
        shutil.rmtree(scratch, ignore_errors=True)
    return not wrong and not zeros


def main():
    arguments = crash_test.options(__doc__, 60, crash_test.planted()).parse_args()
    short = crash_test.is_short(arguments)
    return 0 if storm(arguments, seeds.draw(arguments.seed or 0), 8 if short else arguments.kills) else 1


if __name__ == "__main__":
    sys.exit(main())
