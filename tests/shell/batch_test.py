#!/usr/bin/env python3
"""Batch mode: 'execution.runtime-mode' = 'batch'."""
import os

from weir_shell import expect, run_all

BATCH = "SET 'execution.runtime-mode' = 'BATCH';\n"
ROWS = ("CREATE TABLE s (k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) "
        "WITH ('connector' = 'filesystem', 'path' = 'in.csv', 'format' = 'csv');\n")
COUNTS = "SELECT k, COUNT(*) AS c FROM s GROUP BY k"


def prepare(scratch):
    scratch.write("in.csv", "1,2024-01-01 00:00:30\n1,2024-01-01 00:00:01\n2,2024-01-01 00:00:02\n"
                            "2,2024-01-01 00:02:02\n1,2024-01-01 00:00:03\n")


def test_an_aggregate_goes_into_files_as_final_rows(scratch):
    prepare(scratch)
    sink = "CREATE TABLE o (k INT, c BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
    print_sink = "CREATE TABLE p (k INT, c BIGINT) WITH ('connector' = 'print');\n"
    done = scratch.run(text=BATCH + ROWS + sink + print_sink + f"INSERT INTO o {COUNTS};\nINSERT INTO p {COUNTS};\n")
    expect(done.returncode == 0, done.stderr)
    lines = []
    for name in os.listdir(os.path.join(scratch.path, "out")):
        if not name.startswith((".", "_")):
            with open(os.path.join(scratch.path, "out", name), encoding="utf-8") as file:
                lines += file.read().splitlines()
    expect(sorted(lines) == ["1,3", "2,2"], str(lines))
    expect(sorted(done.stdout.splitlines()) == ["+I[1, 3]", "+I[2, 2]"], done.stdout)


def test_no_row_is_late(scratch):
    prepare(scratch)
    windows = ("SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '10' SECOND)) "
               "GROUP BY window_start, window_end;\n")
    counts = {mode: [line.rsplit(",", 1)[1] for line in scratch.run("--format", "csv", text=mode + ROWS + windows)
                     .stdout.splitlines()[1:]] for mode in ("", BATCH)}
    expect(sorted(counts[BATCH]) == ["1", "1", "3"] and sorted(counts[""]) == ["1", "1"], str(counts))


def test_order_and_limit_stay(scratch):
    prepare(scratch)
    done = scratch.run("--format", "csv", text=BATCH + ROWS + COUNTS + " ORDER BY c DESC LIMIT 1;\n")
    expect(done.stdout == "k,c\n1,3\n", done.stdout + done.stderr)


def test_a_global_aggregate_of_no_rows_has_its_row(scratch):
    prepare(scratch)
    answers = {
        "SELECT COUNT(*) AS n, SUM(k) AS s, COUNT(DISTINCT k) AS d FROM s WHERE k > 9": "0,,0",
        "SELECT JSON_ARRAYAGG(k) AS a, JSON_OBJECTAGG('k' VALUE k) AS o, CARDINALITY(COLLECT(k)) AS c, LISTAGG('x') AS l "
        "FROM s WHERE k > 9": "[],{},0,",
        "SELECT COUNT(*) AS n FROM s WHERE k > 9 HAVING COUNT(*) = 0": "0",
        "SELECT COUNT(*) AS n FROM (SELECT COUNT(*) AS n FROM s WHERE k > 9)": "1",
        "SELECT MAX(n) AS n FROM (SELECT COUNT(*) AS n FROM s WHERE k > 9)": "0",
        "SELECT DISTINCT k, (SELECT COUNT(*) FROM s WHERE k > 9) AS n FROM s WHERE k = 1": "1,0",
        "SELECT COUNT(*) AS n FROM s WHERE k > (SELECT COUNT(*) + 1 FROM s WHERE k > 9)": "2",
        "SELECT COUNT(*) AS n FROM s": "5",
        "SELECT k, COUNT(*) AS n FROM s WHERE k > 9 GROUP BY k": ""}
    done = scratch.run("--format", "csv", text=BATCH + ROWS + ";\n".join(answers) + ";\n")
    expect(done.returncode == 0, done.stderr)
    rows = [line for line in done.stdout.splitlines() if not line[0].isalpha()]
    expect(rows == [row for row in answers.values() if row], done.stdout)


def test_endless_tables_and_savepoints_are_refused(scratch):
    endless = scratch.run(text=BATCH + "CREATE TABLE u (k INT) WITH ('connector' = 'datagen');\nSELECT * FROM u;\n")
    expect(endless.returncode == 3 and "E2015: table u never ends, and is read in batch mode" in endless.stderr,
           endless.stderr)
    slow = ("CREATE TABLE u (k INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000', 'rows-per-second' = '10');\n"
            "CREATE TABLE o (k INT) WITH ('connector' = 'blackhole');\nCREATE JOB j AS INSERT INTO o SELECT k FROM u;\n")
    for statement in ("SAVEPOINT JOB j TO 'saved'", "CANCEL JOB j WITH SAVEPOINT 'saved'"):
        data = f"data{len(statement)}"
        done = scratch.run("--data-dir", data, "--timeout", "20", text=BATCH + slow + statement + ";\n")
        expect("E5002: job \"j\" runs in batch mode" in done.stderr, done.stderr)


if __name__ == "__main__":
    run_all(globals())
