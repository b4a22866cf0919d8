#!/usr/bin/env python3
"""A job that has read 66,000 files writes checkpoints that can be opened: it goes on, and is described."""
from lives import TABLES
from weir import check, contains, equal

FILES = 66_000


def body(weir):
    folder = weir.path("in-j")
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:06}.csv").write_text(f"{number}\n", encoding="ascii")
    sql = TABLES.format(src=folder, dst=weir.path("out-j")) + "SET 'execution.checkpointing.interval' = '1 h';"
    sql += "CREATE JOB j AS INSERT INTO dst SELECT n FROM src; WAIT FOR JOB j UNTIL IDLE;"
    weir.ok(sql + "CHECKPOINT JOB j; STOP JOB j;", seconds=200)
    equal(len(weir.rows("out-j")), FILES)
    (newest,) = weir.path("data").glob("jobs/*/checkpoints/chk-*")
    contains(weir.ok(f"DESCRIBE SAVEPOINT '{newest}';").out, f"{FILES - 1:06}.csv")
    weir.write("in-j/one-more.csv", f"{FILES}\n")
    weir.ok(sql + "STOP JOB j;", seconds=200)
    equal(weir.rows("out-j"), sorted(str(number) for number in range(FILES + 1)))


check(body)
