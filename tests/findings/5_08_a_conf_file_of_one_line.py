#!/usr/bin/env python3
"""A user's weir.yaml is merged over the shipped values: one line of it does not switch checkpoints off."""
import shutil

from weir import check, equal, true

SQL = ("CREATE TABLE s (a INT) WITH ('connector' = 'inline', 'rows' = '\n1\n');\n"
       "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
       "CREATE JOB j AS INSERT INTO o SELECT a FROM s;\nWAIT FOR JOB j UNTIL FINISHED;\nSHOW CHECKPOINTS FOR JOB j;\n")


def body(weir):
    weir.write("weir.yaml", "parallelism.default: 1\n")
    done = weir.ok(SQL, "--format", "csv")
    equal(len(done.out.splitlines()), 2, done)
    asked = weir.ok("SET 'execution.checkpointing.interval'; SET 'parallelism.default';", "--format", "csv")
    true("10 s" in asked.out and ",1" in asked.out, "both", asked)
    shutil.rmtree(weir.path("data"))
    weir.write("weir.yaml", "execution.checkpointing.interval: 0 ms\n")
    equal(len(weir.ok(SQL, "--format", "csv").out.splitlines()), 1, "0 switches them off")


check(body)
