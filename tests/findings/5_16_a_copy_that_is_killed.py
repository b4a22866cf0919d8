"""COPY that is killed leaves the file that there was, or the whole new one, and the next one works."""
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


check(body)
