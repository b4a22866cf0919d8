#!/usr/bin/env python3
"""SIGQUIT prints what every task does, and all goes on."""
import re
import signal
import time

from weir import check, equal, true

SQL = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
       "'source.monitor-interval' = '20 ms');\n"
       "CREATE TABLE o (a INT, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'changelog');\n"
       "CREATE JOB j AS INSERT INTO o SELECT a, COUNT(*) FROM s GROUP BY a;\nWAIT FOR JOB j UNTIL IDLE;\nSELECT 'begun';\n")


def body(weir):
    weir.write("in/a.csv", "1\n2\n")
    child = weir.start(SQL, "-D", "parallelism.default=2", "-D", "execution.checkpointing.interval=50 ms")
    weir.wait_for(lambda: "begun" in child.stdout.readline(), "the job rests", child=child)
    child.send_signal(signal.SIGQUIT)
    time.sleep(1)
    equal(child.poll(), None, "it goes on")
    weir.write("in/b.csv", "3\n")
    weir.wait_for(lambda: len(weir.rows("out")) >= 3, "the new row", child=child)
    child.send_signal(signal.SIGINT)
    done = weir.end(child)
    equal(done.code, 130, done)
    lines = done.err.splitlines()
    true(any(line.startswith("job j: RUNNING, 2 rows read") for line in lines), "the job", done)
    tasks = [line for line in lines if line.startswith("  task ")]
    equal(len(tasks), 4, done)
    true(all(re.search(r": (waits for input|reads|works.*)$", line) for line in tasks), "what they do", done)


check(body)
