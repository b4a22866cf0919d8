#!/usr/bin/env python3
"""Tables and views that are kept in the data directory: who keeps them, who sees them, and what reading leaves alone."""
import hashlib
import os
import signal
import stat
import time

from weir_shell import DEADLINE, Shell, expect, run_all

TABLE = "CREATE TABLE t (n INT, s STRING) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');"
READ = ("--format", "csv", "-c", "SELECT n, s FROM t ORDER BY n")
ROWS = "n,s\n1,a\n2,b\n"


def ok(scratch, *arguments, text=None):
    done = scratch.run(*arguments, text=text)
    expect(done.returncode == 0, f"{arguments}: exit {done.returncode}: {done.stderr}")
    return done


def fails(scratch, code, *arguments):
    done = scratch.run(*arguments)
    expect(done.returncode == code, f"{arguments}: exit {done.returncode}, not {code}: {done.stderr}")
    return done.stderr


def files(scratch, below="weir-data"):
    """Path -> (mode, hash), of everything."""
    found = {}
    for folder, _, names in os.walk(os.path.join(scratch.path, below)):
        for path in [folder] + [os.path.join(folder, name) for name in names]:
            content = b""
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    content = file.read()
            found[os.path.relpath(path, scratch.path)] = (stat.S_IMODE(os.stat(path).st_mode), hashlib.sha256(content).hexdigest(),
                                                          os.stat(path).st_mtime_ns)
    return found


def rows(scratch, folder):
    """What a job has written."""
    found = []
    for below, _, names in os.walk(os.path.join(scratch.path, folder)):
        for name in names:
            if name.startswith("part-"):
                with open(os.path.join(below, name), encoding="utf-8") as file:
                    found += file.read().split()
    return found


def create(scratch):
    scratch.write("in/a.csv", "1,a\n2,b\n")
    ok(scratch, "-c", TABLE)


def test_minus_c_keeps_tables(scratch):
    create(scratch)
    expect(ok(scratch, *READ).stdout == ROWS, "it is there for the next one")
    ok(scratch, "-c", "DROP TABLE t")
    expect("E2001" in fails(scratch, 3, *READ), "it is gone for the next one")


def test_a_table_like_another_is_kept_whole(scratch):
    ok(scratch, "-c", TABLE + "CREATE TABLE u (m AS n + 1) WITH ('csv.header' = 'true') LIKE t; DROP TABLE t;")
    shown = ok(scratch, "-c", "SHOW CREATE TABLE u").stdout
    expect("`n` INT,\n  `s` STRING,\n  `m` AS n + 1\n)\nWITH (" in shown, shown)
    expect(f"'path' = '{scratch.path}/in'" in shown and "'csv.header' = 'true'" in shown and "LIKE" not in shown, shown)


def test_options_that_nobody_could_read_are_shown_as_unicode_texts(scratch):
    delimited = "CREATE TABLE c (n INT) WITH ('connector' = 'filesystem', 'path' = 'c', 'format' = 'csv', {})"
    ok(scratch, "-c", delimited.format("'csv.field-delimiter' = U&'!0001' UESCAPE '!', 'csv.null-literal' = U&'\\\\N\\001f''s'"))
    shown = ok(scratch, "-c", "SHOW CREATE TABLE c").stdout
    expect("'csv.field-delimiter' = U&'\\0001',\n  'csv.null-literal' = U&'\\\\N\\001F''s'\n)" in shown, shown)
    ok(scratch, "-c", "DROP TABLE c; " + shown)
    expect(ok(scratch, "-c", "SHOW CREATE TABLE c").stdout == shown, "it is read back")


