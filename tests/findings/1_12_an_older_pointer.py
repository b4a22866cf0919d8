#!/usr/bin/env python3
"""A LATEST that was put back from a copy, older than checkpoints that are there and whole: the job was refused, with the
advice to go back to the older one, which would have removed the others. What the record knows was completed holds."""
from weir import check, contains, equal, true

SCRIPT = """CREATE TABLE i (v INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv',
  'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');
CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');
SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.num-retained' = '9';
CREATE JOB j AS INSERT INTO o SELECT v FROM i;
WAIT FOR JOB j UNTIL IDLE;
CHECKPOINT JOB j;
STOP JOB j;
"""


def body(weir):
    weir.write("in/1.csv", "1\n2\n")
    weir.ok(SCRIPT)
    checkpoints, = weir.path("data/jobs").glob("*/checkpoints")
    pointer = checkpoints / "LATEST"
    older = pointer.read_bytes()
    weir.write("in/2.csv", "3\n")
    weir.ok(SCRIPT)
    newest = pointer.read_bytes()
    true(older != newest, "no further checkpoint")
    pointer.write_bytes(older)
    before = weir.tree("data/jobs")
    shown = weir.ok("SHOW CHECKPOINTS FOR JOB j;\nDESCRIBE RECOVERY OF JOB j;")
    contains(shown.out, "chk-4", shown)
    contains(shown.out, "LATEST says 2", shown)
    equal(weir.tree("data/jobs"), before, "reading changes nothing")
    weir.write("in/3.csv", "4\n")
    done = weir.ok(SCRIPT)
    contains(done.err, "LATEST says 2 in ", done)
    contains(done.err, "checkpoint 4, which is there, was completed: the greatest holds", done)
    equal(weir.rows("out"), ["1", "2", "3", "4"])
    true((checkpoints / "chk-4/_metadata").exists(), "what was retained is gone")
    # Where it is not there, an older one is no substitute.
    pointer.write_bytes(older)
    for number in range(3, 9):
        if (checkpoints / f"chk-{number}").exists():
            (checkpoints / f"chk-{number}").rename(weir.path(f"away-{number}"))
    refused = weir.run(SCRIPT)
    equal(refused.code, 5, refused)
    contains(refused.err, "was an older copy put back?", refused)


check(body)
