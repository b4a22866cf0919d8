#!/usr/bin/env python3
"""Standard output that was closed: the process ends as SIGPIPE would end it, without a word, and its jobs go on later."""
import os
import signal
import subprocess

from weir import Done, check, contains, equal

ENDLESS = "CREATE TABLE e (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '200');\n"
PRINT = "CREATE TABLE p (a INT) WITH ('connector' = 'print');\nCREATE JOB j AS INSERT INTO p SELECT a FROM e;\n"
FILE = ("CREATE TABLE f (a INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
        "CREATE JOB k AS INSERT INTO f SELECT a FROM e;\n")


def until_closed(weir, sql):
    """Runs it, reads a line, closes the pipe."""
    reading, writing = os.pipe()
    child = subprocess.Popen(weir.command(sql), cwd=weir.directory, stdin=subprocess.DEVNULL, stdout=writing,
                             stderr=subprocess.PIPE, text=True)
    weir.started.append(child)
    os.close(writing)
    line = os.read(reading, 6)
    os.close(reading)
    _, err = child.communicate(timeout=60)
    return Done(child.returncode, line.decode(), err)


def body(weir):
    for sql in (ENDLESS + "SELECT a FROM e;", ENDLESS + PRINT, ENDLESS + FILE + PRINT):
        done = until_closed(weir, sql)
        equal(done.code, -signal.SIGPIPE, done)
        equal(done.err, "", sql)
    listed = weir.ok("SHOW JOBS;", "--format", "csv").out
    for job in ("j", "k"):
        line = next(line for line in listed.splitlines() if line.split(",")[1] == job)
        contains(line, "SUSPENDED", listed)


check(body)
