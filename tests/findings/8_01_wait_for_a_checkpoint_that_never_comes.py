#!/usr/bin/env python3
"""WAIT FOR JOB … UNTIL CHECKPOINT ends with the job when that fails before it has one."""
import time

from weir import check, contains, equal


def body(weir):
    weir.write("in/a.csv", "1\n")
    child = weir.start(
        f"CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'path' = '{weir.path('in')}', 'format' = 'csv', "
        "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s'); "
        f"CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'path' = '{weir.path('out')}', 'format' = 'csv'); "
        "SET 'execution.checkpointing.interval' = '1 h'; SET 'restart-strategy.type' = 'none'; "
        "CREATE JOB j AS INSERT INTO o SELECT v FROM t; WAIT FOR JOB j UNTIL CHECKPOINT;")
    time.sleep(1)
    # Whole at once: of one that is there before its text a start may see that it has grown.
    weir.write("in/.b.csv", "no number\n")
    weir.path("in/.b.csv").rename(weir.path("in/b.csv"))
    done = weir.end(child, seconds=30)
    equal(done.code, 4, done)
    contains(done.err, "no number", done)


check(body)
