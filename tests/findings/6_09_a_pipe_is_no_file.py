#!/usr/bin/env python3
"""A table over a pipe waited for its writer in open(2), and neither --timeout nor a signal ended it. It is an error."""
import os

from weir import check, contains, equal, true


def body(weir):
    os.mkfifo(weir.path("pipe"))
    table = f"CREATE TABLE r (a INT) WITH ('connector' = 'filesystem', 'path' = '{weir.path('pipe')}', 'format' = 'csv');"
    for sql in ("SELECT * FROM r;", "CREATE TABLE o (a INT) WITH ('connector' = 'blackhole'); INSERT INTO o SELECT a FROM r;"):
        done = weir.run(table + sql, seconds=20)
        true(done.code in (3, 4), "another exit code", done)
        contains(done.err, "pipe", done)


check(body)
