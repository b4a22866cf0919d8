"""A followed file that was rotated and read out has ended, also where the task has more files than it keeps open: it may
be removed, and the job goes on, and after a kill."""
import os
import time

from weir import check, equal

SCRIPT = ("CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in', 'source.follow' = 'true', "
          "'source.monitor-interval' = '10 ms', 'source.settle-interval' = '200 ms');\n"
          "CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'o');\n"
          "CREATE JOB j AS INSERT INTO o SELECT v FROM t;\nWAIT FOR JOB j UNTIL FINISHED;")
OPTIONS = ("-D", "execution.checkpointing.interval=20 ms", "-D", "parallelism.default=1", "-D", "restart-strategy.type=none")
MANY = 60


def body(weir):
    def wait_for_rows(wanted, child):
        weir.wait_for(lambda: weir.path("o").exists() and len(weir.rows("o")) >= wanted, f"{wanted} rows", child=child)
    for number in range(MANY):
        weir.write(f"in/{number}.log", f"{number}\n")
    child = weir.start(SCRIPT, *OPTIONS)
    wait_for_rows(MANY, child)
    weir.path("in/7.log").rename(weir.path("in/7.log.1"))
    time.sleep(2)
    os.remove(weir.path("in/7.log.1"))
    weir.write("in/8.log", f"{MANY}\n", append=True)
    wait_for_rows(MANY + 1, child)
    time.sleep(0.5)  # each file has been looked at again
    equal(weir.kill(child).code, -9)
    child = weir.start(SCRIPT, *OPTIONS)
    weir.write("in/8.log", f"{MANY + 1}\n", append=True)
    wait_for_rows(MANY + 2, child)
    equal(sorted(map(int, weir.rows("o"))), list(range(MANY + 2)))
    equal(weir.kill(child).code, -9)


check(body)
