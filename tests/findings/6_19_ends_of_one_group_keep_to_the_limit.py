#!/usr/bin/env python3
"""The rows that a Top-N over changes, MIN and MAX keep for one group were read back whole whenever its first or last one was
asked for, and lay in memory together, whatever the limit."""
import os

from weir import check, equal, true

ROWS = 600_000
KEYS = ROWS // 2  # each comes twice: its first sum is taken back
LIMIT, ALLOWED = 8, 164  # it took 178 for the first, and more with every row
NUMBERS = f"""CREATE TABLE n (v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '{ROWS}',
  'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '{ROWS}');
CREATE VIEW c AS SELECT MOD(v, {KEYS}) AS k, SUM(v) AS s FROM n GROUP BY MOD(v, {KEYS});
"""
# The sum of key k is k + (k + KEYS), of key 0 KEYS + 2 * KEYS.
TOP = "SELECT k, s FROM (SELECT k, s, ROW_NUMBER() OVER (ORDER BY s {}, k) AS r FROM c) WHERE r <= 2 ORDER BY s, k;"
QUERIES = ((TOP.format("ASC"), [f"{k},{2 * k + KEYS}" for k in (1, 2)]),
           (TOP.format("DESC"), [f"{KEYS - 1},{3 * KEYS - 2}", f"0,{3 * KEYS}"]),
           ("SELECT MIN(s) AS a, MAX(s) AS b FROM c;", [f"{KEYS + 2},{3 * KEYS}"]))


def body(weir):
    for query, rows in QUERIES:
        child = weir.spawn(weir.command(NUMBERS + query, "--format", "csv", "-D", f"state.memory.limit={LIMIT} mb"))
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        equal(child.returncode, 0, child.stderr.read())
        equal(out.splitlines()[-len(rows):], rows, query)
        true(usage.ru_maxrss >> 10 <= ALLOWED, f"{usage.ru_maxrss >> 10} MiB: {query}")


check(body)
