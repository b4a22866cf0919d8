#!/usr/bin/env python3
"""COPY … TO: what is written is read back, a file is there when it is complete, and what cannot be written is said."""
import gzip
import os
import resource
import signal
import subprocess
import time

from weir_shell import DEADLINE, Shell, expect, owner, program, run_all

ENDLESS = "CREATE TEMPORARY TABLE endless (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', 'fields.n.min' = '1');\n"
SLOW = ("CREATE TEMPORARY TABLE slow (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '100000', "
        "'rows-per-second' = '100');\n")
# Of types that the text of a file tells.
TOLD = r"""SELECT * FROM (VALUES
  (TRUE, CAST(9223372036854775807 AS BIGINT), CAST(0.1 AS DOUBLE), DATE '2024-02-29', TIMESTAMP '2024-02-29 23:59:59.123',
   TIMESTAMP '1969-12-31 00:00:00.000001', TO_TIMESTAMP_LTZ(1700000000123, 3), 'plain', '007', 'a,b;c'),
  (FALSE, CAST(-9223372036854775807 AS BIGINT), CAST(-1e300 AS DOUBLE), DATE '0001-01-01', TIMESTAMP '9999-12-31 00:00:00.000',
   TIMESTAMP '2024-01-01 00:00:00.123456', TO_TIMESTAMP_LTZ(-1, 3), 'say "hi"', '', U&'\FEFFmark'),
  (CAST(NULL AS BOOLEAN), CAST(NULL AS BIGINT), CAST(NULL AS DOUBLE), CAST(NULL AS DATE), CAST(NULL AS TIMESTAMP(3)),
   CAST(NULL AS TIMESTAMP(6)), CAST(NULL AS TIMESTAMP_LTZ(3)), CAST(NULL AS STRING), '1', 'x'),
  (TRUE, CAST(0 AS BIGINT), CAST(1 AS DOUBLE), DATE '1970-01-01', TIMESTAMP '1970-01-01 00:00:00', TIMESTAMP '1970-01-01 00:00:00',
   TO_TIMESTAMP_LTZ(0, 3), U&'two\000Alines\000D\000Aand \+01F600 \00FC', 'tab	tab', '#no comment')
) AS t (b, i, d, day, at3, at6, z, s, `code-1`, `EXPR$9`)"""
# One of every type, as a table can have it.
EVERY = """CREATE TEMPORARY TABLE every{0} (a BOOLEAN, b TINYINT, c SMALLINT, d INT, e BIGINT, f FLOAT, g DOUBLE, h DECIMAL(38, 18), i CHAR(3),
  j VARCHAR(9), k STRING, l BYTES, m BINARY(2), n DATE, o TIME(3), p TIMESTAMP(0), q TIMESTAMP(9), r TIMESTAMP_LTZ(6)) WITH ({1});
"""
ROWS = """
SELECT TRUE, CAST(-128 AS TINYINT), CAST(32767 AS SMALLINT), -2147483648, CAST(9007199254740993 AS BIGINT), CAST(3.4e38 AS FLOAT),
  CAST('NaN' AS DOUBLE), CAST(12345678901234567890.123456789012345678 AS DECIMAL(38, 18)), CAST('abc' AS CHAR(3)), CAST('x,"y' AS VARCHAR(9)),
  'NULL', X'616263', X'C3BC', DATE '2024-01-31', CAST('23:59:59.999' AS TIME(3)), CAST('2024-01-31 01:02:03' AS TIMESTAMP(0)),
  CAST('2024-01-31 01:02:03.123456789' AS TIMESTAMP(9)), TO_TIMESTAMP_LTZ(1700000000123, 3)
"""


def left(scratch):
    return sorted(name for name in os.listdir(scratch.path) if name.startswith(".weir-copy"))


def read(scratch, name):
    path = os.path.join(scratch.path, name)
    with (gzip.open(path, "rt", encoding="utf-8", newline="") if name.endswith(".gz") else
          open(path, encoding="utf-8", newline="")) as file:
        return file.read()


