#!/usr/bin/env python3
"""Scripts: exit codes, what goes to which stream, signals, the data directory, continuing after a kill."""
import glob
import json
import os
import re
import signal
import time

from weir_shell import DEADLINE, expect, run_all

STREAM = """
CREATE TABLE source (n INT, label STRING)
WITH ('connector' = 'filesystem', 'path' = 'source', 'format' = 'csv', 'source.monitor-interval' = '50 ms');
CREATE TABLE target (n INT, label STRING) WITH ('connector' = 'filesystem', 'path' = 'target', 'format' = 'csv');
SET 'execution.checkpointing.interval' = '100 ms';
"""
COPY = "CREATE JOB copy AS INSERT INTO target SELECT n, label FROM source;\n"
PAIR = "CREATE TABLE t (a INT) WITH ('connector' = 'inline', 'rows' = '\n1\n2\n');\n"


def committed(scratch, folder="target"):
    """Lines of the files that are complete."""
    lines = []
    path = os.path.join(scratch.path, folder)
    for name in sorted(os.listdir(path)) if os.path.isdir(path) else []:
        if not name.startswith((".", "_")):
            with open(os.path.join(path, name), encoding="utf-8") as file:
                lines += file.read().splitlines()
    return sorted(lines)


def wait_until(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        expect(time.monotonic() < end, f"never: {what}")
        time.sleep(0.05)


def expect_exit(done, code):
    expect(done.returncode == code, f"exit {done.returncode} instead of {code}:\n{done.stdout}\n{done.stderr}")


def test_results_only_on_stdout(scratch):
    done = scratch.run("--format", "csv", text=PAIR + "SELECT a FROM t ORDER BY a;")
    expect_exit(done, 0)
    expect(done.stdout == "a\n1\n2\n", done.stdout)
    expect("Table t created." in done.stderr and "2 rows" in done.stderr, done.stderr)
    quiet = scratch.run("-q", "--format", "csv", text=PAIR + "SELECT a FROM t ORDER BY a;")
    expect(quiet.stderr == "", quiet.stderr)


def test_ways_to_give_sql(scratch):
    path = scratch.write("a.sql", "SELECT 1 AS x -- the last statement needs no semicolon")
    for arguments in (["run", path], ["-f", path], ["-c", "SELECT 1 AS x"], ["-c", "SELECT 1 AS x;"]):
        done = scratch.run("--format", "json", *arguments)
        expect_exit(done, 0)
        expect(done.stdout == '{"x":1}\n', done.stdout)
    done = scratch.run("--format", "json", "-f", path, "-c", "SELECT 2 AS y")
    expect(done.stdout == '{"x":1}\n{"y":2}\n', done.stdout)
    done = scratch.run("--format", "json", "run", "/dev/stdin", text="SELECT 3 AS z;" + " " * 200_000)
    expect_exit(done, 0)
    expect(done.stdout == '{"z":3}\n', done.stdout)


def edited(factor, extra=""):
    return f"""{STREAM}
CREATE TABLE sums (label STRING, total BIGINT, PRIMARY KEY (label) NOT ENFORCED) WITH ('connector' = 'print');
CREATE JOB sums AS INSERT INTO sums SELECT label, SUM(n{factor}) AS total FROM source {extra} GROUP BY label;
WAIT FOR JOB sums UNTIL IDLE; STOP JOB sums;"""


def test_a_changed_query_goes_on_by_the_policy(scratch):
    os.mkdir(os.path.join(scratch.path, "source"))
    scratch.write("source/1.csv", "1,a\n")
    done = scratch.run("-c", edited(""))
    expect_exit(done, 0)
    # Whoever changed what rows mean is told, and nothing is started.
    changed = edited(" * 2")
    done = scratch.run("-c", changed)
    expect_exit(done, 5)
    expect("E7002" in done.stderr and "PARTIAL" in done.stderr and "RESTORE JOB `sums`" in done.stderr, done.stderr)
    done = scratch.run("--restore=auto", "-c", changed)
    expect_exit(done, 5)
    # A second sink has no state to carry: all of it fits.
    scratch.write("source/2.csv", "5,a\n")
    same = edited("").replace("CREATE JOB sums AS INSERT INTO sums", """CREATE TABLE copies (n INT) WITH ('connector' = 'blackhole');
CREATE JOB sums AS EXECUTE STATEMENT SET BEGIN INSERT INTO copies SELECT n FROM source; INSERT INTO sums""").replace(
        "GROUP BY label;", "GROUP BY label; END;")
    done = scratch.run("-c", same)
    expect_exit(done, 5)
    expect("'execution.restore-policy' = 'auto'" in done.stderr, done.stderr)
    done = scratch.run("--restore=auto", "-c", same)
    expect_exit(done, 0)
    expect("+U[a, 6]" in done.stdout, done.stdout + done.stderr)
    done = scratch.run("-c", "SET 'execution.restore-policy' = 'fresh';" + changed)
    expect_exit(done, 0)
    expect("[a, 12]" in done.stdout, done.stdout)


def test_what_starts_anew_comes_again(scratch):
    os.mkdir(os.path.join(scratch.path, "source"))
    scratch.write("source/1.csv", "1,a\n")
    ending = "WAIT FOR JOB copy UNTIL IDLE; STOP JOB copy;"
    expect_exit(scratch.run("-c", STREAM + COPY + ending), 0)
    done = scratch.run("--restore=fresh", "-c", STREAM + COPY.replace("SELECT n,", "SELECT n + 1,") + ending)
    expect_exit(done, 0)
    expect("starts anew: what it has committed in" in done.stderr, done.stderr)
    expect(committed(scratch) == ["1,a", "2,a"], committed(scratch))


def test_a_changed_query_keeps_its_with(scratch):
    os.mkdir(os.path.join(scratch.path, "source"))
    scratch.write("source/1.csv", "1,a\n")
    ending = "WAIT FOR JOB copy UNTIL IDLE; SHOW CREATE JOB copy; STOP JOB copy;"
    expect_exit(scratch.run("-c", STREAM + COPY + ending), 0)
    # A sink more has no state to carry, so that all of it fits; the options of the new statement hold.
    for policy, size in (("auto", 7), ("fresh", 8)):
        changed = f"""CREATE TABLE more{size} (n INT) WITH ('connector' = 'blackhole');
CREATE JOB copy WITH ('pipeline.batch-size' = '{size}') AS EXECUTE STATEMENT SET BEGIN
INSERT INTO target SELECT n, label FROM source; INSERT INTO more{size} SELECT n FROM source; END;"""
        done = scratch.run(f"--restore={policy}", "-c", STREAM + changed + ending)
        expect(f"'pipeline.batch-size' = '{size}'" in done.stdout, f"{policy}: {done.stdout}{done.stderr}")


def test_files_in_the_place_of_tables(scratch):
    os.mkdir(os.path.join(scratch.path, "data"))
    scratch.write("data/a.csv", "id,city,amount\n1,Berlin,2.5\n2,\"Bad, X\",3\n")
    scratch.write("data/b.csv", "id,city,amount\n3,,4\n")
    done = scratch.run("--format", "csv", "-c", "SELECT * FROM 'data/*.csv' ORDER BY id")
    expect_exit(done, 0)
    expect(done.stdout == 'id,city,amount\n1,Berlin,2.5\n2,"Bad, X",3.0\n3,,4.0\n', done.stdout)
    join = "SELECT a.city FROM 'data/a.csv' JOIN 'data/b.csv' ON b.id = a.id + 1"
    done = scratch.run("--format", "csv", "-c", join)
    expect_exit(done, 0)
    expect(done.stdout == 'city\n"Bad, X"\n', done.stdout)
    done = scratch.run("--format", "csv", "-c", "DESCRIBE 'data/a.csv'")
    expect("\nid,BIGINT," in done.stdout and "\namount,DOUBLE," in done.stdout, done.stdout)
    done = scratch.run("--no-catalog", "-c", "CREATE TABLE t (n AS id * 2) WITH ('csv.null-literal' = 'Berlin') LIKE 'data/a.csv';"
                       "SHOW CREATE TABLE t; SELECT COUNT(city), SUM(n) FROM t;", "--format", "csv")
    expect_exit(done, 0)
    expect("'csv.header' = 'true'" in done.stdout and done.stdout.endswith("\n1,6\n"), done.stdout)
    expect(not os.path.exists(os.path.join(scratch.path, "weir-data")), "a SELECT made a data directory")


def test_an_array_of_json_is_a_table(scratch):
    scratch.write("a.json", '[\n  {"id": 1, "tags": ["x", "y"], "at": {"lat": 1.5}},\n  {\n    "id": 2,\n    "tags": []\n  }\n]\n')
    done = scratch.run("--format", "csv", "-c", "SELECT t.id, t.tags[1] AS tag, t.`at`.lat FROM 'a.json' AS t ORDER BY id")
    expect_exit(done, 0)
    expect(done.stdout == "id,tag,lat\n1,x,1.5\n2,,\n", done.stdout)
    scratch.write("b.json", '[\n  {"id": 1},\n  {\n    "id": oops\n  }\n]\n')
    done = scratch.run("-c", "SELECT * FROM 'b.json'")
    expect(done.returncode == 4 and "line 3 is not a JSON object" in done.stderr, done.stderr)


def test_integers_beyond_bigint_keep_their_digits(scratch):
    large = "12345678901234567890"
    scratch.write("a.json", f'{{"a": {large}}}\n{{"a": 1{large}}}\n{{"a": 5}}\n')
    scratch.write("a.csv", f"a\n{large}\n1{large}\n5\n")
    for name in ("a.json", "a.csv"):
        done = scratch.run("--format", "csv", "-c", f"SELECT a FROM '{name}'")
        expect(done.stdout == f"a\n{large}\n1{large}\n5\n", done.stdout + done.stderr)


def test_fractions_beyond_double_keep_their_digits(scratch):
    kept = ["0.1", "0.30000000000000004", "0.10000000000000001", "1.50000000000000000000", "-1e300"]
    for values, kind in ((kept, "DOUBLE"), (kept + ["0.12345678901234567"], "STRING"), (kept + ["12345678901234.56789"], "STRING"),
                         (kept + ["9007199254740995"], "STRING"), (["-9223372036854775808", "5"], "BIGINT")):
        scratch.write("a.json", "".join(f'{{"a": {value}, "b": "\\"{value}"}}\n' for value in values))
        scratch.write("a.csv", "a\n" + "".join(f"{value}\n" for value in values))
        for name in ("a.json", "a.csv"):
            done = scratch.run("--format", "csv", "-c", f"DESCRIBE '{name}'; SELECT a FROM '{name}'")
            expect(f"\na,{kind}," in done.stdout, name + done.stdout + done.stderr)
            expect(kind == "DOUBLE" or done.stdout.endswith("a\n" + "".join(f"{value}\n" for value in values)), done.stdout + done.stderr)


def test_the_table_that_a_misfit_offers_reads_the_file(scratch):
    scratch.write("late.json", '{"a": 1, "b": 2}\n' * 20500 + '{"a": 12345678901234567890, "b": 3}\n')
    scratch.write("late.csv", "a,b\n" + "1,2\n" * 20500 + "x,3\n")
    scratch.write("half.csv", "a,b\n" + "1,2\n" * 20500 + "1.5,3\n")
    for name, value, held in (("late.json", "12345678901234567890", "STRING"), ("late.csv", "x", "STRING"), ("half.csv", "1.5", "DOUBLE")):
        failed = scratch.run("-c", f"SELECT COUNT(a) FROM '{name}'")
        expect(failed.returncode == 4 and "is not a BIGINT" in failed.stderr, failed.stderr)
        table = next(line for line in failed.stderr.splitlines() if "CREATE TABLE" in line)
        expect(f"`a` {held}, `b` BIGINT" in table, table)
        done = scratch.run("--no-catalog", "--format", "csv", "-c",
                           f"{table} SELECT a, SUM(b) AS s FROM `{name.partition('.')[0]}` WHERE CAST(a AS STRING) NOT IN ('1', '1.0') GROUP BY a;")
        expect(done.stdout.endswith(f"a,s\n{value},3\n"), done.stdout + done.stderr)


def test_files_that_are_no_tables(scratch):
    scratch.write("array.json", '[{"a": 1}, 2]\n')
    scratch.write("list.json", "{}\n[1]\n")
    scratch.write("empty.csv", "")
    scratch.write("u.orc", "x")
    scratch.write("long.csv", "a\n" + "1\n" * 30_000 + "x\n")
    for path, words in (("none.csv", "E4002"), ("array.json", "line 1: the JSON array is malformed"), ("list.json", "line 2 is not a JSON object"), ("empty.csv", "no records"),
                        ("u.orc", "E1002"), ("long.csv", "line 30002")):
        done = scratch.run("-c", f"SELECT * FROM '{path}'")
        expect(done.returncode != 0 and words in done.stderr, f"{path}: {done.stderr}")
    expect("CREATE TABLE `long` (`a` STRING) WITH ('connector' = 'filesystem'" in done.stderr, done.stderr)


def test_a_job_keeps_the_columns_that_its_files_had(scratch):
    os.mkdir(os.path.join(scratch.path, "source"))
    scratch.write("source/1.csv", "n,label\n1,one\n")
    sql = """CREATE TABLE target (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'target', 'format' = 'csv');
             SET 'execution.checkpointing.interval' = '100 ms';
             CREATE JOB copy AS INSERT INTO target
             SELECT n FROM 'source/*.csv' /*+ OPTIONS('source.monitor-interval' = '50 ms') */;
          """
    done = scratch.run("-c", sql + "WAIT FOR JOB copy UNTIL IDLE; STOP JOB copy;")
    expect_exit(done, 0)
    # The files say something else now; the job goes on with what it was started with.
    scratch.write("source/1.csv", "other\nx\n")
    scratch.write("source/2.csv", "n,label\n2,two\n")
    os.remove(os.path.join(scratch.path, "source/1.csv"))
    done = scratch.run("-c", "RESTORE JOB copy FROM LATEST CHECKPOINT; WAIT FOR JOB copy UNTIL IDLE; STOP JOB copy;")
    expect_exit(done, 0)
    expect(committed(scratch) == ["1", "2"], committed(scratch))


def test_scripts_run_in_the_order_given(scratch):
    one, two = scratch.write("one.sql", "SELECT 1 AS x;"), scratch.write("two.sql", "SELECT 2 AS x;")
    both = '{"x":1}\n{"x":2}\n'
    for arguments in ([one, two], ["run", one, two], ["-f", one, "-c", "SELECT 2 AS x"], ["-c", "SELECT 1 AS x", "-f", two],
                      ["-c", "SELECT 1 AS x", two], [one, "-c", "SELECT 2 AS x"]):
        done = scratch.run("--format", "json", *arguments)
        expect_exit(done, 0)
        expect(done.stdout == both, f"{arguments}: {done.stdout}")
    for arguments in ([one, "-"], ["run", one, "-"], ["-f", one, "-f", "-"]):
        done = scratch.run("--format", "json", *arguments, text="SELECT 2 AS x;")
        expect(done.stdout == both, f"{arguments}: {done.stdout}{done.stderr}")
    done = scratch.run("--format", "json", one, "none.sql", two)
    expect_exit(done, 1)
    expect(done.stdout == '{"x":1}\n', "a script that fails is the last")
    done = scratch.run("ru")
    expect_exit(done, 1)
    expect("'ru' is no verb and no script" in done.stderr and 'did you mean "run"?' in done.stderr, done.stderr)


def test_variables_of_scripts(scratch):
    script = "SELECT ${n} AS n, ${'name'} AS s, '${n}' AS t, x AS ${`column`} FROM (VALUES (1)) AS t(x); -- ${none}\n/* ${none} */"
    variables = ["--var", "n=1 + 1", "--var", "name=O'Neill = ${n}", "--var", "column=a `b`", "--var", "n=3"]
    done = scratch.run("--format", "json", *variables, text=script)
    expect_exit(done, 0)
    expect(done.stdout == '{"n":3,"s":"O\'Neill = ${n}","t":"${n}","a `b`":1}\n', done.stdout)
    scratch.write("inner.sql", "SELECT ${n} AS n;")
    expect(scratch.run("--format", "json", *variables, "-c", "SOURCE 'inner.sql'").stdout == '{"n":3}\n', "also in SOURCE")
    done = scratch.run("--var", "amount=1", "run", "-", text="SELECT 1,\n       ${amuont};")
    expect_exit(done, 3)
    expect('<stdin>:2:8: ERROR E1001: the variable "amuont" has no value' in done.stderr, done.stderr)
    expect('did you mean "amount"?' in done.stderr, done.stderr)
    expect_exit(scratch.run("--var", "a=1", "-c", "SELECT ${a"), 3)
    done = scratch.run("-q", "--var", "n=1", "-c", "SELECT '${n}' AS a, '${m}' AS b; -- ${n}")
    expect(done.stderr == "NOTICE: within quotes ${n} is text; ${'n'} is a literal of what --var says, to be put together by ||\n", done.stderr)
    for wrong in ("a", "1a=2", "=2", "a b=2"):
        expect_exit(scratch.run("--var", wrong, "-c", "SELECT 1"), 1)
    done = scratch.run("-c", "SELECT ${n}")
    expect_exit(done, 3)
    expect("unexpected" in done.stderr, "without --var it is text")


def test_exit_1_own_failures(scratch):
    for arguments in (["run", "none.sql"], ["-D", "nonsense", "-c", "SELECT 1"], ["-D", "no.such=1", "-c", "SELECT 1"],
                      ["--bogus"], ["--format", "xml", "-c", "SELECT 1"], ["--conf", "none.yaml", "-c", "SELECT 1"],
                      ["--timeout", "soon", "-c", "SELECT 1"], ["-c", "SOURCE 'none.sql'"], ["run"]):
        done = scratch.run(*arguments)
        expect_exit(done, 1)
        expect(done.stderr != "" and done.stdout == "", f"{arguments}: {done.stderr}{done.stdout}")


def test_exit_3_names_file_line_and_column(scratch):
    path = scratch.write("a.sql", "SELECT 1;\nSELECT 2,\n       nope;\nSELECT 3;")
    done = scratch.run("--format", "csv", "run", path)
    expect_exit(done, 3)
    expect(f"{path}:3:8: ERROR E2003" in done.stderr, done.stderr)
    expect("^^^^" in done.stderr, done.stderr)
    expect("3" not in done.stdout, "it must stop at the first error")


def test_exit_3_in_a_sourced_file(scratch):
    scratch.write("inner.sql", "SELEC 1;")
    done = scratch.run("-c", "SOURCE 'inner.sql'; SELECT 1;")
    expect_exit(done, 3)
    expect("inner.sql:1:1: ERROR E1001" in done.stderr and done.stdout == "", done.stderr)


def test_exit_4_when_a_job_fails(scratch):
    scratch.write("source/a.csv", "1,x\n2,y\nthree,z\n")
    script = STREAM.replace(", 'source.monitor-interval' = '50 ms'", "") + "INSERT INTO target SELECT n, label FROM source;"
    done = scratch.run("-D", "restart-strategy.type=none", text=script)
    expect_exit(done, 4)
    expect("source/a.csv" in done.stderr and "three" in done.stderr, done.stderr)


def test_exit_4_at_a_select(scratch):
    table = "CREATE TABLE t (x STRING) WITH ('connector' = 'inline', 'rows' = 'x');"
    expect_exit(scratch.run("-c", table + "SELECT CAST(x AS INT) FROM t"), 4)
    # What fails while planning is a wrong statement.
    expect_exit(scratch.run("-c", "SELECT CAST('x' AS INT)"), 3)


FAILING = """CREATE TABLE t (x STRING) WITH ('connector' = 'inline', 'rows' = 'x');
CREATE TABLE p (n INT) WITH ('connector' = 'print');
CREATE JOB j AS
  INSERT INTO p SELECT CAST(x AS INT) FROM t;
"""


def test_a_job_that_fails_at_the_end_says_where(scratch):
    place = "{}:4:24: ERROR E"
    excerpt = "  4 |   INSERT INTO p SELECT CAST(x AS INT) FROM t;\n    |                        ^^^^^^^^^^^^^^\n"
    script = scratch.write("a.sql", FAILING)
    scratch.write("outer.sql", "SELECT 1;\n\n\n\n\nSOURCE 'a.sql';\n")
    scratch.write("wait.sql", "WAIT FOR JOB j UNTIL FINISHED;")
    for arguments, text, file in ((["run", script], None, script), (["run", "outer.sql"], None, "a.sql"),
                                  ([], FAILING, "<stdin>")):
        done = scratch.run(*arguments, text=text)
        expect_exit(done, 4)
        expect(place.format(file) in done.stderr and excerpt in done.stderr, done.stderr)
    # The statement that waits is not where it failed: both are named.
    done = scratch.run("-f", script, "-f", "wait.sql")
    expect_exit(done, 4)
    expect(place.format(script) in done.stderr and done.stderr.count(excerpt) == 1, done.stderr)
    expect(done.stderr.count("wait.sql:1:1: ERROR") == 1 and done.stderr.count("failed:") == 2, done.stderr)


def test_errors_of_standard_input_have_a_place(scratch):
    done = scratch.run(text="SELECT 1;\nSELECT nope;")
    expect_exit(done, 3)
    expect("<stdin>:2:8: ERROR E2003" in done.stderr, done.stderr)


def test_verbose_errors_have_their_sqlstate(scratch):
    plain, verbose = "SELECT nope;", "SET 'sql-client.verbose' = 'true'; SELECT nope;"
    expect("ERROR E2003: there is no column" in scratch.run(text=plain).stderr, "plain")
    done = scratch.run(text=verbose)
    expect_exit(done, 3)
    expect("<stdin>:1:43: ERROR E2003 [42703]: there is no column" in done.stderr, done.stderr)
    failed = scratch.run("-D", "sql-client.verbose=true", text=FAILING)
    expect("<stdin>:4:24: ERROR E3001 [22" in failed.stderr, failed.stderr)


def test_skipped_records_are_counted_at_the_end(scratch):
    scratch.write("source/a.csv", "1,x\ntwo,y\n3,z\n")
    tables = STREAM.replace("'source.monitor-interval' = '50 ms'", "'csv.ignore-parse-errors' = 'true'")
    done = scratch.run(text=tables + "SELECT n FROM source; INSERT INTO target SELECT n, label FROM source;")
    expect_exit(done, 0)
    expect("2 rows; 2 rows read, 1 bad record skipped (" in done.stderr, done.stderr)
    expect(": 2 rows read, 1 bad record skipped in " in done.stderr, done.stderr)
    scratch.write("source/a.csv", "1,x\n3,z\n")
    expect("skipped" not in scratch.run(text=tables + "SELECT n FROM source;").stderr, "there was none")


def test_exit_124_after_the_timeout(scratch):
    scratch.write("source/a.csv", "1,x\n")
    for seconds in (1, 4, 16):  # a busy machine may not have read the file by then
        done = scratch.run("--timeout", str(seconds), text=STREAM + COPY)
        expect_exit(done, 124)
        expect("Job copy is stopped" in done.stderr, done.stderr)
        if committed(scratch):
            break
    expect(committed(scratch) == ["1,x"], str(committed(scratch)))
    expect_exit(scratch.run("--timeout", "500 ms", text=STREAM + "SELECT * FROM source;"), 124)


def test_signals_stop_with_a_last_checkpoint(scratch):
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        name = f"{number}.csv"
        scratch.write(f"source/{name}", f"{int(number)},x\n")
        script = scratch.write("a.sql", STREAM + COPY)
        child = scratch.start("run", script)
        wait_until(lambda: f"{int(number)},x" in committed(scratch), "the row is committed")
        child.send_signal(number)
        out, errors = child.communicate(timeout=DEADLINE)
        expect(child.returncode == code, f"exit {child.returncode}: {errors}")
        expect(out == "" and "Job copy is stopped" in errors, errors)
    expect(committed(scratch) == ["15,x", "2,x"], str(committed(scratch)))


def test_a_signal_ends_a_select_and_shows_its_rows(scratch):
    scratch.write("source/a.csv", "1,x\n2,y\n")
    child = scratch.start("-c", STREAM + "SELECT n FROM source;")
    lines = [child.stdout.readline(), child.stdout.readline()]
    expect(sorted(lines) == ["+I[1]\n", "+I[2]\n"], str(lines))
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=DEADLINE)
    expect(child.returncode == 143, str(child.returncode))


