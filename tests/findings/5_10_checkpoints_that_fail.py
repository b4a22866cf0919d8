#!/usr/bin/env python3
"""Checkpoints that fail: said from the first, the job's state from the third in a row, and over with the next good one."""
import re

from weir import check, contains, equal, true

SQL = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
       "'source.monitor-interval' = '20 ms');\n"
       "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
       "CREATE JOB j AS INSERT INTO o SELECT a FROM s;\nCHECKPOINT JOB j;\nSHOW JOBS;\n")
# Statements stop at their first error, so each look is a wait that ends well: rows of a bounded table, slowly.
PAUSE = ("CREATE TEMPORARY TABLE pause (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '20', 'number-of-rows' = "
         "'40', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '40');\n")
WAIT = "SELECT COUNT(*) AS paused FROM pause;\n"


def statuses(lines):
    found = [re.match(r"\w{32},j,(\"[^\"]*\"|[^,]*),", line) for line in lines]
    return [match.group(1).strip('"') for match in found if match]


def read_until(child, part, lines):
    """Lines of the child's output up to the one that holds `part`, which must come."""
    while not lines or part not in lines[-1]:
        line = child.stdout.readline()
        true(line, f"no {part!r}", lines)
        lines.append(line)


def body(weir):
    weir.write("in/a.csv", "1\n")
    place = weir.path("ck")
    child = weir.start(PAUSE + SQL + WAIT + WAIT + "SHOW JOBS;\nDESCRIBE JOB j;\n" + WAIT + WAIT +
                       "CHECKPOINT JOB j;\nSHOW JOBS;\nDESCRIBE JOB j;\nCANCEL JOB j;\n", "--format", "csv", "-D",
                       f"execution.checkpointing.dir={place}", "-D", "execution.checkpointing.interval=200 ms")
    lines = []
    read_until(child, ",j,RUNNING,", lines)
    place.rename(weir.path("away"))
    place.write_text("a file")
    read_until(child, " failed, ", lines)
    place.unlink()
    weir.path("away").rename(place)
    done = weir.end(child)
    equal(done.code, 0, done)
    equal(statuses(lines + done.out.splitlines()), ["RUNNING", "RUNNING, CHECKPOINTS FAIL", "RUNNING"], done)
    counted = int(re.search(r"(\d+) failed, ", done.out).group(1))
    said = sum(int(count) for count in re.findall(r" j: (\d+) failed checkpoints?\b", done.err))
    true(counted >= 3, "three in a row", done)
    equal(said, counted, done)
    contains(done.out, f"{counted} failed checkpoints, the last ", done)


check(body)