def test_only_the_owner_may_read_the_files(scratch):
    create(scratch)
    ok(scratch, "-c", "CREATE CATALOG c; CREATE DATABASE d; CREATE VIEW v AS SELECT n FROM t")
    found = {path: mode for path, (mode, _, _) in files(scratch, "weir-data/catalog").items()}
    expect(any(path.endswith("t.table") for path in found) and any(path.endswith("v.view") for path in found), str(found))
    for path, mode in found.items():
        wanted = 0o600 if path.endswith((".table", ".view")) else 0o700
        expect(mode == wanted, f"{path}: {mode:o}")


def test_a_shell_keeps_tables(scratch):
    scratch.write("in/a.csv", "1,a\n2,b\n")
    shell = Shell(scratch)
    shell.ask(TABLE, "Table t created.")
    shell.ask("CREATE TEMPORARY VIEW v AS SELECT n FROM t;", "View v created.")
    expect(shell.leave() == 0, "it ends well")
    expect(ok(scratch, *READ).stdout == ROWS, "its table is there")
    expect(ok(scratch, "--format", "csv", "-c", "SHOW TABLES").stdout == "table name\nt\n", "its temporary view is not")


def test_a_query_file_begins_with_nothing(scratch):
    create(scratch)
    script = scratch.write("q.sql", "SHOW TABLES; CREATE TABLE u (n INT) WITH ('connector' = 'inline', 'rows' = '1');"
                                    "CREATE DATABASE d; SELECT n FROM u;")
    before = files(scratch)
    for how in (["run", script], ["-f", script], [script]):
        expect(ok(scratch, "--format", "csv", *how).stdout == "table name\nn\n1\n", str(how))
    expect(ok(scratch, "--format", "csv", text=open(script, encoding="utf-8").read()).stdout == "table name\nn\n1\n", "standard input")
    expect(files(scratch) == before, "nothing of it was kept")
    expect(ok(scratch, "--format", "csv", "run", "--catalog", script).stdout == "table name\nt\nn\n1\n", "--catalog sees t")
    expect(ok(scratch, "--format", "csv", "-c", "SELECT n FROM u").stdout == "n\n1\n", "and keeps u")


def test_what_is_only_looked_at_may_see_the_catalog(scratch):
    create(scratch)
    before = files(scratch)
    script = scratch.write("a.sql", "CREATE TABLE u (n BIGINT) WITH ('connector' = 'blackhole');\nINSERT INTO u SELECT n FROM t;\n"
                                    "CREATE TABLE t (m INT) WITH ('connector' = 'datagen');\nSELECT m FROM t;\n")
    expect("E2001" in fails(scratch, 3, "check", script), "a query file begins without tables")
    for verb in ("check", "explain", "info"):
        done = ok(scratch, verb, "--catalog", script)
        said = "No error in 4 statements." in done.stderr if verb == "check" else "src:t" in done.stdout
        expect(said and files(scratch) == before, f"{verb}: {done.stdout}{done.stderr}")


def test_no_catalog_keeps_nothing(scratch):
    create(scratch)
    before = files(scratch)
    done = ok(scratch, "--no-catalog", "--format", "csv", "-c", "SHOW TABLES;" + TABLE + "SELECT n FROM t WHERE n = 1")
    expect(done.stdout == "table name\nn\n1\n", done.stdout)
    expect(files(scratch) == before, "the data directory is as it was")
    expect("excludes" in fails(scratch, 1, "--catalog", "--no-catalog", "-c", "SELECT 1"), "both at once mean nothing")


def test_reading_changes_no_byte(scratch):
    create(scratch)
    ok(scratch, "-c", "CREATE VIEW v AS SELECT n FROM t")
    before = files(scratch)
    for text in ("SELECT n FROM v", "SHOW TABLES", "DESCRIBE v", "EXPLAIN SELECT n FROM v", "SHOW CREATE TABLE t", "USE CATALOG default_catalog",
                 "CREATE TEMPORARY VIEW w AS SELECT n FROM v; SELECT n FROM w"):
        ok(scratch, "-c", text)
    expect(files(scratch) == before, f"{before}\n{files(scratch)}")


