#!/usr/bin/env python3
"""Restarts are counted in a window: short faults now and then do not end a job, too many at once do; each is said."""
import re
import subprocess
import time

from weir import check, contains, equal

SQL = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
       "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\n"
       "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
       "CREATE JOB j AS INSERT INTO o SELECT a FROM s;\n")
PREFIX = "restart-strategy.failure-rate."
OPTIONS = {"execution.checkpointing.interval": "50 ms", PREFIX + "max-failures-per-interval": "1",
           PREFIX + "failure-rate-interval": "3 s", PREFIX + "delay": "1 s"}
SHORT = 0.5  # of the second until the restart


def give_a_fault(weir, row):
    """The sink's directory is away while a row comes."""
    out = weir.path("out")
    out.rename(weir.path("away"))
    out.write_text("a file")
    weir.write(f"in/{row}.csv", f"{row}\n")
    time.sleep(SHORT)
    out.unlink()
    weir.path("away").rename(out)


def body(weir):
    weir.write("in/0.csv", "0\n")
    options = ["--statistics", "statistics"]
    for key, value in OPTIONS.items():
        options += ["-D", f"{key}={value}"]
    with open(weir.path("log"), "w", encoding="utf-8") as log:
        child = subprocess.Popen(weir.command(SQL, *options), cwd=weir.directory, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=log)
    weir.started.append(child)
    weir.wait_for(lambda: weir.rows("out") == ["0"], "the first row")
    for row in range(1, 4):
        give_a_fault(weir, row)
        weir.wait_for(lambda: weir.rows("out") == [str(i) for i in range(row + 1)], f"row {row}", child=child)
        equal(child.poll(), None, "more faults than are allowed at once, but not at once")
        time.sleep(3.5)  # the fault was before: its window is over
    give_a_fault(weir, 4)
    weir.wait_for(lambda: "4" in weir.rows("out"), "row 4")
    give_a_fault(weir, 5)
    equal(child.wait(30), 4)
    log = weir.path("log").read_text(encoding="utf-8")
    said = sum(int(count) for count in re.findall(r"j: (\d+) restarts?\b", log))
    counted = int(re.search(r"^restarts (\d+)$", weir.path("statistics").read_text(encoding="utf-8"), re.M).group(1))
    equal((said, counted), (4, 4), log)
    contains(log, "in 1000 ms, because: ", log)
    contains(weir.ok("SHOW JOBS;", "--format", "csv").out, ",j,FAILED,")
    # It goes on where it was.
    child = weir.start(SQL, *options)
    weir.wait_for(lambda: weir.rows("out") == [str(i) for i in range(6)], "the rest", child=child)


check(body)
