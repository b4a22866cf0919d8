#!/usr/bin/env python3
"""SHOW, DESCRIBE, EXPLAIN and HELP change no byte of the data directory, whatever is lost or damaged in it."""
from lives import TABLES, apart
from weir import check, contains, equal

READING = """
HELP; SHOW TABLES; SHOW JOBS; SHOW FUNCTIONS; SHOW SAVEPOINTS; SHOW CHECKPOINTS FOR JOB {name};
SHOW SAVEPOINTS FOR JOB {name}; SHOW CREATE JOB {name}; DESCRIBE JOB {name}; DESCRIBE RECOVERY OF JOB {name};
SHOW CREATE TABLE src; DESCRIBE src; EXPLAIN SELECT * FROM src; EXPLAIN STATE INSERT INTO dst SELECT n FROM src;
"""


def read(weir, job, about):
    """One process a statement, so that opening and ending the process are looked at as well."""
    tables = TABLES.format(src=weir.path("in-j"), dst=weir.path("out-j"))
    for statement in READING.format(name=job.name).split(";"):
        if not statement.strip():
            continue
        before = weir.tree("data")
        done = weir.run(f"{tables}{statement};", data="data")
        equal(done.code, 0, f"{about}: {statement}\n{done}")
        equal(weir.tree("data"), before, f"{about}: {statement}")


def some_files(weir, job):
    job.live()
    job.live()
    checkpoints = job.checkpoints()
    (checkpoints / "chk-999").mkdir()
    (checkpoints / "shared" / "a9-000001.sst").write_bytes(b"left behind")
    (weir.path("data") / "queries" / "left").mkdir(parents=True)
    read(weir, job, "after a kill")
    record = job.records()[0]
    saved = weir.path("data") / "savepoints"
    weir.ok(job.sql() + f"WAIT FOR JOB j UNTIL IDLE; SAVEPOINT JOB j AS s TO '{weir.path('saved')}'; STOP JOB j;")
    for path in (checkpoints / "LATEST", checkpoints / "NEXT-ID", record, saved):
        whole = path.read_bytes()
        for bad in (None, b"", whole[:-1], whole[:9] + bytes([whole[9] ^ 1]) + whole[10:]):
            path.unlink(missing_ok=True)
            if bad is not None:
                path.write_bytes(bad)
            read(weir, job, f"{path.name} is {bad}")
            if path == saved and bad is not None:
                contains(weir.ok("SHOW SAVEPOINTS;").out, "damaged")
        path.write_bytes(whole)
    newest = job.newest()
    whole = newest.read_bytes()
    newest.write_bytes(whole[:-1])
    read(weir, job, "damaged metadata")
    newest.write_bytes(whole)
    job.live(about="and goes on as if nobody had looked")


check(lambda weir: apart(weir, some_files))
