#!/usr/bin/env python3
"""Tables over a real PostgreSQL server (server.py); what is read and written is held against what psql says. With names,
those tests alone."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "shell")]
import server as servers  # noqa: E402
from server import until  # noqa: E402
from weir_shell import Shell, expect, program, run_all  # noqa: E402

PATIENCE = 120
NULL = "\\N"  # as --format tsv writes it


def run(scratch, script, code=0):
    done = subprocess.run([program(), "--format", "tsv", "-f", "-"], cwd=scratch.path, env=scratch.environment(), input=script, text=True,
                          capture_output=True, timeout=PATIENCE, check=False)
    expect((done.returncode == 0) == (code == 0), f"exit {done.returncode}: {done.stdout}{done.stderr}")
    return done


def rows(scratch, script):
    return sorted(tuple(line.split("\t")) for line in run(scratch, script).stdout.splitlines()[1:])


def says(scratch, script, *texts):
    said = run(scratch, script, 1).stderr
    for text in texts:
        expect(text in said, f"it does not say {text!r}: {said}")
    return said


JOB = "SET 'pipeline.name' = 'j';\nSET 'execution.checkpointing.interval' = '100 ms';\n"

# --- reading --------------------------------------------------------------------------------------

KINDS = ("a smallint, b integer, c bigint, d real, e double precision, f numeric(20, 4), g boolean, h date, i time, j timestamp, "
         "k timestamptz, l varchar(20), m text, n bytea, o integer[], p text[], q integer[][], r uuid, s jsonb")
KINDS_HERE = ("a SMALLINT, b INT, c BIGINT, d FLOAT, e DOUBLE, f DECIMAL(20, 4), g BOOLEAN, h DATE, i TIME, j TIMESTAMP(6), k TIMESTAMP_LTZ(6), "
              "l VARCHAR(20), m STRING, n BYTES, o ARRAY<INT>, p ARRAY<STRING>, q ARRAY<ARRAY<INT>>, r STRING, s STRING")
VALUES = [
    r"""-32768, -2147483648, -9223372036854775808, 1.5, 0.1, -1234567890123456.7891, true, '0044-03-15', '23:59:59', '1999-12-31 23:59:59.999999',
    '2026-03-29 01:30:00+02', 'ä€', E'tab\tline\nback\\slash "quoted" \\N', '\x00ff5c0a', '{1,NULL,-3}',
    ARRAY['a,b', NULL, 'NULL', '', E'q"\\{}'], '{{1,2},{3,NULL}}', '123e4567-e89b-12d3-a456-426614174000', '{"a": [1, "x"]}'""",
    "32767, 2147483647, 9223372036854775807, 'Infinity', 'NaN', 0, false, '9999-12-31', '00:00:00', '0001-01-01', '1970-01-01Z', '', '', "
    "'', '{}', '{}', '{}', '00000000-0000-0000-0000-000000000000', 'null'",
    ", ".join(["NULL"] * 19)]


def test_types_there_and_back(server, scratch):
    server.sql(f"CREATE TABLE kinds ({KINDS}); CREATE TABLE copied ({KINDS}); CREATE TABLE upserted (id int primary key, {KINDS})")
    for values in VALUES:
        server.sql(f"INSERT INTO kinds VALUES ({values})")
    ddl = server.table("kinds", KINDS_HERE)
    read = rows(scratch, ddl + "SELECT a, b, c, f, g, h, i, j, l, o, q FROM kinds;")
    expect(("-32768", "-2147483648", "-9223372036854775808", "-1234567890123456.7891", "TRUE", "0044-03-15", "23:59:59",
            "1999-12-31 23:59:59.999999", "ä€", "[1, NULL, -3]", "[[1, 2], [3, NULL]]") in read, read)
    expect((NULL,) * 11 in read and len(read) == 3, read)
    run(scratch, ddl + server.table("copied", KINDS_HERE) + "INSERT INTO copied SELECT * FROM kinds;")
    expect(server.same("kinds", "copied"), f"{server.sql('TABLE kinds')} is written as {server.sql('TABLE copied')}")
    run(scratch, ddl + server.table("upserted", f"id INT, {KINDS_HERE}, PRIMARY KEY (id) NOT ENFORCED") +
        "INSERT INTO upserted SELECT CASE WHEN a IS NULL THEN 0 ELSE CAST(a AS INT) END, kinds.* FROM kinds;")
    expect(server.sql("SELECT count(*) FROM upserted u JOIN kinds there ON to_jsonb(u) - 'id' = to_jsonb(there)") == ["3"], server.sql("TABLE upserted"))


def test_years_before_christ(server, scratch):
    server.sql("CREATE TABLE ancient (d date, t timestamp, z timestamptz, a date[]); CREATE TABLE ancient_copy (LIKE ancient); "
               "INSERT INTO ancient VALUES ('0044-03-15 BC', '0001-02-29 23:59:59.5 BC', '0400-12-31 12:00Z BC', '{0001-01-01 BC,NULL,2000-02-29}'), "
               "('4713-01-01 BC', '0001-01-01', NULL, '{}'), ('9999-12-31', '4713-01-01 BC', '0005-02-29Z BC', NULL)")
    columns = "d DATE, t TIMESTAMP(6), z TIMESTAMP_LTZ(6), a ARRAY<DATE>"
    script = server.table("ancient", columns) + server.table("ancient_copy", columns)
    read = rows(scratch, script + "SELECT d, t, EXTRACT(YEAR FROM d) FROM ancient;")
    expect(("-0043-03-15", "0000-02-29 23:59:59.500000", "-43") in read, read)
    run(scratch, script + "INSERT INTO ancient_copy SELECT * FROM ancient;")
    expect(server.same("ancient", "ancient_copy"), server.sql("TABLE ancient_copy"))


def test_names_and_views(server, scratch):
    server.sql('CREATE SCHEMA s; CREATE TABLE s."Odd ""name""" (id int, "userId" int, "order" text); '
               "INSERT INTO s.\"Odd \"\"name\"\"\" VALUES (1, 2, 'x'); CREATE VIEW s.seen AS SELECT id AS userid, \"order\" FROM s.\"Odd \"\"name\"\"\"")
    script = server.table("t", "`order` STRING, `userId` INT", 's."Odd ""name"""')
    expect(rows(scratch, script + "SELECT * FROM t;") == [("x", "2")], "columns in another order, and one that is not named")
    script = server.table("t", "userId INT, `order` STRING", "s.seen", connector="postgres")
    expect(rows(scratch, script + "SELECT * FROM t;") == [("1", "x")], "a view, its name in small letters as unquoted ones are")
    script = server.table("t", "userId INT", "seen", url=server.url + "&currentSchema=s&reWriteBatchedInserts=true")
    expect(rows(scratch, script + "SELECT COUNT(*) FROM t;") == [("1",)], "the schema by the URL")


def test_a_scan_waits_for_who_writes_anew(server, scratch):
    """Its snapshot is taken behind the lock: an older one sees none of the rows that are written anew."""
    server.sql("CREATE TABLE anew (id int, v int); INSERT INTO anew SELECT i, i FROM generate_series(1, 1000) i; CREATE VIEW seen_anew AS TABLE anew; "
               "CREATE TABLE above_anew (id int, v int) PARTITION BY RANGE (id); CREATE TABLE below_anew PARTITION OF above_anew FOR VALUES FROM (0) TO (9999); "
               "INSERT INTO above_anew TABLE anew; CREATE MATERIALIZED VIEW kept_anew AS TABLE anew")
    again = "TRUNCATE {0}; INSERT INTO {0} SELECT i, i FROM generate_series(1, 1000) i"
    for table, locked, statement in (("anew", "anew", again.format("anew")), ("anew", "anew", "ALTER TABLE anew ALTER v TYPE bigint"),
                                     ("seen_anew", "anew", again.format("anew")), ("above_anew", "below_anew", again.format("below_anew")),
                                     ("kept_anew", "kept_anew", "REFRESH MATERIALIZED VIEW kept_anew")):
        if table == "seen_anew":
            server.sql("DROP VIEW IF EXISTS seen_anew; CREATE VIEW seen_anew AS TABLE anew")
        if statement.startswith("ALTER"):
            server.sql("DROP VIEW seen_anew; DROP MATERIALIZED VIEW kept_anew")
        holder = subprocess.Popen(server.psql(f"BEGIN; {statement}; SELECT pg_sleep(1); COMMIT"))
        until(lambda name=locked: server.sql(f"SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = '{name}'::regclass") == ["1"],
              "the lock is held")
        found = rows(scratch, server.table("t", "id INT, v BIGINT", table) + "SELECT COUNT(*), SUM(v) FROM t;")
        expect(found == [("1000", "500500")], f"{statement}: {found}")
        holder.wait()
        if statement.startswith("ALTER"):
            server.sql("CREATE MATERIALIZED VIEW kept_anew AS TABLE anew")


def test_a_role_whose_settings_are_others(server, scratch):
    server.sql("CREATE TABLE set_otherwise (id int, a text[]); ALTER ROLE ada SET array_nulls = off; "
               "ALTER ROLE ada SET default_transaction_isolation = 'repeatable read'; ALTER ROLE ada SET idle_in_transaction_session_timeout = '50 ms'")
    try:
        run(scratch, server.table("t", "id INT, a ARRAY<STRING>", "set_otherwise") + "INSERT INTO t VALUES (1, ARRAY['x', CAST(NULL AS STRING)]);")
        expect(server.sql("SELECT a[1], a[2] IS NULL FROM set_otherwise") == ["x|t"], server.sql("SELECT * FROM set_otherwise"))
        server.sql("CREATE TABLE slowly_read AS SELECT i AS id FROM generate_series(1, 100) i")
        run(scratch, "SET 'pipeline.batch-size' = '10';" + server.table("t", "id INT", "slowly_read", **{"scan.fetch-size": "10"})
            + "CREATE TABLE slow (id INT) WITH ('connector' = 'blackhole', 'sink.delay' = '100 ms');INSERT INTO slow SELECT id FROM t;")
    finally:
        server.sql("ALTER ROLE ada RESET ALL")


