#!/usr/bin/env python3
"""Standard output on a full device: an error, exit 1, in every format, and a job that prints has not finished."""
import subprocess

from weir import check, contains, equal, true

TABLE = "CREATE TABLE t (a INT) WITH ('connector' = 'inline', 'rows' = '\n1\n2\n');\n"
PRINT = TABLE + "CREATE TABLE p (a INT) WITH ('connector' = 'print');\nCREATE JOB j AS INSERT INTO p SELECT a FROM t;\n"
ENDLESS = "CREATE TABLE e (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '200');\n"
FORMATS = ("box", "csv", "tsv", "json", "markdown", "vertical", "changelog")


def into_full_device(weir, command):
    with open("/dev/full", "w", encoding="utf-8") as full:
        return subprocess.run(command, cwd=weir.directory, stdin=subprocess.DEVNULL, stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def body(weir):
    for form in FORMATS:
        for sql in (TABLE + "SELECT a FROM t;", ENDLESS + "SELECT a FROM e;", "SHOW FUNCTIONS;",
                    TABLE + "EXPLAIN SELECT a FROM t;"):
            done = into_full_device(weir, weir.command(sql, "--format", form))
            equal(done.returncode, 1, (form, sql, done.stderr))
            contains(done.stderr, "E4005", (form, sql))
            contains(done.stderr, "No space left on device", (form, sql))
    for arguments in (["options"], ["options", "--yaml"], ["--format", "markdown", "options"]):
        done = into_full_device(weir, [weir.program, *arguments])
        equal(done.returncode, 1, (arguments, done.stderr))
    done = into_full_device(weir, weir.command(PRINT))
    equal(done.returncode, 1, done.stderr)
    contains(done.stderr, "E4005")
    listed = weir.ok("SHOW JOBS;", "--format", "csv").out
    true("FAILED" in listed and "FINISHED" not in listed, "a job whose rows were not printed has not finished", listed)
    # Where there is room the same script brings the rows.
    equal(sorted(weir.ok(PRINT).out.split()), ["+I[1]", "+I[2]"])


check(body)
