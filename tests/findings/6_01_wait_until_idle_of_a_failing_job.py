#!/usr/bin/env python3
"""WAIT FOR JOB … UNTIL IDLE while the job fails: a failed start is gone while its large state is freed, and who waited
looked at it. The wait ends with the job's error, never with a signal."""
from weir import check, contains, equal, true

TABLES = """
CREATE TABLE keys (k BIGINT, v BIGINT) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv',
  'source.monitor-interval' = '20 ms');
CREATE TABLE sums (k BIGINT, s BIGINT) WITH ('connector' = 'blackhole');
CREATE JOB failing AS INSERT INTO sums SELECT k, SUM(v) FROM keys GROUP BY k;
WAIT FOR JOB failing UNTIL IDLE;
"""


def body(weir):
    for number in range(4):
        folder = f"in{number}"
        weir.write(f"{folder}/a.csv", "".join(f"{key},1\n" for key in range(200_000)) + "no number,1\n")
        done = weir.run(TABLES.format(path=weir.path(folder)), data=f"data{number}")
        true(done.code >= 0, "ended by a signal", done)
        true(done.code in (3, 4), "another exit code", done)
        contains(done.err, "is not a BIGINT", done)
    # A job that does not fail still becomes idle.
    weir.write("good/a.csv", "1,1\n2,1\n")
    weir.ok(TABLES.format(path=weir.path("good")) + "CANCEL JOB failing;", data="good-data")


check(body)
