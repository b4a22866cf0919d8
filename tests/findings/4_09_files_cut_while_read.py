#!/usr/bin/env python3
"""A file that was cut while a table of files that end read it lost its rows without a word, and half a row counted as one."""
import gzip
import time

from weir import check, contains, equal, true

ROWS = 2_000_000
TABLE = "CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = '{}');\n"
SHOWN = "SET 'sql-client.execution.result-mode' = 'changelog'; SELECT * FROM t;"


def cut_while_read(weir, name, form):
    """Nobody takes the rows until the file is cut, so that most of it is still to be read."""
    child = weir.start(TABLE.format(name, form) + SHOWN, "--format", "csv")
    child.stdout.buffer.peek(1)  # waits for the first rows
    time.sleep(0.5)
    with open(weir.path(name), "r+b") as file:
        file.truncate(1000)
    done = weir.end(child)
    true(done.code == 4 and "E3006" in done.err, f"{name}: exit {done.code}, {done.err[-400:]}")
    contains(done.err, "was truncated while it was read")
    return done


def body(weir):
    line = "{},abcdefghij\n".format
    weir.write("a.csv", "".join(map(line, range(ROWS))))
    done = cut_while_read(weir, "a.csv", "csv")
    true("\nabc" not in done.out and all(row.endswith("abcdefghij") for row in done.out.splitlines()[1:]), "half a row")
    weir.write("a.json", "".join(f'{{"a": {i}, "b": "abcdefghij"}}\n' for i in range(ROWS)))
    cut_while_read(weir, "a.json", "json")
    # Rows that are appended meanwhile are not those of the table as it was.
    weir.write("b.csv", "1,x\n2,y\n")
    equal(weir.ok(TABLE.format("b.csv", "csv") + "SELECT a FROM t;", "--format", "csv").out, "a\n1\n2\n")
    with gzip.open(weir.path("c.csv.gz"), "wt") as file:
        file.write("1,x\n")
    equal(weir.ok(TABLE.format("c.csv.gz", "csv") + "SELECT a FROM t;", "--format", "csv").out, "a\n1\n")


check(body)
