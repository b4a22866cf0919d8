#!/usr/bin/env python3
"""What a savepoint that was killed had put aside goes with the next start of its job, and what it had written with the
job's next savepoint there; that of another job stays."""
from weir import KILLED, check, equal, true

JOB = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '20 ms');\n"
       "CREATE TABLE o (a INT, n BIGINT, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'blackhole');\n"
       "SET 'execution.checkpointing.interval' = '1 h';\n"
       "CREATE JOB j AS INSERT INTO o SELECT a, COUNT(*) FROM s GROUP BY a;\nWAIT FOR JOB j UNTIL IDLE;\n")


def body(weir):
    weir.write("in/a.csv", "1\n2\n")
    # The first is that of what is put aside.
    killed = weir.run(JOB + "CHECKPOINT JOB j;\nSAVEPOINT JOB j TO 'saved';", env={"WEIR_KILL_AT": "savepoint.before_rename:2"}, faulty=True)
    equal(killed.code, KILLED, killed)
    [left] = weir.path("saved").iterdir()
    true(left.name.endswith(".unfinished"), left.name)
    true(list(weir.path("data").rglob("*.savepoint")), "it was put aside")
    [job] = [path.name for path in weir.path("data/jobs").iterdir()]
    other = weir.path(f"saved/savepoint-{job[:6]}{'0' * 26}-1.unfinished")
    other.mkdir()
    weir.ok(JOB + "STOP JOB j;")
    equal(list(weir.path("data").rglob("*.savepoint")), [], "the start removes what was put aside")
    true(left.exists(), "nobody looks for it there before the next savepoint")
    weir.ok(JOB + "SAVEPOINT JOB j TO 'saved';\nSTOP JOB j;")
    true(not left.exists(), "the savepoint removes what the last one left")
    true(other.is_dir(), "another job may be writing that")
    equal(len([path for path in weir.path("saved").iterdir() if (path / "_metadata").is_file()]), 1)
    # And so does the savepoint of a stop.
    left.mkdir()
    weir.ok(JOB + "STOP JOB j WITH SAVEPOINT 'saved';")
    true(not left.exists() and other.is_dir(), "the one of a stop, too")


check(body)
