"""COPY that is killed leaves the file that there was, or the whole new one, and the next one works; and so does
convert-savepoint."""
import signal

from weir import check, equal, true

OLD, NEW = "old\n", "n\n" + "".join(f"{i}\n" for i in range(1, 2001))
COPY = ("CREATE TEMPORARY TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000', 'fields.n.kind' = 'sequence', "
        "'fields.n.start' = '1', 'fields.n.end' = '2000'); COPY numbers TO 'x.csv';")
LEFT = {"before_write": OLD, "before_sync": OLD, "before_rename": OLD, "before_directory_sync": NEW}


def body(weir):
    for point, text in LEFT.items():
        weir.write("x.csv", OLD)
        done = weir.run(COPY, env={"WEIR_KILL_AT": f"copy.{point}:1"}, faulty=True)
        equal(done.code, -signal.SIGKILL, f"{point} was not passed\n{done}")
        equal(weir.path("x.csv").read_text(), text, point)
        for path in weir.directory.iterdir():
            true(path.name.startswith(".weir-copy-") or path.name in ("x.csv", "data"), f"{point} leaves {path.name}")
        weir.ok(COPY)
        equal(weir.path("x.csv").read_text(), NEW, f"after {point}")


def conversions(weir):
    weir.write("in/a.csv", "1\n2\n")
    table = ("CREATE TABLE t (k INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in', 'source.monitor-interval' = "
             "'20 ms', 'source.settle-interval' = '0 s');\n"
             "CREATE TABLE h (k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');\n")
    weir.ok(table + "CREATE JOB j AS INSERT INTO h SELECT k, COUNT(*) FROM t GROUP BY k;\nWAIT FOR JOB j UNTIL IDLE;\n"
            "SAVEPOINT JOB j TO 'saved' FORMAT NATIVE;\nSTOP JOB j;")
    [saved] = weir.path("saved").iterdir()
    before = weir.tree("saved")
    for number, (point, made) in enumerate((("before_rename", False), ("after_rename", True))):
        words = ["convert-savepoint", "--max-parallelism", "7", str(saved), f"new{number}"]
        killed = weir.end(weir.spawn([weir.faulty, *words], env={"WEIR_KILL_AT": f"convert.{point}:1"}))
        equal(killed.code, -signal.SIGKILL, f"{point} was not passed\n{killed}")
        equal((weir.path(f"new{number}") / saved.name / "_metadata").is_file(), made, point)
        again = weir.end(weir.spawn([weir.program, *words]))
        equal(again.code, 3 if made else 0, again)
        kept = weir.ok(table + f"RESTORE JOB j{number} FROM 'new{number}/{saved.name}' AS INSERT INTO h SELECT k, COUNT(*) FROM t "
                       f"GROUP BY k;\nSELECT k FROM STATE OF JOB j{number} UID 'sink:h/agg' ORDER BY k;\nSTOP JOB j{number};",
                       "--format", "csv")
        true("1\n2\n" in kept.out, f"after {point}", kept)
    equal(weir.tree("saved"), before, "the old one")


def both(weir):
    body(weir)
    conversions(weir)


check(both)
