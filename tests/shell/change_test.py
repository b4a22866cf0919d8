#!/usr/bin/env python3
"""TRUNCATE TABLE of files: beside jobs, with kills, and what is asked about it. UPDATE and DELETE are in tests/postgres/change_test.py."""
import os
import signal
import subprocess
import time

from weir_shell import DEADLINE, Shell, expect, program, run_all

FILES = "CREATE TABLE f (a INT) WITH ('connector' = 'filesystem', 'path' = 'out/f', 'format' = 'csv'{});\n"
FILL = "SET 'table.dml-sync' = 'true';\nINSERT INTO f VALUES (1), (2);\n"
SLOW = "CREATE TABLE slow (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');\n"


def files(scratch, folder="out/f"):
    path = os.path.join(scratch.path, folder)
    return sorted(name for name in os.listdir(path) if not name.startswith(".")) if os.path.isdir(path) else []


def run(scratch, sql, code=0):
    done = scratch.run(text=sql)
    expect(done.returncode == code, f"{sql}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stderr


def test_a_table_is_emptied_and_no_job_is_left(scratch):
    run(scratch, FILES.format("") + FILL)
    expect(files(scratch), "rows are there")
    said = run(scratch, FILES.format("") + "TRUNCATE TABLE f;")
    expect("Table f truncated." in said and not files(scratch), f"{said} {files(scratch)}")
    expect("truncate_f" not in scratch.run(text="SHOW JOBS;").stdout, "the job is forgotten")
    run(scratch, FILES.format("") + "TRUNCATE TABLE f;" + FILL + "SELECT * FROM f;")
    expect(len(files(scratch)) >= 1, "it takes rows again")


PARTS = "CREATE TABLE f (a INT, k INT, l STRING) PARTITIONED BY (k, l) WITH ('connector' = 'filesystem', 'path' = 'out/f', 'format' = 'csv');\n"


def all_files(scratch):
    return sorted(os.path.relpath(os.path.join(folder, name), scratch.path)
                  for folder, _, names in os.walk(os.path.join(scratch.path, "out")) for name in names)


def kill_later_and_later(scratch, script):
    for i in range(4):
        running = subprocess.Popen([program(), "-f", script], cwd=scratch.path, env=scratch.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.05 * (i + 1))
        running.send_signal(signal.SIGKILL)
        running.wait(timeout=DEADLINE)


def test_partitions_are_emptied_with_what_jobs_left_there(scratch):
    run(scratch, PARTS + "SET 'table.dml-sync' = 'true';\nINSERT OVERWRITE f VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 2, 'z');")
    for name in ("out/f/notes/x.csv", "out/f/k=1/x.csv", "out/f/k=1/l=x/.mine", "out/f/k=1/l=x/.part-1234567812345678-0-0.inprogress", "out/f/k=3/l=w/deep/x.csv"):
        scratch.write(name, "1\n")
    run(scratch, PARTS + "TRUNCATE TABLE f;")
    left = [name for name in all_files(scratch) if "/.weir-committed" not in name]
    expect(left == ["out/f/k=1/l=x/.mine", "out/f/k=1/x.csv", "out/f/notes/x.csv"], left)
    expect(not os.path.exists(os.path.join(scratch.path, "out/f/k=2")), "empty directories go")
    read = "CREATE TABLE p (a INT) WITH ('connector' = 'blackhole');\nCREATE TABLE g (a INT) WITH ('connector' = 'filesystem', 'path' = " \
           "'out/f/k=1', 'format' = 'csv', 'source.monitor-interval' = '1 s');\nCREATE JOB j AS INSERT INTO p SELECT a FROM g;\n"
    said = run(scratch, PARTS + read + "TRUNCATE TABLE f;", 3)
    expect("E5002" in said and 'job "j" reads or writes the files of the table "f"' in said, said)


def test_partitions_and_kills(scratch):
    run(scratch, PARTS + "SET 'table.dml-sync' = 'true';\nINSERT INTO f VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 2, 'z');")
    for i in range(300):
        scratch.write(f"out/f/k={i % 7}/l=x/{i}.csv", "1\n")
    script = scratch.write("truncate.sql", PARTS + "TRUNCATE TABLE f;")
    kill_later_and_later(scratch, script)
    run(scratch, PARTS + "TRUNCATE TABLE f;")
    left = [name for name in all_files(scratch) if "/.weir-committed" not in name]
    expect(not left, left)


def test_what_is_not_of_the_table_stays(scratch):
    run(scratch, FILES.format("") + FILL)
    kept = ("out/f/below/_x.csv", "out/f/_below/x.csv", "out/f/.notes", "out/g.csv")
    for name in (*kept, "out/f/below/x.csv"):
        scratch.write(name, "1\n")
    run(scratch, FILES.format("") + "TRUNCATE TABLE f;")
    for name in kept:
        expect(os.path.exists(os.path.join(scratch.path, name)), name)
    expect(not os.path.exists(os.path.join(scratch.path, "out/f/below/x.csv")), "its row was one of the table")


def test_files_that_a_pattern_leaves_out_stay(scratch):
    table = FILES.format(", 'source.path.regex-pattern' = '.*[.]csv'")
    for statement in ("TRUNCATE TABLE f;", "SET 'table.dml-sync' = 'true'; INSERT OVERWRITE f VALUES (3);"):
        for name in ("out/f/a.csv", "out/f/below/b.csv", "out/f/notes.log"):
            scratch.write(name, "1\n")
        run(scratch, table + statement)
        left = [name for name in all_files(scratch) if "/.weir" not in name and "/part-" not in name]
        expect(left == ["out/f/notes.log"], left)


def test_what_check_says(scratch):
    for sql, error in (("TRUNCATE TABLE nope;", "E2001"), ("CREATE TABLE d (a INT) WITH ('connector' = 'datagen'); TRUNCATE TABLE d;", "E2015"),
                       ("CREATE VIEW v AS SELECT 1 AS a; TRUNCATE TABLE v;", "E2015"), (FILES.format("") + "TRUNCATE TABLE f;", "")):
        scratch.write("out/f/a.csv", "1\n")
        done = subprocess.run([program(), "check", scratch.write("check.sql", sql)], cwd=scratch.path, env=scratch.environment(), capture_output=True,
                              text=True, timeout=DEADLINE, check=False)
        expect((done.returncode != 0) == bool(error) and error in done.stdout + done.stderr, f"{sql}: {done}")
        expect(files(scratch) == ["a.csv"], "nothing is done")


def test_not_while_a_job_reads_or_writes_the_files(scratch):
    run(scratch, FILES.format("") + FILL)
    writes = "CREATE JOB j AS INSERT INTO f SELECT a FROM slow;\n"
    reads = "CREATE TABLE p (a INT) WITH ('connector' = 'blackhole');\nCREATE JOB j AS INSERT INTO p SELECT a FROM f;\n"
    for job, definition in ((writes, FILES.format("")), (reads, FILES.format(", 'source.monitor-interval' = '1 s'"))):
        said = run(scratch, SLOW + definition + job + "TRUNCATE TABLE f;", 3)
        expect("E5002" in said and 'job "j" reads or writes the files of the table "f"' in said and "STOP JOB `j`" in said, said)
        expect(files(scratch), "nothing was removed")
        scratch.run(text="CANCEL JOB j; DROP JOB IF EXISTS j;")
        scratch.run(text="DROP JOB IF EXISTS j;")


def test_what_cannot_be_removed_is_said(scratch):
    scratch.write("out/f", "no directory\n")
    said = scratch.run(text=FILES.format("") + "TRUNCATE TABLE f;")
    expect(said.returncode == 3 or said.returncode == 4, said.returncode)
    expect("out/f" in said.stderr and "^" in said.stderr, said.stderr)
    said = run(scratch, FILES.format("").replace("out/f", "out/*.csv") + "TRUNCATE TABLE f;", 3)
    expect("E2008" in said and "^" in said, said)


def test_a_kill_in_the_middle(scratch):
    """The same statement goes on."""
    run(scratch, FILES.format("") + FILL)
    for i in range(300):
        scratch.write(f"out/f/more-{i}.csv", "1\n")
    script = scratch.write("truncate.sql", FILES.format("") + "TRUNCATE TABLE f;")
    kill_later_and_later(scratch, script)
    run(scratch, FILES.format("") + "TRUNCATE TABLE f;")
    expect(not files(scratch), files(scratch))


def test_help_and_plans(scratch):
    for word, wanted in (("UPDATE", "UPDATE t [AS x] SET"), ("DELETE", "DELETE FROM t"), ("TRUNCATE TABLE", "all rows")):
        done = scratch.run(text=f"HELP {word};")
        expect(wanted in done.stdout + done.stderr, done.stdout + done.stderr)


def test_in_the_shell(scratch):
    shell = Shell(scratch)
    shell.ask(FILES.format("").strip(), "created")
    shell.ask("SET 'table.dml-sync' = 'true';")
    shell.ask("INSERT INTO f VALUES (1);", "has finished")
    shell.ask("TRUNCATE TABLE f;", "Table f truncated.")
    shell.leave()
    expect(not files(scratch), files(scratch))


if __name__ == "__main__":
    run_all(globals())
