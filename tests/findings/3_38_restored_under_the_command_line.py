#!/usr/bin/env python3
"""What -D says counts for a restored job as SET does, in the owner and in a client, but not what a server was started with;
EXPLAIN RESTORE of a job that has finished says what RESTORE does; and CREATE JOB IF NOT EXISTS knows it in any case."""
import re
import signal

from weir import check, contains, equal, true

TABLES = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv'{watch});\n"
          "CREATE TABLE o (a INT, n BIGINT, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'blackhole');\n")
WATCHED = TABLES.format(watch=", 'source.monitor-interval' = '20 ms'")
JOB = "CREATE JOB j AS INSERT INTO o SELECT a, COUNT(*) FROM s GROUP BY a;\n"
IDLE = "WAIT FOR JOB j UNTIL IDLE;\n"


def tasks(done):
    """Of the aggregate, as DESCRIBE JOB says it."""
    equal(done.code, 0, done)
    found = re.search(r"^sink:o/agg,GroupAggregate,(\d+),", done.out, re.M)
    true(found, "no aggregate", done)
    return int(found.group(1))


def options(weir):
    weir.ok(WATCHED + JOB + IDLE + "STOP JOB j WITH SAVEPOINT 'saved';", "-D", "parallelism.default=1")
    [saved] = weir.path("saved").iterdir()
    restore = f"RESTORE JOB j FROM '{saved}';\n"
    look = "DESCRIBE JOB j;\nSTOP JOB j;\n"
    csv, three = ("--format", "csv"), ("-D", "parallelism.default=3")
    equal(tasks(weir.run(restore + look, *csv)), 1, "as recorded")
    equal(tasks(weir.run(restore + look, *csv, *three)), 3, "as -D says")
    equal(tasks(weir.run("RESTORE JOB j FROM LATEST CHECKPOINT;\n" + look, *csv)), 3, "and that is recorded")
    equal(tasks(weir.run("SET 'parallelism.default' = '2';\n" + restore + look, *csv, *three)), 2, "SET goes before it")
    weir.write("three.yaml", "parallelism.default: 3\n")
    equal(tasks(weir.run(restore + look, *csv, "--conf", "three.yaml")), 1, "a file says nothing of this job")
    # Another process restores, which was told the same of itself.
    server = weir.serve("-D", "parallelism.default=2")
    equal(tasks(weir.run(restore + look, *csv)), 1, "a server's own -D is a default")
    equal(tasks(weir.run(restore + look, *csv, *three)), 3, "that of a client counts")
    server.send_signal(signal.SIGTERM)
    equal(weir.end(server).code, 0)


def finished(weir):
    weir.ok(TABLES.format(watch="") + "SET 'execution.checkpointing.interval' = '1 h';\n" + JOB + "WAIT FOR JOB j UNTIL FINISHED;",
            data="ended")
    restore = "RESTORE JOB j FROM LATEST CHECKPOINT;"
    explained, refused = weir.ok("EXPLAIN " + restore, data="ended"), weir.run(restore, data="ended")
    contains(explained.out, 'The restore is refused: job "j" has finished.', explained)
    equal(explained.out, refused.out, "both print the same")
    equal((refused.code, "E5002" in refused.err), (3, True), refused)
    true("went on after" not in explained.err, "that was its last checkpoint", explained)


def names(weir):
    done = weir.ok(WATCHED + JOB + JOB.replace("JOB j", "JOB IF NOT EXISTS J") + "SHOW JOBS;\nSTOP JOB j;", "--format", "csv", data="names")
    equal(done.out.count("RUNNING"), 1, done)


def body(weir):
    weir.write("in/a.csv", "1\n2\n")
    options(weir)
    finished(weir)
    names(weir)


check(body)