def test_reading_needs_no_data_directory(scratch):
    ok(scratch, "-c", "SELECT 1; SHOW TABLES; CREATE TEMPORARY VIEW v AS SELECT 1 AS n; SELECT n FROM v")
    expect(not os.path.exists(os.path.join(scratch.path, "weir-data")), "none was made")


def test_a_path_means_the_same_from_elsewhere(scratch):
    create(scratch)
    os.makedirs(os.path.join(scratch.path, "else/where"))
    home, data = scratch.path, os.path.join(scratch.path, "weir-data")
    scratch.path = os.path.join(home, "else/where")
    try:
        expect(ok(scratch, "--data-dir", data, *READ).stdout == ROWS, "the same rows")
        said = fails(scratch, 3, "--data-dir", data, "-c", "CREATE VIEW v AS SELECT * FROM '../../in/a.csv'")
    finally:
        scratch.path = home
    expect("E2015" in said and f"'{os.path.realpath(home)}/in/a.csv'" in said, said)


def test_the_same_definition_again_is_a_notice(scratch):
    create(scratch)
    done = ok(scratch, "-c", TABLE.replace("CREATE TABLE", "create  table"))
    expect("NOTICE: table t exists with the same definition" in done.stderr, done.stderr)
    said = fails(scratch, 3, "-c", TABLE.replace("n INT", "n BIGINT"))
    expect("E2002" in said and "CREATE OR REPLACE TABLE" in said, said)
    ok(scratch, "-c", TABLE.replace("CREATE", "CREATE OR REPLACE").replace("n INT", "n BIGINT"))
    expect("BIGINT" in ok(scratch, "-c", "DESCRIBE t").stdout, "replaced")


def test_a_damaged_file_fails_only_its_table(scratch):
    create(scratch)
    ok(scratch, "-c", "CREATE TABLE u (n INT) WITH ('connector' = 'inline', 'rows' = '7')")
    path = os.path.join(scratch.path, "weir-data/catalog/default_catalog/default_database/u.table")
    with open(path, "rb") as file:
        content = file.read()
    with open(path, "wb") as file:
        file.write(content.replace(b"'7'", b"'8'"))
    expect(ok(scratch, *READ).stdout == ROWS, "the other one can be read")
    said = fails(scratch, 4, "-c", "SELECT n FROM u")
    expect("E7001" in said and "u.table" in said and "DROP TABLE" in said, said)
    ok(scratch, "-c", "DROP TABLE u; CREATE TABLE u (n INT) WITH ('connector' = 'inline', 'rows' = '9')")
    expect(ok(scratch, "--format", "csv", "-c", "SELECT n FROM u").stdout == "n\n9\n", "made anew")
    # A function as a table.
    ok(scratch, "-c", "CREATE FUNCTION up(n INT) RETURNS INT RETURN n + 1")
    with open(os.path.join(os.path.dirname(path), "up.function"), "r+b") as file:
        file.write(b"weir-DEF")
    said = fails(scratch, 4, "-c", "SELECT up(1)")
    expect("E7001" in said and "up.function" in said and "DROP FUNCTION" in said, said)
    expect(ok(scratch, *READ).stdout == ROWS, "the others can be used")
    expect("up" in ok(scratch, "--format", "csv", "-c", "SHOW USER FUNCTIONS").stdout, "it has a name")
    ok(scratch, "-c", "DROP FUNCTION up")


def test_a_killed_session_leaves_its_tables(scratch):
    scratch.write("in/a.csv", "1,a\n2,b\n")
    child = scratch.start("-c", TABLE + "CREATE TABLE e (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');SELECT n FROM e;")
    path = os.path.join(scratch.path, "weir-data/catalog/default_catalog/default_database/e.table")
    end = time.monotonic() + DEADLINE
    while not os.path.exists(path) and time.monotonic() < end:
        time.sleep(0.02)
    expect("E2002" in fails(scratch, 3, "-c", TABLE.replace("n INT", "n BIGINT")), "the table is there for others at once")
    expect(ok(scratch, *READ).stdout == ROWS, "others read it meanwhile")
    child.send_signal(signal.SIGKILL)
    child.wait()
    expect(ok(scratch, "--format", "csv", "-c", "SHOW TABLES").stdout == "table name\ne\nt\n", "both are there")


