#!/usr/bin/env python3
"""Savepoints of both formats, and converted ones, where nothing can be renamed and lists are late (object_files.h)."""
import os
import subprocess

from weir import Done, check, equal

JOB = """CREATE TABLE t (k INT, v BIGINT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '20 ms');
CREATE TABLE o (k INT, s BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
SET 'state.backend.type' = '{backend}'; SET 'execution.checkpointing.interval' = '1 h'; SET 'parallelism.default' = '2';
"""
INSERT = "CREATE JOB j AS INSERT INTO o SELECT k, SUM(v) FROM t GROUP BY k; WAIT FOR JOB j UNTIL IDLE;"


def sums(weir, path, env):
    done = weir.run(f"SELECT k, `sum(v)` FROM STATE OF '{path}' UID 'sink:o/agg' ORDER BY k;", "--format", "csv", env=env, faulty=True,
                    data="other")
    equal(done.code, 0, done)
    return done.out.splitlines()[1:]


def body(weir):
    weir.write("in/a.csv", "".join(f"{k % 50},{k}\n" for k in range(1000)))
    expected = [f"{k},{sum(range(k, 1000, 50))}" for k in range(50)]
    store = weir.path("store")
    env = {"WEIR_OBJECTS": str(store), "WEIR_OBJECTS_LATE": "2000", "WEIR_OBJECTS_ANSWER": "0", "TMPDIR": str(weir.path("temporary"))}
    weir.path("temporary").mkdir()
    local = weir.path("local")
    for backend in ("rocksdb", "memory"):
        for layout in ("CANONICAL", "NATIVE"):
            place = store / f"{backend}-{layout}"
            done = weir.run(JOB.format(backend=backend) + INSERT + f"SAVEPOINT JOB j TO '{place}' FORMAT {layout}; CANCEL JOB j; DROP JOB j;",
                            env=env, faulty=True)
            equal(done.code, 0, done)
            saved = next(place.glob("savepoint-*/_metadata")).parent
            equal(sums(weir, saved, env), expected, f"{backend} {layout}")
            for groups in (128, 7):
                into = store / f"converted-{backend}-{layout}-{groups}"
                run = subprocess.run([weir.faulty, "convert-savepoint", "--max-parallelism", str(groups), str(saved), str(into)],
                                     env={**os.environ, **env}, cwd=weir.directory, capture_output=True, text=True, timeout=60,
                                     check=False)
                equal(run.returncode, 0, Done(run.returncode, run.stdout, run.stderr))
                new = next(into.glob("savepoint-*/_metadata")).parent
                equal(sums(weir, new, env), expected, f"{backend} {layout} {groups}")
                left = [path for path in into.rglob("*") if path.is_file() and new not in path.parents]
                equal(left, [], "nothing is left beside it")
            done = weir.run(JOB.format(backend=backend) + f"RESTORE JOB j FROM '{new}'; WAIT FOR JOB j UNTIL IDLE; DESCRIBE JOB j; "
                            "CANCEL JOB j; DROP JOB j;", env=env, faulty=True)
            equal(done.code, 0, done)
        place = store / f"{backend}-checkpoints"
        done = weir.run(f"SET 'execution.checkpointing.dir' = '{place}'; SET 'state.backend.rocksdb.localdir' = '{local}';" + JOB.format(backend=backend) + INSERT +
                        f"SAVEPOINT JOB j TO '{store}/{backend}-running'; CANCEL JOB j;", env=env, faulty=True)
        equal(done.code, 0, done)
        left = [path for path in place.rglob("*.savepoint/**/*") if path.is_file()]
        equal(left, [], "what was put aside for the savepoint is removed")
        equal(weir.run("DROP JOB j;", env=env, faulty=True).code, 0)
    equal(list(weir.path("temporary").iterdir()), [], "nor in the directory for what is temporary")


check(body)
