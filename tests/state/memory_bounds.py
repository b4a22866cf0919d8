#!/usr/bin/env python3
"""Whether a process stays within its limit of memory, whatever shape its state has.

usage: memory_bounds.py --weir PROGRAM [--rows N] [--limit MIB] [--only NAME] [--group MIB] [--ledger]

Every shape runs over N rows (5 million; 100,000 unless WEIR_TEST_SLICE=full) under 'state.memory.limit' = 16 MiB. The
table shows the resident memory at its highest (VmHWM), of which idle + limit + 256 MiB are allowed; more is a failure.
Idle is a process that has run SELECT 1. Where a shape is one large value, those in hand come on top: the list in state, the
one that is made of it, the result before and the result after. Last, one shape runs without a limit in a control group of
512 MiB (--group MIB), which must not kill it; where no group can be made this is said.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

from memory_shapes import NUMBERS

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import ledger  # noqa: E402

SLACK = 256
# The table "waiting" has times that are certain at its end only.
TABLES = NUMBERS + NUMBERS.replace("TABLE n ", "TABLE waiting ").replace("AS ts)", "AS ts - INTERVAL '30' DAY)") + NUMBERS.replace(
    "TABLE n ", "TABLE versions ").replace("AS ts)", "AS ts, PRIMARY KEY (id) NOT ENFORCED)") + """CREATE TABLE hole (a BIGINT, b BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE known (k BIGINT, w BIGINT) WITH ('connector' = 'filesystem', 'path' = 'known.csv', 'format' = 'csv');
"""
JOBS = 12
# Of most rows of these shapes something is written and read again: a part of the rows is enough.
PARTS = {"top of a million": 5}
# Half the keys come twice, so that the first value of each is taken back.
CHANGES = "SELECT MOD(id, HALF) AS k, SUM(v) AS s FROM n GROUP BY MOD(id, HALF)"
# name -> (query of two BIGINTs, bytes of the value in hand a row).
SHAPES = {
    "groups": ("SELECT id, COUNT(*) FROM n GROUP BY id", 0),
    "sessions": ("SELECT id, COUNT(*) FROM TABLE(SESSION(TABLE n PARTITION BY id, DESCRIPTOR(ts), INTERVAL '3' HOUR)) "
                 "GROUP BY window_start, window_end, id", 0),
    "first by time": ("SELECT id, v FROM (SELECT id, v, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts) AS r FROM n) WHERE r = 1", 0),
    "last by time": ("SELECT id, v FROM (SELECT id, v, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts DESC) AS r FROM n) "
                     "WHERE r = 1", 0),
    "order by limit": ("SELECT id, v FROM n ORDER BY MOD(v * 7919, 1000003), v LIMIT 10", 0),
    "order by time": ("SELECT id, v FROM waiting ORDER BY ts, v DESC", 0),
    "over that waits": ("SELECT id, SUM(v) OVER (PARTITION BY MOD(id, 1000) ORDER BY ts) FROM waiting", 0),
    "over a frame": ("SELECT id, SUM(v) OVER (ORDER BY ts RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW) FROM n", 0),
    "join": ("SELECT a.id, b.v FROM n a JOIN n b ON a.id = b.v", 0),
    "distinct": ("SELECT COUNT(DISTINCT v), 1 FROM n", 0),
    "windows": ("SELECT id, COUNT(*) FROM TABLE(TUMBLE(TABLE n, DESCRIPTOR(ts), INTERVAL '1' HOUR)) "
                "GROUP BY window_start, window_end, id", 0),
    "left join": ("SELECT a.id, b.v FROM n a LEFT JOIN n b ON a.id = b.v + 7", 0),
    "interval join": ("SELECT a.id, b.v FROM n a JOIN n b ON a.id = b.v AND a.ts BETWEEN b.ts - INTERVAL '1' MINUTE AND b.ts", 0),
    "pattern": ("SELECT a, b FROM n MATCH_RECOGNIZE (PARTITION BY MOD(id, 1000) ORDER BY ts MEASURES A.v AS a, LAST(B.v) AS b AFTER MATCH "
                "SKIP PAST LAST ROW PATTERN (A B+ C) WITHIN INTERVAL '1' MINUTE DEFINE B AS B.v > LAST(B.v, 1)) AS m", 0),
    "temporal join": ("SELECT a.id, b.v FROM n a JOIN versions FOR SYSTEM_TIME AS OF a.ts AS b ON a.id = b.id", 0),
    "temporal join that waits": ("SELECT a.id, b.v FROM waiting a JOIN versions FOR SYSTEM_TIME AS OF a.ts AS b ON a.id = b.id", 0),
    "top of a million": ("SELECT id, v FROM (SELECT id, v, ROW_NUMBER() OVER (ORDER BY MOD(v * 7919, 1000003), v) AS r FROM n) "
                         "WHERE r <= 1000000", 0),
    "top of changes": (f"SELECT k, s FROM (SELECT k, s, ROW_NUMBER() OVER (ORDER BY s, k) AS r FROM ({CHANGES})) WHERE r <= 10", 0),
    "ends of changes": (f"SELECT MIN(s), MAX(s) FROM ({CHANGES})", 0),
    "lookup": ("SELECT n.id, k.w FROM (SELECT id, v, PROCTIME() AS p FROM n) AS n LEFT JOIN known FOR SYSTEM_TIME AS OF n.p AS k "
               "ON n.id = k.k", 0),
    "recursion": ("WITH RECURSIVE r (a, b) AS (SELECT id, v FROM n UNION SELECT a, b - 1 FROM r WHERE MOD(b, 3) > 0) "
                  "SELECT a, b FROM r", 0),
    "listagg": ("SELECT CHAR_LENGTH(s), 1 FROM (SELECT LISTAGG(CAST(v AS STRING)) AS s FROM n) AS l", 4 * 8),
    "array_agg": ("SELECT CARDINALITY(s), 1 FROM (SELECT ARRAY_AGG(v) AS s FROM n) AS l", 4 * 8),
}


def make_group(mib):
    """A control group (of version 1 or 2) of so much memory: its directory. None where there cannot be one."""
    for root, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        path = os.path.join(root, f"weir-memory-{os.getpid()}")
        try:
            os.mkdir(path)
        except OSError:
            continue
        try:
            with open(os.path.join(path, limit), "w", encoding="utf-8") as file:
                file.write(str(mib << 20))
            return path
        except OSError:
            os.rmdir(path)
    return None


def peak_of(command, cwd, group=None):
    """(exit code, MiB at the highest, seconds)."""
    start = time.monotonic()

    def enter():
        if group:
            with open(os.path.join(group, "cgroup.procs"), "w", encoding="utf-8") as file:
                file.write(str(os.getpid()))
    with open(os.path.join(cwd, "err"), "w", encoding="utf-8") as err:
        child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
                                 preexec_fn=enter)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss // 1024, time.monotonic() - start


def script(name, query, rows):
    """One job of the shape; of the many jobs each has its part of the rows, and files of its own."""
    query = query.replace("HALF", str(rows // 2))
    if name != "many jobs":
        return TABLES.format(rows=rows) + f"INSERT INTO hole {query};"
    jobs = "".join(f"CREATE JOB j{number} AS INSERT INTO hole {query};\n" for number in range(JOBS))
    waits = "".join(f"WAIT FOR JOB j{number} UNTIL FINISHED;\n" for number in range(JOBS))
    return TABLES.format(rows=rows // JOBS) + jobs + waits


def measure(program, sql, limit, known=0, group=None):
    scratch = tempfile.mkdtemp(prefix="weir-memory-")
    try:
        command = [program, "-q", "--no-progress", "--data-dir", "data", "-D", f"state.memory.limit={limit} mb",
                   "-D", "parallelism.default=2", "--no-catalog", "-c", sql]  # 0: as much as the group leaves
        if known:
            with open(os.path.join(scratch, "known.csv"), "w", encoding="utf-8") as file:
                file.writelines(f"{number},{number * 3}\n" for number in range(known))
        code, mib, seconds = peak_of(command, scratch, group)
        with open(os.path.join(scratch, "err"), encoding="utf-8") as err:
            return code, mib, seconds, err.read()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def in_group(program, rows, mib):
    """Whether a process without a limit of its own lives in a control group."""
    group = make_group(mib)
    if group is None:
        print(f"no control group of {mib} MiB can be made here: not run")
        return True
    try:
        code, peak, seconds, err = measure(program, script("groups", SHAPES["groups"][0], rows), 0, group=group)
    finally:
        os.rmdir(group)
    print(f"{'a control group':16} {peak:6} MiB of {mib:5} {seconds:7.1f} s{'' if code == 0 else '  FAILED'}", flush=True)
    if code != 0:
        print(f"exit {code}\n{err[-2000:]}")
    return code == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True)
    full = os.environ.get("WEIR_TEST_SLICE") == "full"
    parser.add_argument("--rows", type=int, default=5_000_000 if full else 100_000)
    parser.add_argument("--limit", type=int, default=16)
    parser.add_argument("--only")
    parser.add_argument("--group", type=int, default=512)
    parser.add_argument("--ledger", action="store_true")
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.weir)
    begun = time.monotonic()
    _, idle, _, _ = measure(program, "SELECT 1;", arguments.limit)
    print(f"idle {idle} MiB, limit {arguments.limit} MiB, {arguments.rows} rows")
    failed = []
    shapes = {**SHAPES, "many jobs": SHAPES["groups"]}
    for name, (query, in_hand) in shapes.items():
        if arguments.only and arguments.only != name:
            continue
        known = arguments.rows if name == "lookup" else 0
        rows = arguments.rows // PARTS.get(name, 1)
        code, mib, seconds, err = measure(program, script(name, query, rows), arguments.limit, known)
        allowed = idle + arguments.limit + SLACK + (in_hand * arguments.rows >> 20)
        good = code == 0 and mib <= allowed
        print(f"{name:16} {mib:6} MiB of {allowed:5} {seconds:7.1f} s{'' if good else '  FAILED'}", flush=True)
        if not good:
            failed.append(name)
            print(err[-2000:])
    if not arguments.only and not in_group(program, arguments.rows, arguments.group):
        failed.append("a control group")
    if arguments.ledger and not arguments.only and not failed:
        ledger.record("memory", arguments.rows, len(shapes), time.monotonic() - begun)
    if failed:
        sys.exit(f"memory_bounds: {', '.join(failed)}")


if __name__ == "__main__":
    main()
