#!/usr/bin/env python3
"""A SELECT of more rows than a result may have was cut, without a word, where another process executed it."""
from weir import check, contains, equal

ROWS = 6000
SELECTS = ("SELECT n FROM numbers;", "SELECT n FROM numbers ORDER BY n;", "SELECT n, COUNT(*) FROM numbers GROUP BY n;")
# The rows wait for the client in pieces; a limit lies within each of them in turn.
LIMITS = (2, 4095, 4096, 4097, ROWS - 1)
TABLE = ("CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '{}', 'fields.n.kind' = 'sequence', "
         "'fields.n.start' = '1', 'fields.n.end' = '{}');")


def body(weir):
    equal(weir.kept(TABLE.format(ROWS, ROWS)).code, 0)
    weir.serve()
    for sql in SELECTS:
        for most in LIMITS:
            done = weir.kept(sql, "--format", "csv", "-D", f"sql-client.execution.max-table-result.rows={most}")
            equal(done.code, 4, (sql, most, done))
            contains(done.err, f"the result has more than {most} rows", (sql, most))
            equal(done.out, "", (sql, most))
        done = weir.kept(sql, "--format", "csv")
        equal(len(done.out.splitlines()), 1 + ROWS, sql)


check(body)
