"""A job that was killed between its first checkpoint and the record of it, and by a power failure after the next start
had committed what that checkpoint promised: the record knows of the checkpoint all the same, and while it is away the
job does not begin anew."""
from weir import check, contains, equal, true

SCRIPT = """SET 'execution.checkpointing.interval' = '1 h';
CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'numbers.csv');
CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'root/o');
CREATE JOB j AS INSERT INTO o SELECT v FROM t;
"""
ROWS = [str(i) for i in range(10)]


def body(weir):
    weir.write("numbers.csv", "".join(f"{row}\n" for row in ROWS))
    killed = weir.run(SCRIPT, data="root/data", env={"WEIR_KILL_AT": "checkpoint.before_note:1"}, faulty=True)
    equal(killed.code, -9, killed)
    power = {"WEIR_LOSE_WRITES": str(weir.path("root")), "WEIR_LOSE_SEED": "0"}
    killed = weir.run(SCRIPT, data="root/data", env={"WEIR_KILL_AT": "recovery.after_commit:1", **power}, faulty=True)
    equal(killed.code, -9, killed)
    equal(weir.rows("root/o"), ROWS, "what was promised is visible")
    places = list(weir.path("root/data/jobs").glob("*/checkpoints"))
    equal(len(places), 1)
    places[0].rename(weir.path("root/away"))
    refused = weir.run(SCRIPT, data="root/data", faulty=True)
    equal(refused.code, 5, refused)
    contains(refused.err, "E7004")
    true(not places[0].exists(), "nothing begins where the checkpoints were")
    weir.path("root/away").rename(places[0])
    weir.ok(SCRIPT, data="root/data")
    equal(weir.rows("root/o"), ROWS, "each row once")


check(body)
