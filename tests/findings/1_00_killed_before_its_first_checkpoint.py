"""A job that was killed before it had a checkpoint starts from the beginning and loses nothing.

The other side of "a job that had checkpoints never starts anew": whoever refuses too much refuses this."""
import shutil

from weir import KILLED, check, contains, equal, true

INPUT = "".join(f"{i},{i % 7}\n" for i in range(2000))
TABLES = """
SET 'execution.checkpointing.interval' = '10 min';
CREATE TABLE numbers (n INT, k INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');
CREATE TABLE out (n INT, k INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');
"""
JOB = "CREATE JOB copy AS INSERT INTO out SELECT n, k FROM numbers;\nWAIT FOR JOB copy UNTIL FINISHED;\n"
# Passed before anything of a checkpoint is durable.
POINTS = ("job.after_start", "sink.after_create", "checkpoint.before_metadata", "checkpoint.before_pointer_rename")


def body(weir):
    weir.write("in/a.csv", INPUT)
    for point in POINTS:
        data, killed = f"data-{point}", f"killed at {point}"
        shutil.rmtree(weir.path("out"), ignore_errors=True)
        done = weir.run(TABLES + JOB, data=data, faulty=True, env={"WEIR_KILL_AT": point})
        equal(done.code, KILLED, f"{killed}: {done}")
        equal(weir.rows("out") if weir.path("out").exists() else [], [], f"{killed}: something is visible")
        done = weir.ok(TABLES + JOB, data=data)
        equal(weir.rows("out"), sorted(INPUT.splitlines()), f"{killed}: {done}")
        left = [path for path in weir.tree("out") if "inprogress" in path]
        true(not left, f"{killed}: its files are left: {left}")
        contains(weir.ok("SHOW JOBS;", "--format", "csv", data=data).out, "FINISHED", killed)


check(body)