def slowly(server, columns, table, name, key):
    """A scan that takes a while, portion by portion, into a table of the same rows."""
    return (f"SET 'pipeline.name' = '{name}';\nSET 'execution.checkpointing.interval' = '50 ms';\nSET 'pipeline.batch-size' = '10';\nSET 'parallelism.default' = '1';\n"
            + server.table("t", columns, table, **{"scan.fetch-size": "10"}) + server.table("copied", f"{columns}, PRIMARY KEY ({key}) NOT ENFORCED", f"{table}_copy", **{
                "sink.buffer-flush.max-rows": "10"})
            + f"CREATE TABLE slow ({columns}) WITH ('connector' = 'blackhole', 'sink.delay' = '50 ms');\n"
            "EXECUTE STATEMENT SET BEGIN\nINSERT INTO copied SELECT * FROM t;\nINSERT INTO slow SELECT * FROM t;\nEND;\n")


def killed_at_half(server, scratch, script, table, rows=100):
    job = scratch.start("run", script)
    until(lambda: int(server.sql(f"SELECT count(*) FROM {table}")[0]) >= rows or job.poll() is not None, "rows come")
    time.sleep(0.5)  # a checkpoint has them
    expect(job.poll() is None, "it is at work")
    job.kill()
    job.wait()


def test_a_scan_by_a_type_of_an_extension(server, scratch):
    """The operators of citext are not on the search path, and those of text would be taken for them: 'B' < 'a'."""
    server.sql("CREATE SCHEMA extended; CREATE EXTENSION citext SCHEMA extended")
    try:
        for name, key in (("one", "k"), ("mixed", "n, k"), ("domain", "k")):
            kind = "extended.wordy" if name == "domain" else "extended.citext"
            server.sql(("CREATE DOMAIN extended.wordy AS extended.citext; " if name == "domain" else "")
                       + f"CREATE TABLE words_{name} (n int, k {kind}, primary key ({key})); INSERT INTO words_{name} SELECT i % 3, "
                       f"CASE WHEN w > 'm' THEN upper(w) ELSE w END FROM (SELECT i, chr(97 + i % 26) || i AS w FROM generate_series(1, 600) i) x; "
                       f"CREATE TABLE words_{name}_copy (n int, k text primary key)")
            script = scratch.write("words.sql", slowly(server, "n INT, k STRING", f"words_{name}", f"words {name}", "k"))
            killed_at_half(server, scratch, script, f"words_{name}_copy")
            done = scratch.run("run", script)
            expect(done.returncode == 0, done.stderr)
            expect(server.sql(f"SELECT count(*) FROM words_{name}_copy") == ["600"], f"{name}: {server.sql(f'SELECT count(*) FROM words_{name}_copy')}")
        # Keys that are equal there: the last change counts, and a delete deletes.
        server.sql("CREATE TABLE worded (k extended.citext primary key, v int); INSERT INTO worded VALUES ('gone', 1)")
        run(scratch, "SET 'parallelism.default' = '1';\nCREATE TABLE c (k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'changelog' = 'true', "
            "'rows' = '\n+I[GONE, 1]\n-D[GONE, 1]\n+I[a, 1]\n+I[A, 2]\n-D[A, 2]\n+I[b, 3]\n-D[B, 3]\n+I[b, 4]');\n"
            + server.table("worded", "k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED") + "INSERT INTO worded SELECT * FROM c;")
        expect(server.sql("SELECT * FROM worded") == ["b|4"], server.sql("TABLE worded"))
    finally:
        server.sql("DROP SCHEMA extended CASCADE")


def test_a_scan_whose_key_is_sorted_otherwise(server, scratch):
    """What was read is what comes before the position in the order of that time."""
    for name, alter in (("typed", "TYPE int USING k::int"), ("collated", 'TYPE text COLLATE "en-x-icu"')):
        server.sql(f"CREATE TABLE {name} (k text primary key, v int); INSERT INTO {name} SELECT i::text, i FROM generate_series(1, 600) i; "
                   f"CREATE TABLE {name}_copy (k text primary key, v int)")
        script = scratch.write("sorted.sql", slowly(server, "k STRING, v INT", name, name, "k"))
        killed_at_half(server, scratch, script, f"{name}_copy")
        server.sql(f"ALTER TABLE {name} ALTER k {alter}")
        done = scratch.run("run", script)
        expect(done.returncode != 0 and "have another type or collation" in done.stderr and "start the job afresh" in done.stderr, done.stderr)
        server.sql(f"ALTER TABLE {name} ALTER k TYPE varchar(30) COLLATE \"default\"")
        done = scratch.run("run", script)
        expect(done.returncode == 0 and server.sql(f"SELECT count(*) FROM {name}_copy") == ["600"], done.stderr)


def test_partitions_and_portions(server, scratch):
    server.sql("CREATE TABLE parts (id int, v int); INSERT INTO parts SELECT i, i % 10 FROM generate_series(-100, 5000) i; "
               "INSERT INTO parts VALUES (NULL, 1)")
    more = {"scan.partition.column": "id", "scan.partition.num": "7", "scan.partition.lower-bound": "-50", "scan.partition.upper-bound": "4000",
            "scan.fetch-size": "13", "scan.auto-commit": "false", "connection.max-retry-timeout": "30 s"}
    script = server.table("parts", "id INT, v INT", **more)
    expect(rows(scratch, "SET 'parallelism.default' = '3';" + script + "SELECT COUNT(*), COUNT(DISTINCT id), MIN(id), MAX(id) FROM parts;") ==
           [("4051", "4051", "-50", "4000")], "within the bounds, once each")
    expect(" >= 1 AND " in server.log or "BETWEEN" in server.log and "FETCH FORWARD 13" in server.log, "as ranges, and portion by portion")
    for key, value, text in (("scan.partition.column", "nowhere", "names no column of numbers"), ("scan.partition.num", "0", "1 or more"),
                             ("scan.partition.upper-bound", "-51", "greater than"), ("scan.fetch-size", "-1", "negative")):
        says(scratch, server.table("parts", "id INT, v INT", **{**more, key: value}), "E2008", text)
    del more["scan.partition.num"]
    says(scratch, server.table("parts", "id INT, v INT", **more), "E2008", "'scan.partition.num' is missing")