def rows_of(scratch, sql):
    done = scratch.run("--format", "json", text=sql)
    expect(done.returncode == 0, done.stderr)
    return sorted(done.stdout.splitlines())


def copy(scratch, sql, said=None):
    done = scratch.run(text=sql)
    expect(done.returncode == 0 and done.stdout == "", f"{sql}: {done.stdout}{done.stderr}")
    expect(said is None or said in done.stderr, done.stderr)
    expect(not left(scratch), left(scratch))


def refused(scratch, sql, *words, code=3):
    done = scratch.run(text=sql)
    expect(done.returncode == code, f"{sql}: {done.returncode} {done.stderr}")
    for word in words:
        expect(word in done.stderr, f"{sql}: no {word!r} in {done.stderr}")
    expect(not left(scratch), left(scratch))
    return done.stderr


def test_what_is_written_is_read_back(scratch):
    wanted = rows_of(scratch, TOLD + ";")
    expect(len(wanted) == 4, wanted)
    for name in ("a.csv", "b.tsv", "c.csv.gz", "d.json", "e.jsonl", "f.ndjson.gz", "G.CSV"):
        copy(scratch, f"COPY ({TOLD}) TO '{name}';", f"4 rows written to {name}\n")
        got = rows_of(scratch, f"SELECT * FROM '{name}';")
        expect(got == wanted, f"{name}:\n{got}\n{wanted}\n{read(scratch, name)}")
        types = scratch.run("--format", "csv", text=f"DESCRIBE '{name}';").stdout
        for column in ("b,BOOLEAN", "i,BIGINT", "d,DOUBLE", "day,DATE", "at3,TIMESTAMP(3)", "at6,TIMESTAMP(6)", "z,TIMESTAMP_LTZ(3)", "s,STRING",
                       "code-1,STRING", "EXPR$9,STRING"):
            expect(f"\n{column}," in types, f"{name}: {column} not in {types}")
    expect(read(scratch, "a.csv").startswith("b,i,d,day,at3,at6,z,s,code-1,EXPR$9\n"), "the first line names the columns")
    expect(read(scratch, "b.tsv").startswith("b\ti\t"), "tabs")


def test_a_table_of_every_type(scratch):
    for name, options in (("x.csv", "'format' = 'csv', 'csv.header' = 'true'"), ("x.json.gz", "'format' = 'json'")):
        made = EVERY.format("", "'connector' = 'filesystem', 'path' = 'in', 'format' = 'json'")
        back = EVERY.format("_back", f"'connector' = 'filesystem', 'path' = '{name}', {options}")
        if not os.path.exists(os.path.join(scratch.path, "in")):
            copy(scratch, made + f"SET 'table.dml-sync' = 'true'; INSERT INTO every {ROWS}; INSERT INTO every (d) VALUES (7);")
        copy(scratch, made + f"COPY every TO '{name}';", f"2 rows written to {name}")
        wanted, got = (rows_of(scratch, made + back + f"SELECT * FROM {table};") for table in ("every", "every_back"))
        expect(got == wanted and len(got) == 2, f"{name}:\n{got}\n{wanted}\n{read(scratch, name)}")


def test_nested_values(scratch):
    nested = "SELECT ARRAY[1, 2] AS a, ROW(1, 'x') AS r, MAP['k', 1] AS m, ARRAY[ROW(TRUE, 'ü')] AS l"
    copy(scratch, f"COPY ({nested}) TO 'n.json';", "1 row written to n.json")
    expect(read(scratch, "n.json") == '{"a":[1,2],"r":{"EXPR$0":1,"EXPR$1":"x"},"m":{"k":1},"l":[{"EXPR$0":true,"EXPR$1":"ü"}]}\n',
           read(scratch, "n.json"))
    expect(rows_of(scratch, "SELECT t.a[2] AS i, t.r.`EXPR$1` AS s, t.m.k, t.l[1].`EXPR$1` AS u FROM 'n.json' AS t;") ==
           ['{"i":2,"s":"x","k":1,"u":"ü"}'], "nested values are read back, a MAP as a ROW")
    refused(scratch, f"COPY ({nested}) TO 'n.csv';", "E1002", "ARRAY", "^^^^", "'file.json'")
    counted = "SELECT COLLECT(v) AS c FROM (VALUES (1), (1)) AS t (v)"
    refused(scratch, f"COPY ({counted}) TO 'n.json';", "E1002", "MULTISET", "CAST the column to STRING")
    refused(scratch, "COPY (SELECT 1 AS a) TO '' (FORMAT csv);", "E2015", "a file has a name")