def test_continues_after_a_kill(scratch):
    scratch.write("source/a.csv", "1,x\n2,y\n")
    script = scratch.write("a.sql", STREAM + COPY)
    child = scratch.start("run", script)
    wait_until(lambda: len(committed(scratch)) == 2, "the rows are committed")
    scratch.kill(child)
    scratch.write("source/b.csv", "3,z\n")
    listed = scratch.run("--format", "csv", "-c", "SHOW JOBS")
    expect("SUSPENDED" in listed.stdout and "RESTORE JOB `copy` FROM LATEST CHECKPOINT;" in listed.stdout, listed.stdout)
    child = scratch.start("run", script)
    wait_until(lambda: len(committed(scratch)) >= 3, "the new row is committed")
    child.terminate()
    _, errors = child.communicate(timeout=DEADLINE)
    expect("Job copy continues from its last checkpoint." in errors, errors)
    expect(committed(scratch) == ["1,x", "2,y", "3,z"], str(committed(scratch)))


def test_goes_on_within_an_array_of_json(scratch):
    rows = 400_000
    scratch.write("a.json", "[\n" + ",\n".join(f'  {{\n    "n": {n},\n    "s": "}},{{ {n}"\n  }}' for n in range(rows)) + "\n]\n")
    script = scratch.write("a.sql", """CREATE TABLE source (n BIGINT, s STRING) WITH ('connector' = 'filesystem', 'path' = 'a.json', 'format' = 'json');
        CREATE TABLE target (n BIGINT, s STRING) WITH ('connector' = 'filesystem', 'path' = 'target', 'format' = 'csv');
        SET 'execution.checkpointing.interval' = '50 ms'; SET 'pipeline.batch-size' = '1';
        CREATE JOB copy AS INSERT INTO target SELECT n, s FROM source;""")
    child = scratch.start("run", script)
    wait_until(lambda: committed(scratch), "some rows are committed")
    scratch.kill(child)
    before = len(committed(scratch))
    done = scratch.run("run", script)
    expect_exit(done, 0)
    expect("Job copy continues from its last checkpoint." in done.stderr and before < rows, f"{before} {done.stderr}")
    expect(committed(scratch) == sorted(f'{n},"}},{{ {n}"' for n in range(rows)), "every object once")


