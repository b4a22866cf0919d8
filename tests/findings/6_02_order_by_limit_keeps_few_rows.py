#!/usr/bin/env python3
"""ORDER BY … LIMIT kept every row: 175 MB for a million of them. It is a Top-N: what it keeps is what it shows."""
import resource

from weir import check, equal, true

NUMBERS = """CREATE TABLE n (v BIGINT, w BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '1000000',
  'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '1000000',
  'fields.w.kind' = 'sequence', 'fields.w.start' = '1', 'fields.w.end' = '1000000');
"""


def peak():
    """MiB of the largest child so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def body(weir):
    def rows_of(query):
        return [line for line in weir.ok(NUMBERS + query, "--format", "csv").out.splitlines() if "," in line][1:]

    first = sorted(range(1, 1_000_001), key=lambda v: v * 7919 % 1000003)[:2]
    equal(rows_of("SELECT v, w FROM n ORDER BY MOD(v * 7919, 1000003) LIMIT 2;"), [f"{v},{v}" for v in first])
    equal(rows_of("SELECT v, w FROM n ORDER BY v DESC LIMIT 3 OFFSET 2;"), ["999998,999998", "999997,999997", "999996,999996"])
    equal(rows_of("SELECT v, w FROM n ORDER BY v LIMIT 0;"), [])
    equal(len(rows_of("SELECT v, w FROM n LIMIT 7;")), 7)
    true(peak() < 110, f"{peak()} MiB")
    # Beside a group that changes its rows are taken back.
    equal(rows_of("SELECT k, COUNT(*) AS c FROM (SELECT MOD(v, 5) AS k FROM n) GROUP BY k ORDER BY c DESC, k LIMIT 2;"),
          ["0,200000", "1,200000"])


check(body)