def test_nothing_but_null_and_nothing(scratch):
    copy(scratch, "COPY (SELECT CAST(NULL AS STRING) AS a UNION ALL SELECT CAST(NULL AS STRING)) TO 'x.csv';", "2 rows written")
    expect(read(scratch, "x.csv") == "a\n\n\n" and len(rows_of(scratch, "SELECT * FROM 'x.csv';")) == 2, read(scratch, "x.csv"))
    copy(scratch, "COPY (SELECT 1 AS a, 'x' AS b WHERE FALSE) TO 'x.csv';", "0 rows written to x.csv")
    expect(read(scratch, "x.csv") == "a,b\n" and rows_of(scratch, "SELECT * FROM 'x.csv';") == [], read(scratch, "x.csv"))
    copy(scratch, "COPY (SELECT 1 AS a WHERE FALSE) TO 'x.json.gz';", "0 rows written")
    expect(read(scratch, "x.json.gz") == "", "no record")


def test_options(scratch):
    two = "(SELECT 1 AS a, CAST(NULL AS STRING) AS b, 'x;''y' AS c)"
    for options, wanted in (("(HEADER false)", "1,,x;'y\n"), ("(FORMAT csv, HEADER, DELIMITER ';')", "a;b;c\n1;;\"x;'y\"\n"),
                            ("WITH (HEADER 0, SEP '\\t', NULL 'none')", "1\tnone\tx;'y\n"), ("(header TRUE, NULLSTR '-')", "a,b,c\n1,-,x;'y\n"),
                            ("(DELIM ';', QUOTE '''', ESCAPE '\\')", "a;b;c\n1;;'x;''y'\n"),
                            ("WITH ('csv.header' = 'false', 'csv.null-literal' = 'n')", "1,n,x;'y\n"),
                            ("(FORMAT json)", '{"a":1,"b":null,"c":"x;\'y"}\n')):
        copy(scratch, f"COPY {two} TO 'o.csv' {options};", "1 row written to o.csv")
        expect(read(scratch, "o.csv") == wanted, f"{options}: {read(scratch, 'o.csv')!r}")
    copy(scratch, f"COPY {two} TO 'data' (FORMAT csv, COMPRESSION gzip, HEADER false);")
    with gzip.open(os.path.join(scratch.path, "data"), "rt") as file:
        expect(file.read() == "1,,x;'y\n", "gzip by an option")
    copy(scratch, f"COPY {two} TO 'x.csv.gz' (COMPRESSION none);")
    with open(os.path.join(scratch.path, "x.csv.gz"), encoding="utf-8") as file:
        expect(file.read().startswith("a,b,c\n"), "no gzip by an option")
    for options, *words in (("(HEADR)", "E2008", "COPY has no option HEADR", 'did you mean "HEADER"?'), ("(DELIMITER)", "DELIMITER needs a value"),
                            ("(HEADER, HEADER false)", "'csv.header' is given twice"), ("(HEADER maybe)", "E2008", "maybe"),
                            ("(FORMAT orc)", "the format 'orc' is not supported yet", "formats are"), ("(DELIMITER 'ab')", "one character, not 'ab'"),
                            ("(COMPRESSION zstd)", "cannot be compressed by 'zstd'"), ("(FORMAT json, HEADER)", "HEADER is an option of csv, and the format is json"),
                            ("('sink.parallelism' = '2')", "COPY has no option 'sink.parallelism'"), ("('csv.haeder' = 'true')", 'did you mean "csv.header"?'),
                            ("('csv.zzz' = 'true')", "the format csv has no option 'csv.zzz'", "csv.null-literal"),
                            ("('json.encode.ignore-null-fields' = 'true')", "COPY has no option 'json."),
                            ("(PARTITION_BY a)", "COPY has no option PARTITION_BY")):
        said = refused(scratch, f"COPY {two} TO 'bad.csv' {options};", *words)
        expect("^" in said and not os.path.exists(os.path.join(scratch.path, "bad.csv")), said)
    refused(scratch, f"COPY {two} TO 'x.orc';", "E1002", "'x.orc'", ".ndjson", "(FORMAT csv)")
    refused(scratch, "COPY (SELECT 1 AS a, 2 AS A) TO 'x.csv';", "E2004", 'two columns are called "A"')
    copy(scratch, "COPY (SELECT 1 AS a, 2 AS A) TO 'x.csv' (HEADER false);")