def test_exit_5_when_the_sql_has_changed(scratch):
    scratch.write("source/a.csv", "1,x\n")
    expect_exit(scratch.run("--timeout", "1", text=STREAM + COPY), 124)
    script = scratch.write("a.sql", STREAM + COPY.replace("SELECT n,", "SELECT n + 1,"))
    done = scratch.run("run", script)
    expect_exit(done, 5)
    expect(f"{script}:6:1: ERROR E7002" in done.stderr, done.stderr)
    for hint in ("RESTORE JOB `copy` FROM LATEST CHECKPOINT;", "DROP JOB `copy`;", "EXPLAIN RESTORE JOB `copy`"):
        expect(hint in done.stderr, done.stderr)
    expect_exit(scratch.run("-c", "DROP JOB copy"), 0)
    expect_exit(scratch.run("--timeout", "1", "run", script), 124)


def test_sql_that_is_written_otherwise_is_the_same(scratch):
    scratch.write("source/a.csv", "1,x\n")
    expect_exit(scratch.run("--timeout", "1", text=STREAM + COPY), 124)
    written = re.sub(r"\b(source|target|label)\b(?=[ ;(])", r"`\1`", STREAM + COPY)
    for word in ("CREATE", "TABLE", "STRING", "WITH", "INSERT", "INTO", "SELECT", "FROM", "AS"):
        written = re.sub(rf"\b{word}\b", word.lower() + " /* so */", written)
    expect("`label`" in written and "insert /* so */" in written, written)
    done = scratch.run("--timeout", "1", text=written)
    expect_exit(done, 124)
    expect("Job copy continues from its last checkpoint." in done.stderr, done.stderr)
    expect_exit(scratch.run("--timeout", "1", text=STREAM + COPY.replace("label", "UPPER(label)")), 5)


