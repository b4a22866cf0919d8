#!/usr/bin/env python3
"""A checkpoint with rows in flight, of a job whose table has a relative path, is restored with the same query, and with no
other one."""
from weir import check, contains, equal

TABLES = ("CREATE TABLE numbers (k INT, v INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
          "'source.monitor-interval' = '50 ms'); "
          "CREATE TABLE slow (k INT, n BIGINT) WITH ('connector' = 'blackhole', 'sink.delay' = '1 ms'); ")
QUERY = "INSERT INTO slow WITH m AS (SELECT k, v, COUNT(*) AS n FROM numbers GROUP BY k, v) SELECT k, n FROM m"
UNALIGNED = ("SET 'execution.checkpointing.unaligned.enabled' = 'true'; SET 'execution.checkpointing.interval' = '100 ms'; "
             "SET 'parallelism.default' = '2'; SET 'pipeline.batch-size' = '512'; ")
EXPLAIN = "EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT"


def body(weir):
    weir.write("in/a.csv", "".join(f"{i},{i}\n" for i in range(200_000)))
    running = weir.start(f"{UNALIGNED}{TABLES}CREATE JOB j AS {QUERY}; WAIT FOR JOB j UNTIL FINISHED;")
    weir.kill_with_rows_in_flight(running)
    contains(weir.ok(f"{EXPLAIN};").out, "The restore is allowed.", "the same query")
    other = weir.run(f"{TABLES}{EXPLAIN} AS {QUERY.replace('COUNT(*)', 'SUM(v)')};")
    contains(other.out, "rows in flight in it are for the query that it had", "another one")
    # It goes on from them.
    goes_on = weir.start(f"{UNALIGNED}RESTORE JOB j FROM LATEST CHECKPOINT; WAIT FOR JOB j UNTIL CHECKPOINT; DESCRIBE JOB j; "
                         "CANCEL JOB j;")
    equal(weir.end(goes_on).code, 0)


check(body)
