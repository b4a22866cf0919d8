#!/usr/bin/env python3
"""A finished file that could not be looked for, as in a directory that may not be searched, counted as one that a reader had
taken: its rows were accepted as committed, and lost where they were still in progress."""
import os

from weir import check, contains, equal, true

SCRIPT = """CREATE TABLE i (v INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv',
  'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');
CREATE TABLE o (v INT, k STRING) PARTITIONED BY (k) WITH ('connector' = 'filesystem', 'path' = 'disk/out', 'format' = 'csv');
SET 'execution.checkpointing.interval' = '1 h';
CREATE JOB j AS INSERT INTO o SELECT v, 'a' FROM i;
WAIT FOR JOB j UNTIL IDLE;
"""


def body(weir):
    weir.write("in/1.csv", "1\n2\n")
    weir.path("disk").mkdir()
    weir.ok(SCRIPT + "STOP JOB j;")
    # A link that leads to itself hides what is behind it from root, too.
    weir.path("disk").rename(weir.path("away"))
    os.symlink("disk", weir.path("disk"))
    refused = weir.run(SCRIPT + "STOP JOB j;")
    true(refused.code != 0, "it goes on", refused)
    contains(refused.err, "disk/out", refused)
    true("taken away by a reader" not in refused.err, "it takes them for taken", refused)
    weir.path("disk").unlink()
    weir.path("away").rename(weir.path("disk"))
    weir.write("in/2.csv", "3\n")
    weir.ok(SCRIPT + "STOP JOB j;")
    equal(weir.rows("disk/out"), ["1", "2", "3"])


check(body)
