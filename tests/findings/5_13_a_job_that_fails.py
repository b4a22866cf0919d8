#!/usr/bin/env python3
"""That a job has failed is told while other jobs go on, with its time and place, and not first at the end of the process."""
import re
import signal

from weir import check, equal, true

SQL = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
       "'source.monitor-interval' = '20 ms');\n"
       "CREATE TABLE t (a INT) WITH ('connector' = 'inline', 'rows' = '\n1');\n"
       "CREATE TABLE o (a INT) WITH ('connector' = 'blackhole');\n"
       "SET 'restart-strategy.type' = 'none';\n"
       "CREATE JOB bad AS INSERT INTO o SELECT 1 / (a - 1) FROM t;\n"
       "CREATE JOB good AS INSERT INTO o SELECT a FROM s;\n")
TOLD = re.compile(r'20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} .*ERROR E3002: job "bad" failed: Calc\(o\): division by zero')


def look(child):
    """What is said up to `good` in the next answer to SIGQUIT, which names the jobs that run: its lines."""
    child.send_signal(signal.SIGQUIT)
    lines = []
    while not any(line.startswith("job good: RUNNING") for line in lines):
        line = child.stderr.readline()
        true(line, "it goes on", lines)
        lines.append(line)
    return lines


def body(weir):
    weir.write("in/a.csv", "1\n")
    child = weir.start(SQL + "SELECT 'begun';")
    weir.wait_for(lambda: "begun" in child.stdout.readline(), "the jobs run", child=child)
    said = []
    # `bad` has failed when the jobs that run are named without it; what is to be told of that may come some looks later.
    looks_without = 0
    while not any(TOLD.match(line) for line in said) and looks_without < 100:
        lines = look(child)
        looks_without += not any(line.startswith("job bad:") for line in lines)
        said += lines
    true(any(TOLD.match(line) for line in said), "nobody is told that the job has failed", "".join(said))
    child.send_signal(signal.SIGINT)
    done = weir.end(child)
    equal(done.code, 4, done)
    true("failed:" not in done.err, "it is told once", done)


check(body)