def test_two_inserts_into_one_table(scratch):
    path = scratch.write("a.sql", "CREATE TABLE target (n INT) WITH ('connector' = 'filesystem', 'path' = 'target', 'format' = 'csv');\n"
                         "INSERT INTO target VALUES (1);\nINSERT INTO target VALUES (2), (3);\n")
    done = scratch.run("run", path)
    expect_exit(done, 0)
    expect(committed(scratch) == ["1", "2", "3"], committed(scratch))
    expect("insert-into_target " in done.stderr and "insert-into_target_2 " in done.stderr, done.stderr)
    expect_exit(scratch.run("run", path), 0)
    expect(committed(scratch) == ["1", "1", "2", "2", "3", "3"], committed(scratch))


def test_two_inserts_into_one_table_go_on_apart(scratch):
    script = STREAM + ("INSERT INTO target SELECT n, label FROM source WHERE n < 3;\n"
                       "INSERT INTO target SELECT n, UPPER(label) FROM source WHERE n > 1;\n")
    path = scratch.write("a.sql", script)
    scratch.write("source/a.csv", "1,x\n2,y\n3,z\n")
    job = scratch.start("run", path)
    wait_until(lambda: len(committed(scratch)) >= 4, "the rows of both jobs are committed")
    scratch.kill(job)
    scratch.write("source/b.csv", "2,v\n5,w\n")
    again = scratch.start("run", path)
    wait_until(lambda: len(committed(scratch)) >= 7, "the rows that came since are committed")
    _, errors = scratch.kill(again)
    expect(committed(scratch) == ["1,x", "2,V", "2,Y", "2,v", "2,y", "3,Z", "5,W"], committed(scratch))
    expect(errors.count("continues from its last checkpoint") == 2, errors)
    edited = scratch.write("b.sql", script.replace("n > 1", "n > 2"))
    done = scratch.run("run", edited)
    expect_exit(done, 5)
    expect('job "insert-into_target_2" did not finish' in done.stderr, done.stderr)


