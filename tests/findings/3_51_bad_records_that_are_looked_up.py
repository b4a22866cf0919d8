#!/usr/bin/env python3
"""Which records of a table are bad, and left out, depends on all of its columns, also of a table that is looked up: an edit of any of
them was FULL."""
from edited import Edited, folded, sink, table
from weir import check, equal

SOURCE = table(columns="k STRING, v INT, p AS PROCTIME()")
OPTION = "csv.ignore-parse-errors"
QUERY = "INSERT INTO s SELECT t.k, l.n FROM t LEFT JOIN l FOR SYSTEM_TIME AS OF t.p ON t.k = l.k"
# The columns before and after, whether bad records are left out, and the verdict.
EDITS = (
    ("k STRING, n INT, x INT", "k STRING, n INT", "true", "SEMANTIC"),
    ("k STRING, n INT, x INT", "k STRING, n INT, x INT NOT NULL", "true", "SEMANTIC"),
    ("k STRING, n INT, x INT", "k STRING, n INT, x BIGINT", "true", "SEMANTIC"),
    ("k STRING, n INT, x INT", "k STRING, n INT, x BIGINT", "false", "FULL"),
    ("k STRING, n INT, x INT", "k STRING, n INT, x INT", "true", "FULL"),
)


def found(columns, ignored):
    return f"CREATE TABLE l ({columns}) WITH ('connector' = 'filesystem', 'path' = 'l.csv', 'format' = 'csv', '{OPTION}' = '{ignored}');\n"


def body(weir):
    for before, after, ignored, verdict in EDITS:
        weir.write("l.csv", "a,1,1\nb,2,3000000000\n" if ignored == "true" else "a,1,1\nb,2,3\n")
        job = Edited(weir, QUERY, SOURCE + found(before, ignored) + sink(), "a,1\nb,2\n")
        reason = "bad records of l are left out, and others are now" if verdict == "SEMANTIC" else ""
        job.expect(QUERY, "sink:s/sink.w", verdict, reason, SOURCE + found(after, ignored) + sink())
        job.run("DROP JOB j;")
    equal(folded(weir.rows("out-s")), sorted(3 * ["a, 1", "b, NULL"] + 2 * ["a, 1"] + ["b, 2", "b, NULL"]))


check(body)