def test_a_job_keeps_its_definitions(scratch):
    scratch.write("in/a.csv", "1,a\n2,b\n")
    ok(scratch, "-c", TABLE + TABLE.replace("TABLE t", "TABLE o").replace("'in'", "'out'"))
    ok(scratch, "-c", "SET 'table.dml-sync' = 'true'; CREATE JOB j AS INSERT INTO o SELECT n, s FROM t")
    ok(scratch, "-c", "DROP TABLE t; CREATE OR REPLACE TABLE o (x BIGINT) WITH ('connector' = 'blackhole')")
    said = ok(scratch, "-c", "SHOW CREATE JOB j").stdout
    expect("`t` (n INT, s STRING)" in said and "`o` (n INT, s STRING)" in said, said)


def test_what_is_altered_is_kept(scratch):
    create(scratch)
    ok(scratch, "-c", "CREATE VIEW v AS SELECT n FROM t; ALTER TABLE t ADD twice AS n * 2; ALTER TABLE t SET ('csv.null-literal' = 'b')")
    expect(ok(scratch, "--format", "csv", "-c", "SELECT twice, s FROM t").stdout == "twice,s\n2,a\n4,\n", "it is altered for the next one")
    expect("E2003" in fails(scratch, 3, "-c", "ALTER TABLE t DROP n"), "the computed column reads it")
    ok(scratch, "-c", "ALTER VIEW v AS SELECT twice FROM t; CREATE DATABASE d; USE d; ALTER TABLE default_database.t RENAME TO u")
    ok(scratch, "-c", "ALTER VIEW v RENAME TO w")
    expect(ok(scratch, "--format", "csv", "-c", "SHOW TABLES").stdout.split() == ["table", "name", "u", "w"], "both have new names")
    expect("E2001" in fails(scratch, 3, "-c", "SELECT * FROM w"), "a view reads what its text names")
    ok(scratch, "-c", "ALTER TABLE u RENAME TO t")
    expect(ok(scratch, "--format", "csv", "-c", "SELECT * FROM w").stdout == "twice\n2\n4\n", "rows of the altered view")


def test_a_path_that_is_altered_is_of_whoever_says_it(scratch):
    create(scratch)
    scratch.write("there/in/a.csv", "7,z\n")
    home = scratch.path
    scratch.path = os.path.join(home, "there")
    try:
        ok(scratch, "--data-dir", os.path.join(home, "weir-data"), "-c", "ALTER TABLE t SET ('path' = 'in')")
    finally:
        scratch.path = home
    expect(ok(scratch, *READ).stdout == "n,s\n7,z\n", "it is that of the other directory")


