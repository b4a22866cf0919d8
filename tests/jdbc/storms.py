"""What the storms over databases have in common (../postgres/storm.py, ../mysql/storm.py): a job from tables of a database into
tables of it, exactly once, while the engine or the server is killed.
   ../mysql/storm.py --weir PROGRAM [--kills N] [--seed N] [--ledger] FAULTY
   ../mysql/storm.py --weir PROGRAM --plants FAULTY
FAULTY: build/weir_faulty, killed in the gaps between the steps of a commit, where its machine loses what was not synced.
--ledger writes down what was run. --plants: each defect of its table of plants must be found."""
import collections
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import ledger  # noqa: E402
from weir_shell import Scratch, expect  # noqa: E402

PATIENCE = 300
ROWS, KEYS = 6000, 40
POINTS = ("jdbc.after_read", "jdbc.after_write", "jdbc.before_sync", "jdbc.after_sync", "checkpoint.before_publish",
          "checkpoint.after_publish", "checkpoint.before_commit", "jdbc.after_lock", "jdbc.after_rows", "jdbc.after_marker",
          "jdbc.before_commit", "jdbc.after_commit", "jdbc.after_epoch", "jdbc.before_remove_log", "jdbc.after_remove_log", "checkpoint.after_commit")
SERVER_EVERY = 6  # kills
MOST_OF_A_ROUND = 12  # kills; then the job comes to its end


