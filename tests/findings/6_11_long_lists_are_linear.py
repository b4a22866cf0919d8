#!/usr/bin/env python3
"""LISTAGG of 100,000 values of 1 KB in one group took time with the square of their number, as each batch copied the whole
list several times, and each retraction walked it. 400,000 short values took minutes; half of them taken back, hours."""
import time

from weir import check, equal, true

ROWS = 400_000
NUMBERS = f"""CREATE TABLE n (v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '{ROWS}',
  'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '{ROWS}');
"""


def body(weir):
    begun = time.monotonic()
    digits = sum(len(str(v)) for v in range(1, ROWS + 1)) + ROWS - 1
    for aggregate, expected in (("CHAR_LENGTH(LISTAGG(CAST(v AS STRING)))", digits), ("CARDINALITY(ARRAY_AGG(v))", ROWS)):
        done = weir.ok(f"{NUMBERS}SELECT {aggregate} FROM n;", "--format", "csv", seconds=100)
        equal(done.out.split()[-1], str(expected), done)
    # Every value comes, goes and comes again as another one.
    changing = "SELECT k, SUM(v) AS s FROM (SELECT MOD(v, 50000) AS k, v FROM n WHERE v <= 100000) AS p GROUP BY k"
    done = weir.ok(f"{NUMBERS}SELECT CARDINALITY(ARRAY_AGG(s)) FROM ({changing}) AS c;", "--format", "csv", seconds=100)
    equal(done.out.split()[-1], "50000", done)
    true(time.monotonic() - begun < 150, "it took minutes")


check(body)