def test_tables_and_columns(scratch):
    scratch.write("in.csv", "a,b,c\n1,x,2\n3,y,4\n")
    table = "CREATE TEMPORARY TABLE t LIKE 'in.csv';\n"
    copy(scratch, table + "COPY t TO 'x.csv'; COPY t (c, a) TO 'y.csv'; COPY default_catalog.default_database.t TO 'z.json';"
         "COPY 'in.csv' TO 'w.tsv'; COPY 'in.csv' (b) TO 'v.csv'; COPY (TABLE t) TO 'u.csv'; COPY (VALUES (1, 'a')) TO 's.csv';")
    wanted = {"x.csv": "a,b,c\n1,x,2\n3,y,4\n", "y.csv": "c,a\n2,1\n4,3\n", "z.json": '{"a":1,"b":"x","c":2}\n{"a":3,"b":"y","c":4}\n',
              "w.tsv": "a\tb\tc\n1\tx\t2\n3\ty\t4\n", "v.csv": "b\nx\ny\n", "u.csv": "a,b,c\n1,x,2\n3,y,4\n", "s.csv": "EXPR$0,EXPR$1\n1,a\n"}
    for name, text in wanted.items():
        expect(read(scratch, name) == text, f"{name}: {read(scratch, name)!r}")
    expect(rows_of(scratch, "SELECT * FROM 's.csv';") == ['{"EXPR$0":1,"EXPR$1":"a"}'], "names that nobody gave")
    refused(scratch, table + "COPY t (nope) TO 'x.csv';", "E2003", "^^^^")
    refused(scratch, "COPY nowhere TO 'x.csv';", "E2001", "^^^^^^^")
    said = refused(scratch, table + "COPY t (a, b) FROM 'in.csv';", "E1002", "COPY … FROM")
    expect("INSERT INTO t (a, b) SELECT * FROM 'in.csv'" in said, said)
    expect(read(scratch, "x.csv") == wanted["x.csv"], "what failed changed a file")


def test_a_file_is_replaced_when_all_is_there(scratch):
    scratch.write("x.csv", "n\n1\n2\n")
    copy(scratch, "COPY (SELECT n + 1 AS n FROM 'x.csv') TO 'x.csv';", "2 rows written to x.csv")
    expect(read(scratch, "x.csv") == "n\n2\n3\n", "a file may be copied into itself")
    os.symlink("x.csv", os.path.join(scratch.path, "link.csv"))
    copy(scratch, "COPY (SELECT 7 AS n) TO 'link.csv';")
    expect(os.path.islink(os.path.join(scratch.path, "link.csv")) and read(scratch, "x.csv") == "n\n7\n", "a link stays")
    scratch.write("bad.csv", "n\n" + "1\n" * 30_000 + "x\n")
    refused(scratch, "COPY (SELECT * FROM 'bad.csv') TO 'x.csv';", "E3005", "line 30002", code=4)
    refused(scratch, "COPY (SELECT 1 / (n - 7) AS q FROM 'x.csv') TO 'new.csv';", "E3002", code=4)
    expect(read(scratch, "x.csv") == "n\n7\n" and not os.path.exists(os.path.join(scratch.path, "new.csv")), "after errors")


