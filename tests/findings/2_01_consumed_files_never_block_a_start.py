"""Files that were finished are moved, deleted, packed: the job starts again all the same, after an orderly stop and after
a kill, and names and counts what its last checkpoint promised and nobody finds any more."""
import gzip
import os
import shutil

from weir import check, contains, equal, true

TABLES = """CREATE TABLE i (v INT) WITH ('connector' = 'filesystem', 'path' = '{0}/in', 'format' = 'csv',
  'source.monitor-interval' = '20 ms');
CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'path' = '{0}/out', 'format' = 'csv'{1});
SET 'execution.checkpointing.interval' = '1 h';
CREATE JOB j AS INSERT INTO o SELECT v FROM i;
WAIT FOR JOB j UNTIL IDLE;
"""


def parts(weir):
    out = weir.path("out")
    return sorted(name for name in os.listdir(out) if name.endswith(".csv")) if out.exists() else []


def take(weir, how, taken):
    """What a consumer does with every finished file; `taken` gets its rows."""
    weir.path("archive").mkdir(exist_ok=True)
    for name in parts(weir):
        path = weir.path("out") / name
        taken += path.read_text().split()
        if how == "moved":
            shutil.move(path, weir.path("archive") / name)
        elif how == "packed":
            with gzip.open(weir.path("out") / f"{name}.gz", "wb") as file:
                file.write(path.read_bytes())
        if how != "moved":
            path.unlink()


def body(weir):
    script, fails = TABLES.format(weir.directory, ""), TABLES.format(weir.directory, ", 'sink.missing-committed' = 'fail'")
    taken, number = [], 0
    for how in ("moved", "deleted", "packed"):
        for end in ("STOP JOB j;", "CHECKPOINT JOB j;"):
            number += 1
            weir.write(f"in/{number}.csv", f"{number}\n")
            if end.startswith("STOP"):
                done = weir.ok(script + end)
            else:
                child = weir.start(script + end + "\nWAIT FOR JOB j UNTIL FINISHED;")
                weir.wait_for(lambda: parts(weir), "a file", child=child)
                done = weir.kill(child)
            if number > 1:
                contains(done.err, "accepted as committed and taken away by a reader: ", done)
                contains(done.err, "part-", done)
            take(weir, how, taken)
    number += 1
    weir.write(f"in/{number}.csv", f"{number}\n")
    done = weir.ok(script + "CHECKPOINT JOB j;\nDESCRIBE JOB j;\nSTOP JOB j;")
    # One file and one row at each of the six starts after the first.
    contains(done.out, "6 accepted files with 6 accepted rows", done)
    contains(weir.ok("DESCRIBE JOB j;").out, "6 accepted files with 6 accepted rows")
    taken += [row for name in parts(weir) for row in (weir.path("out") / name).read_text().split()]
    equal(sorted(taken), [str(n) for n in range(1, number + 1)], "each row once")

    # Those who never move files hear of a missing one.
    weir.path("data").rename(weir.path("data-1"))
    weir.path("out").rename(weir.path("out-1"))
    weir.ok(fails + "STOP JOB j;")
    kept = weir.path("kept")
    shutil.copytree(weir.path("out"), kept)
    for name in parts(weir):
        (weir.path("out") / name).unlink()
    refused = weir.run(fails + "STOP JOB j;")
    equal(refused.code, 5, refused)
    contains(refused.err, "E7005", refused)
    explained = weir.ok("EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT;")
    contains(explained.out, "The restore is refused", explained)
    shutil.rmtree(weir.path("out"))
    kept.rename(weir.path("out"))
    weir.ok(fails + "STOP JOB j;")
    true(sorted(weir.rows("out")) == sorted(str(n) for n in range(1, number + 1)), "all rows, each once")


check(body)
