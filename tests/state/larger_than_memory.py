#!/usr/bin/env python3
"""A group aggregation and lists of state, each four times as large as the memory for state.

usage: larger_than_memory.py --weir PROGRAM --state-test PROGRAM [--keys N] [--list-rows N]
Runs SELECT k, COUNT(*), SUM(v) … GROUP BY k over N text keys that come twice, in another order, with checkpoints
every second and without; then the lists (tests/unit/state/larger_than_memory_test.cc). Checks the results,
that the process's peak of resident memory is within the limit plus 256 MiB, and that rows were evicted and
read back. Ends with 1 on the first difference.
"""
import argparse
import glob
import math
import os
import subprocess
import sys
import tempfile
import time

SLACK = 256 << 20
BYTES_A_KEY = 110  # in memory, of the aggregation's state: measured without a limit
LIST_ROW_BYTES = 150  # kBytesPerRow of the test

SQL = """
CREATE TABLE t (k STRING, v BIGINT) WITH ('connector'='filesystem','path'='{directory}/in.csv','format'='csv');
CREATE TABLE o (n BIGINT, c BIGINT, s BIGINT) WITH
  ('connector'='filesystem','path'='{directory}/out','format'='changelog');
SET 'pipeline.name'='larger';
INSERT OVERWRITE o
WITH per_key AS (SELECT k, COUNT(*) AS c, SUM(v) AS s FROM t GROUP BY k)
SELECT COUNT(*), SUM(c), SUM(s) FROM per_key;
"""


def fail(text):
    print("larger_than_memory: " + text, file=sys.stderr)
    sys.exit(1)


def write_input(path, keys):
    """Every key twice: the second time long after the first."""
    step = 2147483647
    while math.gcd(step, keys) != 1:
        step += 2
    with open(path, "w", encoding="ascii") as out:
        for turn in range(2):
            for i in range(keys):
                k = (i * step + turn * 7) % keys
                out.write(f"customer-{k:09d},{k % 1000}\n")


def final_row(directory):
    """What the changelog of one row leaves."""
    rows = {}
    for name in glob.glob(directory + "/out/part-*"):
        with open(name, encoding="ascii") as lines:
            for line in lines:
                kind, row = line.rstrip("\n").split("[", 1)
                rows[row] = rows.get(row, 0) + (1 if kind in ("+I", "+U") else -1)
    left = [row for row, count in rows.items() if count != 0]
    return left[0].rstrip("]") if len(left) == 1 and rows[left[0]] == 1 else str(left)


def run(command, **options):
    """Runs a child; gives its peak of resident memory in bytes."""
    process = subprocess.Popen(command, **options)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        fail(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss * 1024


def aggregation(weir, keys, interval):
    limit = keys * BYTES_A_KEY // 4
    with tempfile.TemporaryDirectory(prefix="weir-larger-") as directory:
        write_input(directory + "/in.csv", keys)
        with open(directory + "/q.sql", "w", encoding="ascii") as script:
            script.write(SQL.format(directory=directory))
        started = time.time()
        peak = run([weir, "--data-dir", directory + "/data", "--no-progress", "-q",
                    "--statistics", directory + "/statistics",
                    "-D", f"execution.checkpointing.interval={interval}",
                    "-D", f"state.memory.limit={limit // 1024}kb", "run", directory + "/q.sql"])
        seconds = time.time() - started
        with open(directory + "/statistics", encoding="ascii") as lines:
            counts = {name: int(count) for name, count in (line.split() for line in lines)}
        expected = f"{keys}, {2 * keys}, {2 * sum(k % 1000 for k in range(keys))}"
        got = final_row(directory)
    print(f"aggregation of {keys} keys, checkpoints every {interval}: {seconds:.1f} s, limit {limit >> 20} MiB, "
          f"peak {peak >> 20} MiB, {counts['checkpoints']} checkpoints, {counts['disk_reads']} disk reads, "
          f"{counts['evictions']} evictions")
    if got != expected:
        fail(f"the result is [{got}] instead of [{expected}]")
    if peak > limit + SLACK:
        fail("too much resident memory")
    if counts["disk_reads"] == 0 or counts["evictions"] == 0:
        fail("nothing was evicted or read back")
    if interval != "0s" and counts["checkpoints"] == 0:
        fail("no checkpoint completed")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--weir", required=True)
    arguments.add_argument("--state-test", required=True)
    arguments.add_argument("--keys", type=int, default=600_000)
    arguments.add_argument("--list-rows", type=int, default=300_000)
    options = arguments.parse_args()
    for interval in ("0s", "1s"):
        aggregation(options.weir, options.keys, interval)
    for kind in ("WithoutCheckpoints", "WithCheckpoints"):
        limit = options.list_rows * LIST_ROW_BYTES // 4
        peak = run([options.state_test, "--gtest_brief=1", f"--gtest_filter=LargerThanMemoryTest.Lists{kind}"],
                   env={**os.environ, "WEIR_LIST_ROWS": str(options.list_rows)})
        if peak > limit + SLACK:
            fail("lists take too much resident memory")


if __name__ == "__main__":
    main()
