#!/usr/bin/env python3
"""A job from tables of PostgreSQL into tables of PostgreSQL, exactly once, while the engine or the server is killed: psql
counts each row once, and each key's last count. Sources are a table with a primary key and a view, which has none.
   storm.py --weir PROGRAM [--kills N] [--seed N] [--ledger] FAULTY
   storm.py --weir PROGRAM --plants FAULTY
FAULTY: build/weir_faulty, killed in the gaps between the steps of a commit, where its machine loses what was not synced.
--ledger writes down what was run. --plants: each defect of plants.tsv must be found."""
import collections
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import ledger  # noqa: E402
import server as servers  # noqa: E402
from weir_shell import Scratch, expect  # noqa: E402

PATIENCE = 300
ROWS, KEYS = 6000, 40
POINTS = ("postgres.after_read", "postgres.after_write", "postgres.before_sync", "postgres.after_sync", "checkpoint.before_publish",
          "checkpoint.after_publish", "checkpoint.before_commit", "postgres.after_lock", "postgres.after_rows", "postgres.after_marker",
          "postgres.before_commit", "postgres.after_commit", "postgres.after_epoch", "postgres.before_remove_log", "postgres.after_remove_log", "checkpoint.after_commit")
SERVER_EVERY = 6  # kills
MOST_OF_A_ROUND = 12  # kills; then the job comes to its end


class Round:
    """One job, from its first start to its end."""

    def __init__(self, server, scratch, number, chance):
        self.server, self.scratch, self.number, self.chance = server, scratch, number, chance
        self.folder = os.path.join(scratch.path, f"data-{number}")
        n = number
        server.sql(f"CREATE TABLE source_{n} (k int, id int, v int, primary key (k, id)); "
                   f"INSERT INTO source_{n} SELECT i % {KEYS}, i, i * 7 % 1000 FROM generate_series(1, {ROWS}) i; "
                   f"CREATE VIEW seen_{n} AS SELECT k, v % 3 AS v FROM source_{n}; "
                   f"CREATE TABLE rows_{n} (k int, id int, v int); CREATE TABLE bare_{n} (k int, v int); "
                   f"CREATE TABLE counts_{n} (k int primary key, n bigint, total bigint)")
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

    def start(self, faulty, **environment):
        with open(os.path.join(self.scratch.path, "said"), "w", encoding="utf-8") as said:
            return subprocess.Popen([faulty, "--data-dir", self.folder, "-D", f"parallelism.default={self.chance.choice((1, 2, 3))}", "run", self.file],
                                    cwd=self.scratch.path, env=self.scratch.environment(**environment), stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def said(self):
        if not os.path.exists(os.path.join(self.scratch.path, "said")):
            return ""
        with open(os.path.join(self.scratch.path, "said"), encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    def check(self):
        n = self.number
        counted = self.server.sql(f"SELECT count(*), count(DISTINCT id), sum(v) FROM rows_{n}")
        right = self.server.sql(f"SELECT count(*), count(*), sum(v) FROM source_{n}")
        expect(counted == right, f"rows: {counted} and not {right}")
        for a, b in ((f"SELECT k, v FROM bare_{n}", f"SELECT k, v FROM seen_{n}"),
                     (f"SELECT * FROM counts_{n}", f"SELECT k, count(*), sum(v) FROM source_{n} GROUP BY k")):
            wrong = self.server.sql(f"SELECT * FROM (({a}) EXCEPT ALL ({b})) d") + self.server.sql(f"SELECT * FROM (({b}) EXCEPT ALL ({a})) d")
            expect(not wrong, f"{len(wrong)} rows differ of {a}: {wrong[:5]}")


def storm(server, scratch, kills, seed, faulty, say=lambda _: None):
    chance, killed, fired, number = random.Random(seed), 0, collections.Counter(), 0
    while killed < kills:
        number += 1
        job = Round(server, scratch, number, chance)
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


def with_server(body):
    with servers.Server() as server, Scratch() as scratch:
        return body(server, scratch)


def plants(kills, seed, faulty):
    """Each defect alone: how many of them nothing finds."""
    with open(os.path.join(HERE, "plants.tsv"), encoding="utf-8") as file:
        defects = [line.split("\t") for line in file.read().splitlines()[1:]]
    missed = 0
    for defect, _, suite in defects:
        os.environ["WEIR_DEFECT"] = defect
        began, found = time.monotonic(), None
        try:
            if suite == "storm":
                with_server(lambda server, scratch: storm(server, scratch, kills, seed, faulty))
            else:
                file, test = suite.split() if " " in suite else ("postgres_test.py", suite)
                done = subprocess.run([sys.executable, os.path.join(HERE, file), "--weir", faulty, test], stdout=subprocess.PIPE, text=True, check=False)
                expect(done.returncode == 0, done.stdout)
        except AssertionError as error:
            found = str(error)
        missed += found is None or found.startswith("it does not end")  # which time alone may explain
        print(f"{defect}: {time.monotonic() - began:.0f} s: {'found: ' + found[-300:] if found else 'NOT FOUND'}", flush=True)
    return missed


def main():
    def option(name, otherwise):
        return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise
    if servers.programs() is None or servers.account() is None:
        print("skipped: no PostgreSQL server can be run here")
        raise SystemExit(77)
    kills, seed, began, faulty = option("--kills", 12), option("--seed", 0), time.monotonic(), os.path.abspath(sys.argv[-1])
    if "--plants" in sys.argv:
        raise SystemExit(plants(kills, seed, faulty))
    fired = with_server(lambda server, scratch: storm(server, scratch, kills, seed, faulty, lambda text: print(text, flush=True)))
    if "--ledger" in sys.argv:
        ledger.record("crash.postgres", seed, kills, time.monotonic() - began, f"{len(fired)}/{len(POINTS) + 1}")


if __name__ == "__main__":
    main()
