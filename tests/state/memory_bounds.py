#!/usr/bin/env python3
"""Whether a process stays within its limit of memory, whatever shape its state has.

usage: memory_bounds.py --weir PROGRAM [--rows N] [--limit MIB] [--only NAME]

Every shape runs over N rows (5 million; 200,000 unless WEIR_TEST_SLICE=full) under 'state.memory.limit' = 16 MiB. The
table shows the resident memory at its highest (VmHWM), of which idle + limit + 256 MiB are allowed; more is a failure.
Idle is a process that has run SELECT 1. Values in hand come on top where a shape has one large value.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

SLACK = 256
NUMBERS = """CREATE TABLE n (id BIGINT, v BIGINT, t BIGINT, ts AS TO_TIMESTAMP_LTZ(t, 3), WATERMARK FOR ts AS ts) WITH (
  'connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '{rows}',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{rows}',
  'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '{rows}',
  'fields.t.kind' = 'sequence', 'fields.t.start' = '1', 'fields.t.end' = '{rows}');
CREATE TABLE hole (a BIGINT, b BIGINT) WITH ('connector' = 'blackhole');
"""
# name -> (query of two BIGINTs, MiB of values in hand at the full number of rows).
SHAPES = {
    "groups": ("SELECT id, COUNT(*) FROM n GROUP BY id", 0),
    "sessions": ("SELECT id, COUNT(*) FROM TABLE(SESSION(TABLE n PARTITION BY id, DESCRIPTOR(ts), INTERVAL '3' HOUR)) "
                 "GROUP BY window_start, window_end, id", 0),
    "first by time": ("SELECT id, v FROM (SELECT id, v, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts) AS r FROM n) WHERE r = 1", 0),
    "last by time": ("SELECT id, v FROM (SELECT id, v, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts DESC) AS r FROM n) "
                     "WHERE r = 1", 0),
    "order by limit": ("SELECT id, v FROM n ORDER BY MOD(v * 7919, 1000003), v LIMIT 10", 0),
    "join": ("SELECT a.id, b.v FROM n a JOIN n b ON a.id = b.v", 0),
    "distinct": ("SELECT COUNT(DISTINCT v), 1 FROM n", 0),
    "windows": ("SELECT id, COUNT(*) FROM TABLE(TUMBLE(TABLE n, DESCRIPTOR(ts), INTERVAL '1' HOUR)) "
                "GROUP BY window_start, window_end, id", 0),
}


def peak_of(command, cwd):
    """(exit code, MiB at the highest, seconds)."""
    start = time.monotonic()
    with open(os.path.join(cwd, "err"), "w", encoding="utf-8") as err:
        child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss // 1024, time.monotonic() - start


def measure(program, sql, limit):
    scratch = tempfile.mkdtemp(prefix="weir-memory-")
    try:
        command = [program, "-q", "--no-progress", "--data-dir", "data", "-D", f"state.memory.limit={limit} mb",
                   "-D", "parallelism.default=2", "-c", sql]
        code, mib, seconds = peak_of(command, scratch)
        with open(os.path.join(scratch, "err"), encoding="utf-8") as err:
            return code, mib, seconds, err.read()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True)
    full = os.environ.get("WEIR_TEST_SLICE") == "full"
    parser.add_argument("--rows", type=int, default=5_000_000 if full else 200_000)
    parser.add_argument("--limit", type=int, default=16)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.weir)
    _, idle, _, _ = measure(program, "SELECT 1;", arguments.limit)
    print(f"idle {idle} MiB, limit {arguments.limit} MiB, {arguments.rows} rows")
    failed = []
    for name, (query, in_hand) in SHAPES.items():
        if arguments.only and arguments.only != name:
            continue
        sql = NUMBERS.format(rows=arguments.rows) + f"INSERT INTO hole {query};"
        code, mib, seconds, err = measure(program, sql, arguments.limit)
        allowed = idle + arguments.limit + SLACK + in_hand
        good = code == 0 and mib <= allowed
        print(f"{name:16} {mib:6} MiB of {allowed:5} {seconds:7.1f} s{'' if good else '  FAILED'}", flush=True)
        if not good:
            failed.append(name)
            print(err[-2000:])
    if failed:
        sys.exit(f"memory_bounds: {', '.join(failed)}")


main()
