#!/usr/bin/env python3
"""A checkpoint with rows in flight goes on at one subtask, where the plan would have no local aggregate."""
from weir import check, contains, equal

JOB = ("CREATE TABLE numbers (k INT, v INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv'); "
       "CREATE TABLE slow (k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole', 'sink.delay' = '1 ms'); "
       "CREATE JOB j AS INSERT INTO slow SELECT k, COUNT(v) FROM numbers GROUP BY k; ")
UNALIGNED = ("SET 'execution.checkpointing.unaligned.enabled' = 'true'; SET 'execution.checkpointing.interval' = '100 ms'; "
             "SET 'pipeline.batch-size' = '512'; SET 'parallelism.default' = '{}'; ")


def body(weir):
    weir.write("in/a.csv", "".join(f"{i},{i}\n" for i in range(200_000)))
    running = weir.start(f"{UNALIGNED.format(2)}{JOB}WAIT FOR JOB j UNTIL FINISHED;")
    weir.kill_with_rows_in_flight(running)
    contains(weir.ok(f"{UNALIGNED.format(1)}EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT;").out, "The restore is allowed.", "explained")
    goes_on = weir.start(f"{UNALIGNED.format(1)}{JOB}WAIT FOR JOB j UNTIL CHECKPOINT; CANCEL JOB j;")
    equal(weir.end(goes_on).code, 0)


check(body)
