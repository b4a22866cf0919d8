"""A savepoint of a job that runs holds the rows that are not committed: moved to another directory and restored into
another path it writes them once, whatever became of the files of the job it is of, which goes on and writes them once,
too. SAVEPOINT commits nothing, and no file of the savepoint is shared with the job's."""
import os
import shutil

from weir import check, contains, equal, true

TABLES = """CREATE TABLE i (v INT, d STRING) WITH ('connector' = 'filesystem', 'path' = '{0}/in', 'format' = 'csv',
  'source.monitor-interval' = '20 ms');
CREATE TABLE o (v INT, d STRING){2} WITH ('connector' = 'filesystem', 'path' = '{0}/{1}', 'format' = 'csv');
SET 'execution.checkpointing.interval' = '1 h';
"""
INSERT = "INSERT {} o SELECT v, d FROM i"


def values(rows):
    return sorted(int(row.split(",")[0]) for row in rows)


def one(weir, layout, partitioned, overwrite, end):
    what = f"{layout} {partitioned} {overwrite} {end}"
    root = f"{layout}-{bool(partitioned)}-{overwrite}-{end}".lower()
    insert = INSERT.format(overwrite)

    def script(out):
        return TABLES.format(weir.path(root), out, partitioned)

    weir.write(f"{root}/in/1.csv", "1,a\n2,b\n")
    start = f"CREATE JOB j AS {insert};\nWAIT FOR JOB j UNTIL IDLE;\n"
    weir.ok(script("out") + start + "STOP JOB j;", data=f"{root}/data")
    weir.write(f"{root}/in/2.csv", "3,a\n4,b\n")
    take = f"SAVEPOINT JOB j TO '{weir.path(root)}/saved' FORMAT {layout};\n"
    if end == "KILL":
        child = weir.start(script("out") + start + take + "WAIT FOR JOB j UNTIL FINISHED;", data=f"{root}/data")
        weir.wait_for(lambda: weir.path(f"{root}/saved").exists() and
                      [n for n in os.listdir(weir.path(f"{root}/saved")) if not n.endswith("unfinished")],
                      "a savepoint", child=child)
        equal(values(weir.rows(f"{root}/out")), [1, 2], f"{what}: SAVEPOINT commits nothing")
        weir.kill(child)
    elif end == "CANCEL":
        weir.ok(script("out") + start + f"CANCEL JOB j WITH SAVEPOINT '{weir.path(root)}/saved';", data=f"{root}/data")
        equal(values(weir.rows(f"{root}/out")), [1, 2], f"{what}: nothing is committed after it")
    else:
        weir.ok(script("out") + start + take + "CHECKPOINT JOB j;\nSTOP JOB j;", data=f"{root}/data")
        equal(values(weir.rows(f"{root}/out")), [1, 2, 3, 4], f"{what}: the job itself goes on")
    saved = next(weir.path(f"{root}/saved").iterdir())
    for path in saved.rglob("*"):
        true(path.is_dir() or path.parent.name != "output" or path.stat().st_nlink == 1, f"{what}: {path} is shared")
    moved = weir.path(f"{root}/elsewhere")
    shutil.move(saved, moved)
    shutil.move(weir.path(f"{root}/out"), weir.path(f"{root}/consumed"))  # files in progress go with it
    before = weir.tree(f"{root}/consumed")
    explained = weir.ok(script("copy") + f"EXPLAIN RESTORE JOB k FROM '{moved}' "
                        f"ACCEPT CHANGES ('sink:o/sink.w') AS {insert};", data=f"{root}/data")
    contains(explained.err, "2 rows that the savepoint holds", explained)
    weir.write(f"{root}/in/3.csv", "5,a\n")
    restored = f"RESTORE JOB k FROM '{moved}' ACCEPT CHANGES ('sink:o/sink.w') AS {insert};\n"
    # Once more after a start that ended before its first checkpoint.
    child = weir.start(script("copy") + restored + "WAIT FOR JOB k UNTIL FINISHED;", data=f"{root}/data")
    weir.wait_for(lambda: weir.path(f"{root}/copy").exists() and
                  any(weir.path(f"{root}/copy").rglob("*.inprogress")), "a start", child=child)
    weir.kill(child)
    weir.ok(script("copy") + f"CREATE JOB k AS {insert};\nWAIT FOR JOB k UNTIL IDLE;\nSTOP JOB k;", data=f"{root}/data")
    equal(values(weir.rows(f"{root}/copy")), [3, 4, 5], what)
    true(not any(weir.path(f"{root}/copy").rglob("*.inprogress")), f"{what}: a file was left")
    equal(weir.tree(f"{root}/consumed"), before, f"{what}: the first job's files are its own")
    if end == "GO ON":
        return
    # Beside the first job's output, as the job itself: nothing twice, nothing missing.
    shutil.move(weir.path(f"{root}/consumed"), weir.path(f"{root}/out"))
    weir.ok(script("out") + f"RESTORE JOB j FROM '{moved}' AS {insert};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;",
            data=f"{root}/data")
    equal(values(weir.rows(f"{root}/out")), [1, 2, 3, 4, 5], what)


def body(weir):
    by_d = " PARTITIONED BY (d)"
    one(weir, "CANONICAL", "", "INTO", "KILL")
    one(weir, "NATIVE", by_d, "INTO", "CANCEL")
    one(weir, "CANONICAL", "", "OVERWRITE", "CANCEL")
    one(weir, "NATIVE", "", "OVERWRITE", "GO ON")


check(body)