def test_jobs_go_on_with_what_was_altered(scratch):
    create(scratch)
    done = ok(scratch, "-c", "CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');"
              "ALTER TABLE t SET ('source.monitor-interval' = '50 ms');"
              "CREATE JOB j AS INSERT INTO o SELECT n FROM t; WAIT FOR JOB j UNTIL CHECKPOINT; ALTER TABLE t RENAME n TO number;"
              "ALTER TABLE o RENAME TO p; STOP JOB j;")
    expect("NOTICE: job j runs on with t as it was" in done.stderr.replace("`", "") and "runs on with o as it was" in done.stderr, done.stderr)
    scratch.write("in/b.csv", "3,c\n")
    ok(scratch, "-c", "RESTORE JOB j FROM LATEST CHECKPOINT; WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    expect(sorted(rows(scratch, "out")) == ["1", "2", "3"], rows(scratch, "out"))


def test_a_job_of_another_database_goes_on(scratch):
    """Its tables and its statement name things that are below another catalog, and two databases of it."""
    scratch.write("in/a.csv", "1,a\n")
    job = "CREATE JOB j AS INSERT INTO o SELECT n, s FROM v;"
    script = scratch.write("q.sql", "SET 'parallelism.default' = '1'; CREATE CATALOG `c c`; USE CATALOG `c c`; CREATE DATABASE d; USE d;"
                           + TABLE.replace("'csv'", "'csv', 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s'")
                           + "CREATE VIEW default_database.v AS SELECT n, s FROM t; USE default_database;"
                           + TABLE.replace("TABLE t", "TABLE o").replace("'in'", "'out'") + job
                           + "WAIT FOR JOB j UNTIL IDLE; STOP JOB j WITH SAVEPOINT 'saved';")
    ok(scratch, "run", script)
    said = ok(scratch, "-c", "SHOW CREATE JOB j").stdout
    expect("CREATE DATABASE IF NOT EXISTS `c c`.`d`;\nUSE `c c`.`d`;" in said and "USE `c c`.`default_database`;\nCREATE TABLE o" in said, said)
    wait = "WAIT FOR JOB {} UNTIL IDLE; STOP JOB {};"
    scratch.write("in/b.csv", "2,b\n")
    ok(scratch, "-c", "RESTORE JOB j FROM LATEST CHECKPOINT;" + wait.format("j", "j"))
    expect(sorted(rows(scratch, "out")) == ["1,a", "2,b"], str(rows(scratch, "out")))
    scratch.write("in/c.csv", "3,c\n")
    ok(scratch, "-c", "RESTORE JOB j FROM LATEST CHECKPOINT;" + wait.format("j", "j"))
    expect(sorted(rows(scratch, "out")) == ["1,a", "2,b", "3,c"], str(rows(scratch, "out")))
    saved, = os.listdir(os.path.join(scratch.path, "saved"))
    ok(scratch, "-c", f"RESTORE JOB k FROM 'saved/{saved}';" + wait.format("k", "k"))
    expect(sorted(rows(scratch, "out")) == ["1,a", "2,b", "2,b", "3,c", "3,c"], str(rows(scratch, "out")))
    expect(ok(scratch, "-c", "SHOW CREATE JOB k").stdout == said.replace("JOB `j`", "JOB `k`"), "k remembers what j did")
    ok(scratch, "run", scratch.write("made.sql", said.replace("JOB `j`", "JOB `l`") + wait.format("l", "l")))


def test_functions_are_kept(scratch):
    create(scratch)
    ok(scratch, "-c", "CREATE FUNCTION up(n INT) RETURNS INT COMMENT 'more' RETURN n + 1; CREATE FUNCTION `of n`(m INT) "
                      "RETURNS TABLE (s STRING) RETURN SELECT s FROM t WHERE n = up(m);")
    expect(ok(scratch, "--format", "csv", "-c", "SELECT up(n) AS x FROM t ORDER BY x").stdout == "x\n2\n3\n", "in another process")
    expect(ok(scratch, "--format", "csv", "-c", "SELECT * FROM `of n`(1)").stdout == "s\nb\n", "a table of it")
    said = ok(scratch, "-c", "SHOW CREATE FUNCTION `of n`").stdout
    expect(said == "CREATE FUNCTION `default_catalog`.`default_database`.`of n` (\n  `m` INT\n)\nRETURNS TABLE (\n  `s` STRING\n)\n"
                   "RETURN SELECT s FROM t WHERE n = up(m)\n", said)
    said = ok(scratch, "--format", "csv", "-c", "SHOW USER FUNCTIONS; SHOW USER FUNCTIONS LIKE 'U%'").stdout
    expect(said.count("up(n INT) RETURNS INT,more") == 2 and "of n,of n(m INT) RETURNS TABLE (s STRING)," in said, said)
    again = ok(scratch, "-c", "CREATE FUNCTION up(n INT) RETURNS INT COMMENT 'more' RETURN n + 1")
    expect("NOTICE: function up exists with the same definition" in again.stderr, again.stderr)
    other = fails(scratch, 3, "-c", "CREATE FUNCTION up(n INT) RETURNS INT RETURN n + 2")
    expect("E2002" in other and "CREATE OR REPLACE FUNCTION" in other, other)
    ok(scratch, "-c", "DROP FUNCTION up; DROP FUNCTION `of n`")
    place = os.path.join(scratch.path, "weir-data/catalog/default_catalog/default_database")
    expect(not [name for name in os.listdir(place) if name.endswith(".function")], "their files are gone")


def test_a_function_travels_with_its_job(scratch):
    """Its text is in the savepoint; another body is another meaning where values are kept."""
    scratch.write("in/a.csv", "1,a\n2,b\n2,a\n")
    made = "CREATE FUNCTION weight(n INT) RETURNS INT RETURN n * 10;"
    job = "INSERT INTO o SELECT s, SUM(weight(n)) FROM t GROUP BY s"
    tables = (TABLE.replace("'csv'", "'csv', 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s'") +
              "CREATE TABLE o (s STRING, n INT, PRIMARY KEY (s) NOT ENFORCED) WITH ('connector' = 'blackhole');")
    wait = "WAIT FOR JOB j UNTIL IDLE; STOP JOB j WITH SAVEPOINT 'saved';"
    ok(scratch, "-c", f"{tables}{made}CREATE JOB j AS {job};{wait}")
    saved, = os.listdir(os.path.join(scratch.path, "saved"))
    said = ok(scratch, "-c", "SHOW CREATE JOB j").stdout
    expect("weight" in said.split("CREATE TABLE")[0] + said and "RETURN n * 10" in said, said)

    def verdict(change, statement=job):
        done = scratch.run("--format", "csv", "-c", f"{change}EXPLAIN RESTORE JOB k FROM 'saved/{saved}' AS {statement};")
        return [line for line in done.stdout.splitlines() if "agg" in line][0], done
    line, _ = verdict("")
    expect("FULL" in line, line)
    line, _ = verdict("", job.replace("weight(n)", "n * 10"))
    expect("FULL" in line, f"written out: {line}")
    line, _ = verdict("CREATE OR REPLACE FUNCTION weight(k INT) RETURNS INT COMMENT 'other words' RETURN 10 * k;")
    expect("FULL" in line, f"other words: {line}")
    line, _ = verdict("CREATE OR REPLACE FUNCTION weight(n INT) RETURNS INT RETURN n * 11;")
    expect("FULL" not in line, f"another body: {line}")
    done = scratch.run("-c", f"EXPLAIN RESTORE JOB k FROM 'saved/{saved}'")
    expect("NOTICE: weight is defined otherwise in this session" in done.stderr + done.stdout, done.stderr)
    dropped = ok(scratch, "-c", "DROP FUNCTION weight")
    expect("NOTICE: job" not in dropped.stderr, "the job has another body, and does not need this one")
    ok(scratch, "-c", f"RESTORE JOB k FROM 'saved/{saved}'; WAIT FOR JOB k UNTIL IDLE; STOP JOB k;")
    expect("RETURN n * 10" in ok(scratch, "-c", "SHOW CREATE JOB k").stdout, "with the body of the savepoint")


def test_many_tables_cost_nothing_until_they_are_used(scratch):
    create(scratch)
    folder = os.path.join(scratch.path, "weir-data/catalog/default_catalog/default_database")
    for i in range(20000):
        with open(os.path.join(folder, f"t{i}.table"), "w", encoding="utf-8") as file:
            file.write("no definition")
    begun = time.monotonic()
    expect(ok(scratch, *READ).stdout == ROWS, "one of many")
    expect(time.monotonic() - begun < 5, f"{time.monotonic() - begun} s")


if __name__ == "__main__":
    run_all(globals())