class Round:
    """One job, from its first start to its end. A database's own one makes the tables source_N (k, id, v, with a primary key),
    seen_N (a view of its k and v % 3), rows_N, bare_N and counts_N (keyed by k), and checks them."""

    def __init__(self, server, scratch, number, chance):
        self.server, self.scratch, self.number, self.chance = server, scratch, number, chance
        self.folder = os.path.join(scratch.path, f"data-{number}")
        n = number
        self.make()
        once = {"sink.delivery-guarantee": "exactly-once"}
        few = {"scan.fetch-size": "100"}
        script = ("SET 'execution.checkpointing.interval' = '40 ms';\nSET 'pipeline.name' = 'storm';\n"
                  "SET 'pipeline.batch-size' = '64';\nSET 'restart-strategy.type' = 'exponential-delay';\n"
                  "SET 'restart-strategy.exponential-delay.initial-backoff' = '200 ms';\n"
                  + server.table("source", "k INT, id INT, v INT", f"source_{n}", **few, **{
                      "scan.partition.column": "k", "scan.partition.num": "3", "scan.partition.lower-bound": "0", "scan.partition.upper-bound": str(KEYS)})
                  + server.table("seen", "k INT, v INT", f"seen_{n}", **few)
                  + server.table("rows_there", "k INT, id INT, v INT", f"rows_{n}", **once)
                  + server.table("bare", "k INT, v INT", f"bare_{n}", **once)
                  + server.table("counts", "k INT, n BIGINT, total BIGINT, PRIMARY KEY (k) NOT ENFORCED", f"counts_{n}", **once)
                  + "EXECUTE STATEMENT SET BEGIN\nINSERT INTO rows_there SELECT * FROM source;\nINSERT INTO bare SELECT * FROM seen;\n"
                  "INSERT INTO counts SELECT k, COUNT(*), SUM(v) FROM source GROUP BY k;\nEND;\n")
        self.file = scratch.write(f"storm-{n}.sql", script)

    def make(self):
        raise NotImplementedError

    def check(self):
        """Each row once, and each key's last count."""
        n = self.number
        counted = self.server.sql(f"SELECT count(*), count(DISTINCT id), sum(v) FROM rows_{n}")
        right = self.server.sql(f"SELECT count(*), count(*), sum(v) FROM source_{n}")
        expect(counted == right, f"rows: {counted} and not {right}")
        for a, b in ((f"SELECT k, v FROM bare_{n}", f"SELECT k, v FROM seen_{n}"),
                     (f"SELECT k, n, total FROM counts_{n}", f"SELECT k, count(*), sum(v) FROM source_{n} GROUP BY k")):
            wrong = self.server.sql(f"SELECT * FROM (({a}) EXCEPT ALL ({b})) d") + self.server.sql(f"SELECT * FROM (({b}) EXCEPT ALL ({a})) d")
            expect(not wrong, f"{len(wrong)} rows differ of {a}: {wrong[:5]}")

    def start(self, faulty, **environment):
        with open(os.path.join(self.scratch.path, "said"), "w", encoding="utf-8") as said:
            return subprocess.Popen([faulty, "--data-dir", self.folder, "-D", f"parallelism.default={self.chance.choice((1, 2, 3))}", "run", self.file],
                                    cwd=self.scratch.path, env=self.scratch.environment(**environment), stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def said(self):
        if not os.path.exists(os.path.join(self.scratch.path, "said")):
            return ""
        with open(os.path.join(self.scratch.path, "said"), encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]


class Storm:
    """`servers` is the module of a server beside `here`, `make` its own Round."""

    def __init__(self, here, servers, make, name):
        self.here, self.servers, self.make, self.name = here, servers, make, name

    def run(self, server, scratch, kills, seed, faulty, say=lambda _: None):
        chance, killed, fired, number = random.Random(seed), 0, collections.Counter(), 0
        while killed < kills:
            number += 1
            job = self.make(server, scratch, number, chance)
            end = time.monotonic() + PATIENCE
            ended, here = None, 0
            while ended != 0:
                expect(time.monotonic() < end, f"it does not end: {job.said()}")
                environment = {}
                if killed < kills and here < MOST_OF_A_ROUND:
                    environment = {"WEIR_KILL_AT": f"{chance.choice(POINTS)}:{chance.randrange(1, 10)}", "WEIR_LOSE_WRITES": job.folder,
                                   "WEIR_LOSE_SEED": str(chance.randrange(1 << 30))}
                process = job.start(faulty, **environment)
                if environment and (killed + 1) % SERVER_EVERY == 0:
                    time.sleep(chance.uniform(0.1, 1))
                    server.kill()
                    time.sleep(chance.uniform(0, 0.5))
                    server.start()
                    killed, here, fired = killed + 1, here + 1, fired + collections.Counter(["server"])
                try:
                    ended = process.wait(timeout=PATIENCE)
                finally:
                    process.kill()
                    process.wait()
                if ended in (-9, 137):
                    killed, here = killed + 1, here + 1
                    fired[environment["WEIR_KILL_AT"].split(":")[0]] += 1
                else:
                    expect(ended == 0, f"the engine ended with {ended}: {job.said()}")
            job.check()
            say(f"{number} jobs, {killed} kills: none lost, none twice; {dict(fired)}")
        return fired

    def with_server(self, body):
        with self.servers.Server() as server, Scratch() as scratch:
            return body(server, scratch)

    def plants(self, kills, seed, faulty):
        """Each defect alone: how many of them nothing finds."""
        with open(os.path.join(self.here, "plants.tsv"), encoding="utf-8") as file:
            defects = [line.split("\t") for line in file.read().splitlines()[1:]]
        missed = 0
        for defect, _, suite in defects:
            os.environ["WEIR_DEFECT"] = defect
            began, found = time.monotonic(), None
            try:
                if suite == "storm":
                    self.with_server(lambda server, scratch: self.run(server, scratch, kills, seed, faulty))
                else:
                    file, test = suite.split() if " " in suite else (f"{self.name}_test.py", suite)
                    done = subprocess.run([sys.executable, os.path.join(self.here, file), "--weir", faulty, test], stdout=subprocess.PIPE, text=True, check=False)
                    expect(done.returncode == 0, done.stdout)
            except AssertionError as error:
                found = str(error)
            missed += found is None or found.startswith("it does not end")  # which time alone may explain
            print(f"{defect}: {time.monotonic() - began:.0f} s: {'found: ' + found[-300:] if found else 'NOT FOUND'}", flush=True)
        return missed

    def main(self):
        def option(name, otherwise):
            return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise
        if self.servers.programs() is None or self.servers.account() is None:
            print("skipped: no such server can be run here")
            raise SystemExit(77)
        kills, seed, began, faulty = option("--kills", 12), option("--seed", 0), time.monotonic(), os.path.abspath(sys.argv[-1])
        if "--plants" in sys.argv:
            raise SystemExit(self.plants(kills, seed, faulty))
        fired = self.with_server(lambda server, scratch: self.run(server, scratch, kills, seed, faulty, lambda text: print(text, flush=True)))
        if "--ledger" in sys.argv:
            ledger.record(f"crash.{self.name}", seed, kills, time.monotonic() - began, f"{len(fired)}/{len(POINTS) + 1}")
