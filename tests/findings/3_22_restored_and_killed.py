"""A job that was restored with another statement and killed before its first checkpoint: RESTORE JOB … FROM LATEST CHECKPOINT,
which SHOW JOBS offers, ran the statement of the savepoint under the record of the new one."""
from weir import check, contains, equal, true

DEFINITIONS = """CREATE TABLE t (k STRING, v INT) WITH ('connector' = 'filesystem', 'path' = 't', 'format' = 'csv',
  'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');
CREATE TABLE s (k STRING, x BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'changelog');
SET 'execution.checkpointing.interval' = '1 h';
"""
QUERY = "INSERT INTO s WITH m AS (SELECT k, SUM({0}) AS x FROM t GROUP BY k) SELECT k, x * {1} FROM m"
RENAMED = DEFINITIONS.replace("v INT", "worth INT")
CLAUSES = "ACCEPT CHANGES ('sink:s/sink.w') WITH STATE MAPPING ('src:t.v' TO 'src:t.worth')"


def body(weir):
    weir.write("t/0.csv", "a,1\nb,2\na,3\n")
    weir.run(f"{DEFINITIONS}CREATE JOB j AS {QUERY.format('v', 1)};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT 'saved';")
    restored = weir.start(f"{RENAMED}RESTORE JOB j FROM LATEST CHECKPOINT {CLAUSES} AS {QUERY.format('worth', 1000)};\n"
                          "WAIT FOR JOB j UNTIL IDLE;\nSELECT v FROM (VALUES ('idle')) AS r (v);\nWAIT FOR JOB j UNTIL FINISHED;")
    true(any("idle" in line for line in restored.stdout), "the job never becomes idle")
    weir.kill(restored)
    weir.write("t/1.csv", "a,10\n")
    done = weir.run("RESTORE JOB j FROM LATEST CHECKPOINT;\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;\nSHOW CREATE JOB j;")
    equal(done.code, 0, done)
    contains(done.out, "x * 1000")
    rows = weir.rows("out")
    true("+U[a, 14000]" in rows, "the statement of the savepoint went on", rows)


check(body)
