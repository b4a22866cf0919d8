#!/usr/bin/env python3
"""Late rows and skipped records: said when they come, at the end, and the counts add up to DESCRIBE JOB's."""
import csv
import re

from weir import check, contains, equal, true

TABLE = ("CREATE TABLE s (a INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = '{}', "
         "'format' = 'csv', 'csv.ignore-parse-errors' = 'true'{});\n")
WINDOWS = ("SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' SECOND)) "
           "GROUP BY window_start, window_end")
SINK = "CREATE TABLE o (w TIMESTAMP(3), n BIGINT) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'csv');\n"


def rows(late, bad):
    lines = [f"{i},2026-01-01 00:00:{i:02}" for i in range(10)]
    return "\n".join(lines + ["7,2026-01-01 00:00:01"] * late + ["bad,record"] * bad + ["9,2026-01-01 00:00:30"]) + "\n"


def said(err, what):
    return sum(int(count.replace(",", "")) for count in re.findall(rf"^\d{{4}}-\S+ \S+ \w+: ([\d,]+) {what}s?\b", err, re.M))


def described(text, column):
    lines = list(csv.reader(text.splitlines()))
    head = next(line for line in lines if "uid" in line)
    at = lines.index(head)
    return sum(int(line[head.index(column)]) for line in lines[at + 1:] if len(line) == len(head))


def body(weir):
    weir.write("in/a.csv", rows(4, 2))
    done = weir.ok(TABLE.format("in", "") + WINDOWS + ";", "-D", "parallelism.default=1")
    equal((said(done.err, "late row"), said(done.err, "skipped record")), (4, 2), done)
    loud = weir.end(weir.spawn([weir.program, "--data-dir", "data", "-D", "parallelism.default=1", "--no-catalog", "-c",
                                TABLE.format("in", "") + WINDOWS + ";"]))
    contains(loud.err, "15 rows read, 4 late, 2 bad records skipped", loud)
    job = TABLE.format("in", "") + SINK.format("out") + f"CREATE JOB j AS INSERT INTO o {WINDOWS};\n"
    done = weir.end(weir.spawn([weir.program, "--data-dir", "data", "-D", "parallelism.default=1", "--no-catalog", "-c", job]))
    contains(done.err, "Job j has finished: 15 rows read, 4 late, 2 bad records skipped in ", done)
    equal((said(done.err, "late row"), said(done.err, "skipped record")), (4, 2), done)
    # A job that runs: what comes later is said later, and all of it together is what DESCRIBE JOB shows, over a
    # restart of the process, too.
    weir.write("live/a.csv", rows(3, 1))
    live = (TABLE.format("live", ", 'source.monitor-interval' = '20 ms'") + SINK.format("live-out") +
            f"CREATE JOB k AS INSERT INTO o {WINDOWS};\nWAIT FOR JOB k UNTIL IDLE;\nDESCRIBE JOB k;\nSHOW JOBS;\n")
    first = weir.ok(live + "STOP JOB k;", "--format", "csv", "-D", "parallelism.default=1")
    equal((described(first.out, "late"), described(first.out, "skipped")), (3, 1), first)
    equal((said(first.err, "late row"), said(first.err, "skipped record")), (3, 1), first)
    true(re.search(r",RUNNING,.*3 late rows, 1 skipped record", first.out), "SHOW JOBS says it", first)
    weir.write("live/b.csv", rows(5, 2))
    second = weir.ok(live + "STOP JOB k;", "--format", "csv", "-D", "parallelism.default=1")
    for column, what in (("late", "late row"), ("skipped", "skipped record")):
        equal(said(first.err, what) + said(second.err, what), described(second.out, column), second)
    equal(described(second.out, "skipped"), 3, second)


check(body)
