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
    equal(weir.end(weir.spawn([weir.program, "-q", "--data-dir", "data", "-c", TABLE.format(ROWS, ROWS)])).code, 0)
    server = weir.spawn([weir.program, "server", "--data-dir", "data", "-D", "server.http.address=0", "-D", "server.thrift.address=0"])
    weir.wait_for(lambda: " ready" in server.stderr.readline(), "it is ready", child=server)
    for sql in SELECTS:
        for most in LIMITS:
            done = weir.end(weir.spawn([weir.program, "-q", "--data-dir", "data", "--format", "csv", "-D",
                                        f"sql-client.execution.max-table-result.rows={most}", "-c", sql]))
            equal(done.code, 4, (sql, most, done))
            contains(done.err, f"the result has more than {most} rows", (sql, most))
            equal(done.out, "", (sql, most))
        done = weir.end(weir.spawn([weir.program, "-q", "--data-dir", "data", "--format", "csv", "-c", sql]))
        equal(len(done.out.splitlines()), 1 + ROWS, sql)


check(body)
