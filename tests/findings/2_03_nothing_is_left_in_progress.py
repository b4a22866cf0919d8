#!/usr/bin/env python3
"""A job that was cancelled or dropped leaves no files in progress in the directories that it wrote into; those of
others, and what readers see, stay."""
from weir import check, equal, true

TABLES = """CREATE TABLE i (v INT) WITH ('connector' = 'filesystem', 'path' = '{0}/in', 'format' = 'csv',
  'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');
CREATE TABLE o (v INT, p INT) PARTITIONED BY (p) WITH ('connector' = 'filesystem', 'path' = '{0}/out', 'format' = 'csv');
SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.savepoint-dir' = '{0}/saved';
"""
FOREIGN = ".part-ffffffff00000000-1-0-0.inprogress"


def in_progress(weir):
    return sorted(path.name for path in weir.path("out").rglob(".part-*"))


def body(weir):
    tables = TABLES.format(weir.directory)
    jobs = "".join(f"CREATE JOB {name} AS INSERT INTO o SELECT v, v % 2 AS p FROM i;\nWAIT FOR JOB {name} UNTIL IDLE;\n"
                   for name in "jk")
    weir.write("in/1.csv", "1\n2\n")
    weir.write(f"out/p=1/{FOREIGN}", "another's\n")
    done = weir.ok(tables + jobs + "STOP JOB j; STOP JOB k;")
    seen = weir.rows("out")
    weir.write("in/2.csv", "3\n4\n")
    for end in ("CANCEL JOB j; CANCEL JOB k;", "CANCEL JOB j WITH SAVEPOINT; CANCEL JOB k WITH SAVEPOINT;"):
        weir.ok(tables + jobs + end)
        equal(in_progress(weir), [FOREIGN], end)
        true(all(row in weir.rows("out") for row in seen), "what was committed stays", done)
    child = weir.start(tables + jobs + "WAIT FOR JOB k UNTIL FINISHED;")
    weir.wait_for(lambda: len(in_progress(weir)) == 5, "files in progress of two jobs", child=child)
    weir.kill(child)
    weir.ok("DROP JOB j; DROP JOB k;")
    equal(in_progress(weir), [FOREIGN], "dropped after a kill")


check(body)