def test_parts_take_turns(server, scratch):
    """Many slow queries: few at a time, and each is asked once."""
    server.sql("CREATE TABLE numbers (id int); INSERT INTO numbers SELECT generate_series(1, 80); "
               "CREATE VIEW slow AS SELECT id, (SELECT 1 FROM pg_sleep(0.2)) AS one FROM numbers")
    more = {"scan.partition.column": "id", "scan.partition.num": "40", "scan.partition.lower-bound": "1", "scan.partition.upper-bound": "80"}
    script = scratch.write("slow.sql", "SET 'parallelism.default' = '1';" + server.table("slow", "id INT, `one` INT", **more)
                           + "SELECT COUNT(*), COUNT(DISTINCT id) FROM slow;")
    asking, most = scratch.start("--format", "tsv", "-f", script), 0
    while asking.poll() is None:
        most = max(most, int(server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'weir'")[0]))
    expect(asking.communicate()[0].splitlines()[1:] == ["80\t80"] and 1 < most <= 4, f"{most} connections")
    expect(server.log.count("DECLARE weir_scan NO SCROLL CURSOR FOR SELECT \"id\", (weir_t.*)") <= 41, "no part is asked for twice")


def test_only_wanted_columns_are_fetched(server, scratch):
    server.sql("CREATE TABLE wide (id int primary key, a int, b text); INSERT INTO wide VALUES (1, 2, 'x')")
    expect(rows(scratch, server.table("wide", "id INT, a INT, b STRING") + "SELECT a FROM wide;") == [("2",)], "a row")
    expect('SELECT "a", (weir_t."id")::text FROM wide AS weir_t ORDER BY weir_t."id"' in server.log, "one column, and the key for the position")


def test_a_lookup_reads_the_table(server, scratch):
    server.sql("CREATE TABLE dim (id int primary key, name text); INSERT INTO dim SELECT i, 'name ' || i FROM generate_series(1, 9) i")
    script = server.table("dim", "id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED") + (
        "CREATE TABLE o (id INT, p AS PROCTIME()) WITH ('connector' = 'inline', 'rows' = '3\n11');"
        "SELECT o.id, d.name FROM o LEFT JOIN dim FOR SYSTEM_TIME AS OF o.p AS d ON o.id = d.id;")
    expect(rows(scratch, script) == [("11", NULL), ("3", "name 3")], "joined")


# --- writing --------------------------------------------------------------------------------------

CHANGES = ("CREATE TABLE changes (k INT, p STRING, v INT, PRIMARY KEY (k, p) NOT ENFORCED) WITH ('connector' = 'inline', 'changelog' = 'true', 'rows' = '\n"
           "+I[1, a, 10]\n+I[2, b, 20]\n+I[3, c, 30]\n-U[1, a, 10]\n+U[1, a, 11]\n-D[2, b, 20]\n+I[4, x\\y, NULL]\n-D[4, x\\y, NULL]\n+I[4, x\\y, 5]');\n")


def test_changes_by_key(server, scratch):
    for guarantee in ("at-least-once", "exactly-once"):
        name = "keyed_" + guarantee[0]
        server.sql(f"CREATE TABLE {name} (v int, k int, p text, untouched int DEFAULT 7, UNIQUE (p, k)); "
                   f"INSERT INTO {name} VALUES (0, 3, 'c', 8), (0, 2, 'b', 8), (0, 9, 'z', 8)")
        run(scratch, JOB.replace("'j'", f"'{name}'") + CHANGES
            + server.table(name, "k INT, p STRING, v INT, PRIMARY KEY (k, p) NOT ENFORCED", **{"sink.delivery-guarantee": guarantee})
            + f"INSERT INTO {name} SELECT * FROM changes;")
        expect(server.sql(f"SELECT k, p, v, untouched FROM {name} ORDER BY k") ==
               ["1|a|11|7", "3|c|30|8", "4|x\\y|5|7", "9|z|0|8"], server.sql(f"TABLE {name}"))


def test_a_key_alone(server, scratch):
    server.sql("CREATE TABLE keys (k int primary key); INSERT INTO keys VALUES (1)")
    run(scratch, server.table("keys", "k INT, PRIMARY KEY (k) NOT ENFORCED") + "INSERT INTO keys VALUES (1), (2), (2);")
    expect(server.sql("SELECT k FROM keys ORDER BY k") == ["1", "2"], "there is nothing to update")


def test_keys_that_are_equal_there(server, scratch):
    """CHAR ignores blanks at the end, and a column with one digit rounds: the last change of a subtask counts."""
    changes = ("CREATE TABLE spelled (k STRING, n DECIMAL(5, 2), v INT, PRIMARY KEY (k, n) NOT ENFORCED) WITH ('connector' = 'inline', "
               "'changelog' = 'true', 'rows' = '\n+I[a, 1.01, 1]\n+I[''a '', 1.04, 2]\n+I[''b '', 2.00, 3]\n+I[b, 2.01, 4]\n-D[b, 2.01, 4]\n"
               "+I[c, 3.00, 5]\n-D[c, 3.00, 5]\n+I[''c '', 3.01, 6]\n+I[d, 4.00, 7]');\n")
    for guarantee in ("at-least-once", "exactly-once"):
        name = "equal_" + guarantee[0]
        server.sql(f"CREATE TABLE {name} (k char(3), n numeric(5, 1), v int, weir_place int DEFAULT 7, primary key (k, n))")
        run(scratch, JOB.replace("'j'", f"'{name}'") + "SET 'parallelism.default' = '1';\n" + changes
            + server.table(name, "k STRING, n DECIMAL(5, 2), v INT, PRIMARY KEY (k, n) NOT ENFORCED", **{"sink.delivery-guarantee": guarantee})
            + f"INSERT INTO {name} SELECT * FROM spelled;")
        expect(server.sql(f"SELECT * FROM {name} ORDER BY k") == ["a  |1.0|2|7", "c  |3.0|6|7", "d  |4.0|7|7"], server.sql(f"TABLE {name}"))


def test_rows_that_change_their_key(server, scratch):
    """Only the old row of an update says which key a row has left: it is written as a delete, also where the new row is filtered out."""
    moves = ("CREATE TABLE plain (k INT, v INT, at TIMESTAMP(3), WATERMARK FOR at AS at) WITH ('connector' = 'inline', 'rows' = '\n"
             "1, 1, 1970-01-01 00:00:01\n2, 5, 1970-01-01 00:00:02\n1, 3, 1970-01-01 00:00:15\n1, 3, 1970-01-01 00:00:16');\n"
             "CREATE TABLE moves (k INT, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'changelog' = 'true', 'rows' = '\n"
             "+I[1, 1]\n+I[2, 5]\n-U[1, 1]\n+U[1, 3]\n-U[1, 3]\n+U[1, 3]\n+I[3, 9]\n-D[3, 9]');\n"
             "CREATE TABLE scores (k INT, v INT) WITH ('connector' = 'inline', 'rows' = '\n1, 40\n2, 30\n3, 20\n3, 35\n4, 50');\n"
             "CREATE VIEW lasts AS SELECT k, v, at FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY at DESC) AS n FROM plain) WHERE n = 1;\n")
    numbers = "k INT, v BIGINT"
    cases = {
        "of_groups": (numbers, "k, v", "SELECT k, MAX(v) FROM plain GROUP BY k", ["1|3", "2|5"]),
        "of_changes": (numbers, "k, v", "SELECT k, v FROM moves", ["1|3", "2|5"]),
        "of_windows": ("k INT, s TIMESTAMP(3), e TIMESTAMP(3)", "k, s, e",
                       "SELECT k, window_start, window_end FROM TABLE(TUMBLE(TABLE lasts, DESCRIPTOR(at), INTERVAL '10' SECOND))",
                       ["1|1970-01-01 00:00:10|1970-01-01 00:00:20", "2|1970-01-01 00:00:00|1970-01-01 00:00:10"]),
        "of_having": (numbers, "k", "SELECT k, SUM(v) FROM plain GROUP BY k HAVING SUM(v) < 6", ["2|5"]),
        "of_where": (numbers, "k", "SELECT k, v FROM moves WHERE v <> 3", ["2|5"]),
        "of_places": (numbers, "k", "SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY v DESC) AS n FROM "
                      "(SELECT k, MAX(v) AS v FROM scores GROUP BY k)) WHERE n BETWEEN 2 AND 3", ["1|40", "3|35"])}
    for batch in ("1", "4096"):
        for guarantee in ("at-least-once", "exactly-once"):
            script = JOB.replace("'j'", f"'moving {batch} {guarantee}'") + f"SET 'pipeline.batch-size' = '{batch}';\n" + moves
            inserts = ""
            for name, (columns, key, query, _) in cases.items():
                name = f"{name}_{batch}_{guarantee[0]}"
                server.sql(f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({key}))")
                script += server.table(name, f"{columns}, PRIMARY KEY ({key}) NOT ENFORCED", **{"sink.delivery-guarantee": guarantee})
                inserts += f"INSERT INTO {name} {query};\n"
            run(scratch, script + "EXECUTE STATEMENT SET BEGIN\n" + inserts + "END;")
            for name, (_, _, query, expected) in cases.items():
                got = server.sql(f"SELECT * FROM {name}_{batch}_{guarantee[0]} ORDER BY 1, 2")
                expect(got == expected, f"{query}, in batches of {batch}, {guarantee}: {got}")


def test_windows_into_a_table(server, scratch):
    server.sql("CREATE TABLE bids (id bigint primary key, auction int, price numeric(10, 2), at timestamp); "
               "INSERT INTO bids SELECT i, i % 5, i * 0.25, timestamp '2026-01-01' + i * interval '1 second' FROM generate_series(1, 20000) i; "
               "CREATE TABLE per_minute (minute timestamp, auction int, bids bigint, total numeric(20, 2), primary key (minute, auction))")
    script = JOB + (
        server.table("bids", "id BIGINT, auction INT, price DECIMAL(10, 2), at TIMESTAMP(3), WATERMARK FOR at AS at")
        + server.table("per_minute", "minute TIMESTAMP(3), auction INT, bids BIGINT, total DECIMAL(20, 2), PRIMARY KEY (minute, auction) NOT ENFORCED")
        + "INSERT INTO per_minute SELECT window_start, auction, COUNT(*), SUM(price) "
        "FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, auction;")
    run(scratch, script)
    server.sql("CREATE VIEW right_ones AS SELECT date_trunc('minute', at) AS minute, auction, count(*) AS bids, sum(price) AS total "
               "FROM bids GROUP BY 1, 2")
    expect(server.same("per_minute", "right_ones"), server.sql("SELECT * FROM per_minute LIMIT 5"))


def test_flushes(server, scratch):
    server.sql("CREATE TABLE flushed (id int)")
    feed = "CREATE TABLE s (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50', 'fields.id.kind' = 'sequence', " \
           "'fields.id.start' = '1', 'fields.id.end' = '100000');"
    file = scratch.write("job.sql", feed + server.table("flushed", "id INT", **{"sink.buffer-flush.max-rows": "0", "sink.buffer-flush.interval": "300 ms"})
                         + "SET 'execution.checkpointing.interval' = '1 h'; SET 'pipeline.name' = 'f'; INSERT INTO flushed SELECT id FROM s;")
    job = scratch.start("run", file)
    try:
        until(lambda: int(server.sql("SELECT count(*) FROM flushed")[0]) > 20, "rows come by the interval, without a checkpoint")
    finally:
        job.send_signal(signal.SIGKILL)
        job.wait()


def test_exactly_once_waits_for_the_checkpoint(server, scratch):
    server.sql("CREATE TABLE once (id int)")
    once = {"sink.delivery-guarantee": "exactly-once", "sink.commit-table": "commits_of_test"}
    script = JOB + server.table("once", "id INT", **once) + "INSERT INTO once VALUES (1), (2), (3);"
    run(scratch, script)
    expect(server.sql("SELECT id FROM once ORDER BY id") == ["1", "2", "3"], server.sql("TABLE once"))
    marker = server.sql("SELECT subtask, marker FROM commits_of_test")
    expect(len(marker) == 1 and re.fullmatch(r"v1 [0-9a-f]{32} [0-9a-f]{16} 0\|v1 [0-9a-f]{16} [1-9][0-9]*", marker[0]), marker)


def test_in_doubt(server, scratch):
    """A job is killed before its rows are committed, and the table of markers is lost."""
    server.sql("CREATE TABLE doubted (id int)")
    feed = "CREATE TABLE s (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', 'fields.id.kind' = 'sequence', " \
           "'fields.id.start' = '1', 'fields.id.end' = '1500');"

    def script(**more):
        once = {"sink.delivery-guarantee": "exactly-once", "sink.commit-table": "doubts", **more}
        return scratch.write("job.sql", "SET 'execution.restore-policy' = 'auto';\n" + JOB + feed + server.table("doubted", "id INT", **once) + "INSERT INTO doubted SELECT id FROM s;")
    job = scratch.start("run", script())
    until(lambda: int(server.sql("SELECT count(*) FROM doubted")[0]) > 0, "the first rows")
    job.send_signal(signal.SIGKILL)
    job.wait()
    server.sql("DROP TABLE doubts")
    done = scratch.run("run", script())
    expect(done.returncode != 0 and "E7005" in done.stderr and "table doubts" in done.stderr and "sink.in-doubt" in done.stderr, done.stderr)
    done = scratch.run("run", script(**{"sink.in-doubt": "skip"}))
    expect(done.returncode == 0, done.stderr)
    count, distinct = map(int, server.sql("SELECT count(*), count(DISTINCT id) FROM doubted")[0].split("|"))
    expect(count == distinct, f"skip doubles nothing: {count} rows, {distinct} of them differ")

ONCE = {"sink.delivery-guarantee": "exactly-once"}
FEED = ("CREATE TABLE s (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', "
        "'fields.id.end' = '{}');\n")


def counted(server, table):
    """Rows, and how many of them differ."""
    return tuple(map(int, server.sql(f"SELECT count(*), count(DISTINCT id) FROM {table}")[0].split("|")))


def killed(server, scratch, table, *arguments, rows=300):
    """A job that is killed when so many more rows are committed."""
    job, before = scratch.start(*arguments), counted(server, table)[0]
    until(lambda: counted(server, table)[0] >= before + rows or job.poll() is not None, "rows come")
    expect(job.poll() is None, "it is at work")
    job.send_signal(signal.SIGKILL)
    job.wait()


def test_an_older_data_directory(server, scratch):
    """It knows of fewer checkpoints than the markers: new rows of these numbers would be taken for committed."""
    server.sql("CREATE TABLE put_back (id int)")
    script = JOB.replace("'j'", "'older'") + FEED.format(3000) + server.table("put_back", "id INT", **ONCE) + "INSERT INTO put_back SELECT id FROM s;"
    data, file = os.path.join(scratch.path, "data"), scratch.write("older.sql", script)
    run_it = ("--data-dir", data, "run", file)
    killed(server, scratch, "put_back", *run_it)
    shutil.copytree(data, data + ".yesterday")
    killed(server, scratch, "put_back", *run_it, rows=600)
    shutil.copytree(data, data + ".today")
    shutil.rmtree(data)
    shutil.copytree(data + ".yesterday", data)
    done = scratch.run(*run_it)
    expect(done.returncode == 5 and "E7004" in done.stderr and "older copy of the data directory" in done.stderr and "table __weir_commits" in done.stderr, done.stderr)
    (way,) = re.findall(r"RESTORE JOB `older` FROM '\S+';", done.stderr)
    shutil.rmtree(data)
    shutil.copytree(data + ".today", data)
    done = scratch.run(*run_it)
    expect(done.returncode == 0 and counted(server, "put_back") == (3000, 3000), f"today's goes on: {counted(server, 'put_back')} {done.stderr}")
    shutil.rmtree(data)
    shutil.copytree(data + ".yesterday", data)
    before = scratch.run("--data-dir", data, "-f", scratch.write("way.sql", script.split("INSERT")[0] + way + "\nWAIT FOR JOB older UNTIL FINISHED;"))
    count, distinct = counted(server, "put_back")
    expect(before.returncode == 0 and distinct == 3000 and count > 3000, f"or on from there, and rows come again: {count}, {distinct}: {before.stderr}")


def test_a_data_directory_from_before_the_first_checkpoint(server, scratch):
    server.sql("CREATE TABLE begun (id int)")
    script = JOB.replace("'j'", "'begun'") + FEED.format(100000) + server.table("begun", "id INT", **ONCE) + "INSERT INTO begun SELECT id FROM s;"
    data, file = os.path.join(scratch.path, "data"), scratch.write("begun.sql", script)
    slow = scratch.write("slow.sql", script.replace("'100 ms'", "'1 h'"))

    def begun():
        there = server.sql("SELECT to_regclass('__weir_commits') IS NOT NULL") == ["t"]
        return there and int(server.sql("SELECT count(*) FROM __weir_commits WHERE marker LIKE '% -1'")[0])
    before = begun()
    job = scratch.start("--data-dir", data, "run", slow)
    until(lambda: begun() > before, "it has begun")
    job.kill()
    job.wait()
    shutil.copytree(data, data + ".before")
    killed(server, scratch, "begun", "--data-dir", data, "run", file)
    shutil.rmtree(data)
    shutil.copytree(data + ".before", data)
    done = scratch.run("--data-dir", data, "run", file)
    expect(done.returncode == 5 and "E7004" in done.stderr and "it knows of no checkpoint" in done.stderr and "DROP JOB `begun`" in done.stderr, done.stderr)


def test_an_older_database(_, scratch):
    """What was committed since is not in it, and the job knows that it was."""
    with servers.Server() as server:
        server.sql("CREATE TABLE restored (id int)")

        def script(**more):
            return scratch.write("older.sql", JOB + "SET 'execution.restore-policy' = 'auto';\n" + FEED.format(3000)
                                 + server.table("restored", "id INT", **ONCE, **more) + "INSERT INTO restored SELECT id FROM s;")
        killed(server, scratch, "restored", "run", script())
        server.kill()
        subprocess.run(["cp", "-a", server.data, server.data + ".yesterday"], check=True)
        server.start()
        killed(server, scratch, "restored", "run", script(), rows=600)
        server.kill()
        shutil.rmtree(server.data)
        os.rename(server.data + ".yesterday", server.data)
        server.start()
        there = counted(server, "restored")[0]
        done = scratch.run("run", script())
        expect(done.returncode == 5 and "E7005" in done.stderr and "older copy of the database" in done.stderr and "RESTORE JOB" in done.stderr, done.stderr)
        expect(counted(server, "restored")[0] == there, "nothing is written")
        done = scratch.run("run", script(**{"sink.in-doubt": "skip"}))
        count, distinct = counted(server, "restored")
        expect(done.returncode == 0 and there < count == distinct < 3000, f"{count} rows, {distinct} of them differ: {done.stderr}")


def files_that_come(scratch, folder):
    """The numbers that lie there, each in a file of its own, and what adds the next one."""
    there = []

    def drop():
        scratch.write(f"{folder}/.{len(there)}", f"{len(there)}\n")
        os.rename(os.path.join(scratch.path, f"{folder}/.{len(there)}"), os.path.join(scratch.path, f"{folder}/{len(there)}.csv"))
        there.append(len(there))
    return there, drop


def test_an_older_database_and_a_lower_parallelism(server, scratch):
    """Which lacks rows of a subtask that the job does not have any more."""
    server.sql("CREATE TABLE few (id int)")
    dropped, drop = files_that_come(scratch, "few")

    def start(parallelism):
        return scratch.start("-f", scratch.write("few.sql", f"SET 'parallelism.default' = '{parallelism}';\nSET 'restart-strategy.type' = 'none';\n"
                             "SET 'execution.checkpointing.interval' = '100 ms';\nCREATE TABLE f (id INT) WITH ('connector' = 'filesystem', 'path' = 'few', "
                             "'format' = 'csv', 'source.monitor-interval' = '50 ms', 'source.settle-interval' = '50 ms');\n"
                             + server.table("few", "id INT", **{**ONCE, "sink.commit-table": "few_commits"}) + "CREATE JOB few AS INSERT INTO few SELECT id FROM f;"))

    def stop(job):
        job.send_signal(signal.SIGINT)
        job.wait(timeout=PATIENCE)

    def marks():
        return {line.split("|")[0][-1]: int(line.split(" ")[-1]) for line in server.sql("TABLE few_commits")}

    def committed():
        until(lambda: counted(server, "few")[0] == len(dropped), "the rows are committed")
        return marks()
    for _ in range(4):
        drop()
    job = start(2)
    before = committed()
    for _ in range(20):  # until only the second subtask has committed since the copy
        server.sql("DROP TABLE IF EXISTS few_then, few_commits_then; BEGIN; CREATE TABLE few_then AS TABLE few; CREATE TABLE few_commits_then AS TABLE few_commits; COMMIT")
        drop()
        now = committed()
        if now["1"] > before["1"] and now["0"] == before["0"]:
            break
        before = now
    stop(job)
    job = start(1)
    time.sleep(2)  # some checkpoints, and nothing new
    stop(job)
    server.sql("BEGIN; TRUNCATE few, few_commits; INSERT INTO few TABLE few_then; INSERT INTO few_commits TABLE few_commits_then; COMMIT")
    job = start(1)
    until(lambda: job.poll() is not None, "it is refused", 20)
    said = job.communicate()[1]
    expect(job.returncode == 5 and "E7005" in said and "by subtask 1" in said and "older copy of the database" in said, said)


def test_two_copies_of_a_job(server, scratch):
    """One stands still while the other one commits. Its own rows have numbers that are marked by then."""
    server.sql("CREATE TABLE twice (id int)")
    dropped, drop = files_that_come(scratch, "twice")
    script = ("SET 'restart-strategy.type' = 'none';\nSET 'execution.checkpointing.interval' = '100 ms';\nCREATE TABLE f (id INT) WITH ('connector' = 'filesystem', "
              "'path' = 'twice', 'format' = 'csv', 'source.monitor-interval' = '50 ms', 'source.settle-interval' = '50 ms');\n"
              + server.table("twice", "id INT", **ONCE) + "CREATE JOB twice AS INSERT INTO twice SELECT id FROM f;")
    first, second = (os.path.join(scratch.path, name) for name in ("first", "second"))

    def start(data):
        return scratch.start("--data-dir", data, "-f", scratch.write("twice.sql", script))

    def committed(job):
        until(lambda: counted(server, "twice")[1] == len(dropped) or job.poll() is not None, "rows come")
    drop()
    job = start(first)
    committed(job)
    job.send_signal(signal.SIGINT)
    job.wait(timeout=PATIENCE)
    shutil.copytree(first, second)
    frozen = start(second)
    time.sleep(1.5)  # it goes on, and nothing new comes
    frozen.send_signal(signal.SIGSTOP)
    job = start(first)
    for _ in range(5):
        drop()
        committed(job)
        time.sleep(0.2)
    expect(job.poll() is None, "it is at work")
    job.send_signal(signal.SIGKILL)
    job.wait(timeout=PATIENCE)
    frozen.send_signal(signal.SIGCONT)
    until(lambda: frozen.poll() is not None, "the copy that lags is refused", 30)
    said = frozen.communicate()[1]
    expect(frozen.returncode == 4 and "E7004" in said and "another copy of the data directory" in said, f"{frozen.returncode} {said}")


def test_lost_markers_and_a_savepoint(server, scratch):
    """Another database has no markers of a savepoint's job; the one in which it has written has lost them."""
    server.sql("CREATE DATABASE elsewhere")
    server.sql("CREATE TABLE saved (id int)")
    server.sql("CREATE TABLE saved (id int)", "elsewhere")
    scratch.write("in/ids.csv", "".join(f"{i}\n" for i in range(100)))
    begin = ("SET 'execution.checkpointing.interval' = '1 h';\nCREATE TABLE s (id INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
             "'source.monitor-interval' = '1 s');\n")
    more = {**ONCE, "sink.commit-table": "lost"}
    ddl = server.table("saved", "id INT", **more)
    run(scratch, begin + ddl + "CREATE JOB keeps AS INSERT INTO saved SELECT id FROM s;\nWAIT FOR JOB keeps UNTIL IDLE;\n"
        "SAVEPOINT JOB keeps AS sp TO 'sp';\nSTOP JOB keeps;")
    expect(counted(server, "saved") == (100, 100), counted(server, "saved"))
    again = begin + ddl + "RESTORE JOB keeps FROM SAVEPOINT sp;\nWAIT FOR JOB keeps UNTIL IDLE;\nSTOP JOB keeps;"
    run(scratch, again)
    expect(counted(server, "saved") == (100, 100), f"by their markers: {counted(server, 'saved')}")
    for lose in ("TRUNCATE lost", "DROP TABLE lost"):
        server.sql(lose)
        says(scratch, again, "E7005", "their marker is not in table lost", "sink.in-doubt")
    expect(counted(server, "saved") == (100, 100), counted(server, "saved"))
    other = server.table("saved", "id INT", **{**more, "url": server.url.replace("/postgres?", "/elsewhere?")})
    run(scratch, again.replace(ddl, other).replace("SAVEPOINT sp;", "SAVEPOINT sp ACCEPT CHANGES ('sink:saved/sink.w') AS INSERT INTO saved SELECT id FROM s;"))
    expect(server.sql("SELECT count(*) FROM saved", "elsewhere") == ["100"], "what the savepoint has is sent there")


def test_a_table_that_is_altered_while_it_is_written(server, scratch):
    """The rows on their way to it are kept in tables with the types of before."""
    for guarantee in ("at-least-once", "exactly-once"):
        name = "widened_" + guarantee[0]
        server.sql(f"CREATE TABLE {name} (id int primary key, v numeric(9, 1))")
        feed = ("CREATE TABLE s (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', "
                "'fields.id.end' = '600');\n")
        file = scratch.write("job.sql", JOB.replace("'j'", f"'{name}'") + feed
                             + server.table(name, "id INT, v DECIMAL(9, 3), PRIMARY KEY (id) NOT ENFORCED", **{
                                 "sink.delivery-guarantee": guarantee, "sink.buffer-flush.max-rows": "10", "sink.max-retries": "0"})
                             + f"INSERT INTO {name} SELECT id, CAST(id AS DECIMAL(9, 3)) + 0.125 FROM s;")
        job = scratch.start("run", file)
        until(lambda table=name: int(server.sql(f"SELECT count(*) FROM {table}")[0]) > 100 or job.poll() is not None, "rows come")
        server.sql(f"ALTER TABLE {name} ALTER v TYPE numeric(9, 3)")
        altered = int(server.sql(f"SELECT max(id) FROM {name}")[0])
        _, said = job.communicate(timeout=PATIENCE)
        expect(job.returncode == 0, said)
        # What was under way when it was altered may have been rounded before.
        expect(server.sql(f"SELECT count(*), count(DISTINCT id) FROM {name}") == ["600|600"], said)
        wrong = server.sql(f"SELECT id, v FROM {name} WHERE id > {altered + 100} AND v <> id + 0.125")
        expect(not wrong, f"{guarantee}: rounded: {wrong[:5]}")


def test_tables_with_the_names_of_ours(server, scratch):
    server.sql("CREATE TABLE weir_rows (k int primary key, v int); CREATE TABLE weir_keys (k int primary key, n int); INSERT INTO weir_rows VALUES (3, 0); "
               "CREATE FUNCTION count_key() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO weir_keys VALUES (NEW.k, 1) ON CONFLICT (k) DO UPDATE SET n = weir_keys.n + 1; "
               "RETURN NEW; END $$; CREATE TRIGGER t AFTER INSERT ON weir_rows FOR EACH ROW EXECUTE FUNCTION count_key()")
    run(scratch, "CREATE TABLE c (k INT, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'changelog' = 'true', "
        "'rows' = '\n+I[1, 1]\n+I[2, 2]\n+I[3, 3]\n-D[3, 3]');\n" + server.table("weir_rows", "k INT, v INT, PRIMARY KEY (k) NOT ENFORCED")
        + "INSERT INTO weir_rows SELECT * FROM c;")
    expect(server.sql("SELECT * FROM weir_rows ORDER BY k") == ["1|1", "2|2"], server.sql("TABLE weir_rows"))
    expect(server.sql("SELECT * FROM weir_keys ORDER BY k") == ["1|1", "2|1"], server.sql("TABLE weir_keys"))


def test_deletes_and_children(server, scratch):
    """Rows of tables that inherit from it stay, which have keys of their own; those of partitions go."""
    server.sql("CREATE TABLE parent (k int primary key, v int); CREATE TABLE child () INHERITS (parent); INSERT INTO parent VALUES (1, 1), (2, 2); "
               "INSERT INTO child VALUES (1, 7); CREATE TABLE parted (k int primary key, v int) PARTITION BY RANGE (k); "
               "CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (2); CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (2) TO (9); "
               "INSERT INTO parted VALUES (1, 1), (2, 2)")
    for name, left in (("parent", ["1|7", "3|3"]), ("parted", ["3|3"])):
        run(scratch, "CREATE TABLE c (k INT, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'changelog' = 'true', "
            "'rows' = '\n+I[1, 1]\n-D[1, 1]\n+I[2, 2]\n-D[2, 2]\n+I[3, 3]');\n" + server.table(name, "k INT, v INT, PRIMARY KEY (k) NOT ENFORCED")
            + f"INSERT INTO {name} SELECT * FROM c;")
        expect(server.sql(f"SELECT * FROM {name} ORDER BY k") == left, f"{name}: {server.sql(f'TABLE {name}')}")


def test_deletes_that_policies_hide(server, scratch):
    """The server finds no row to delete that the role may not see, and says nothing."""
    server.sql("CREATE ROLE bob LOGIN; CREATE TABLE secluded (k int primary key, v int); GRANT ALL ON secluded TO bob; GRANT CREATE ON SCHEMA public TO bob; "
               "ALTER TABLE secluded ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON secluded FOR SELECT USING (v < 100); "
               "CREATE POLICY put ON secluded FOR INSERT WITH CHECK (true); CREATE POLICY set ON secluded FOR UPDATE USING (true); "
               "CREATE POLICY gone ON secluded FOR DELETE USING (true); INSERT INTO secluded VALUES (2, 200)")

    def script(rows, guarantee, who="bob"):
        table = server.table("secluded", "k INT, v INT, PRIMARY KEY (k) NOT ENFORCED", **{"sink.delivery-guarantee": guarantee, "sink.commit-table": "secluded_commits"})
        return (f"SET 'restart-strategy.type' = 'none';\nSET 'execution.restore-policy' = 'fresh';\nCREATE TABLE c (k INT, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'changelog' = 'true', 'rows' = '\n{rows}');\n"
                + table.replace(f"user={servers.USER}", f"user={who}") + "INSERT INTO secluded SELECT * FROM c;")
    for guarantee in ("at-least-once", "exactly-once"):
        run(scratch, script("+I[1, 1]", guarantee))
        said = scratch.run(text=script("+I[2, 200]\n-D[2, 200]", guarantee))
        expect(said.returncode == 4 and "E4010" in said.stderr and "policies of secluded of PostgreSQL may hide rows" in said.stderr, said.stderr)
        expect(server.sql("SELECT * FROM secluded ORDER BY k") == ["1|1", "2|200"], server.sql("TABLE secluded"))
    run(scratch, script("+I[2, 200]\n-D[2, 200]", "at-least-once", servers.USER))
    expect(server.sql("TABLE secluded") == ["1|1"], "the owner sees all rows")


def test_a_commit_that_outlives_its_job(server, scratch):
    """A later start that did not wait for it would delete nothing, and the row would come after its delete."""
    server.sql("CREATE TABLE outlived (k int primary key, v int); CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
               "IF NEW.v = 1 THEN PERFORM pg_sleep(4); END IF; RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER late AFTER INSERT ON outlived "
               "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION take_time()")

    def script(rows):
        return scratch.write("job.sql", "CREATE TABLE c (k INT, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'changelog' = 'true', 'rows' = '\n"
                             + rows + "');\n" + server.table("outlived", "k INT, v INT, PRIMARY KEY (k) NOT ENFORCED") + "INSERT INTO outlived SELECT * FROM c;")
    job = scratch.start("--data-dir", os.path.join(scratch.path, "first"), "run", script("+I[1, 1]"))
    until(lambda: server.sql("SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active' AND wait_event = 'PgSleep'") == ["1"], "its COMMIT is under way")
    job.kill()
    job.wait()
    done = scratch.run("--data-dir", os.path.join(scratch.path, "second"), "run", script("+I[1, 1]\n-D[1, 1]\n+I[2, 2]"))
    expect(done.returncode == 0 and "is written when a transaction has ended" in done.stderr, f"it says what it waits for: {done.stderr}")
    time.sleep(4)
    expect(server.sql("TABLE outlived") == ["2|2"], server.sql("TABLE outlived"))


def test_a_write_is_tried_again(server, scratch):
    """A server that ends a session is asked again."""
    server.sql("CREATE TABLE again (id int); CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
               "IF nextval('fails') <= 2 THEN RAISE EXCEPTION 'not now' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$; "
               "CREATE SEQUENCE fails; CREATE TRIGGER t AFTER INSERT ON again FOR EACH STATEMENT EXECUTE FUNCTION fail_once()")
    run(scratch, server.table("again", "id INT") + "INSERT INTO again VALUES (1), (2);")
    expect(server.sql("SELECT count(*), count(DISTINCT id) FROM again") == ["2|2"], "at the third time")
    server.sql("ALTER SEQUENCE fails RESTART")
    says(scratch, "SET 'restart-strategy.type' = 'none';" + server.table("again", "id INT", **{"sink.max-retries": "1"})
         + "INSERT INTO again VALUES (3);", "not now", "[40001]")


# --- what goes wrong ------------------------------------------------------------------------------

def test_errors(server, scratch):
    server.sql("CREATE TABLE orders (id int, amount int, note text); INSERT INTO orders VALUES (1, NULL, 'x')")
    ask = "SELECT * FROM t;"
    says(scratch, server.table("t", "id INT", "order") + ask, "E4010", "PostgreSQL has no table 'order'", "orders")
    says(scratch, server.table("t", "id INT, amuont INT", "orders") + ask, "E2008", "amuont", 'did you mean "amount"?')
    says(scratch, server.table("t", "note INT", "orders") + ask, "E3001", 'column "note"', "'x' is not a INT")
    says(scratch, server.table("t", "amount INT NOT NULL", "orders") + ask, "E3004", '"amount"')
    says(scratch, server.table("t", "id INT, m MAP<INT, INT>", "orders"), "E1002", "MAP")
    port = servers.free_port()
    says(scratch, server.table("t", "id INT", url=f"jdbc:postgresql://127.0.0.1:{port}/db?user=ada") + ask, "E4010", f"127.0.0.1:{port}/db")
    for url, text in (("jdbc:sqlserver://h/db", "jdbc:sqlserver"), ("jdbc:oracle:thin:@h", "jdbc:oracle")):
        says(scratch, server.table("t", "id INT", url=url), "E1002", text, "^")
    says(scratch, server.table("t", "id INT", url="postgres//h"), "E2008", "does not begin with jdbc:postgresql:")
    says(scratch, server.table("t", "id INT", url=server.url + "&sslfactory=org.X"), "E1002", "sslfactory")
    says(scratch, server.table("t", "id INT", url=server.url.replace("/postgres?", ":x/postgres?").replace(f":{server.port}", "")), "E2008", "'x' is no port")


def test_errors_of_sinks(server, scratch):
    server.sql("CREATE TABLE loose (k int, v int); CREATE TABLE checked (k int CHECK (k < 5))")
    says(scratch, CHANGES + server.table("loose", "k INT, v INT") + "INSERT INTO loose SELECT k, v FROM changes;", "E2011")
    fail = "SET 'restart-strategy.type' = 'none';"
    says(scratch, fail + server.table("loose", "k INT, v INT, PRIMARY KEY (k) NOT ENFORCED") + "INSERT INTO loose VALUES (1, 2);",
         "E2008", "neither the primary key", "ALTER TABLE loose ADD PRIMARY KEY")
    says(scratch, fail + server.table("checked", "k INT") + "INSERT INTO checked VALUES (7);", "E4010", "checked_k_check", "[23514]")
    expect(server.sql("SELECT count(*) FROM checked") == ["0"], "nothing is written")


def test_a_password_is_never_shown(server, scratch):
    server.sql("CREATE TABLE guarded (id int); INSERT INTO guarded VALUES (5); CREATE ROLE eve LOGIN PASSWORD 'pa55word!'; GRANT SELECT ON guarded TO eve")
    hba = os.path.join(server.data, "pg_hba.conf")
    with open(hba, encoding="utf-8") as file:
        before = file.read()
    with open(hba, "w", encoding="utf-8") as file:
        file.write("host all eve 127.0.0.1/32 scram-sha-256\n" + before)
    server.sql("SELECT pg_reload_conf()")
    url = server.url.replace("user=ada", "connectTimeout=20")
    data = ["--data-dir", os.path.join(scratch.path, "d")]
    secret = scratch.run(*data, "secret", "set", "db", text="pa55word!")
    expect(secret.returncode == 0, secret.stderr)
    table = server.table("guarded", "id INT", url=url, username="eve", password="${secret:db}")
    script = scratch.write("s.sql", table + "SELECT * FROM guarded; SHOW CREATE TABLE guarded;")
    until(lambda: scratch.run(*data, "-f", script).returncode == 0, "the server reads its file")
    done = scratch.run(*data, "-f", script)
    expect("5" in done.stdout and "${secret:db}" in done.stdout and "pa55word" not in done.stdout + done.stderr, done.stdout + done.stderr)
    began = time.monotonic()
    said = says(scratch, server.table("guarded", "id INT", url=url, username="eve", password="wr0ng!") + "SELECT * FROM guarded;", "E4010", "password")
    expect("wr0ng" not in said and time.monotonic() - began < 20, said)


def test_tls(server, scratch):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{scratch.path}/key", "-out", f"{scratch.path}/cert"],
                   check=True, capture_output=True, timeout=PATIENCE)
    with servers.Server() as other:
        for name in ("key", "cert"):
            place = os.path.join(other.data, f"server.{'key' if name == 'key' else 'crt'}")
            with open(os.path.join(scratch.path, name), "rb") as file, open(place, "wb") as copy:
                copy.write(file.read())
            os.chmod(place, 0o600)
            if os.geteuid() == 0:
                import shutil  # noqa: PLC0415
                shutil.chown(place, servers.account())
        other.sql("ALTER SYSTEM SET ssl = on")
        other.kill()
        other.start()
        other.sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
        ask = "SELECT * FROM t;"
        root = f"&sslrootcert={scratch.path}/cert"
        for more in ("&sslmode=require", "&ssl=true" + root, "&sslmode=verify-ca" + root):
            expect(rows(scratch, other.table("t", "id INT", url=other.url + more) + ask) == [("1",)], more)
        says(scratch, other.table("t", "id INT", url=other.url + "&sslmode=verify-full&sslrootcert=" + scratch.write("none", "")) + ask, "E4010", "certificate")
    says(scratch, server.table("t", "id INT", url=server.url + "&sslmode=require") + ask, "E4010", "SSL")


def test_a_wait_is_cancelled(server, scratch):
    server.sql("CREATE TABLE locked (id int)")
    holder = subprocess.Popen(server.psql("BEGIN; LOCK TABLE locked; SELECT pg_sleep(100)"))
    try:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'weir' AND wait_event_type = 'Lock'"
        until(lambda: server.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'locked'::regclass") == ["1"],
              "the lock is held")
        table = server.table("locked", "id INT")
        asking = subprocess.Popen([program(), "-c", table + "SELECT * FROM locked;"], cwd=scratch.path, env=scratch.environment(),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until(lambda: server.sql(waits) == ["1"], "the query waits")
        asking.send_signal(signal.SIGINT)
        asking.communicate(timeout=30)
        until(lambda: server.sql(waits) == ["0"], "and the server waits no more")
        shell = Shell(scratch)
        shell.ask(table.strip())
        shell.ask("CREATE JOB c AS INSERT INTO locked VALUES (1);")
        until(lambda: server.sql(waits) == ["1"], "the job waits")
        shell.ask("CANCEL JOB c;", "cancelled")
        until(lambda: server.sql(waits) == ["0"], "and the server waits no more")
        shell.leave()
        says(scratch, server.table("locked", "id INT", url=server.url + "&socketTimeout=1") + "SELECT * FROM locked;", "E4010", "has not answered within 1000 ms")
    finally:
        holder.kill()
        holder.wait()


SOON = 10  # seconds: a second on a machine that has nothing else to do


def hold(server, table):
    """Somebody who holds a lock of the table, until killed."""
    holder = subprocess.Popen(server.psql(f"BEGIN; LOCK TABLE {table}; SELECT pg_sleep(300)"))
    until(lambda: server.sql(f"SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = '{table}'::regclass") == ["1"],
          "the lock is held")
    return holder


def release(server, holder):
    holder.kill()
    holder.wait()
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)%' AND pid <> pg_backend_pid()")


WAITS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'weir' AND wait_event_type = 'Lock'"


def test_a_commit_that_a_lock_holds_up(server, scratch):
    """The end of a job does not wait for it; the next start commits what this one did not."""
    server.sql("CREATE TABLE upheld (id int)")
    feed = "CREATE TABLE s (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.id.kind' = 'sequence', " \
           "'fields.id.start' = '1', 'fields.id.end' = '1000000');"
    tables = feed + server.table("upheld", "id INT", **{"sink.delivery-guarantee": "exactly-once"})
    script = scratch.write("upheld.sql", "SET 'execution.restore-policy' = 'auto';\n" + JOB + tables + "INSERT INTO upheld SELECT id FROM s;")

    def counted():
        return tuple(map(int, server.sql("SELECT count(*), count(DISTINCT id), coalesce(max(id), 0) FROM upheld")[0].split("|")))
    for _ in range(2):
        before = counted()[0]
        job = scratch.start("run", script)
        until(lambda before=before: counted()[0] > before, "rows are committed")
        holder = hold(server, "upheld")
        try:
            until(lambda: server.sql(WAITS) == ["1"], "a commit waits")
            began = time.monotonic()
            job.send_signal(signal.SIGINT)
            _, said = job.communicate(timeout=PATIENCE)
            took = time.monotonic() - began
            expect(took < SOON and "is not yet visible" in said and "is held by process" in said, f"after {took:.1f} s, exit {job.returncode}: {said}")
            until(lambda: server.sql(WAITS) == ["0"], "and the server waits no more")
        finally:
            release(server, holder)
        count, distinct, most = counted()
        expect(count == distinct == most, f"none lost, none twice: {count} rows, {distinct} of them differ, up to {most}")
    shell = Shell(scratch)
    for line in tables.strip().split(";")[:-1]:
        shell.ask(line.strip() + ";")
    shell.ask("SET 'execution.checkpointing.interval' = '100 ms';")
    for end, state in (("STOP", "SUSPENDED"), ("CANCEL", "CANCELED")):
        shell.ask(f"CREATE JOB {end}_it AS INSERT INTO upheld SELECT -id FROM s;")
        until(lambda: server.sql("SELECT count(*) > 0 FROM upheld WHERE id < 0") == ["t"], "rows are committed")
        holder = hold(server, "upheld")
        try:
            until(lambda: server.sql(WAITS) == ["1"], "a commit waits")
            began = time.monotonic()
            shell.ask(f"{end} JOB {end}_it;", "is held by process" if end == "STOP" else "cancelled")
            expect(time.monotonic() - began < SOON, f"{end} JOB takes {time.monotonic() - began:.1f} s")
            until(lambda: server.sql(WAITS) == ["0"], "and the server waits no more")
        finally:
            release(server, holder)
        shell.ask("SHOW JOBS;", state)
        server.sql("DELETE FROM upheld WHERE id < 0")
    shell.leave()


def test_the_end_of_input_that_a_lock_holds_up(server, scratch):
    server.sql("CREATE TABLE last_rows (id int)")
    script = scratch.write("last.sql", "SET 'execution.restore-policy' = 'auto';\n" + JOB.replace("'j'", "'last'")
                           + server.table("last_rows", "id INT", **{"sink.delivery-guarantee": "exactly-once"}) + "INSERT INTO last_rows VALUES (1), (2);")
    holder = hold(server, "last_rows")
    try:
        job = scratch.start("run", script)
        until(lambda: server.sql(WAITS) == ["1"], "the last commit waits")
        job.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, said = job.communicate(timeout=PATIENCE)
        expect(time.monotonic() - began < SOON and "is not yet visible" in said, f"exit {job.returncode}: {said}")
    finally:
        release(server, holder)
    expect(scratch.run("run", script).returncode == 0, "it goes on")
    expect(server.sql("SELECT id FROM last_rows ORDER BY id") == ["1", "2"], "once each")


def test_a_silent_server(server, scratch):
    import socket  # noqa: PLC0415
    ask = "SELECT * FROM t;"
    server.sql("CREATE VIEW asleep AS SELECT 1 AS id, (SELECT 1 FROM pg_sleep(200)) AS s")
    began = time.monotonic()
    says(scratch, server.table("t", "id INT, s INT", "asleep", url=server.url + "&socketTimeout=1") + ask, "E4010", "has not answered within 1000 ms")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "127.0.0.1:%d" % silent.getsockname()[1]
        server.sql("CREATE TABLE two_hosts (id int); INSERT INTO two_hosts VALUES (1)")
        url = server.url.replace("//", f"//{address},", 1) + "&connectTimeout=1"
        expect(rows(scratch, server.table("t", "id INT", "two_hosts", url=url) + ask) == [("1",)], "the second host is asked as well")
        says(scratch, server.table("t", "id INT", url=f"jdbc:postgresql://{address},{address}/d?user=u&connectTimeout=1") + ask, "E4010", "within 1000 ms; ")
    expect(time.monotonic() - began < PATIENCE / 2, "nobody waits for long")
    with servers.Server() as frozen:
        frozen.sql("CREATE VIEW asleep AS SELECT 1 AS id, (SELECT 1 FROM pg_sleep(200)) AS s")
        asking = scratch.start("-c", frozen.table("t", "id INT, s INT", "asleep") + ask)
        until(lambda: frozen.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == ["1"], "the query runs")
        frozen.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        asking.send_signal(signal.SIGINT)
        asking.communicate(timeout=PATIENCE)
        expect(time.monotonic() - began < SOON, "whoever gives up does not wait for a server that is frozen")
        frozen.process.send_signal(signal.SIGCONT)


# --- looking up -----------------------------------------------------------------------------------

# A number that may be NULL, and the time of the lookup.
KEYS = "CREATE TABLE a (id INT, k BIGINT, p AS PROCTIME()) WITH ('connector' = 'inline', 'rows' = '{}');\n"
JOINED = "SELECT a.id, t.v FROM a {} JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON a.k = t.k {};"
ASKED = '"v" FROM looked AS weir_t WHERE'
SLOWLY = ("CREATE TABLE a (id BIGINT, p AS PROCTIME()) WITH ('connector' = 'datagen', 'rows-per-second' = '20', 'fields.id.kind' = 'sequence', "
          "'fields.id.start' = '1', 'fields.id.end' = '{}');\n")


def looked(server, columns, values):
    server.sql(f"DROP TABLE IF EXISTS looked; CREATE TABLE looked ({columns}); INSERT INTO looked VALUES {values}")


def asked(server):
    return sum("execute " in line and ASKED in line for line in server.log.splitlines())


def test_keys_are_asked_at_once(server, scratch):
    looked(server, "k int, v text", "(1, 'one'), (2, 'two'), (2, 'zwei'), (NULL, 'none')")
    keys = KEYS.format("\n".join(("1, 1", "2, 2", "3, 3", "4, NULL", "5, 2", "6, 9999999999")))
    for cache in ("NONE", "PARTIAL"):
        script = keys + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": cache})
        before = asked(server)
        # The wider key is compared on the server, whose column need not hold it.
        expect(rows(scratch, script + JOINED.format("", "")) == [("1", "one"), ("2", "two"), ("2", "zwei"), ("5", "two"), ("5", "zwei")], cache)
        expect(asked(server) == before + 1, f"{asked(server) - before} statements for one batch")
        expect(rows(scratch, script + JOINED.format("LEFT", "AND t.v <> 'two'")) ==
               [("1", "one"), ("2", "zwei"), ("3", NULL), ("4", NULL), ("5", "zwei"), ("6", NULL)], "the rest of the condition, and LEFT")
        plan = run(scratch, script + "EXPLAIN " + JOINED.format("", "")).stdout
        expect(("reload: by key, cached" if cache == "PARTIAL" else "reload: by key") in plan, plan)


def test_several_key_columns(server, scratch):
    looked(server, "k numeric, n char(3), u uuid, c varchar(9), v text, PRIMARY KEY (k, c)",
           "(1, 'a', '123e4567-e89b-12d3-a456-426614174000', 'x', 'ax'), (1, 'a', '00000000-0000-0000-0000-000000000000', E'q\"\\\\,{}', 'quoted'), "
           "(2, 'abc', '123e4567-e89b-12d3-a456-426614174000', 'X', 'abcX')")
    there = server.table("t", "k DECIMAL(10, 2), n STRING, u STRING, c STRING, v STRING", "looked", **{"lookup.cache": "NONE"})
    keys = ("CREATE TABLE a (id INT, k DECIMAL(10, 2), c STRING, n STRING, u STRING, p AS PROCTIME()) WITH ('connector' = 'inline', 'rows' = '"
            "1, 1.00, x, abc, 123e4567-e89b-12d3-a456-426614174000\n2, 2, x, ''a  '', no uuid\n3, 2.00, X, a, 123E4567-E89B-12D3-A456-426614174000\n"
            "4, 1.5, x, , ');\nCREATE VIEW b AS SELECT * FROM a UNION ALL SELECT 9, 1, 'q\"\\,{}', 'z', 'z', PROCTIME();\n")
    ask = "SELECT a.id, t.v FROM a JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON "
    expect(rows(scratch, there + keys + ask + "a.k = t.k AND a.c = t.c;") == [("1", "ax"), ("3", "abcX")], "two columns")
    expect(rows(scratch, there + keys + ask + "a.n = t.n;") == [("1", "abcX"), ("2", "ax"), ("2", "quoted")], "blanks at the end count here")
    expect(rows(scratch, there + keys + ask + "a.u = t.u;") == [("1", "abcX"), ("1", "ax")], "only a text that is a uuid's")
    expect(rows(scratch, there + keys + ask + "a.k = t.k AND a.c = UPPER(t.c);") == [("3", "abcX")], "an expression is compared here")
    says(scratch, there + keys + ask + "a.c = UPPER(t.c);", "E1002", "without a plain column")
    server.sql("CREATE TABLE texts (k text, v text)")
    says(scratch, server.table("t", "k INT, v STRING", "texts", **{"lookup.cache": "NONE"}) + KEYS.format("1, 1") + JOINED.format("", ""),
         "E1002", 'cannot be asked by column "k"')
    says(scratch, server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": "NONE", "lookup.full-cache.periodic-reload.interval": "1 s"}),
         "E2008", "needs 'lookup.cache' = 'FULL'")


def changing(server, scratch, **options):
    """Looks key 1 up for some seconds while it changes: the values in the order in which they were found."""
    looked(server, "k int, v text", "(1, 'old')")
    script = scratch.write("changing.sql", SLOWLY.format(60) + server.table("t", "k INT, v STRING", "looked", **options)
                           + "SELECT t.v FROM a LEFT JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON a.id - a.id + 1 = t.k;")
    before = asked(server)
    running = scratch.start("--format", "tsv", "-f", script)
    until(lambda: asked(server) > before, "it asks")
    server.sql("UPDATE looked SET v = 'new'")
    values = running.communicate(timeout=PATIENCE)[0].splitlines()[1:]
    expect(len(values) == 60, values)
    return values, asked(server) - before


def test_changes_are_seen(server, scratch):
    values, count = changing(server, scratch, **{"lookup.cache": "NONE"})
    expect(values[-1] == "new" and values.count("new") > 20 and count > 20, f"at once: {values}, {count} statements")
    values, count = changing(server, scratch, **{"lookup.cache": "PARTIAL"})
    expect(set(values) == {"old"} and count == 1, f"never: {values}, {count} statements")
    values, count = changing(server, scratch, **{"lookup.cache": "PARTIAL", "lookup.partial-cache.expire-after-write": "1 s"})
    expect(values[-1] == "new" and values.count("old") > 8 and 2 <= count <= 5, f"after a second: {values}, {count} statements")


def test_missing_keys_are_kept(server, scratch):
    for keeps, least, most in (("true", 1, 1), ("false", 10, 60)):
        looked(server, "k int, v text", "(2, 'two')")
        before = asked(server)
        run(scratch, SLOWLY.format(60) + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": "PARTIAL", "lookup.partial-cache.cache-missing-key": keeps})
            + "SELECT t.v FROM a LEFT JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON a.id - a.id + 1 = t.k;")
        expect(least <= asked(server) - before <= most, f"{keeps}: {asked(server) - before} statements")


# Asks again for what is not there, as Flink's hint says.
AGAIN = ("SELECT /*+ LOOKUP('table' = 't', 'retry-predicate' = 'lookup_miss', 'retry-strategy' = 'fixed_delay', 'fixed-delay' = '{}', "
         "'max-attempts' = '{}') */ a.id, t.v FROM a LEFT JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON a.k = t.k")


def test_a_key_without_a_row_is_asked_for_again(server, scratch):
    keys = KEYS.format("\n".join(("1, 7", "2, 1", "3, NULL", "4, 9", "5, 7")))
    for cache in ("NONE", "PARTIAL"):
        looked(server, "k int, v text", "(1, 'one')")
        script = keys + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": cache})
        file = scratch.write("again.sql", script + AGAIN.format("100 ms", 500) + ";")
        before = asked(server)
        running = scratch.start("--format", "tsv", "-f", file)
        until(lambda: asked(server) > before + 2, "it asks again")
        server.sql("INSERT INTO looked VALUES (7, 'late')")
        seen = asked(server)
        until(lambda: asked(server) > seen + 1, "it finds the row")
        server.sql("INSERT INTO looked VALUES (9, 'later'), (7, 'twice')")
        lines = running.communicate(timeout=PATIENCE)[0].splitlines()[1:]
        expect([line.split("\t")[0] for line in lines] == ["1", "2", "3", "4", "5"], f"in order, each found at once: {lines}")
        expect([line.split("\t")[1] for line in lines] == ["late", "one", "\\N", "later", "late"], lines)
        before = asked(server)
        given_up = script.replace("4, 9", "4, 90") + AGAIN.format("1 ms", 2)
        expect(("4", NULL) in rows(scratch, given_up + ";") and asked(server) == before + 3, f"{asked(server) - before} statements")
        expect("retry of a miss: 2 times, after 1 ms each" in run(scratch, "\n".join((script, "EXPLAIN " + AGAIN.format("1 ms", 2) + ";"))).stdout, cache)
        told = run(scratch, given_up.replace("SELECT /*+", "CREATE TABLE o (id INT, v STRING) WITH ('connector' = 'blackhole');\nCREATE JOB j AS INSERT INTO o SELECT /*+")
                   + ";\nWAIT FOR JOB j UNTIL FINISHED;\nDESCRIBE JOB j;").stdout
        expect("2 keys asked for again" in told, told)


def test_that_a_key_has_no_row_is_not_kept_where_it_is_asked_for_again(server, scratch):
    looked(server, "k int, v text", "(2, 'two')")
    before = asked(server)
    run(scratch, SLOWLY.format(20) + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": "PARTIAL"})
        + AGAIN.format("1 ms", 1).replace("a.k = t.k", "a.id - a.id + 1 = t.k") + ";")
    expect(asked(server) - before > 10, f"{asked(server) - before} statements")


def test_who_waits_for_a_row_can_be_stopped(server, scratch):
    looked(server, "k int, v text", "(2, 'two')")
    file = scratch.write("waits.sql", KEYS.format("1, 1") + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": "NONE"}) + AGAIN.format("10 min", 3) + ";")
    before = asked(server)
    running = scratch.start("--format", "tsv", "-f", file)
    until(lambda: asked(server) > before, "it asks")
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=PATIENCE)
    expect(time.monotonic() - began < SOON, "at once")


def test_a_lookup_outlives_its_server(_, scratch):
    with servers.Server() as server:
        looked(server, "k int, v text", "(1, 'one')")
        ask = "SELECT a.id, t.v FROM a JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON a.id - a.id + 1 = t.k;"
        script = scratch.write("outlives.sql", SLOWLY.format(60) + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": "NONE", "lookup.max-retries": "9"}) + ask)
        running = scratch.start("--format", "tsv", "-f", script)
        until(lambda: asked(server) > 0, "it asks")
        server.kill()
        time.sleep(1.5)
        server.start()
        out = running.communicate(timeout=PATIENCE)[0].splitlines()[1:]
        expect(len(out) == 60, f"it goes on: {out}")
        script = scratch.write("dies.sql", SLOWLY.format(600) + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": "NONE", "lookup.max-retries": "1"}) + ask)
        before = asked(server)
        running = scratch.start("--format", "tsv", "-f", script)
        until(lambda: asked(server) > before, "it asks")
        server.kill()
        said = "".join(filter(None, running.communicate(timeout=PATIENCE)))
        expect(running.returncode != 0 and "E4010" in said and "lookup in table t" in said, f"it says what fails: {said}")


def test_what_was_found_is_taken_back_after_a_kill(server, scratch):
    """The sums of a left side with updates, by a value that the table changes meanwhile."""
    server.sql("DROP TABLE IF EXISTS sums; CREATE TABLE sums (v text primary key, n bigint)")
    looked(server, "k bigint primary key, v text", "(0, 'a'), (1, 'a'), (2, 'a')")
    script = scratch.write("updates.sql", JOB + SLOWLY.format(200) +
                           server.table("t", "k BIGINT, v STRING, PRIMARY KEY (k) NOT ENFORCED", "looked", **{"lookup.cache": "NONE"}) +
                           server.table("sums", "v STRING, n BIGINT, PRIMARY KEY (v) NOT ENFORCED") +
                           "CREATE VIEW c AS SELECT id - id / 3 * 3 AS k, COUNT(*) AS n, PROCTIME() AS p FROM a GROUP BY id - id / 3 * 3;\n"
                           "INSERT INTO sums SELECT t.v, SUM(c.n) FROM c JOIN t FOR SYSTEM_TIME AS OF c.p AS t ON c.k = t.k GROUP BY t.v;")
    running = scratch.start("run", script)
    until(lambda: server.sql("SELECT count(*) FROM sums") != ["0"], "sums come")
    time.sleep(1)
    expect(running.poll() is None, "it is at work")
    running.kill()
    running.wait()
    server.sql("UPDATE looked SET v = 'b'")
    done = scratch.run("run", script)
    expect(done.returncode == 0, done.stdout + done.stderr)
    expect(server.sql("SELECT v, n FROM sums") == ["b|200"], server.sql("TABLE sums"))


if __name__ == "__main__":
    if servers.programs() is None or servers.account() is None:
        print("skipped: no PostgreSQL server can be run here")
        sys.exit(77)
    with servers.Server() as the_server:
        run_all({name: (lambda scratch, test=test: test(the_server, scratch)) for name, test in list(globals().items()) if name.startswith("test_")})