def test_a_file_that_is_replaced_stays_as_private(scratch):
    scratch.write("mine.csv", "x\n")
    os.chmod(os.path.join(scratch.path, "mine.csv"), 0o600)
    copy(scratch, "COPY (SELECT 1 AS a) TO 'mine.csv';")
    copy(scratch, "COPY (SELECT 1 AS a) TO 'new.csv';")
    expect(os.stat(os.path.join(scratch.path, "mine.csv")).st_mode & 0o777 == 0o600, "others may read it")
    umask = os.umask(0)
    os.umask(umask)
    expect(os.stat(os.path.join(scratch.path, "new.csv")).st_mode & 0o777 == 0o666 & ~umask, "a new one is as the umask leaves it")


def test_what_is_cut_short_leaves_nothing(scratch):
    scratch.write("x.csv", "n\n1\n")
    started = time.monotonic()
    done = scratch.run("--timeout", "1", text=SLOW + "COPY slow TO 'x.csv';")
    expect(done.returncode == 124 and "the COPY was cut short after" in done.stderr and "'x.csv'" in done.stderr, done.stderr)
    expect(time.monotonic() - started < DEADLINE / 2 and not left(scratch) and read(scratch, "x.csv") == "n\n1\n", left(scratch))
    for sent, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        child = scratch.start("-c", SLOW + "COPY slow TO 'y.csv';")
        end = time.monotonic() + DEADLINE
        while not left(scratch) and time.monotonic() < end:
            time.sleep(0.02)
        expect(left(scratch) and not os.path.exists(os.path.join(scratch.path, "y.csv")), "a part is there under another name")
        child.send_signal(sent)
        said = child.communicate(timeout=DEADLINE)[1]
        expect(child.returncode == code and "E8001" in said, f"{child.returncode} {said}")
        expect(not left(scratch) and not os.path.exists(os.path.join(scratch.path, "y.csv")), os.listdir(scratch.path))


def test_places_that_cannot_be_written(scratch):
    os.mkdir(os.path.join(scratch.path, "dir.csv"))
    os.mkfifo(os.path.join(scratch.path, "pipe.csv"))
    scratch.write("file", "")
    one = "COPY (SELECT 1 AS a) TO "
    for path, *words in (("dir.csv", "E4001", "is a directory", "name a file in it"), ("none/x.csv", "E4002", "the directory 'none' does not exist"),
                         ("file/x.csv", "E4001", "'file' is no directory"), ("pipe.csv", "E4001", "is a pipe or a device"),
                         ("hdfs://host/x.csv", "E1002"), ("x" * 300 + ".csv", "E4001", "too long")):
        said = refused(scratch, f"{one}'{path}';", *words, code=3 if words[0] == "E1002" else 4)
        expect("^" in said and f"{one}'" in said, said)
    for path in ("/dev/stdout", "/dev/fd/2", "/proc/self/fd/1"):
        refused(scratch, f"{one}'{path}' (FORMAT csv);", f"'{path}' is a file that is open", "--format", code=4)
    os.symlink("/dev/stdout", os.path.join(scratch.path, "out.csv"))
    refused(scratch, f"{one}'out.csv';", "is a file that is open", code=4)
    if os.geteuid() != 0:
        os.chmod(os.path.join(scratch.path, "dir.csv"), 0o500)
        refused(scratch, f"{one}'dir.csv/x.csv';", "E4001", "'dir.csv/x.csv' cannot be written", "ermission denied", code=4)


