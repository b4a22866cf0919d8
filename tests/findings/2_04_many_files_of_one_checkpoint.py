"""One checkpoint that promises more files than are synced one by one, each in a directory of its own: killed when some of
them are visible, and by a power failure before and after, every row is there once; readers take directories meanwhile."""
import collections
import shutil

from weir import check, equal, true

FILES = 400
SCRIPT = """SET 'execution.checkpointing.interval' = '1 h';
CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'numbers.csv');
CREATE TABLE o (v INT, p INT, q INT) PARTITIONED BY (p, q) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'root/o');
CREATE JOB j AS INSERT INTO o SELECT v, v / 10 AS p, v AS q FROM t;
"""


def body(weir):
    weir.write("numbers.csv", "".join(f"{i}\n" for i in range(FILES)))
    power = {"WEIR_LOSE_WRITES": str(weir.path("root")), "WEIR_LOSE_SEED": "0"}
    for point, more in (("sink.after_rename:200", {}), ("sink.before_rename:1", power), ("sink.after_directory_sync:1", power),
                        ("checkpoint.after_commit:1", power)):
        for name in ("root", "root.aliases"):
            shutil.rmtree(weir.path(name), ignore_errors=True)
        killed = weir.run(SCRIPT, data="root/data", env={"WEIR_KILL_AT": point, **more}, faulty=True)
        equal(killed.code, -9, f"{point}\n{killed}")
        taken = []
        if not more:
            some = next(path for path in weir.path("root/o").rglob("part-*"))
            taken = some.read_text().split()
            shutil.rmtree(some.parent)
        weir.ok(SCRIPT, data="root/data")
        found = collections.Counter(taken + weir.rows("root/o"))
        true(found == collections.Counter(str(i) for i in range(FILES)), f"{point}: {len(found)} rows of {FILES}")


check(body)
