#!/usr/bin/env python3
"""A barrier that may overtake rows does not wait until a local aggregate has room for all that it holds: such checkpoints take a
part of the time that the queues behind it take to empty."""
import json

from weir import check

TABLES = ("CREATE TABLE events (k BIGINT, v BIGINT) WITH ('connector' = 'datagen', 'fields.k.min' = '0', 'fields.k.max' = '4999', "
          "'rows-per-second' = '200000'); "
          "CREATE TABLE slow (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole', 'sink.delay' = '1 ms'); "
          "SET 'parallelism.default' = '2'; SET 'execution.checkpointing.interval' = '1 s'; SET 'pipeline.batch-size' = '512'; "
          "SET 'table.optimizer.agg-phase-strategy' = 'TWO_PHASE'; ")


def shortest(weir, name, unaligned, checkpoints):
    """Milliseconds of the shortest of so many checkpoints under backpressure."""
    done = weir.ok(f"{TABLES}SET 'execution.checkpointing.unaligned.enabled' = '{unaligned}'; "
                   f"CREATE JOB {name} AS INSERT INTO slow SELECT k, COUNT(*) FROM events GROUP BY k; "
                   + f"WAIT FOR JOB {name} UNTIL CHECKPOINT; " * checkpoints
                   + f"SHOW CHECKPOINTS FOR JOB {name}; CANCEL JOB {name};", "--format", "json", seconds=200)
    rows = [json.loads(line) for line in done.out.splitlines() if line.startswith('{"checkpoint"')]
    return min(row["duration ms"] for row in rows if row["state"] == "COMPLETED")


def body(weir):
    aligned = shortest(weir, "aligned", "false", 1)
    overtaking = shortest(weir, "overtaking", "true", 4)
    assert overtaking * 4 < aligned, f"{overtaking} ms, and {aligned} ms where barriers do not overtake"


check(body)