def test_a_disk_that_is_full(scratch):
    if scratch.owner is not None:
        return  # the limit would have to be the owner's
    scratch.write("x.csv", "n\n1\n")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    many = "CREATE TEMPORARY TABLE many (s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '200000');\n"
    done = subprocess.run([program()], cwd=scratch.path, env=scratch.environment(), input=many + "COPY many TO 'x.csv';", text=True,
                          capture_output=True, timeout=DEADLINE, check=False, preexec_fn=limit)
    expect(done.returncode == 4 and "'x.csv' cannot be written" in done.stderr and "too large" in done.stderr, done.stderr)
    expect(not left(scratch) and read(scratch, "x.csv") == "n\n1\n", os.listdir(scratch.path))


def test_changes_become_the_final_rows(scratch):
    scratch.write("s.csv", "k,v\n" + "".join(f"{i % 7},{i}\n" for i in range(1000)))
    for query in ("SELECT k, COUNT(*) AS n, MAX(v) AS v FROM 's.csv' GROUP BY k",
                  "SELECT a.k, b.n FROM 's.csv' AS a LEFT JOIN (SELECT k, COUNT(*) AS n FROM 's.csv' GROUP BY k) AS b ON a.k = b.k WHERE a.v < 9",
                  "SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS p FROM 's.csv') WHERE p <= 2"):
        copy(scratch, f"COPY ({query}) TO 'x.csv';")
        expect(rows_of(scratch, "SELECT * FROM 'x.csv';") == rows_of(scratch, query + ";"), query)
    copy(scratch, "COPY (SELECT k, SUM(v) AS v FROM 's.csv' GROUP BY k ORDER BY v DESC LIMIT 3) TO 'x.csv';", "3 rows written")
    rows = read(scratch, "x.csv").splitlines()[1:]
    expect([row.split(",")[0] for row in rows] == ["5", "4", "3"], rows)


def test_a_count_of_no_rows_is_zero(scratch):
    scratch.write("s.csv", "k,v\n1,2\n")
    copy(scratch, "COPY (SELECT COUNT(*) AS n, SUM(v) AS s FROM 's.csv' WHERE v > 9) TO 'x.csv';", "1 row written")
    expect(read(scratch, "x.csv") == "n,s\n0,\n", read(scratch, "x.csv"))


def test_late_rows_are_late_as_in_a_select(scratch):
    scratch.write("late.csv", "k,ts\n1,2024-01-01 00:00:30\n1,2024-01-01 00:00:01\n2,2024-01-01 00:00:31\n")
    table = "CREATE TEMPORARY TABLE t (WATERMARK FOR ts AS ts) LIKE 'late.csv';\n"
    windows = ("SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) "
               "GROUP BY window_start, window_end")
    copy(scratch, table + f"COPY ({windows}) TO 'x.csv';", "1 row written to x.csv; 3 rows read, 1 late")
    expect(read(scratch, "x.csv") == "window_start,n\n2024-01-01 00:00:30.000,2\n", read(scratch, "x.csv"))
    batch = "SET 'execution.runtime-mode' = 'batch';\n"
    copy(scratch, batch + table + f"COPY ({windows}) TO 'x.csv';", "2 rows written to x.csv\n")


def test_endless_input(scratch):
    copy(scratch, ENDLESS + "COPY (SELECT n, n AS m FROM endless LIMIT 5) TO 'x.csv';", "5 rows written to x.csv")
    expect(len(read(scratch, "x.csv").splitlines()) == 6, read(scratch, "x.csv"))
    copy(scratch, ENDLESS + "COPY (SELECT n FROM (SELECT n FROM endless LIMIT 5) WHERE n > 0) TO 'x.csv';", "5 rows written")
    refused(scratch, ENDLESS + "COPY endless TO 'y.csv';", "E2015", "the query never ends", "LIMIT", "^^^^^^^")
    refused(scratch, ENDLESS + "COPY (SELECT n, COUNT(*) AS c FROM endless GROUP BY n) TO 'y.csv';", "E2011", "changes its rows for ever")
    refused(scratch, ENDLESS + "COPY (SELECT n FROM endless ORDER BY n LIMIT 3) TO 'y.csv';", "E2011")
    expect(not os.path.exists(os.path.join(scratch.path, "y.csv")), "y.csv")


