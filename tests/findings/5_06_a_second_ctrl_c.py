#!/usr/bin/env python3
"""The first Ctrl-C stops with a checkpoint; later ones say what goes on; who insists is obeyed, and nothing is lost."""
import signal
import time

from weir import check, contains, equal, true

SQL = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
       "'source.monitor-interval' = '20 ms');\n"
       "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
       "SET 'execution.checkpointing.interval' = '1 h';\n"
       "CREATE JOB j AS INSERT INTO o SELECT a FROM s;\nWAIT FOR JOB j UNTIL IDLE;\nSELECT 'begun';\n")
SLOW = {"WEIR_DELAY_AT": "checkpoint.before_persist:4000000"}


def begin(weir):
    child = weir.start(SQL, faulty=True, env=SLOW)
    weir.wait_for(lambda: "begun" in child.stdout.readline(), "the job rests", child=child)
    return child


def body(weir):
    weir.write("in/a.csv", "1\n2\n")
    for sent, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        child = begin(weir)
        for _ in range(2):
            child.send_signal(sent)
            time.sleep(0.4)
        equal(child.poll(), None, "the second one does not end it")
        done = weir.end(child)
        equal(done.code, code, done)
        contains(done.err, "job j is RUNNING: its last checkpoint: ", done)
        contains(done.err, "Three more such signals within 2 s end the process at once", done)
        equal(weir.rows("out"), ["1", "2"], done)
    child = begin(weir)
    began = time.monotonic()
    for _ in range(5):
        child.send_signal(signal.SIGINT)
        time.sleep(0.1)
    done = weir.end(child)
    equal(done.code, 130, done)
    contains(done.err, "Ended at once, without a last checkpoint", done)
    true(time.monotonic() - began < 3.5, "at once")
    weir.write("in/b.csv", "3\n")
    weir.ok(SQL + "STOP JOB j;")
    equal(weir.rows("out"), ["1", "2", "3"])


check(body)
