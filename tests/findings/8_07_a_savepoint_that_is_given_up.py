#!/usr/bin/env python3
"""Whoever waits for a savepoint can give it up: the wait ends, nothing is left of it, and the job runs on."""
import re
import signal
import time

from weir import check, contains, equal, true

SQL = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
       "'source.monitor-interval' = '20 ms');\n"
       "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
       "SET 'execution.checkpointing.interval' = '1 h';\n"
       "CREATE JOB j AS INSERT INTO o SELECT a FROM s;\nWAIT FOR JOB j UNTIL IDLE;\nSELECT 'begun';\n")
SLOW = {"WEIR_DELAY_AT": "checkpoint.before_persist:4000000"}


def give_up(weir, saved, *verb):
    """The end of a client that a signal came to while it waited."""
    client = weir.spawn([weir.program, "--data-dir", "data", *verb])
    weir.wait_for(weir.path(saved).exists, "it asks for the savepoint", child=client)
    time.sleep(0.3)
    true(client.poll() is None, "it ended before", client.poll() is not None and weir.end(client))
    began = time.monotonic()
    client.send_signal(signal.SIGTERM)
    done = weir.end(client)
    true(time.monotonic() - began < 2.5, "it ends while the savepoint is in flight", done)
    equal(done.code, 143, done)
    contains(done.err, "was given up", done)
    contains(done.err, "the job runs on", done)
    true("last checkpoint" not in done.err, "it has no job of its own", done)
    equal(list(weir.path(saved).iterdir()), [], "nothing of it is kept")


def body(weir):
    weir.write("in/a.csv", "1\n2\n")
    owner = weir.start(SQL, faulty=True, env=SLOW)
    weir.wait_for(lambda: "begun" in owner.stdout.readline(), "the job rests", child=owner)
    give_up(weir, "first", "cancel", "-s", "first", "j")
    weir.write("in/b.csv", "3\n")
    began = time.monotonic()
    weir.wait_for(lambda: re.search(r"RUNNING\D.* 3 │", weir.ok("SHOW JOBS;").out), "its sources read on", child=owner)
    true(time.monotonic() - began < 2, "they do at once, and not when the savepoint would have ended")
    give_up(weir, "second", "savepoint", "j", "second")  # the name is free
    equal(list(weir.path("data").rglob("*.savepoint")), [], "nor put aside")
    listed = weir.ok("SHOW SAVEPOINTS;")
    true("first" not in listed.out and "second" not in listed.out, "it is on no list", listed)
    saved = weir.end(weir.spawn([weir.program, "--data-dir", "data", "savepoint", "j", "saved"]))
    equal(saved.code, 0, saved)
    equal(len(list(weir.path("saved").glob("*"))), 1, saved)
    owner.send_signal(signal.SIGINT)
    done = weir.end(owner)
    equal(done.code, 130, done)
    equal(weir.rows("out"), ["1", "2", "3"], done)


check(body)
