#!/usr/bin/env python3
"""Rows that came to an interval join when the time for their matches was over vanished, or came out with NULLs, and nothing
was counted or said, as it is of windows."""
from weir import check, contains, equal

TABLE = """CREATE TABLE {0} (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem',
  'path' = '{0}', 'format' = 'csv');
"""
JOIN = """FROM l {0} r ON l.k = r.k AND r.ts BETWEEN l.ts - INTERVAL '2' SECOND AND l.ts + INTERVAL '2' SECOND"""
ROWS = ("a,1,2026-01-01 00:00:01\n", "a,2,2026-01-01 00:10:00\n", "a,3,2026-01-01 00:00:05\n", "a,4,2026-01-01 00:09:59\n")


def body(weir):
    for name in "lr":
        weir.write(f"{name}/0.csv", "".join(ROWS))
    tables = TABLE.format("l") + TABLE.format("r")
    for how in ("JOIN", "LEFT JOIN"):
        done = weir.ok(tables + f"SELECT l.v, r.v AS w {JOIN.format(how)};", "--format", "csv")
        contains(done.err, "2 late rows: the time for their matches was over before they came, at ", done)
    job = (f"CREATE TABLE s (v INT, w INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
           f"CREATE JOB j AS INSERT INTO s SELECT l.v, r.v {JOIN.format('JOIN')};\nWAIT FOR JOB j UNTIL FINISHED;\n")
    done = weir.ok(tables + job + "DESCRIBE JOB j;", "--format", "json")
    equal(done.out.count('"late":2'), 1, done)
    # Of a sort by time it was said that windows had been closed.
    weir.write("l/1.csv", "a,5,2026-01-01 00:20:00\n")
    watched = TABLE.format("l").replace("'format'", "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s', 'format'")
    done = weir.ok(watched + "CREATE TABLE h (v INT) WITH ('connector' = 'blackhole');\n"
                   "CREATE JOB t AS INSERT INTO h SELECT v FROM l ORDER BY ts;\nWAIT FOR JOB t UNTIL IDLE;\nSTOP JOB t;")
    contains(done.err, "2 late rows: rows of later times were given before they came, at sink:h/sort", done)


check(body)
