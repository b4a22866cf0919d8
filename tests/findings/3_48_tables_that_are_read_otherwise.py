#!/usr/bin/env python3
"""An edit of a table's definition that has former records read as other values was FULL: FLOAT as DOUBLE, more digits of a time, any
column where bad records are left out, an empty field that is not NULL any more. What reads the same goes on."""
from edited import Edited, folded, sink, table
from weir import check, equal

COUNTED = "INSERT INTO s SELECT k, COUNT(*) FROM t{} GROUP BY k"
CHANGES = sink(columns="x STRING, n BIGINT")
OPTION = "csv.ignore-parse-errors"
# Columns and options before, and after; what the query counts; a word of the reason, none where all goes on.
EDITS = (
    (("f FLOAT",), ("f DOUBLE",), " WHERE f >= 0.7e0", "was FLOAT, is DOUBLE"),
    (("f FLOAT",), ("f FLOAT NOT NULL",), " WHERE f >= 0.7e0", ""),
    (("f TIMESTAMP(0)",), ("f TIMESTAMP(3)",), " WHERE f > TIMESTAMP '2026-01-01 00:00:01.500'", "was TIMESTAMP(0)"),
    (("f TIMESTAMP_LTZ(0)",), ("f TIMESTAMP_LTZ(3)",), "", "was TIMESTAMP_LTZ(0)"),
    (("f TIME(0)",), ("f TIME(3)",), "", "was TIME(0)"),
    (("f ARRAY<FLOAT>", {"format": "json"}), ("f ARRAY<DOUBLE>", {"format": "json"}), " WHERE f[1] > 0.7e0", "was ARRAY<FLOAT>"),
    (("f INT",), ("f BIGINT",), " WHERE f > 3", ""),
    (("f DECIMAL(4, 1)",), ("f DECIMAL(8, 1)",), " WHERE f > 3", ""),
    (("f INT", {OPTION: "true"}), ("f BIGINT", {OPTION: "true"}), "", "bad records are left out"),
    (("f INT", {OPTION: "true"}), ("f INT NOT NULL", {OPTION: "true"}), "", "bad records are left out"),
    (("f INT", {OPTION: "true"}), ("f INT, h INT", {OPTION: "true"}), "", "are (f INT, h INT, k STRING)"),
    (("f INT, h INT", {OPTION: "true"}), ("f INT", {OPTION: "true"}), "", "bad records are left out"),
    (("f INT", {OPTION: "true"}), ("f INT", {OPTION: "TRUE"}), "", ""),
    (("f INT", {OPTION: "true"}), ("f INT",), "", "ignore-parse-errors"),
    (("f STRING",), ("f STRING", {"csv.empty-string-as-null": "false"}), " WHERE f = ''", "empty-string-as-null"),
    (("f STRING", {"csv.empty-string-as-null": "false"}), ("f STRING",), " WHERE f = ''", "empty-string-as-null"),
)


def of(columns, options=None):
    return table(columns="k STRING, " + columns, **(options or {})) + CHANGES


def edits(weir):
    for before, after, condition, reason in EDITS:
        query = COUNTED.format(condition)
        job = Edited(weir, query, of(*before), "")
        job.expect(query, "src:t", "SEMANTIC" if reason else "FULL", reason, of(*after))
        job.expect(query, "", "FULL")
        job.run("DROP JOB j;")


def goes_on(weir):
    """What is FULL has the rows of an uninterrupted run."""
    query = "INSERT INTO p SELECT k, COUNT(*) FROM t WHERE f > 0.7 GROUP BY k"
    before, after = (table(columns=f"k STRING, f DECIMAL({digits}, 1)") + sink("p", columns="x STRING, n BIGINT") for digits in (4, 8))
    job = Edited(weir, query, before, "a,0.7\na,0.8\nb,700.2\n")
    weir.write("t/1.csv", "a,70000.7\nb,0.7\n")
    job.restore(query, after)
    equal(folded(weir.rows("out-p")), ["a, 2", "b, 1"])


def body(weir):
    edits(weir)
    goes_on(weir)


check(body)
