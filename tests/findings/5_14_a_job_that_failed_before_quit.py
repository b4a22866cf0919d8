#!/usr/bin/env python3
"""A script that ends by QUIT ends with the code of the job that failed before, as without it."""
from weir import check, equal, true

TABLES = ("CREATE TABLE t (a INT) WITH ('connector' = 'inline', 'rows' = '\n1');\n"
          "CREATE TABLE o (a INT) WITH ('connector' = 'blackhole');\n"
          "SET 'restart-strategy.type' = 'none';\n")
BAD = "CREATE JOB bad AS INSERT INTO o SELECT 1 / (a - 1) FROM t;\n"
GOOD = "CREATE JOB good AS INSERT INTO o SELECT a FROM t;\nWAIT FOR JOB good UNTIL FINISHED;\n"


def body(weir):
    # `good` ends behind `bad` or before it; the long SELECT gives both time.
    slow = "SELECT COUNT(*) FROM (VALUES (1)) AS v(x);\n" * 20
    for end in ("QUIT;", ""):
        done = weir.run(TABLES + BAD + GOOD + slow + end)
        equal(done.code, 4, done)
        true("job \"bad\" failed: Calc(o): division by zero" in done.err, "it is told", done)
    equal(weir.run(TABLES + GOOD + "QUIT;").code, 0)


check(body)
