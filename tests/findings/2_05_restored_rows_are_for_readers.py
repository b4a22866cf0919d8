"""Rows that a savepoint holds were put into a new directory that nobody but the owner could read, in files of the same kind."""
import os

from weir import check, equal

READ = ("CREATE TABLE s (n INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = "
        "'20 ms', 'source.settle-interval' = '0 s');\n")
WRITE = "CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'csv');\n"
QUERY = "INSERT INTO o SELECT n FROM s"


def body(weir):
    os.umask(0o022)
    weir.write("in/0.csv", "1\n2\n")
    weir.ok(f"{READ}{WRITE.format('out')}SET 'execution.checkpointing.interval' = '1 d';\nCREATE JOB j AS {QUERY};\n"
            "WAIT FOR JOB j UNTIL IDLE;\nSAVEPOINT JOB j TO 'saved';\nCANCEL JOB j;\nDROP JOB j;")
    saved = next(weir.path("saved").iterdir())
    weir.ok(f"{READ}{WRITE.format('new')}RESTORE JOB j FROM '{saved}' ACCEPT CHANGES ('sink:o/sink.w') AS {QUERY};\n"
            "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT 'again';")
    equal(weir.rows("new"), ["1", "2"])
    equal(oct(weir.path("new").stat().st_mode & 0o777), oct(0o755))
    equal({oct(file.stat().st_mode & 0o777) for file in weir.path("new").glob("part-*")}, {oct(0o644)})


check(body)