def test_a_refused_job_does_not_block_the_corrected_script(scratch):
    tables = PAIR + "CREATE TABLE p (a INT) WITH ('connector' = 'print');\n"
    expect_exit(scratch.run("-D", "execution.runtime-mode=automatic",
                            text=tables + "INSERT INTO p SELECT a FROM t;"), 3)
    done = scratch.run(text=tables + "INSERT INTO p SELECT a + 1 FROM t;")
    expect_exit(done, 0)
    expect(done.stdout == "+I[2]\n+I[3]\n", done.stdout)


def test_a_finished_job_runs_anew(scratch):
    scratch.write("source/a.csv", "1,x\n")
    script = STREAM.replace(", 'source.monitor-interval' = '50 ms'", "") + "INSERT OVERWRITE target SELECT n, label FROM source;"
    for _ in range(2):
        expect_exit(scratch.run(text=script), 0)
        expect(committed(scratch) == ["1,x"], str(committed(scratch)))


def test_a_second_process_attaches(scratch):
    scratch.write("source/a.csv", "1,x\n")
    child = scratch.start("-c", STREAM + COPY)
    wait_until(lambda: committed(scratch) == ["1,x"], "the job runs")
    second = scratch.run("--format", "csv", "-c", "SHOW JOBS")
    expect_exit(second, 0)
    expect(",copy,RUNNING," in second.stdout, second.stdout)
    row = json.loads(scratch.run("--format", "json", "-c", "SHOW JOBS").stdout)
    numbers = [row[name] for name in ("uptime", "rows in", "rows/s", "state", "checkpoints")]
    expect(all(isinstance(number, (int, float)) for number in numbers) and row["rows in"] == 1 and row["uptime"] > 0, str(row))
    other = scratch.run("--format", "csv", "--data-dir", "other", "-c", "SHOW JOBS")
    expect_exit(other, 0)
    expect("copy" not in other.stdout, other.stdout)
    # The same once more is another job, and is warned of.
    unnamed = scratch.write("unnamed.sql", STREAM + "INSERT INTO target SELECT n, label AS l FROM source;")
    once, twice = (scratch.run("run", "-d", unnamed) for _ in range(2))
    expect(once.returncode == twice.returncode == 0, f"{once} {twice}")
    expect("does the same already" not in once.stderr, once.stderr)
    expect("WARNING: job insert-into_target does the same already: now both write all of it" in twice.stderr, twice.stderr)
    # A script that is cut short leaves its job in the owner, and says how to stop it.
    left = scratch.run("--timeout", "1", "-c", STREAM + COPY.replace("copy", "more"))
    expect_exit(left, 124)
    expect(f"Job more runs on in process {child.pid}; STOP JOB `more`; stops it." in left.stderr, left.stderr)
    expect_exit(scratch.run("-c", "STOP JOB more"), 0)
    child.terminate()
    child.communicate(timeout=DEADLINE)


