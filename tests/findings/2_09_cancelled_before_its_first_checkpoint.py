#!/usr/bin/env python3
"""A job that was restored, and cancelled before it had a checkpoint of its own, could not be gone on with: run again it wrote all rows twice."""
from weir import check, contains, equal

TABLES = ("CREATE TABLE s (n INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = "
          "'20 ms', 'source.settle-interval' = '0 s');\n"
          "CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
          "SET 'execution.checkpointing.interval' = '1 d';\n")
AGAIN = "RESTORE JOB j FROM LATEST CHECKPOINT"


def body(weir):
    weir.write("in/0.csv", "1\n2\n")
    weir.ok(f"{TABLES}CREATE JOB j AS INSERT INTO o SELECT n FROM s;\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;\n"
            f"{AGAIN} AS INSERT INTO o SELECT b.n FROM s AS b;\nCANCEL JOB j;")
    contains(weir.ok("DESCRIBE RECOVERY OF JOB j;").out, AGAIN.replace("JOB j", "JOB `j`") + " goes on from ")
    weir.write("in/1.csv", "3\n")
    # Cancelled once more, it still has no other state.
    weir.ok(f"{AGAIN};\nCANCEL JOB j;")
    weir.ok(f"{AGAIN};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
    equal(weir.rows("out"), ["1", "2", "3"])


check(body)
