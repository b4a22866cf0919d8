#!/usr/bin/env python3
"""Jobs whose checkpoints are in a store that speaks S3, killed by SIGKILL again and again and begun anew in between, while
the proxy before the store drops, loses, cuts, repeats and refuses requests: in the end the rows are those of the same job
that nobody disturbed.
   storm.py --weir PROGRAM [--kills N] [--seed N] [FAULTY]
FAULTY: build/weir_faulty, which is also killed between any two steps of a checkpoint: before and after each upload, the
metadata and the pointer."""
import argparse
import collections
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import seed as seeds  # noqa: E402
import server as servers  # noqa: E402
from proxy import Proxy  # noqa: E402
from weir_shell import Scratch, expect  # noqa: E402

BUCKET = "storm"
PATIENCE = 300
ROWS = 60_000
# Where a checkpoint can be cut off, and where a start can.
POINTS = ("s3.before_put", "s3.after_put", "s3.before_part", "s3.before_complete", "s3.after_complete", "state.before_shared_link",
          "state.before_manifest", "state.before_link", "state.after_link", "checkpoint.before_metadata", "checkpoint.after_metadata",
          "checkpoint.before_pointer", "checkpoint.after_pointer", "checkpoint.before_commit", "checkpoint.after_commit", "checkpoint.before_drop",
          "checkpoint.after_drop_metadata", "checkpoint.before_sweep", "recovery.before_load", "recovery.after_link")
BACKENDS = ("rocksdb", "memory")


def script(backend, directory):
    return (f"SET 'pipeline.name' = 'storm';\nSET 'state.backend.type' = '{backend}';\nSET 'restart-strategy.type' = 'none';\n"
            "SET 'execution.checkpointing.interval' = '20 ms';\nSET 'parallelism.default' = '2';\nSET 'pipeline.batch-size' = '64';\n"
            f"SET 'execution.checkpointing.dir' = '{directory}';\nSET 'execution.checkpointing.num-retained' = '2';\n"
            "SET 'table.dml-sync' = 'true';\n"
            f"CREATE TABLE g (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20000', 'number-of-rows' = '{ROWS}', "
            f"'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '{ROWS - 1}');\n"
            "CREATE TABLE o (k BIGINT, n BIGINT, s BIGINT, m BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'changelog');\n"
            "INSERT INTO o SELECT MOD(n * 7919, 997), COUNT(*), SUM(n), MAX(n) FROM g GROUP BY MOD(n * 7919, 997);\n")


def folded(folder):
    """The table that the changes in the files make: rows, each with how often it is there."""
    there = collections.Counter()
    files = [os.path.join(folder, name) for name in os.listdir(folder) if name.startswith("part")]
    for path in files:
        with open(path, encoding="utf-8") as file:
            for line in file:
                kind, row = line[:2], line.rstrip("\n")[3:-1]
                there[row] += 1 if kind in ("+I", "+U") else -1
    return {row: count for row, count in there.items() if count != 0}


def expected():
    rows = collections.defaultdict(list)
    for n in range(ROWS):
        rows[n * 7919 % 997].append(n)
    return {f"{key}, {len(of)}, {sum(of)}, {max(of)}": 1 for key, of in rows.items()}


class Storm:
    def __init__(self, weir, faulty, server, seed):
        self.weir, self.faulty, self.server, self.chance = weir, faulty, server, random.Random(seed)
        self.did = collections.Counter()

    def run(self, scratch, proxy, text, kill):
        """One start: (exit code or None if it was killed, what it said)."""
        environment = {**scratch.environment(), "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
        program = self.weir
        if kill and self.faulty and self.chance.random() < 0.7:
            program, point = self.faulty, self.chance.choice(POINTS)
            environment["WEIR_KILL_AT"] = f"{point}:{self.chance.randrange(1, 12)}"
            self.did["kills aimed at points"] += 1
        child = subprocess.Popen([program, "-D", f"s3.endpoint={proxy.url}", "-D", "s3.path.style.access=true", "-D", "s3.retry.interval=10 ms",
                                  "-D", "s3.attempts.maximum=40", "-f", "-"], cwd=scratch.path, env=environment, text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdin.write(text)
        child.stdin.close()
        child.stdin = None
        try:
            said = child.communicate(timeout=self.chance.uniform(0.3, 2.5) if kill else PATIENCE)
            return child.returncode, said[1]
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            self.did["SIGKILLs"] += 1
            return None, ""

    def one(self, backend, kills):
        with Scratch() as scratch, Proxy(self.server, chance=0.05, seed=self.chance.randrange(1 << 30)) as proxy:
            for key in self.server.keys(BUCKET):
                self.server.delete(BUCKET, key)
            text = script(backend, f"s3://{BUCKET}/checkpoints")
            code, said = 1, ""
            for i in range(kills + 20):
                code, said = self.run(scratch, proxy, text, i < kills)
                if code == 0:
                    break
                expect(i < kills, f"{backend}: an undisturbed start ends with {code}: {said[-3000:]}")
                # A killed process says nothing; one that a point has killed ends by the signal, too.
                expect(code is None or code < 0 or "ERROR" not in said, f"{backend}: {code}: {said[-3000:]}")
            self.did["jobs"] += 1
            found, wanted = folded(os.path.join(scratch.path, "out")), expected()
            expect(found == wanted, f"{backend}: {len(found)} rows, {len(set(wanted) - set(found.items()))} are wrong: "
                   f"{sorted(set(found.items()) ^ set(wanted.items()))[:6]}")
            self.did["requests that went wrong"] += sum(proxy.counts().values()) // 20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("faulty", nargs="?", default="")
    said = parser.parse_args()
    said.weir, said.faulty = os.path.abspath(said.weir), said.faulty and os.path.abspath(said.faulty)
    place, why = servers.moto(said.weir)
    if why is not None:
        print(f"SKIPPED s3.storm: moto cannot be installed: {why}")
        sys.exit(77)
    number = seeds.draw(said.seed)
    print(f"seed {number}", flush=True)
    begun = time.monotonic()
    with servers.Server(place) as server:
        server.put_bucket(BUCKET)
        storm = Storm(said.weir, said.faulty, server, number)
        for i, backend in enumerate(BACKENDS):
            storm.one(backend, (said.kills + i) // len(BACKENDS))
    print(f"{dict(storm.did)} in {time.monotonic() - begun:.0f} s")
    expect(storm.did["jobs"] == len(BACKENDS), "not all jobs ended")


if __name__ == "__main__":
    main()