def test_an_owner_that_dies_is_said_and_the_next_one_takes_over(scratch):
    scratch.write("source/a.csv", "1,x\n")
    child = scratch.start("-c", STREAM + COPY)
    wait_until(lambda: committed(scratch) == ["1,x"], "the job runs")
    waiting = scratch.start("-c", "WAIT FOR JOB copy UNTIL FINISHED")
    time.sleep(0.5)
    child.kill()
    _, said = waiting.communicate(timeout=DEADLINE)
    expect(waiting.returncode == 2 and "E4007" in said and f"process {child.pid}" in said, f"{waiting.returncode}: {said}")
    child.communicate(timeout=DEADLINE)
    done = scratch.run("--format", "csv", "-c", "SHOW JOBS")
    expect_exit(done, 0)
    expect(",copy,SUSPENDED," in done.stdout, done.stdout)


def test_of_two_that_start_at_once_one_owns_and_one_attaches(scratch):
    scratch.write("source/a.csv", "1,x\n")
    bounded = STREAM.replace(", 'source.monitor-interval' = '50 ms'", "")
    for turn in range(8):
        children = [scratch.start("-c", bounded + COPY.replace("copy", f"{name}{turn}")) for name in "ab"]
        ends = [child.communicate(timeout=DEADLINE)[1] for child in children]
        expect([child.returncode for child in children] == [0, 0], "\n".join(ends))
        expect(all("has finished" in end for end in ends), "\n".join(ends))
    expect(committed(scratch) == ["1,x"] * 16, str(committed(scratch)))


