#!/usr/bin/env python3
"""The values that COUNT(DISTINCT …) keeps for one group lay in memory together, whatever the limit, and were read back whole
whenever some of them were written out."""
import os

from weir import check, equal, true

ROWS = 1_000_000
LIMIT, ALLOWED = 8, 160  # it takes 80 MiB, and took 300
# Every value of the first comes twice, when the first of them has left memory.
QUERY = f"""CREATE TABLE n (v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '{ROWS}',
  'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '{ROWS}');
SELECT COUNT(DISTINCT MOD(v, {ROWS // 2})) AS c, COUNT(DISTINCT v) AS d FROM n;"""


def body(weir):
    child = weir.spawn(weir.command(QUERY, "--format", "csv", "-D", f"state.memory.limit={LIMIT} mb"))
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    equal(child.returncode, 0, child.stderr.read())
    equal(out.splitlines()[-1], f"{ROWS // 2},{ROWS}")
    true(usage.ru_maxrss >> 10 <= ALLOWED, f"{usage.ru_maxrss >> 10} MiB")


check(body)
