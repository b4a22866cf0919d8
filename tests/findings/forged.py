"""A savepoint for tests to forge, and what must hold of every statement that is given a forged one."""
import os
import shutil
import socket
import subprocess

from forge import Metadata  # noqa: F401 pylint: disable=unused-import
from weir import contains, equal, true

TABLES = ("CREATE TABLE numbers (k INT, v BIGINT) WITH ('connector' = 'filesystem', 'path' = '{0}/in', 'format' = 'csv', "
          "'source.monitor-interval' = '50 ms'); "
          "CREATE TABLE sums (k INT, s BIGINT) WITH ('connector' = 'filesystem', 'path' = '{0}/out', "
          "'format' = 'debezium-json'); ")
QUERY = "INSERT INTO sums SELECT k, SUM(v) FROM numbers GROUP BY k"
REFUSED = (3, 4, 5)  # 4: damaged, said by a statement that restores nothing
SECONDS = 20


def tables(weir):
    return TABLES.format(weir.directory)


def savepoints(weir):
    """Takes a savepoint of each format, and returns their paths: canonical, native."""
    weir.write("in/a.csv", "".join(f"{i % 7},{i}\n" for i in range(200)))
    weir.ok(f"{tables(weir)} SET 'execution.checkpointing.interval' = '100 ms'; CREATE JOB j AS {QUERY}; "
            f"WAIT FOR JOB j UNTIL IDLE; SAVEPOINT JOB j TO '{weir.path('canonical')}'; "
            f"SAVEPOINT JOB j TO '{weir.path('native')}' FORMAT NATIVE; CANCEL JOB j; DROP JOB j;")
    return [next(weir.path(name).iterdir()) for name in ("canonical", "native")]


def copy(path, name):
    """A copy of a savepoint beside it, to be forged."""
    target = path.parent / name
    subprocess.run(["rm", "-rf", str(target)], check=True)
    shutil.copytree(path, target)
    return target


STATEMENTS = {
    "describe": "DESCRIBE SAVEPOINT '{0}';",
    "explain": "EXPLAIN RESTORE JOB r FROM '{0}';",
    "restore": "RESTORE JOB r FROM '{0}'; WAIT FOR JOB r UNTIL IDLE;",
    "path": "SET 'execution.state-recovery.path' = '{0}'; SET 'pipeline.name' = 'r'; " + QUERY + ";",
}


def refused(weir, path, what, words="", code="E7001", statements=tuple(STATEMENTS)):
    """Every statement that is given `path` ends soon, with the error, and starts no job."""
    before = weir.tree("out") if weir.path("out").exists() else {}
    for name in statements:
        done = weir.run(tables(weir) + STATEMENTS[name].format(path), seconds=SECONDS)
        true(done.code in REFUSED, f"{what}: {name} is not refused", done)
        contains(done.err, code, f"{what}: {name}")
        contains(done.err, words, f"{what}: {name}")
        equal(weir.ok("SHOW JOBS;").out.count("\nr") + weir.ok("SHOW JOBS;").out.count("│ r "), 0, what)
    equal(weir.tree("out") if weir.path("out").exists() else {}, before, what)


def replace(path, kind, target=None):
    """Puts something else in the place of a file."""
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            here = os.getcwd()
            os.chdir(path.parent)
            made.bind(path.name)
            os.chdir(here)
    elif kind == "directory":
        path.mkdir()
    else:
        os.symlink(target, path)
