#!/usr/bin/env python3
"""An error showed the whole of a statement or record of a megabyte."""
from weir import check, contains, equal, true


def body(weir):
    long = "x" * 1_000_000
    for sql in (f"SELECT '{long}' FROM nothing;", f"SELECT '{long}' SELEKT;", f"SELECT CAST('{long}' AS INT);",
                f"SELECT REGEXP_REPLACE('a', '({long}', 'b');", f"SELECT JSON_VALUE('{long}', 'lax $.a' ERROR ON ERROR);"):
        weir.write("long.sql", sql)
        done = weir.end(weir.spawn([weir.program, "-q", "--format", "csv", "--data-dir", str(weir.path("data")), "-f", str(weir.path("long.sql"))]))
        true(len(done.err) < 3000, f"{len(done.err)} bytes", done.err[:500])
    # Names, too, which are compared with others only where somebody may have mistyped them.
    name = "x" * 500_000
    for sql in (f"SET '{name}' = '1';", f"SELECT {name} FROM nothing;", f"DESCRIBE JOB {name};", f"SELECT {name}(1);",
                f"CREATE TABLE t (a INT) WITH ('connector' = '{name}');", f"SET 'parallelism.default' = '{name}';"):
        weir.write("long.sql", sql)
        done = weir.end(weir.spawn([weir.program, "-q", "--data-dir", "data", "run", "long.sql"]), seconds=20)
        equal(done.code, 3, done.err[:500])
        true(len(done.err) < 1500, f"{len(done.err)} bytes", done.err[:500])
    for sql in ("SELECT `\x1b[31m` FROM (VALUES (1)) AS t (a);", "SELECT CAST('\u009b31m\x07' AS INT);", "SET '\u202e' = '1';"):
        done = weir.run(sql)
        equal(done.code, 3, done)
        true(not set(done.err) & set("\x1b\u009b\x07\u202e"), "a terminal obeys it", repr(done.err))
    weir.write("in/a.csv", f"1\n{long}\n")
    done = weir.run(f"CREATE TABLE r (a INT) WITH ('connector' = 'filesystem', 'path' = '{weir.path('in')}', 'format' = 'csv');"
                    "SELECT * FROM r;")
    true(done.code in (3, 4), "another exit code", done.err[:500])
    contains(done.err, "line 2", done.err[:500])
    true(len(done.err) < 3000, f"{len(done.err)} bytes", done.err[:500])


check(body)
