#!/usr/bin/env python3
"""A text, list or map that grows without end ended every job of the process by std::bad_alloc. It has a limit, which
is an error of the statement or the job that makes it; what runs beside goes on."""
from weir import check, contains, equal, true

HUGE = [
    "SELECT CHAR_LENGTH(REPLACE(REPLACE(REPEAT('a', 20000), 'a', REPEAT('b', 10000)), 'b', 'cc'));",
    "SELECT CHAR_LENGTH(CONCAT_WS(REPEAT('-', 60000000), 'a', 'b', 'c', 'd'));",
    "SELECT CHAR_LENGTH(LPAD('a', 2000000000, 'xy'));",
    "SELECT CHAR_LENGTH(RPAD('a', 2000000000, 'xy'));",
    "SELECT CHAR_LENGTH(REPEAT('ab', 2000000000));",
]
TABLES = """
SET 'table.exec.max-value-size' = '100 kb';
CREATE TABLE n (v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '5000', 'fields.v.kind' = 'sequence',
  'fields.v.start' = '1', 'fields.v.end' = '5000');
CREATE TABLE lists (t STRING) WITH ('connector' = 'blackhole');
CREATE TABLE copies (v BIGINT) WITH ('connector' = 'filesystem', 'path' = '{out}', 'format' = 'csv');
"""


def body(weir):
    for sql in HUGE:
        done = weir.run(sql)
        true(done.code in (3, 4), "another exit code", f"{sql}\n{done}")
        contains(done.err, "E3007", f"{sql}\n{done}")
        contains(done.err, "table.exec.max-value-size", done)
    for aggregate in ("LISTAGG(REPEAT('x', 100))", "JSON_ARRAYAGG(REPEAT('x', 100))", "ARRAY_AGG(REPEAT('x', 100))"):
        out = weir.path(f"out-{aggregate.split('(')[0]}")
        sink = aggregate if aggregate.startswith(("LISTAGG", "JSON")) else f"CAST(CARDINALITY({aggregate}) AS STRING)"
        done = weir.run(TABLES.format(out=out) + f"""
            CREATE JOB good AS INSERT INTO copies SELECT v FROM n;
            CREATE JOB bad AS INSERT INTO lists SELECT {sink} FROM n;""", data=f"data-{aggregate[:4]}")
        true(done.code in (3, 4), "another exit code", done)
        contains(done.err, "E3007", f"{aggregate}\n{done}")
        equal(len(weir.rows(out.name)), 5000, done)
    # As much as fits is no error.
    equal(weir.ok("SELECT CHAR_LENGTH(REPEAT('a', 100000000));", "--format", "csv").out.split()[-1], "100000000")


check(body)
