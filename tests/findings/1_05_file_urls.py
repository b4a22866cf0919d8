#!/usr/bin/env python3
"""A file: URL is a path wherever a path is taken; other schemes are E1002 at their place."""
from weir import check, contains, equal, true


def body(weir):
    weir.write("in/a.csv", "1\n2\n")
    url = f"file://{weir.directory}"
    weir.write("script.sql", f"""
CREATE TABLE src (n INT) WITH ('connector' = 'filesystem', 'path' = '{url}/in', 'format' = 'csv');
CREATE TABLE dst (n INT) WITH ('connector' = 'filesystem', 'path' = '{url}/out', 'format' = 'csv');
SET 'execution.checkpointing.interval' = '20 ms';
SET 'state.checkpoints.dir' = '{url}/ckpt';
SET 'state.savepoints.dir' = '{url}/saved';
""")
    weir.ok(f"SOURCE '{url}/script.sql'; INSERT INTO dst SELECT n FROM src;", data=f"{url}/data")
    equal(weir.rows("out"), ["1", "2"])
    true(weir.path("data/jobs").is_dir() and any(weir.path("ckpt").iterdir()), "data and checkpoints are where they say")
    true(not list(weir.directory.rglob("file:*")), "no directory is named as a URL")
    running = f"""SOURCE '{url}/script.sql';
CREATE TABLE watched (n INT) WITH ('connector' = 'filesystem', 'path' = '{url}/in', 'format' = 'csv',
  'source.monitor-interval' = '50 ms');
CREATE JOB w AS INSERT INTO dst SELECT n FROM watched;
WAIT FOR JOB w UNTIL IDLE;
"""
    weir.ok(running + f"SAVEPOINT JOB w AS s TO '{url}/named'; STOP JOB w;")
    (saved,) = weir.path("named").iterdir()
    for statement in (f"DESCRIBE SAVEPOINT 'file://{saved}';", f"EXPLAIN RESTORE JOB w FROM 'file://{saved}';",
                      f"DROP SAVEPOINT 'file://{saved}';"):
        weir.ok(f"SOURCE '{url}/script.sql'; {statement}")
    true(not saved.exists(), "the savepoint was dropped")
    weir.ok("SHOW JOBS;", "-i", f"{url}/script.sql")
    for statement in ("SET 'state.checkpoints.dir' = 's3://bucket/a';", "SET 'state.savepoints.dir' = 'hdfs://h/a';",
                      "SOURCE 's3://bucket/a.sql';", "DESCRIBE SAVEPOINT 's3://bucket/a';",
                      "RESTORE JOB x FROM 's3://bucket/a';", "DROP SAVEPOINT 's3://bucket/a';",
                      "CREATE TABLE t (n INT) WITH ('connector' = 'filesystem', 'path' = 's3://b', 'format' = 'csv');",
                      "CREATE JOB x WITH ('state.checkpoints.dir' = 's3://a') AS INSERT INTO dst SELECT n FROM src;"):
        done = weir.run(f"SOURCE '{url}/script.sql';\n{statement}")
        equal(done.code, 3, done)
        contains(done.err, "E1002", done)
        true("^" in done.err and "'s3:" in done.err or "'hdfs:" in done.err, "the place is shown", done)
    for empty in ("file:", "file://", "file://localhost"):
        done = weir.run(f"SET 'state.checkpoints.dir' = '{empty}';")
        true(done.code != 0, "the default directory is not what it says", done)
        contains(done.err, f"'{empty}' names no file", done)


check(body)
