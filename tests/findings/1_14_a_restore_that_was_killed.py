"""A restore that was killed once the restored job was recorded, and before the job that it goes on from was: that one
stayed SUSPENDED under the same name for good. When the restored job had finished, a start of its script went on from
the old one, refused (E7004) or, where the output lay elsewhere, with rows that were there already. And a server that
began started both, the old one first."""
from weir import check, equal

TABLES = ("CREATE TABLE r (n INT) WITH ('connector' = 'filesystem', 'path' = 'r', 'format' = 'csv', "
          "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\n"
          "CREATE TABLE w (n INT) WITH ('connector' = 'filesystem', 'path' = 'w', 'format' = 'csv');\n")
JOB = TABLES + "CREATE JOB j AS INSERT INTO w SELECT n FROM r;\nWAIT FOR JOB j UNTIL IDLE;\n"


def states(weir):
    lines = weir.ok("SHOW JOBS;", "--format", "csv").out.splitlines()
    return sorted(line.split(",")[2] for line in lines if ",j," in line)


def body(weir):
    weir.write("r/a.csv", "1\n2\n")
    weir.ok(JOB + "STOP JOB j WITH SAVEPOINT 'saved';")
    weir.write("r/b.csv", "3\n")
    saved = next(weir.path("saved").glob("*/_metadata")).parent
    killed = weir.run(TABLES + f"RESTORE JOB j FROM '{saved}';", env={"WEIR_KILL_AT": "restore.before_supersede:1"}, faulty=True)
    equal(killed.code, -9, killed)
    equal(len(states(weir)), 2, "the restored job is recorded, and the other one as it was")
    weir.ok(JOB + "STOP JOB j WITH DRAIN;", faulty=True)
    equal(weir.rows("w"), ["1", "2", "3"])
    equal(states(weir), ["CANCELED", "FINISHED"], "the old one is over")
    weir.ok(JOB + "STOP JOB j WITH DRAIN;", faulty=True)
    equal(weir.rows("w"), ["1", "1", "2", "2", "3", "3"], "the script runs anew, as that of any job that has finished")


check(body)