def test_what_reads_tables_needs_no_data_directory(scratch):
    scratch.write("source/a.csv", "1,x\n")
    select = PAIR + "SELECT a, COUNT(*) AS n FROM t GROUP BY a ORDER BY a; EXPLAIN SELECT a FROM t; SHOW TABLES;"
    expect_exit(scratch.run("--data-dir", "none", "--no-catalog", "-c", select + " SHOW JOBS;"), 0)
    expect(not os.path.exists(os.path.join(scratch.path, "none")), "reading makes no data directory")
    child = scratch.start("-c", STREAM + COPY)
    wait_until(lambda: committed(scratch) == ["1,x"], "the job runs")
    # Beside the process that has the data directory, also where rows do not fit in memory.
    beside = scratch.run("--format", "csv", "-D", "state.memory.limit=1 b", "-D", "state.backend.type=rocksdb", "--no-catalog", "-c",
                         select)
    expect_exit(beside, 0)
    expect(beside.stdout.startswith("a,n\n1,1\n2,1\n"), beside.stdout)
    refused = scratch.run("--no-catalog", "-D", "state.memory.limit=1 b", "-c", STREAM + COPY.replace("copy", "other"))
    expect_exit(refused, 3)
    expect("E6001" in refused.stderr, refused.stderr)
    child.terminate()
    child.communicate(timeout=DEADLINE)
    # A file where the directory should be stands for one that cannot be written, also by root.
    scratch.write("file", "")
    expect_exit(scratch.run("--data-dir", "file/data", "--no-catalog", "-c", select), 0)
    expect_exit(scratch.run("--data-dir", "file/data", "-c", STREAM + COPY), 4)


def test_conf_files_of_flinks(scratch):
    flat = ("jobmanager.rpc.port: 6123\ntaskmanager.numberOfTaskSlots: 1 # slots\nstate.backend: filesystem\n"
            f"state.backend.fs.checkpointdir: file://{scratch.path}/old\nstate.checkpoints.dir: file://{scratch.path}/new\n"
            "restart-strategy: fixed-delay\nexecution.checkpointing.interval: 1min\nnonsense\n"
            "execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION\n")
    nested = ("jobmanager:\n  rpc:\n    port: 6123\nstate:\n  backend:\n    type: forst\nexecution:\n  checkpointing:\n"
              f"    interval: 1min\n    externalized-checkpoint-retention: RETAIN_ON_CANCELLATION\n    dir: file://{scratch.path}/nested\n")
    scratch.write("flink-conf.yaml", flat)
    scratch.write("config.yaml", nested)
    scratch.write("copy.yml", nested)
    job = ("CREATE TABLE s (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');"
           "CREATE TABLE o (a INT) WITH ('connector' = 'blackhole');"
           "CREATE JOB {name} AS INSERT INTO o SELECT a FROM s; CHECKPOINT JOB {name}; CANCEL JOB {name};"
           "SET 'state.backend.type'; SET 'restart-strategy.type'; SET 'parallelism.default';")
    for name, options, place, says in (
            ("flat", ["--conf", "flink-conf.yaml"], "new", ["state.backend.type,filesystem", "restart-strategy.type,fixed-delay"]),
            ("nested", ["--conf", "config.yaml"], "nested", ["state.backend.type,rocksdb", "restart-strategy.type,exponential-delay"]),
            ("other", ["--flink-conf", "copy.yml"], "nested", ["state.backend.type,rocksdb", "parallelism.default,1"])):
        done = scratch.run(*options, "--data-dir", name, "--format", "csv", "-c", job.format(name=name))
        expect_exit(done, 0)
        for line in says:
            expect(line in done.stdout, f"{name}: no {line} in {done.stdout}")
        expect(done.stderr.count("NOTICE: " + options[1] + ": ") == 1, done.stderr)
        expect(('this line is no "key: value", and skipped, as Flink does: 8' in done.stderr) == (name == "flat"), done.stderr)
        expect(glob.glob(f"{scratch.path}/{place}/*/chk-*"), f"{name}: no checkpoint below {place}")
    expect(not os.path.exists(scratch.path + "/old"), "the older name gave way")
    done = scratch.run("--conf", "config.yaml", "-D", "parallelism.default=3", "--format", "csv", "-c", "SET 'parallelism.default'")
    expect(",3" in done.stdout, "-D goes before the file")
    scratch.write("flink-conf.yaml", "\nhigh-availability: zookeeper\n")
    done = scratch.run("--conf", "flink-conf.yaml", "-c", "SELECT 1")
    expect("E1002" in done.stderr and "flink-conf.yaml:2" in done.stderr, done.stderr)
    done = scratch.run("--conf", "config.yaml", "--flink-conf", "copy.yml", "-c", "SELECT 1")
    expect_exit(done, 1)
    expect("are both given" in done.stderr, done.stderr)


def test_conf_files_and_options(scratch):
    ask = ["--format", "csv", "-c", "SET 'execution.checkpointing.interval'"]
    expect("10 s" in scratch.run(*ask).stdout, "the shipped interval")
    scratch.write("weir.yaml", "execution.checkpointing.interval: 3 s\n")
    expect("3 s" in scratch.run(*ask).stdout, "./weir.yaml")
    # What it does not name stays as shipped.
    scratch.write("weir.yaml", "parallelism.default: 2\n")
    expect("10 s" in scratch.run(*ask).stdout, "merged over the shipped values")
    expect("10 s" in scratch.run("--conf", "/dev/null", *ask).stdout, "an empty file")
    scratch.write("mine.yaml", "execution:\n  checkpointing:\n    interval: 4 s\n")
    expect("4 s" in scratch.run("--conf", "mine.yaml", *ask).stdout, "--conf")
    expect("5 s" in scratch.run("-D", "execution.checkpointing.interval=5 s", *ask).stdout, "-D")
    scratch.write("weir.yaml", "execution.checkpointing.intervall: 3 s\n")
    done = scratch.run(*ask)
    expect_exit(done, 1)
    expect("weir.yaml:1" in done.stderr and "did you mean" in done.stderr, done.stderr)


