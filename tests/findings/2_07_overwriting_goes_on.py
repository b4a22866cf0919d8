"""A job that overwrites its table, killed between its first checkpoint and the commit of it, and continued under another
name: the rows that the checkpoint had promised were committed, and removed again with the next checkpoint, as what was
there before."""
from weir import check, equal

TABLES = ("CREATE TABLE r (n INT) WITH ('connector' = 'filesystem', 'path' = 'r', 'format' = 'csv', "
          "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\n"
          "CREATE TABLE w (n INT) WITH ('connector' = 'filesystem', 'path' = 'w', 'format' = 'csv');\n"
          "SET 'execution.checkpointing.interval' = '1 h';\n")


def body(weir):
    weir.write("r/a.csv", "1\n2\n")
    weir.write("w/old.csv", "0\n")
    killed = weir.run(TABLES + "CREATE JOB j AS INSERT OVERWRITE w SELECT n FROM r;\nWAIT FOR JOB j UNTIL IDLE;\n"
                      "CHECKPOINT JOB j;", env={"WEIR_KILL_AT": "checkpoint.before_commit:1"}, faulty=True)
    equal(killed.code, -9, killed)
    equal(weir.rows("w"), ["0"], "nothing was committed")
    kept = next(weir.path("data").glob("jobs/*/checkpoints/chk-*"))
    weir.write("r/b.csv", "3\n")
    weir.ok(TABLES + f"RESTORE JOB k FROM '{kept}';\nWAIT FOR JOB k UNTIL IDLE;\nSTOP JOB k;")
    equal(weir.rows("w"), ["1", "2", "3"], "what was there before has gone, and nothing else")


check(body)
