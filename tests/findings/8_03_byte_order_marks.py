#!/usr/bin/env python3
"""A byte order mark at the beginning of a script or of a file of rows is none of its text, and errors count without it."""
import gzip
import subprocess

from weir import Done, check, contains, equal

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
TABLE = "CREATE TABLE t (b STRING, a STRING) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = '{format}');\n"
ROWS = {"csv": "x,1\ny,2\n", "json": '{"b": "x", "a": "1"}\n{"b": "y", "a": "2"}\n'}


def program(weir, *arguments, text=""):
    done = subprocess.run([weir.program, "-q", "--data-dir", "data", *arguments], cwd=weir.directory, input=text, text=True,
                          capture_output=True, timeout=60, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def scripts(weir):
    weir.write("a.sql", MARK + "SELECT 1 AS n;\n")
    weir.write("outer.sql", MARK + "SOURCE 'a.sql';\n")
    for arguments, text in ((["run", "a.sql"], ""), (["-f", "a.sql"], ""), (["-f", "outer.sql"], ""), ([], MARK + "SELECT 1 AS n;")):
        done = program(weir, "--format", "csv", *arguments, text=text)
        equal((done.code, done.out), (0, "n\n1\n"), done)
    for text, place in (("SELECT nope;", "wrong.sql:1:8: ERROR E2003"), ("SELECT 1;\nSELECT nope;", "wrong.sql:2:8: ERROR E2003")):
        weir.write("wrong.sql", MARK + text)
        done = program(weir, "-f", "wrong.sql")
        equal(done.code, 3, done)
        contains(done.err, place, done)
    done = program(weir, "-c", f"SELECT 1; {MARK}SELECT 2;")
    equal(done.code, 3, done)
    contains(done.err, "a byte order mark, EF BB BF, stands before `SELECT`", done)


def rows(weir):
    for name, rows_of in ROWS.items():
        for packed in (False, True):
            path = weir.path(f"{name}-{packed}/rows")
            path.parent.mkdir()
            bytes_of = (MARK + rows_of).encode()
            path.with_suffix(".gz" if packed else f".{name}").write_bytes(gzip.compress(bytes_of) if packed else bytes_of)
            done = weir.ok(TABLE.format(path=path.parent, format=name) + "SELECT b, CHAR_LENGTH(b) AS n FROM t;", "--format", "csv")
            equal(done.out, "b,n\nx,1\ny,1\n", done)
    weir.write("named/rows.csv", MARK + "b,a\nx,1\n")
    named = TABLE.format(path=weir.path("named"), format="csv").replace("'csv')", "'csv', 'csv.header' = 'true')")
    equal(weir.ok(named + "SELECT a, b FROM t;", "--format", "csv").out, "a,b\n1,x\n")


def body(weir):
    scripts(weir)
    rows(weir)


check(body)