def test_a_client_and_its_owner(scratch):
    os.makedirs(os.path.join(scratch.path, "sub"))
    kept = f"CREATE TABLE IF NOT EXISTS kept (n INT) WITH ('connector' = 'filesystem', 'path' = '{scratch.path}/kept', 'format' = 'csv');"
    scratch.write("kept/a.csv", "1\n2\n")
    data = os.path.join(scratch.path, "weir-data")
    serving = scratch.owner or owner.Owner(program(), data, scratch.path, environment=scratch.environment())
    try:
        sql = (kept + "COPY kept TO 'x.csv'; COPY (SELECT * FROM 'x.csv' UNION ALL SELECT 9) TO 'x.csv'; COPY 'x.csv' TO 'y.json.gz';")
        done = subprocess.run([program(), "--data-dir", data, "-c", sql], cwd=os.path.join(scratch.path, "sub"), env=scratch.environment(),
                              text=True, capture_output=True, timeout=DEADLINE, check=False)
        expect(done.returncode == 0 and "3 rows written to y.json.gz" in done.stderr, done.stderr)
        expect(sorted(os.listdir(os.path.join(scratch.path, "sub"))) == ["x.csv", "y.json.gz"], os.listdir(scratch.path))
        # What was written here before the session went over to the owner is not written again there.
        sql = "COPY (SELECT n FROM 'sub/x.csv' UNION ALL SELECT 10) TO 'sub/x.csv'; CREATE TABLE late (n INT) WITH ('connector' = 'blackhole');"
        done = scratch.run("-c", sql)
        expect(done.returncode == 0, done.stderr)
        expect(sorted(read(scratch, "sub/x.csv").splitlines()) == ["1", "10", "2", "9", "n"], read(scratch, "sub/x.csv"))
    finally:
        if serving is not scratch.owner:
            serving.end()


def test_it_is_explained_checked_and_helped(scratch):
    scratch.write("s.csv", "k,v\n1,2\n")
    done = scratch.run(text="EXPLAIN COPY (SELECT k, COUNT(*) AS n FROM 's.csv' GROUP BY k) TO 'x.csv';")
    expect(done.returncode == 0 and "== Physical Plan ==" in done.stdout and "Sort" in done.stdout, done.stdout + done.stderr)
    expect("HEADER {true | false}" in scratch.run(text="HELP COPY;").stdout, "help")
    script = scratch.write("a.sql", "COPY 's.csv' TO 'x.csv' (HEADR);\n")
    done = scratch.run("check", script)
    expect(done.returncode == 3 and "HEADR" in done.stderr + done.stdout, done.stderr + done.stdout)
    script = scratch.write("b.sql", "COPY 's.csv' TO 'x.csv';\n")
    expect(scratch.run("check", script).returncode == 0, "a right one")
    expect(not os.path.exists(os.path.join(scratch.path, "x.csv")), "nothing is written")


def test_in_the_shell(scratch):
    shell = Shell(scratch)
    said = shell.ask("COPY (SELECT 1 AS a) TO 'x.csv';", "written")
    expect("1 row written to x.csv (" in said, said)
    shell.ask(SLOW.strip(), "created")
    since = len(shell.text)
    shell.send("COPY slow TO 'y.csv';\n")
    end = time.monotonic() + DEADLINE
    while not left(scratch) and time.monotonic() < end:
        shell.more()
    shell.send("\x03")
    said = shell.read_until("weir> ", since + 30)
    expect("the COPY was cut short" in said and not left(scratch), said)
    expect(read(scratch, "x.csv") == "a\n1\n" and not os.path.exists(os.path.join(scratch.path, "y.csv")), os.listdir(scratch.path))
    shell.leave()


if __name__ == "__main__":
    run_all(globals())
