#!/usr/bin/env python3
"""Tables over a real MariaDB server (server.py); what is read and written is held against what its own client says. With
names, those tests alone."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "shell")]
import server as servers  # noqa: E402
from server import until  # noqa: E402
from weir_shell import Shell, expect, program, run_all  # noqa: E402

PATIENCE = 120
SOON = 10  # seconds: a second on a machine that has nothing else to do
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


FAIL = "SET 'restart-strategy.type' = 'none';\nSET 'execution.restore-policy' = 'fresh';\n"
JOB = "SET 'pipeline.name' = 'j';\nSET 'execution.checkpointing.interval' = '100 ms';\n"
ONCE = {"sink.delivery-guarantee": "exactly-once"}

# --- reading --------------------------------------------------------------------------------------

# As Flink's JDBC connector maps them ("Data Type Mapping"), and what a STRING reads.
KINDS = ("a TINYINT, b SMALLINT, b2 TINYINT UNSIGNED, c INT, c2 MEDIUMINT, c3 SMALLINT UNSIGNED, d BIGINT, d2 INT UNSIGNED, e BIGINT UNSIGNED, "
         "f FLOAT, g DOUBLE, h DECIMAL(20, 4), h2 DECIMAL(65, 30), i TINYINT(1), j BIT(1), k DATE, l TIME(6), m DATETIME(6), n TIMESTAMP(6) NULL, "
         "o CHAR(5), p VARCHAR(50), q LONGTEXT, r BINARY(4), s VARBINARY(9), t BLOB, u JSON, v ENUM('x', 'y''z'), w SET('a', 'b'), x YEAR, y BIT(12)")
KINDS_HERE = ("a TINYINT, b SMALLINT, b2 SMALLINT, c INT, c2 INT, c3 INT, d BIGINT, d2 BIGINT, e DECIMAL(20, 0), f FLOAT, g DOUBLE, "
              "h DECIMAL(20, 4), h2 STRING, i BOOLEAN, j BOOLEAN, k DATE, l TIME(6), m TIMESTAMP(6), n TIMESTAMP_LTZ(6), o CHAR(5), p VARCHAR(50), "
              "q STRING, r BYTES, s BYTES, t BYTES, u STRING, v STRING, w STRING, x INT, y INT")
COUNT = 30
VALUES = [
    r"""-128, -32768, 255, -2147483648, -8388608, 65535, -9223372036854775808, 4294967295, 18446744073709551615, 1.2345679, -1.7976931348623157e308,
    -1234567890123456.7891, 12345678901234567890123456789012345.123456789012345678901234567890, 1, b'1', '2026-02-28', '23:59:59.999999',
    '9999-12-31 23:59:59.999999', '2026-03-29 01:30:00.5', 'aä', 'tab\tline\nback\\slash "quoted" \'q\' \0', '€🎈', x'00ff5c27', x'0a', x'00c3',
    '{"a": [1, "x"]}', 'y''z', 'a,b', 2026, b'111111111111'""",
    "127, 32767, 0, 2147483647, 8388607, 0, 9223372036854775807, 0, 0, -3.4e38, 5e-324, 0, 0, 0, b'0', '0001-01-01', '00:00:00', '1000-01-01', "
    "'1970-01-01 00:00:01', '', '', '', '', '', '', 'null', 'x', '', 1901, b'0'",
    ", ".join(["NULL"] * COUNT)]


def test_types_there_and_back(server, scratch):
    server.sql(f"CREATE TABLE kinds ({KINDS}); CREATE TABLE copied ({KINDS}); CREATE TABLE upserted (id INT PRIMARY KEY, {KINDS})")
    for values in VALUES:
        server.sql(f"INSERT INTO kinds VALUES ({values})")
    ddl = server.table("kinds", KINDS_HERE)
    read = rows(scratch, ddl + "SELECT a, b, b2, c, d, d2, e, h, h2, i, j, k, l, m, n, o, v, w, x, y FROM kinds;")
    expect(("-128", "-32768", "255", "-2147483648", "-9223372036854775808", "4294967295", "18446744073709551615", "-1234567890123456.7891",
            "12345678901234567890123456789012345.123456789012345678901234567890", "TRUE", "TRUE", "2026-02-28", "23:59:59.999999",
            "9999-12-31 23:59:59.999999", "2026-03-29 01:30:00.500000", "aä", "y'z", "a,b", "2026", "4095") in read, read)
    expect((NULL,) * 20 in read and len(read) == 3, read)
    run(scratch, ddl + server.table("copied", KINDS_HERE) + "INSERT INTO copied SELECT * FROM kinds;")
    expect(server.same("kinds", "copied"), f"{server.sql('SELECT * FROM kinds')} is written as {server.sql('SELECT * FROM copied')}")
    floats = "SELECT COUNT(*) FROM kinds JOIN copied ON kinds.a = copied.a WHERE kinds.f + 0e0 = copied.f + 0e0 AND kinds.g = copied.g"
    expect(server.sql(floats) == ["2"], "all digits of floats")
    run(scratch, ddl + server.table("upserted", f"id INT, {KINDS_HERE}, PRIMARY KEY (id) NOT ENFORCED", connector="mysql") +
        "INSERT INTO upserted SELECT CASE WHEN a IS NULL THEN 0 ELSE CAST(a AS INT) END, kinds.* FROM kinds;")
    names = ", ".join(column.split(" ")[0] for column in re.split(r", (?=\w+ [A-Z])", KINDS))
    server.sql(f"CREATE VIEW upserted_kinds AS SELECT {names} FROM upserted")
    expect(server.same("kinds", "upserted_kinds"), server.sql("SELECT * FROM upserted"))
    says(scratch, server.table("kinds", "h2 DECIMAL(38, 4)") + "SELECT * FROM kinds;", "E3001", 'column "h2"')
    says(scratch, server.table("kinds", "t STRING") + "SELECT * FROM kinds;", "E3001", 'column "t"', "no UTF-8")
    as_bytes = server.table("kinds", "p BYTES, x STRING, a INT")
    expect(rows(scratch, as_bytes + "SELECT a, x FROM kinds WHERE CAST(p AS STRING) LIKE 'tab%';") == [("-128", "2026")], "a text as bytes, a number as text")


def test_zero_dates(server, scratch):
    server.sql("SET sql_mode = ''; CREATE TABLE zero (id INT PRIMARY KEY, d DATE, t DATETIME); INSERT INTO zero VALUES (1, '0000-00-00', '0000-00-00 00:00:00'), (2, '2026-00-10', '2026-01-01')")
    ask = "SELECT * FROM zero;"
    says(scratch, server.table("zero", "id INT, d DATE, t TIMESTAMP(3)") + ask, "E3001", "'0000-00-00' is not a DATE", "zeroDateTimeBehavior=CONVERT_TO_NULL")
    nulls = server.table("zero", "id INT, d DATE, t TIMESTAMP(3)", url=server.url + "?zeroDateTimeBehavior=CONVERT_TO_NULL")
    expect(rows(scratch, nulls + ask) == [("1", NULL, NULL), ("2", NULL, "2026-01-01 00:00:00.000")], "NULL where it is said")
    says(scratch, nulls.replace("d DATE", "d DATE NOT NULL") + ask, "E3004", '"d"')
    expect(rows(scratch, server.table("zero", "id INT, d STRING") + ask) == [("1", "0000-00-00"), ("2", "2026-00-10")], "as texts")
    server.sql("CREATE TABLE longer (t TIME); INSERT INTO longer VALUES ('838:59:59')")
    says(scratch, server.table("longer", "t TIME") + "SELECT * FROM longer;", "E3001", "838:59:59")


def test_names_and_views(server, scratch):
    server.sql("CREATE DATABASE `odd db`; CREATE TABLE `odd db`.`Odd ``name``` (id INT, `userId` INT, `order` TEXT); "
               "INSERT INTO `odd db`.`Odd ``name``` VALUES (1, 2, 'x'); CREATE VIEW `odd db`.seen AS SELECT id AS userid, `order` FROM `odd db`.`Odd ``name```")
    script = server.table("t", "`order` STRING, `userId` INT", "`odd db`.`Odd ``name```")
    expect(rows(scratch, script + "SELECT * FROM t;") == [("x", "2")], "columns in another order, and one that is not named")
    script = server.table("t", "userId INT, `order` STRING", "`odd db`.seen", connector="mysql")
    expect(rows(scratch, script + "SELECT * FROM t;") == [("1", "x")], "a view, whatever the case of its names")
    url = server.url.replace("/shop", "/odd%20db").replace("jdbc:mysql", "jdbc:mariadb") + "?useSSL=false&rewriteBatchedStatements=true&serverTimezone=UTC"
    expect(rows(scratch, server.table("t", "userId INT", "seen", url=url, driver="org.mariadb.jdbc.Driver") + "SELECT COUNT(*) FROM t;") == [("1",)], "the database by the URL")


def slowly(server, columns, table, name, key):
    """A scan that takes a while, portion by portion, into a table of the same rows."""
    return (f"SET 'pipeline.name' = '{name}';\nSET 'execution.checkpointing.interval' = '50 ms';\nSET 'pipeline.batch-size' = '10';\nSET 'parallelism.default' = '1';\n"
            + server.table("t", columns, table, **{"scan.fetch-size": "10"})
            + server.table("copied", columns + (f", PRIMARY KEY ({key}) NOT ENFORCED" if key else ""), f"{table}_copy", **({"sink.buffer-flush.max-rows": "10"} if key else ONCE))
            + f"CREATE TABLE slow ({columns}) WITH ('connector' = 'blackhole', 'sink.delay' = '50 ms');\n"
            "EXECUTE STATEMENT SET BEGIN\nINSERT INTO copied SELECT * FROM t;\nINSERT INTO slow SELECT * FROM t;\nEND;\n")


def killed_at_half(server, scratch, script, table, least=100):
    job = scratch.start("run", script)
    until(lambda: int(server.sql(f"SELECT count(*) FROM {table}")[0]) >= least or job.poll() is not None, "rows come")
    time.sleep(0.3)  # a checkpoint has them
    expect(job.poll() is None, f"it is at work: {job.communicate() if job.poll() is not None else ''}")
    job.kill()
    job.wait()


def test_a_scan_goes_on(server, scratch):
    """By keys of each kind, and without one: each row once. What is there by then is what else the scan may see."""
    server.sql("CREATE TABLE by_text (k VARCHAR(20), n INT, v INT, PRIMARY KEY (k, n)) CHARACTER SET latin1; "
               "INSERT INTO by_text SELECT CONCAT(IF(seq % 2, 'Ä\\'', 'a\\\\'), seq % 7), seq, seq FROM seq_1_to_400; "
               "CREATE TABLE by_bytes (k VARBINARY(9), n INT NOT NULL, v INT, UNIQUE (n, k)); ALTER TABLE by_bytes MODIFY k VARBINARY(9) NOT NULL; "
               "INSERT INTO by_bytes SELECT UNHEX(LPAD(HEX(seq * 7919), 8, '0')), seq % 3, seq FROM seq_1_to_400; "
               "CREATE TABLE by_time (k DATETIME(6) PRIMARY KEY, n INT, v INT); INSERT INTO by_time SELECT '2026-01-01' + INTERVAL seq * 1.5 SECOND, 1, seq FROM seq_1_to_400; "
               "CREATE TABLE by_rows (k DOUBLE, n FLOAT, v INT); INSERT INTO by_rows SELECT seq % 5 / 3, seq % 2 / 7, seq % 3 FROM seq_1_to_400; "
               "CREATE TABLE by_word (k ENUM('z', 'm', 'a', 'Q') PRIMARY KEY, n INT, v INT); INSERT INTO by_word VALUES ('z', 1, 1), ('m', 2, 2), ('a', 3, 3)")
    for table, columns in (("by_text", "k STRING, n INT, v INT"), ("by_bytes", "k BYTES, n INT, v INT"), ("by_time", "k TIMESTAMP(6), n INT, v INT"),
                           ("by_rows", "k DOUBLE, n FLOAT, v INT")):
        key = "" if table == "by_rows" else "v"
        server.sql(f"CREATE TABLE {table}_copy LIKE {table}; ALTER TABLE {table}_copy " + ("ENGINE = InnoDB" if table == "by_rows" else "DROP INDEX n, ADD PRIMARY KEY (v)" if table == "by_bytes" else "DROP PRIMARY KEY, ADD PRIMARY KEY (v)"))
        script = scratch.write(f"{table}.sql", slowly(server, columns, table, table, key))
        killed_at_half(server, scratch, script, f"{table}_copy")
        done = scratch.run("run", script)
        expect(done.returncode == 0 and server.same(table, f"{table}_copy"), f"{table}: {server.sql(f'SELECT COUNT(*) FROM {table}_copy')} {done.stderr}")
    log = server.log
    expect("> 'a\\\\" in log and "LIMIT 10" in log and "OFFSET" in log, "behind the last key; and behind rows that are the same")
    expect(rows(scratch, server.table("t", "k STRING, n INT", "by_word", **{"scan.fetch-size": "1"}) + "SELECT * FROM t;") == [("a", "3"), ("m", "2"), ("z", "1")], "an ENUM is sorted as a number")


def test_a_scan_whose_key_is_sorted_otherwise(server, scratch):
    """What was read is what comes before the position in the order of that time."""
    for name, alter in (("typed", "INT"), ("collated", "VARCHAR(9) COLLATE utf8mb4_bin")):
        server.sql(f"CREATE TABLE {name} (k VARCHAR(9) PRIMARY KEY, v INT); INSERT INTO {name} SELECT seq, seq FROM seq_1_to_400; CREATE TABLE {name}_copy LIKE {name}")
        script = scratch.write("sorted.sql", slowly(server, "k STRING, v INT", name, name, "k"))
        killed_at_half(server, scratch, script, f"{name}_copy")
        server.sql(f"ALTER TABLE {name} MODIFY k {alter}")
        done = scratch.run("run", script)
        expect(done.returncode != 0 and "have another type or collation" in done.stderr and "start the job afresh" in done.stderr, done.stderr)
        server.sql(f"ALTER TABLE {name} MODIFY k VARCHAR(30)")
        done = scratch.run("run", script)
        expect(done.returncode == 0 and server.sql(f"SELECT count(*) FROM {name}_copy") == ["400"], done.stderr)


def test_a_scan_sees_one_snapshot(server, scratch):
    """Portions are read while somebody moves an amount from row to row: their sum is the same in every snapshot."""
    server.sql("CREATE TABLE accounts (id INT PRIMARY KEY, amount INT); INSERT INTO accounts SELECT seq, 100 FROM seq_1_to_2000")
    moves = "BEGIN; UPDATE accounts SET amount = amount - 50 WHERE id = {}; UPDATE accounts SET amount = amount + 50 WHERE id = {}; COMMIT; "
    moved = scratch.write("moves.sql", "".join(moves.format(i % 1000 + 1, 2000 - i % 1000) for i in range(20000)))
    mover = subprocess.Popen(server.command(f"source {moved}"), stderr=subprocess.DEVNULL)
    try:
        for _ in range(3):
            found = rows(scratch, server.table("accounts", "id INT, amount INT", **{"scan.fetch-size": "20"}) + "SELECT COUNT(*), SUM(amount) FROM accounts;")
            expect(found == [("2000", "200000")], found)
    finally:
        mover.kill()
        mover.wait()


def test_partitions_and_portions(server, scratch):
    server.sql("CREATE TABLE parts (id INT, v INT); INSERT INTO parts SELECT CAST(seq AS SIGNED) - 100, seq % 10 FROM seq_1_to_5000; INSERT INTO parts VALUES (NULL, 1)")
    more = {"scan.partition.column": "id", "scan.partition.num": "7", "scan.partition.lower-bound": "-50", "scan.partition.upper-bound": "4000",
            "scan.fetch-size": "13", "scan.auto-commit": "false", "connection.max-retry-timeout": "30 s"}
    script = server.table("parts", "id INT, v INT", **more)
    expect(rows(scratch, "SET 'parallelism.default' = '3';" + script + "SELECT COUNT(*), COUNT(DISTINCT id), MIN(id), MAX(id) FROM parts;") ==
           [("4051", "4051", "-50", "4000")], "within the bounds, once each")
    for key, value, text in (("scan.partition.column", "nowhere", "names no column of numbers"), ("scan.partition.num", "0", "1 or more"),
                             ("scan.partition.upper-bound", "-51", "greater than"), ("scan.fetch-size", "-1", "negative")):
        says(scratch, server.table("parts", "id INT, v INT", **{**more, key: value}), "E2008", text)


def test_only_wanted_columns_are_fetched(server, scratch):
    server.sql("CREATE TABLE wide (id INT PRIMARY KEY, a INT, b TEXT); INSERT INTO wide VALUES (1, 2, 'x')")
    expect(rows(scratch, server.table("wide", "id INT, a INT, b STRING") + "SELECT a FROM wide;") == [("2",)], "a row")
    expect("SELECT weir_t.`a`, weir_t.`id` FROM `shop`.`wide` AS weir_t ORDER BY weir_t.`id` LIMIT 1000" in server.log, "one column, and the key for the position")
    expect(rows(scratch, server.table("wide", "id INT, a INT, b STRING") + "SELECT COUNT(*) FROM wide;") == [("1",)], "none")


def test_a_lookup_reads_the_table(server, scratch):
    server.sql("CREATE TABLE dim (id INT PRIMARY KEY, name TEXT); INSERT INTO dim SELECT seq, CONCAT('name ', seq) FROM seq_1_to_9")
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
        server.sql(f"CREATE TABLE {name} (v INT, k INT, p VARCHAR(9), untouched INT DEFAULT 7, UNIQUE (p, k)); "
                   f"INSERT INTO {name} VALUES (0, 3, 'c', 8), (0, 2, 'b', 8), (0, 9, 'z', 8)")
        run(scratch, JOB.replace("'j'", f"'{name}'") + CHANGES
            + server.table(name, "k INT, p STRING, v INT, PRIMARY KEY (k, p) NOT ENFORCED", **{"sink.delivery-guarantee": guarantee})
            + f"INSERT INTO {name} SELECT * FROM changes;")
        expect(server.sql(f"SELECT k, p, v, untouched FROM {name} ORDER BY k") ==
               ["1\ta\t11\t7", "3\tc\t30\t8", "4\tx\\y\t5\t7", "9\tz\t0\t8"], server.sql(f"SELECT * FROM {name}"))


def test_a_key_alone(server, scratch):
    server.sql("CREATE TABLE only_keys (k INT AUTO_INCREMENT PRIMARY KEY); INSERT INTO only_keys VALUES (1)")
    run(scratch, server.table("only_keys", "k INT, PRIMARY KEY (k) NOT ENFORCED") + "INSERT INTO only_keys VALUES (1), (2), (2), (0);")
    expect(server.sql("SELECT k FROM only_keys ORDER BY k") == ["0", "1", "2"], "there is nothing to update, and 0 is a value")


def test_keys_that_are_equal_there(server, scratch):
    """Collations ignore case and blanks at the end, and a column with one digit rounds: the last change of a subtask counts."""
    changes = ("CREATE TABLE spelled (k STRING, n DECIMAL(5, 2), v INT, PRIMARY KEY (k, n) NOT ENFORCED) WITH ('connector' = 'inline', "
               "'changelog' = 'true', 'rows' = '\n+I[a, 1.01, 1]\n+I[''A '', 1.04, 2]\n+I[''B '', 2.00, 3]\n+I[b, 2.01, 4]\n-D[b, 2.01, 4]\n"
               "+I[c, 3.00, 5]\n-D[c, 3.00, 5]\n+I[''C '', 3.01, 6]\n+I[d, 4.00, 7]\n+I[e, 5.04, 8]\n-D[E, 5.01, 8]');\n")
    for guarantee in ("at-least-once", "exactly-once"):
        name = "equal_" + guarantee[0]
        server.sql(f"CREATE TABLE {name} (k CHAR(3), n NUMERIC(5, 1), v INT, PRIMARY KEY (k, n))")
        run(scratch, JOB.replace("'j'", f"'{name}'") + "SET 'parallelism.default' = '1';\n" + changes
            + server.table(name, "k STRING, n DECIMAL(5, 2), v INT, PRIMARY KEY (k, n) NOT ENFORCED", **{"sink.delivery-guarantee": guarantee})
            + f"INSERT INTO {name} SELECT * FROM spelled;")
        expect([line.lower() for line in server.sql(f"SELECT k, n, v FROM {name} ORDER BY k")] == ["a\t1.0\t2", "c\t3.0\t6", "d\t4.0\t7"], server.sql(f"SELECT * FROM {name}"))


def test_another_unique_index(server, scratch):
    """INSERT … ON DUPLICATE KEY UPDATE would change the row that has the same e-mail, which is another one."""
    server.sql("CREATE TABLE people (id INT PRIMARY KEY, email VARCHAR(20) UNIQUE, v INT); INSERT INTO people VALUES (1, 'a@x', 1), (2, 'b@x', 2)")
    write = FAIL + server.table("people", "id INT, email STRING, v INT, PRIMARY KEY (id) NOT ENFORCED") + "INSERT INTO people VALUES (3, 'c@x', 3), ({});"
    says(scratch, write.format("7, 'b@x', 9"), "E4010", "unique in another row of people")
    expect(server.sql("SELECT * FROM people ORDER BY id") == ["1\ta@x\t1", "2\tb@x\t2"], server.sql("SELECT * FROM people"))
    run(scratch, write.format("2, 'b@x', 9"))
    expect(server.sql("SELECT * FROM people ORDER BY id") == ["1\ta@x\t1", "2\tb@x\t9", "3\tc@x\t3"], server.sql("SELECT * FROM people"))


def test_flushes(server, scratch):
    server.sql("CREATE TABLE flushed (id INT)")
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


def test_many_rows_are_several_statements(server, scratch):
    server.sql("CREATE TABLE many (id INT PRIMARY KEY, v TEXT); CREATE TABLE many_gone (id INT PRIMARY KEY)")
    more = {"sink.buffer-flush.max-rows": "0", "sink.buffer-flush.interval": "0 s"}
    feed = "CREATE TABLE s (id INT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '40000');"
    run(scratch, feed + server.table("many", "id INT, v STRING, PRIMARY KEY (id) NOT ENFORCED", **more) + "INSERT INTO many SELECT id, REPEAT('x', 100) FROM s;")
    expect(server.sql("SELECT COUNT(*), SUM(id), MIN(v) = REPEAT('x', 100) FROM many") == ["40000\t800020000\t1"], server.sql("SELECT COUNT(*) FROM many"))
    expect(server.log.count("INSERT INTO `shop`.`many`") >= 4, "a megabyte each")


FEED = "CREATE TABLE s (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{}');\n"


def counted(server, table):
    return tuple(int(number) for number in server.sql(f"SELECT count(*), count(DISTINCT id) FROM {table}")[0].split("\t"))


def test_exactly_once_waits_for_the_checkpoint(server, scratch):
    server.sql("CREATE TABLE once (id INT)")
    once = {**ONCE, "sink.commit-table": "`commits of test`"}
    file = scratch.write("job.sql", "SET 'execution.restore-policy' = 'auto';\n" + JOB.replace("'100 ms'", "'1 h'").replace("'j'", "'waits'") + FEED.format(1000000)
                         + server.table("once", "id INT", **once) + "INSERT INTO once SELECT id FROM s;")
    job = scratch.start("run", file)
    begun = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME = 'commits of test'"
    until(lambda: server.sql(begun) == ["1"] and int(server.sql("SELECT COUNT(*) FROM `commits of test`")[0]) > 0, "markers")
    time.sleep(1)
    expect(counted(server, "once") == (0, 0) and job.poll() is None, "nothing before a checkpoint")
    job.send_signal(signal.SIGINT)
    job.wait(timeout=PATIENCE)
    count, distinct = counted(server, "once")
    expect(count == distinct and count > 0, f"{count} rows, {distinct} of them differ")
    expect(server.sql("SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_NAME = 'commits of test'") == ["InnoDB"], "an engine with transactions")


def killed(server, scratch, table, *arguments, least=1):
    """A job that is killed when so many more rows are committed."""
    job, before = scratch.start(*arguments), counted(server, table)[0]
    until(lambda: counted(server, table)[0] >= before + least or job.poll() is not None, "rows come")
    expect(job.poll() is None, "it is at work")
    job.send_signal(signal.SIGKILL)
    job.wait()


def test_in_doubt(server, scratch):
    """Where the markers are lost: an error, or what 'sink.in-doubt' says. A database of another name has none."""
    server.sql("CREATE TABLE doubted (id INT); CREATE DATABASE elsewhere; CREATE TABLE elsewhere.doubted (id INT)")
    scratch.write("in/ids.csv", "".join(f"{i}\n" for i in range(100)))
    begin = ("SET 'execution.checkpointing.interval' = '1 h';\nCREATE TABLE s (id INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
             "'source.monitor-interval' = '1 s');\n")
    more = {**ONCE, "sink.commit-table": "lost"}
    ddl = server.table("doubted", "id INT", **more)
    run(scratch, begin + ddl + "CREATE JOB keeps AS INSERT INTO doubted SELECT id FROM s;\nWAIT FOR JOB keeps UNTIL IDLE;\n"
        "SAVEPOINT JOB keeps AS sp TO 'sp';\nSTOP JOB keeps;")
    again = begin + ddl + "RESTORE JOB keeps FROM SAVEPOINT sp;\nWAIT FOR JOB keeps UNTIL IDLE;\nSTOP JOB keeps;"
    run(scratch, again)
    expect(counted(server, "doubted") == (100, 100), f"by their markers: {counted(server, 'doubted')}")
    for lose in ("TRUNCATE lost", "DROP TABLE lost"):
        server.sql(lose)
        says(scratch, again, "E7005", "their marker is not in table lost", "sink.in-doubt")
    expect(counted(server, "doubted") == (100, 100), counted(server, "doubted"))
    other = server.table("doubted", "id INT", **{**more, "url": server.url.replace("/shop", "/elsewhere")})
    run(scratch, again.replace(ddl, other).replace("SAVEPOINT sp;", "SAVEPOINT sp ACCEPT CHANGES ('sink:doubted/sink.w') AS INSERT INTO doubted SELECT id FROM s;"))
    expect(server.sql("SELECT count(*) FROM doubted", "elsewhere") == ["100"], "what the savepoint has is sent there")


def test_an_older_data_directory(server, scratch):
    """It knows of fewer checkpoints than the markers: new rows of these numbers would be taken for committed."""
    server.sql("CREATE TABLE put_back (id INT)")
    script = JOB.replace("'j'", "'older'") + FEED.format(2000) + server.table("put_back", "id INT", **ONCE) + "INSERT INTO put_back SELECT id FROM s;"
    data, file = os.path.join(scratch.path, "data"), scratch.write("older.sql", script)
    run_it = ("--data-dir", data, "run", file)
    killed(server, scratch, "put_back", *run_it)
    shutil.copytree(data, data + ".yesterday")
    killed(server, scratch, "put_back", *run_it, least=400)
    shutil.copytree(data, data + ".today")
    shutil.rmtree(data)
    shutil.copytree(data + ".yesterday", data)
    done = scratch.run(*run_it)
    expect(done.returncode == 5 and "E7004" in done.stderr and "table __weir_commits" in done.stderr, done.stderr)
    shutil.rmtree(data)
    shutil.copytree(data + ".today", data)
    done = scratch.run(*run_it)
    expect(done.returncode == 0 and counted(server, "put_back") == (2000, 2000), f"today's goes on: {counted(server, 'put_back')} {done.stderr}")


def test_engines_without_transactions(server, scratch):
    server.sql("CREATE TABLE plain_file (id INT PRIMARY KEY) ENGINE = MyISAM; CREATE TABLE with_markers (id INT); CREATE TABLE file_markers (subtask VARCHAR(200) PRIMARY KEY, "
               "marker VARCHAR(200)) ENGINE = Aria; CREATE VIEW seen_file AS SELECT * FROM with_markers")
    write = FAIL + server.table("t", "id INT", "plain_file", **ONCE) + "INSERT INTO t VALUES (1);"
    says(scratch, write, "E4010", "of MyISAM, which has no transactions", "ALTER TABLE `shop`.`plain_file` ENGINE = InnoDB")
    says(scratch, write.replace("plain_file", "seen_file"), "E4010", "no base table, which has no transactions")
    says(scratch, FAIL + server.table("t", "id INT", "with_markers", **ONCE, **{"sink.commit-table": "file_markers"}) + "INSERT INTO t VALUES (1);", "E4010", "table of markers needs them")
    run(scratch, server.table("t", "id INT, PRIMARY KEY (id) NOT ENFORCED", "plain_file") + "INSERT INTO t VALUES (1), (2);")
    expect(server.sql("SELECT * FROM plain_file") == ["1", "2"], "at least once it is")
    expect(rows(scratch, server.table("t", "id INT", "plain_file") + "SELECT * FROM t;") == [("1",), ("2",)], "and read")


def test_a_write_is_tried_again(server, scratch):
    """Deadlocks and locks that take too long end a transaction, which is done anew."""
    server.sql("CREATE TABLE again (id INT); CREATE TABLE tries (n INT) ENGINE = MyISAM; INSERT INTO tries VALUES (0)")
    for error in (1213, 1205):
        server.sql("UPDATE tries SET n = 0; DROP TRIGGER IF EXISTS fails; DELETE FROM again")
        server.sql("DELIMITER //\nCREATE TRIGGER fails BEFORE INSERT ON again FOR EACH ROW BEGIN UPDATE tries SET n = n + 1; IF (SELECT n FROM tries) <= 2 THEN "
                   f"SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = {error}, MESSAGE_TEXT = 'not now'; END IF; END //")
        run(scratch, FAIL + server.table("again", "id INT") + "INSERT INTO again VALUES (1), (2);")
        expect(counted(server, "again") == (2, 2), f"at the third time: {counted(server, 'again')}")
        server.sql("UPDATE tries SET n = 0")
        says(scratch, FAIL + server.table("again", "id INT", **{"sink.max-retries": "1"}) + "INSERT INTO again VALUES (3);", "not now", f"[{error}]")


def test_a_commit_that_outlives_its_job(server, scratch):
    """A later start that did not wait for it would delete nothing, and the row would come after its delete."""
    server.sql("CREATE TABLE outlived (k INT PRIMARY KEY, v INT)")
    server.sql("DELIMITER //\nCREATE TRIGGER late AFTER INSERT ON outlived FOR EACH ROW BEGIN IF NEW.v = 1 THEN DO SLEEP(4); END IF; END //")

    def script(these):
        return scratch.write("job.sql", "CREATE TABLE c (k INT, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'changelog' = 'true', 'rows' = '\n"
                             + these + "');\n" + server.table("outlived", "k INT, v INT, PRIMARY KEY (k) NOT ENFORCED") + "INSERT INTO outlived SELECT * FROM c;")
    job = scratch.start("--data-dir", os.path.join(scratch.path, "first"), "run", script("+I[1, 1]"))
    working = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'"
    until(lambda: server.sql(working) == ["1"], "its statement is under way")
    job.kill()
    job.wait()
    done = scratch.run("--data-dir", os.path.join(scratch.path, "second"), "run", script("+I[1, 1]\n-D[1, 1]\n+I[2, 2]"))
    expect(done.returncode == 0 and "is written when a transaction has ended" in done.stderr, f"it says what it waits for: {done.stderr}")
    until(lambda: server.sql(working) == ["0"], "that one has ended")
    expect(server.sql("SELECT * FROM outlived") == ["2\t2"], server.sql("SELECT * FROM outlived"))


# --- what goes wrong ------------------------------------------------------------------------------

def test_errors(server, scratch):
    server.sql("CREATE TABLE orders (id INT, amount INT, note TEXT); INSERT INTO orders VALUES (1, NULL, 'x')")
    ask = "SELECT * FROM t;"
    says(scratch, server.table("t", "id INT", "order") + ask, "E4010", "MySQL has no table 'order'", "orders")
    says(scratch, server.table("t", "id INT, amuont INT", "orders") + ask, "E2008", "amuont", 'did you mean "amount"?')
    says(scratch, server.table("t", "note INT", "orders") + ask, "E3001", 'column "note"', "'x' is not a INT")
    says(scratch, server.table("t", "amount INT NOT NULL", "orders") + ask, "E3004", '"amount"')
    says(scratch, server.table("t", "id INT, m ARRAY<INT>", "orders"), "E1002", "MySQL has no type for ARRAY")
    port = servers.free_port()
    says(scratch, server.table("t", "id INT", url=f"jdbc:mysql://127.0.0.1:{port}/db") + ask, "E4010", f"127.0.0.1:{port}/db")
    says(scratch, server.table("t", "id INT", url="jdbc:oracle:thin:@h"), "E1002", "jdbc:oracle", "^")
    says(scratch, server.table("t", "id INT", connector="postgres"), "E2008", "another database than the connector postgres")
    says(scratch, server.table("t", "id INT", url="jdbc:postgresql://h/d", connector="mysql"), "E2008", "another database than the connector mysql")
    says(scratch, server.table("t", "id INT", url=server.url + "?sessionVariables=a"), "E1002", "sessionVariables")
    says(scratch, server.table("t", "id INT", url=server.url + "?serverTimezone=Europe/Berlin"), "E1002", "Europe/Berlin", "TIMESTAMP_LTZ")
    says(scratch, server.table("t", "id INT", url="jdbc:mysql://h:x/d"), "E2008", "'x' is no port")
    keyed = server.table("t", "id INT, amount INT, PRIMARY KEY (id) NOT ENFORCED", "orders")
    for statement in ("UPDATE t SET amount = 1 WHERE id = 1;", "DELETE FROM t WHERE id = 1;", "TRUNCATE TABLE t;"):
        says(scratch, keyed + statement, "E1002", "of MySQL are not supported yet")
        says(scratch, keyed.replace("'jdbc'", "'mysql'") + statement, "E2015", "the connector 'mysql' does not support")


def test_errors_of_sinks(server, scratch):
    server.sql("CREATE TABLE loose (k INT, v INT); CREATE TABLE checked (k TINYINT, d DATE)")
    says(scratch, CHANGES + server.table("loose", "k INT, v INT") + "INSERT INTO loose SELECT k, v FROM changes;", "E2011")
    says(scratch, FAIL + server.table("loose", "k INT, v INT, PRIMARY KEY (k) NOT ENFORCED") + "INSERT INTO loose VALUES (1, 2);",
         "E2008", "neither the primary key", "ALTER TABLE `shop`.`loose` ADD PRIMARY KEY")
    for guarantee in ("at-least-once", "exactly-once"):
        table = FAIL + server.table("checked", "k INT, d DATE", **{"sink.delivery-guarantee": guarantee})
        says(scratch, table + "INSERT INTO checked VALUES (700, DATE '2026-01-01');", "E4010", "[1264]")
        says(scratch, table + "INSERT INTO checked SELECT 1, CAST('-0043-03-15' AS DATE);", "E3001")
    expect(server.sql("SELECT count(*) FROM checked") == ["0"], "nothing is written, and nothing cut")


def test_a_password_is_never_shown(server, scratch):
    server.sql("CREATE TABLE guarded (id INT); INSERT INTO guarded VALUES (5)")
    data = ["--data-dir", os.path.join(scratch.path, "d")]
    secret = scratch.run(*data, "secret", "set", "db", text=servers.PASSWORD)
    expect(secret.returncode == 0, secret.stderr)
    table = server.table("guarded", "id INT", password="${secret:db}")
    done = scratch.run(*data, "-f", scratch.write("s.sql", table + "SELECT * FROM guarded; SHOW CREATE TABLE guarded;"))
    expect("5" in done.stdout and "${secret:db}" in done.stdout and "pa55word" not in done.stdout + done.stderr, done.stdout + done.stderr)
    began = time.monotonic()
    said = says(scratch, server.table("guarded", "id INT", password="wr0ng!") + "SELECT * FROM guarded;", "E4010", "Access denied", "[1045]")
    expect("wr0ng" not in said and time.monotonic() - began < 20, said)
    url = server.url.replace("//", f"//{servers.USER}:pa55word!@")
    said = run(scratch, server.table("guarded", "id INT", url=url, username="", password="") + "SHOW CREATE TABLE guarded; SELECT * FROM guarded;")
    expect("pa55word" not in said.stdout + said.stderr and "5" in said.stdout, said.stdout)


def test_tls(server, scratch):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{scratch.path}/key", "-out", f"{scratch.path}/cert"],
                   check=True, capture_output=True, timeout=PATIENCE)
    place = {name: os.path.join(server.folder, name) for name in ("key", "cert")}
    for name, path in place.items():
        shutil.copy(os.path.join(scratch.path, name), path)
        os.chmod(path, 0o600)
        if os.geteuid() == 0:
            shutil.chown(path, servers.account())
    says(scratch, server.table("t", "id INT", "tls", url=server.url + "?sslMode=REQUIRED") + "SELECT * FROM t;", "E4010", "does not speak TLS")
    plain, server.settings = server.settings, [*server.settings, f"--ssl-cert={place['cert']}", f"--ssl-key={place['key']}"]
    server.kill()
    server.start()
    server.sql("CREATE TABLE tls (id INT); INSERT INTO tls VALUES (1)")
    ask = "SELECT * FROM t;"
    try:
        for more in ("sslMode=REQUIRED", "useSSL=true", f"sslMode=VERIFY_IDENTITY&serverSslCert={scratch.path}/cert", f"serverSslCert={scratch.path}/cert", "sslMode=DISABLED", ""):
            expect(rows(scratch, server.table("t", "id INT", "tls", url=server.url + "?" + more) + ask) == [("1",)], more)
        says(scratch, server.table("t", "id INT", "tls", url=server.url + "?sslMode=VERIFY_IDENTITY") + ask, "E4010", "certificate")
    finally:
        server.settings = plain
        server.kill()
        server.start()


def test_a_wait_is_cancelled(server, scratch):
    server.sql("CREATE TABLE locked (id INT PRIMARY KEY, v INT); INSERT INTO locked VALUES (1, 1)")
    holder = subprocess.Popen(server.command("LOCK TABLES locked WRITE; SELECT SLEEP(100)"), stdout=subprocess.DEVNULL)
    waits = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'ada' AND STATE LIKE 'Waiting for%lock%'"
    try:
        until(lambda: server.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'") == ["1"], "the lock is held")
        table = server.table("locked", "id INT, v INT, PRIMARY KEY (id) NOT ENFORCED")
        asking = scratch.start("-c", table + "SELECT * FROM locked;")
        until(lambda: server.sql(waits) == ["1"], "the query waits")
        began = time.monotonic()
        asking.send_signal(signal.SIGINT)
        asking.communicate(timeout=30)
        expect(time.monotonic() - began < SOON, "at once")
        until(lambda: server.sql(waits) == ["0"], "and the server waits no more")
        shell = Shell(scratch)
        shell.ask(table.strip())
        shell.ask("CREATE JOB c AS INSERT INTO locked VALUES (1, 2);")
        until(lambda: server.sql(waits) == ["1"], "the job waits")
        shell.ask("CANCEL JOB c;", "cancelled")
        until(lambda: server.sql(waits) == ["0"], "and the server waits no more")
        shell.leave()
        says(scratch, table.replace("/shop", "/shop?socketTimeout=1000") + "SELECT * FROM locked;", "E4010", "it does not answer")
        until(lambda: server.sql(waits) == ["0"], "and the server waits no more")
    finally:
        holder.kill()
        holder.wait()
        server.sql("SELECT 1")


def waiting(server):
    """How many transactions wait for a lock. Whoever asks InnoDB again within a tenth of a second is told what it said before."""
    time.sleep(0.2)
    return int(server.sql("SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'")[0])


def test_a_commit_that_a_lock_holds_up(server, scratch):
    """The end of a job does not wait for it; the next start commits what this one did not."""
    server.sql("CREATE TABLE upheld (id INT PRIMARY KEY)")
    script = scratch.write("upheld.sql", "SET 'execution.restore-policy' = 'auto';\n" + JOB.replace("'j'", "'upheld'") + FEED.format(1000000)
                           + server.table("upheld", "id INT", **ONCE) + "INSERT INTO upheld SELECT id FROM s;")
    for _ in range(2):
        before = counted(server, "upheld")[0]
        job = scratch.start("run", script)
        until(lambda before=before: counted(server, "upheld")[0] > before, "rows are committed")
        # A gap behind the last row, into which nobody can insert.
        holder = subprocess.Popen(server.command("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; BEGIN; SELECT COUNT(*) FROM upheld WHERE id > 0 FOR UPDATE; SELECT SLEEP(200)"), stdout=subprocess.DEVNULL)
        try:
            until(lambda: waiting(server) == 1, "a commit waits")
            began = time.monotonic()
            job.send_signal(signal.SIGINT)
            _, said = job.communicate(timeout=PATIENCE)
            took = time.monotonic() - began
            expect(took < SOON and "is not yet visible" in said and "not answered in two seconds" in said, f"after {took:.1f} s, exit {job.returncode}: {said}")
            until(lambda: waiting(server) == 0, "and the server waits no more")
        finally:
            holder.kill()
            holder.wait()
        for session in server.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'"):
            server.sql(f"KILL {session}")
        count, distinct = counted(server, "upheld")
        expect(count == distinct == int(server.sql("SELECT MAX(id) FROM upheld")[0]), f"none lost, none twice: {count}, {distinct}")


def test_a_silent_server(server, scratch):
    ask = "SELECT * FROM t;"
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "127.0.0.1:%d" % silent.getsockname()[1]
        server.sql("CREATE TABLE two_hosts (id INT); INSERT INTO two_hosts VALUES (1)")
        url = server.url.replace("//", f"//{address},", 1) + "?connectTimeout=1000"
        expect(rows(scratch, server.table("t", "id INT", "two_hosts", url=url) + ask) == [("1",)], "the second host is asked as well")
        says(scratch, server.table("t", "id INT", url=f"jdbc:mysql://{address}/d?connectTimeout=1000") + ask, "E4010", "cannot be reached")
        asking = scratch.start("-c", server.table("t", "id INT", url=f"jdbc:mysql://{address}/d") + ask)
        time.sleep(1)
        asking.send_signal(signal.SIGINT)
        asking.communicate(timeout=PATIENCE)
    expect(time.monotonic() - began < PATIENCE / 2, "nobody waits for long")


# --- looking up -----------------------------------------------------------------------------------

# A number that may be NULL, and the time of the lookup.
KEYS = "CREATE TABLE a (id INT, k BIGINT, p AS PROCTIME()) WITH ('connector' = 'inline', 'rows' = '{}');\n"
JOINED = "SELECT a.id, t.v FROM a {} JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON a.k = t.k {};"
SLOWLY = ("CREATE TABLE a (id BIGINT, p AS PROCTIME()) WITH ('connector' = 'datagen', 'rows-per-second' = '20', 'fields.id.kind' = 'sequence', "
          "'fields.id.start' = '1', 'fields.id.end' = '{}');\n")


def looked(server, columns, values):
    server.sql(f"DROP TABLE IF EXISTS looked; CREATE TABLE looked ({columns}); INSERT INTO looked VALUES {values}")


def asked(server):
    return server.log.count("FROM `shop`.`looked` AS weir_t WHERE")


def test_keys_are_asked_at_once(server, scratch):
    looked(server, "k INT, v TEXT", "(1, 'one'), (2, 'two'), (2, 'zwei'), (NULL, 'none')")
    keys = KEYS.format("\n".join(("1, 1", "2, 2", "3, 3", "4, NULL", "5, 2", "6, 9999999999")))
    for cache in ("NONE", "PARTIAL"):
        script = keys + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": cache})
        before = asked(server)
        expect(rows(scratch, script + JOINED.format("", "")) == [("1", "one"), ("2", "two"), ("2", "zwei"), ("5", "two"), ("5", "zwei")], cache)
        expect(asked(server) == before + 1, f"{asked(server) - before} statements for one batch")
        expect(rows(scratch, script + JOINED.format("LEFT", "AND t.v <> 'two'")) ==
               [("1", "one"), ("2", "zwei"), ("3", NULL), ("4", NULL), ("5", "zwei"), ("6", NULL)], "the rest of the condition, and LEFT")


def test_several_key_columns(server, scratch):
    looked(server, "k DECIMAL(10, 2), n CHAR(3), b TINYINT(1), d DATETIME(3), c VARCHAR(9), v VARCHAR(9), PRIMARY KEY (k, c)",
           "(1, 'a', 1, '2026-01-01 00:00:00.5', 'x', 'ax'), (1, 'a', 0, '2026-01-02', 'q''\\\\', 'quoted'), (2, 'abc', 2, '2026-01-03', 'X', 'abcX')")
    there = server.table("t", "k DECIMAL(10, 2), n STRING, b BOOLEAN, d TIMESTAMP(3), c STRING, v STRING", "looked", **{"lookup.cache": "NONE"})
    keys = ("CREATE TABLE a (id INT, k DECIMAL(10, 2), c STRING, n STRING, b BOOLEAN, d TIMESTAMP(3), p AS PROCTIME()) WITH ('connector' = 'inline', 'rows' = '"
            "1, 1.00, x, abc, TRUE, 2026-01-01 00:00:00.5\n2, 2, x, ''a  '', FALSE, 2026-01-01 00:00:00.6\n3, 2.00, X, a, NULL, 2026-01-03 00:00:00\n"
            "4, 1.5, x, , NULL, NULL');\n"
            "CREATE VIEW w AS SELECT * FROM a UNION ALL SELECT 5, 1, 'q''\\', 'z', CAST(NULL AS BOOLEAN), CAST(NULL AS TIMESTAMP(3)), PROCTIME();\n")
    ask = "SELECT a.id, t.v FROM a JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON "
    expect(rows(scratch, there + keys + ask.replace("FROM a", "FROM w AS a") + "a.k = t.k AND a.c = t.c;") == [("1", "ax"), ("3", "abcX"), ("5", "quoted")], "two columns; case counts here")
    expect(rows(scratch, there + keys + ask + "a.n = t.n;") == [("1", "abcX"), ("3", "ax"), ("3", "quoted")], "blanks at the end count here")
    expect(rows(scratch, there + keys + ask + "a.b = t.b;") == [("1", "abcX"), ("1", "ax"), ("2", "quoted")], "what is not 0 is TRUE")
    expect(rows(scratch, there + keys + ask + "a.d = t.d;") == [("1", "ax"), ("3", "abcX")], "times")
    server.sql("CREATE TABLE texts (k TEXT, v TEXT)")
    says(scratch, server.table("t", "k INT, v STRING", "texts", **{"lookup.cache": "NONE"}) + KEYS.format("1, 1") + JOINED.format("", ""),
         "E1002", 'cannot be asked by column "k"')


def changing(server, scratch, **options):
    """Looks key 1 up for some seconds while it changes: the values in the order in which they were found."""
    looked(server, "k INT, v TEXT", "(1, 'old')")
    script = scratch.write("changing.sql", SLOWLY.format(40) + server.table("t", "k INT, v STRING", "looked", **options)
                           + "SELECT t.v FROM a LEFT JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON a.id - a.id + 1 = t.k;")
    before = asked(server)
    running = scratch.start("--format", "tsv", "-f", script)
    until(lambda: asked(server) > before, "it asks")
    server.sql("UPDATE looked SET v = 'new'")
    values = running.communicate(timeout=PATIENCE)[0].splitlines()[1:]
    expect(len(values) == 40, values)
    return values, asked(server) - before


def test_changes_are_seen(server, scratch):
    values, count = changing(server, scratch, **{"lookup.cache": "NONE"})
    expect(values[-1] == "new" and values.count("new") > 10 and count > 10, f"at once: {values}, {count} statements")
    values, count = changing(server, scratch, **{"lookup.cache": "PARTIAL"})
    expect(set(values) == {"old"} and count == 1, f"never: {values}, {count} statements")


def test_a_lookup_outlives_its_server(server, scratch):
    looked(server, "k INT, v TEXT", "(1, 'one')")
    ask = "SELECT a.id, t.v FROM a JOIN t FOR SYSTEM_TIME AS OF a.p AS t ON a.id - a.id + 1 = t.k;"
    script = scratch.write("outlives.sql", SLOWLY.format(60) + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": "NONE", "lookup.max-retries": "9"}) + ask)
    running, before = scratch.start("--format", "tsv", "-f", script), asked(server)
    until(lambda: asked(server) > before, "it asks")
    server.kill()
    time.sleep(0.5)
    server.start()
    out, said = running.communicate(timeout=PATIENCE)
    expect(len(out.splitlines()) == 61, f"it goes on: {out} {said}")
    script = scratch.write("dies.sql", SLOWLY.format(600) + server.table("t", "k INT, v STRING", "looked", **{"lookup.cache": "NONE", "lookup.max-retries": "1"}) + ask)
    running, before = scratch.start("--format", "tsv", "-f", script), asked(server)
    until(lambda: asked(server) > before, "it asks")
    server.kill()
    said = "".join(filter(None, running.communicate(timeout=PATIENCE)))
    server.start()
    expect(running.returncode != 0 and "E4010" in said and "lookup in table t" in said, f"it says what fails: {said}")


if __name__ == "__main__":
    if servers.programs() is None or servers.account() is None:
        print("skipped: no MariaDB server can be run here")
        sys.exit(77)
    with servers.Server() as the_server:
        run_all({name: (lambda scratch, test=test: test(the_server, scratch)) for name, test in list(globals().items()) if name.startswith("test_")})