def test_a_checkpoint_lists_the_uids_of_explain_state(scratch):
    scratch.write("source/a.csv", "1,x\n2,y\n")
    query = "INSERT INTO target WITH c AS (SELECT label, MAX(n) AS m FROM source GROUP BY label) SELECT m, label FROM c;\n"
    tables = STREAM.replace("'path' = 'target', 'format' = 'csv'", "'path' = 'target'").replace(
        "'connector' = 'filesystem', 'path' = 'target'", "'connector' = 'print'")
    explained = scratch.run("--format", "csv", text=tables + "EXPLAIN STATE " + query)
    expect_exit(explained, 0)
    run = scratch.run("--format", "csv", text=tables + "CREATE JOB j AS " + query +
                      "WAIT FOR JOB j UNTIL IDLE; STOP JOB j; SHOW CHECKPOINTS FOR JOB j;")
    expect_exit(run, 0)
    path = run.stdout.splitlines()[-1].split(",")[4]  # behind it: what is wrong with it
    described = scratch.run("--format", "csv", "-c", f"DESCRIBE SAVEPOINT '{path}'")
    expect_exit(described, 0)
    table = described.stdout[described.stdout.index("uid,"):]
    uids = [line.split(",")[0] for line in table.splitlines()[1:]]
    expected = [line.split(",")[0] for line in explained.stdout.splitlines()[1:]]
    expect(uids == expected and "sink:target/cte:c/agg" in uids, f"{uids} instead of {expected}")
    expect("src:source  read(split STRING NOT NULL" in described.stdout, described.stdout)
    metadata = scratch.run("-c", f"DESCRIBE SAVEPOINT '{path}/_metadata'")
    expect_exit(metadata, 0)
    expect_exit(scratch.run("-c", "DESCRIBE SAVEPOINT 'nowhere'"), 3)


def test_another_compression_of_state_may_follow(scratch):
    refused = scratch.run("-D", "state.rocksdb.compression=brotli", "-c", "SELECT 1")
    expect_exit(refused, 1)
    expect("one of lz4, none, snappy, zstd" in refused.stderr, refused.stderr)
    rows, width = 20, 20_000
    script = scratch.write("a.sql", STREAM + "CREATE JOB j AS INSERT INTO target SELECT n, CAST(CHAR_LENGTH(label) AS STRING) "
                           "FROM (SELECT DISTINCT n, label FROM source);\n")
    for number, compression in enumerate(("lz4", "none", "zstd"), start=1):
        # The rows of before again, which the state knows, and new ones.
        scratch.write(f"source/{number}.csv", "".join(f"{n},{'x' * width}\n" for n in range(rows * number)))
        child = scratch.start("-D", f"state.rocksdb.compression={compression}", "run", script)
        wait_until(lambda: len(committed(scratch)) >= rows * number, "the rows are committed")
        child.terminate()
        child.communicate(timeout=DEADLINE)
        expect(committed(scratch) == sorted(f"{n},{width}" for n in range(rows * number)), str(committed(scratch)))


def test_every_option_is_listed(scratch):
    listed = scratch.run("options", "--format", "csv")
    expect_exit(listed, 0)
    expect(len(listed.stdout.splitlines()) > 30, listed.stdout)
    expect("execution.checkpointing.interval: 10 s" in scratch.run("options", "--yaml").stdout, "yaml")
    expect(scratch.run("--version").stdout.startswith("weir "), "--version")


def test_documentation_is_up_to_date(scratch):
    docs = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
    with open(os.path.join(docs, "connectors.md"), encoding="utf-8") as file:
        page = file.read()
    known = scratch.run("-c", "HELP CONNECTORS; HELP FORMATS;").stdout
    for key in re.findall(r"^    '([^'<]+)'", known, re.M) + re.findall(r"^'\w+' = '(\w+)'", known, re.M):
        expect(f"`{key}`" in page, f"docs/connectors.md lacks {key}")
    for key in re.findall(r"^\| `([^`]+)`", page, re.M):
        expect(f"'{key}'" in known, f"docs/connectors.md has {key}, which is not known any more")
    with open(os.path.join(docs, "options.md"), encoding="utf-8") as file:
        expect(file.read().endswith(scratch.run("--format", "markdown", "options").stdout), "docs/options.md is old")


def test_the_time_of_rows_moves_on_in_streaming_mode(scratch):
    """Flink's: CURRENT_TIMESTAMP and its kin are of each record in streaming mode, and of the query's start in batch mode; whether
    the input ends says nothing."""
    script = """CREATE TABLE s (v BIGINT, ts AS LOCALTIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '0.01' SECOND)
    WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'number-of-rows' = '1000');
    SELECT COUNT(*) AS windows, SUM(n) AS n FROM (SELECT COUNT(*) AS n FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '0.1' SECOND))
    GROUP BY window_start, window_end);"""
    for parallelism in ("1", "2"):
        done = scratch.run("--format", "csv", "-D", f"parallelism.default={parallelism}", "-c", script)
        windows, rows = map(int, done.stdout.splitlines()[-1].split(","))
        expect(windows > 5 and rows == 1000, done.stdout + done.stderr)
    done = scratch.run("--format", "csv", "-D", "execution.runtime-mode=batch", "--no-catalog", "-c", script)
    expect(done.stdout.splitlines()[-1] == "1,1000", done.stdout + done.stderr)


def test_a_generator_says_how_many_rows_it_gave(scratch):
    scratch.write("made.sql", """CREATE TABLE s (v BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '300', 'rows-per-second' = '0');
    CREATE TABLE o (v BIGINT) WITH ('connector' = 'blackhole');
    CREATE JOB made AS INSERT INTO o SELECT v FROM s; WAIT FOR JOB made UNTIL FINISHED; DESCRIBE JOB made;""")
    done = scratch.run("--format", "csv", "run", "made.sql")
    [row] = [line.split(",") for line in done.stdout.splitlines() if line.startswith("src:s,")]
    expect(row[1] == "Scan" and row[3] == row[5] == "300", done.stdout + done.stderr)


if __name__ == "__main__":
    run_all(globals())
