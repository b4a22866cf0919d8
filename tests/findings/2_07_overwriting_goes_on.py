"""A job that overwrites its table, killed between its first checkpoint and the commit of it, and continued under another
name: the rows that the checkpoint had promised were committed, and removed again with the next checkpoint, as what was
there before. Neither with partitions, of which each is replaced when its first rows come."""
from weir import check, equal

TABLES = ("CREATE TABLE r (n INT) WITH ('connector' = 'filesystem', 'path' = 'r', 'format' = 'csv', "
          "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\n"
          "CREATE TABLE w (n INT) WITH ('connector' = 'filesystem', 'path' = 'w', 'format' = 'csv');\n"
          "SET 'execution.checkpointing.interval' = '1 h';\n")


def body(weir):
    whole(weir)
    partitions(weir, "partitions", ["0"])
    partitions(weir, "table", [])


def partitions(weir, replaced, of_none):
    """`of_none`: what is in a partition that gets no rows."""
    path, read, data = "p-" + replaced, "s-" + replaced, "parts-" + replaced
    tables = TABLES.replace("w (n INT)", "w (n INT, k INT) PARTITIONED BY (k)").replace("'path' = 'r'", f"'path' = '{read}'").replace(
        "'path' = 'w'", f"'path' = '{path}', 'sink.overwrite' = '{replaced}'")
    for k in (1, 2, 3, 4):
        weir.write(f"{path}/k={k}/old.csv", "0\n")
    weir.write(f"{read}/a.csv", "1\n2\n")
    once = ("CREATE JOB parts AS INSERT OVERWRITE w SELECT n, n FROM r;\nWAIT FOR JOB parts UNTIL IDLE;\nCHECKPOINT JOB parts;\n"
            "STOP JOB parts;")
    for point in ("checkpoint.before_commit:1", "sink.before_remove:2", "sink.before_overwrite_marker:1", "sink.before_overwrite_marker:1",
                  "sink.before_rename:1", "sink.after_rename:1"):
        killed = weir.run(tables + once, env={"WEIR_KILL_AT": point}, faulty=True, data=data)
        equal(killed.code, -9, (point, killed))
    kept = max(weir.path(data).glob("jobs/*/checkpoints/chk-*"))
    weir.write(f"{read}/b.csv", "3\n1\n")
    weir.ok(tables + f"RESTORE JOB more FROM '{kept}';\nWAIT FOR JOB more UNTIL IDLE;\nSTOP JOB more;", data=data)
    for k, wanted in ((1, ["1", "1"]), (2, ["2"]), (3, ["3"]), (4, of_none)):
        equal(weir.rows(f"{path}/k={k}"), wanted, k)


def whole(weir):
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
