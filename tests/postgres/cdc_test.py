#!/usr/bin/env python3
"""Changes of tables of a real PostgreSQL server (server.py), from its log; what they add up to is held against the tables
themselves, as psql reads them. With names, those tests alone; --kills N: so many kills in test_kills, --seed N: others. --plants: each defect of cdc_plants.tsv, planted
in weir_faulty beside the program, must be found by its test."""
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "shell")]
import server as servers  # noqa: E402
from server import until  # noqa: E402
from weir_shell import expect, run_all  # noqa: E402

PATIENCE = 120
POINTS = ("postgres.after_slot", "postgres.after_portion", "postgres.after_read", "checkpoint.before_publish", "checkpoint.after_publish",
          "checkpoint.before_commit", "checkpoint.after_commit")
JOB = "SET 'execution.checkpointing.interval' = '100 ms';\nSET 'restart-strategy.type' = 'none';\n"


def taken(name, otherwise):
    """The number behind an option, which is then no name of a test."""
    if name not in sys.argv:
        return otherwise
    at = sys.argv.index(name)
    value = int(sys.argv[at + 1])
    del sys.argv[at:at + 2]
    return value


KILLS, SEED = taken("--kills", 12), taken("--seed", int(os.environ.get("WEIR_TEST_SEED", "1")))
WEIR = os.path.abspath(sys.argv[sys.argv.index("--weir") + 1])


def changes_of(server, name, columns, there=None, **more):
    """The DDL as Flink CDC's page has it."""
    said = {"connector": "postgres-cdc", "hostname": "127.0.0.1", "port": server.port, "username": servers.USER, "database-name": "postgres",
            "schema-name": "public", "table-name": there or name, "decoding.plugin.name": "pgoutput", **more}
    return f"CREATE TABLE {name} ({columns}) WITH (" + ", ".join(f"'{key}' = '{value}'" for key, value in said.items()) + ");\n"


class Job:
    """A script with an INSERT that never ends, in a process of its own."""

    def __init__(self, scratch, name, script, program=None, **environment):
        self.scratch, self.name = scratch, name
        self.file = scratch.write(f"{name}.sql", f"SET 'pipeline.name' = '{name}';\n{JOB}{script}")
        self.folder = os.path.join(scratch.path, name)
        self.process = None
        self.start(program, **environment)

    def start(self, program=None, **environment):
        program = program or WEIR
        self.out = os.path.join(self.scratch.path, f"{self.name}.said")
        with open(self.out, "a", encoding="utf-8") as said:
            self.process = subprocess.Popen([program, "--data-dir", self.folder, "run", self.file], cwd=self.scratch.path,
                                            env=self.scratch.environment(**environment), stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def said(self):
        with open(self.out, encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    def runs(self):
        expect(self.process.poll() is None, f"it ended: {self.said()}")
        return True

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ctrl-C: with a last checkpoint, so that the next start goes on."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=PATIENCE)

    def ends(self, *texts):
        expect(self.process.wait(timeout=PATIENCE) != 0, "it ended well")
        for text in texts:
            expect(text in self.said(), f"it does not say {text!r}: {self.said()}")


def differences(server, a, b):
    return server.sql(f"SELECT * FROM (({a}) EXCEPT ALL ({b})) d") + server.sql(f"SELECT * FROM (({b}) EXCEPT ALL ({a})) d")


def becomes(server, job, a, b):
    """The two queries have the same rows at last, while the job runs."""
    until(lambda: job.runs() and not differences(server, a, b), lambda: f"{differences(server, a, b)[:5]} differ of {a}: {job.said()}")


def slots(server):
    return server.sql("SELECT slot_name FROM pg_replication_slots ORDER BY 1")


def let_go(server):
    for slot in slots(server):
        server.sql(f"SELECT pg_drop_replication_slot('{slot}')")


# --- rows and changes -----------------------------------------------------------------------------

def test_rows_and_changes(server, scratch):
    server.sql("CREATE TABLE orders (id int primary key, item text, price numeric(10, 2), at timestamptz, tags text[]); "
               "ALTER TABLE orders REPLICA IDENTITY FULL; CREATE TABLE orders_copy (LIKE orders INCLUDING ALL); "
               "INSERT INTO orders SELECT i, 'item ' || i, i / 7.0, '2026-01-01Z'::timestamptz + i * interval '1 s', ARRAY['a', NULL, '\"q\"'] "
               "FROM generate_series(1, 1000) i")
    columns = "id INT, item STRING, price DECIMAL(10, 2), `at` TIMESTAMP_LTZ(6), tags ARRAY<STRING>, PRIMARY KEY (id) NOT ENFORCED"
    job = Job(scratch, "all", changes_of(server, "orders", columns, **{"slot.name": "flink", "scan.incremental.snapshot.chunk.size": 64})
              + server.table("orders_copy", columns) + "INSERT INTO orders_copy SELECT * FROM orders;")
    becomes(server, job, "TABLE orders_copy", "TABLE orders")
    server.sql("INSERT INTO orders VALUES (2000, 'new', 1, NULL, '{}'); UPDATE orders SET item = item || '!' WHERE id % 3 = 0; "
               "DELETE FROM orders WHERE id % 5 = 0; UPDATE orders SET id = -id WHERE id % 7 = 0; UPDATE orders SET item = NULL, tags = NULL WHERE id = 1")
    server.sql("BEGIN; INSERT INTO orders VALUES (3000); DELETE FROM orders; ROLLBACK; "
               "BEGIN; INSERT INTO orders VALUES (4000, 'kept'); SAVEPOINT s; INSERT INTO orders VALUES (4001, 'not kept'); ROLLBACK TO s; COMMIT")
    becomes(server, job, "TABLE orders_copy", "TABLE orders")
    expect(slots(server) == ["flink"], slots(server))
    job.stop()
    server.sql("UPDATE orders SET price = price + 1; DELETE FROM orders WHERE id = 2000")
    job.start()
    becomes(server, job, "TABLE orders_copy", "TABLE orders")
    job.stop()


def test_upserts(server, scratch):
    """REPLICA IDENTITY as it is: updates and deletes are known by the primary key alone."""
    server.sql("CREATE TABLE people (id bigint primary key, name text not null, age int); CREATE TABLE people_copy (LIKE people INCLUDING ALL); "
               "INSERT INTO people SELECT i, 'p' || i, i % 90 FROM generate_series(1, 500) i")
    columns = "id BIGINT NOT NULL, name STRING NOT NULL, age INT, PRIMARY KEY (id) NOT ENFORCED"
    job = Job(scratch, "upserts", changes_of(server, "people", columns, **{"changelog-mode": "upsert", "scan.incremental.snapshot.chunk.size": 50})
              + server.table("people_copy", columns) + "INSERT INTO people_copy SELECT * FROM people;")
    becomes(server, job, "TABLE people_copy", "TABLE people")
    server.sql("UPDATE people SET age = age + 1 WHERE id % 2 = 0; DELETE FROM people WHERE id % 3 = 0; UPDATE people SET id = id + 10000 WHERE id % 5 = 0; "
               "INSERT INTO people VALUES (3, 'again', NULL)")
    becomes(server, job, "TABLE people_copy", "TABLE people")
    job.stop()


def test_values_stored_apart(server, scratch):
    """An update that leaves a long text alone does not write it to the log."""
    server.sql("CREATE TABLE texts (id int primary key, n int, body text); ALTER TABLE texts ALTER body SET STORAGE EXTERNAL; "
               "ALTER TABLE texts REPLICA IDENTITY FULL; CREATE TABLE texts_copy (LIKE texts INCLUDING ALL); "
               "INSERT INTO texts SELECT i, 0, repeat(chr(97 + i % 26), 20000 + i) FROM generate_series(1, 30) i")
    columns = "id INT, n INT, body STRING, PRIMARY KEY (id) NOT ENFORCED"
    job = Job(scratch, "apart", changes_of(server, "texts", columns) + server.table("texts_copy", columns) + "INSERT INTO texts_copy SELECT * FROM texts;")
    becomes(server, job, "TABLE texts_copy", "TABLE texts")
    server.sql("UPDATE texts SET n = n + 1; UPDATE texts SET id = id + 100 WHERE id % 2 = 0; UPDATE texts SET body = repeat('z', 30000) WHERE id = 1")
    becomes(server, job, "TABLE texts_copy", "TABLE texts")
    job.stop()
    server.sql("ALTER TABLE texts REPLICA IDENTITY DEFAULT; TRUNCATE texts_copy")
    job = Job(scratch, "apart_key", changes_of(server, "texts", columns, **{"changelog-mode": "upsert"})
              + server.table("texts_copy", columns) + "INSERT INTO texts_copy SELECT * FROM texts;")
    becomes(server, job, "TABLE texts_copy", "TABLE texts")
    server.sql("UPDATE texts SET n = n + 1")
    job.ends("E4010", 'has left "body" alone', "REPLICA IDENTITY FULL")
    job = Job(scratch, "apart_unread", changes_of(server, "texts", columns, **{"changelog-mode": "upsert"})
              + "CREATE TABLE seen (id INT, n INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'print');\nINSERT INTO seen SELECT id, n FROM texts;")
    until(lambda: job.runs() and "[1, 2]" in job.said(), job.said)
    server.sql("UPDATE texts SET n = n + 1")
    until(lambda: job.runs() and "+U[1, 3]" in job.said(), job.said)
    job.kill()


def test_a_select(server, scratch):
    """A SELECT leaves nothing behind, and what comes from a job's slot is the job's."""
    server.sql("CREATE TABLE few (k text primary key, v int); ALTER TABLE few REPLICA IDENTITY FULL; INSERT INTO few VALUES ('a', 1), ('b', 2)")
    script = changes_of(server, "few", "k STRING, v INT, `at` TIMESTAMP_LTZ(3) METADATA FROM 'op_ts' VIRTUAL, `of` STRING METADATA FROM 'table_name' VIRTUAL, "
                        "`in` STRING METADATA FROM 'schema_name' VIRTUAL, db STRING METADATA FROM 'database_name' VIRTUAL, PRIMARY KEY (k) NOT ENFORCED",
                        **{"slot.name": "few_slot"})
    done = scratch.run("--format", "tsv", "-c", script + "SELECT k, v, YEAR(`at`), `of`, `in`, db FROM few LIMIT 2;")
    expect(sorted(done.stdout.splitlines()[1:]) == ["+I\ta\t1\t1970\tfew\tpublic\tpostgres", "+I\tb\t2\t1970\tfew\tpublic\tpostgres"]
           or sorted(line.split("\t", 1)[1] for line in done.stdout.splitlines()[1:] if "\t" in line)
           == ["1\t1970\tfew\tpublic\tpostgres", "2\t1970\tfew\tpublic\tpostgres"], done.stdout + done.stderr)
    until(lambda: not slots(server), "the slot of a SELECT stays")
    asking = scratch.start("--format", "tsv", "-c", script + "SELECT k, v, YEAR(`at`) > 2025 AS late FROM few LIMIT 3;")
    until(lambda: server.sql("SELECT count(*) FROM pg_replication_slots WHERE active AND temporary") == ["1"], "it does not read")
    time.sleep(0.5)
    server.sql("UPDATE few SET v = 3 WHERE k = 'a'; INSERT INTO few VALUES ('c', 4)")
    out = asking.communicate(timeout=PATIENCE)[0]
    expect("c\t4\tTRUE" in out, out)
    until(lambda: not slots(server), "the slot of a SELECT stays")


def test_a_password(server, scratch):
    """By a URL, of a role that may no more than it needs; the password is shown nowhere."""
    server.sql("CREATE ROLE reader LOGIN REPLICATION PASSWORD 'opensesame'; CREATE TABLE guarded (id int primary key); INSERT INTO guarded VALUES (7); "
               "GRANT SELECT ON guarded TO reader; ALTER TABLE guarded REPLICA IDENTITY FULL; CREATE PUBLICATION made FOR TABLE guarded")
    with open(os.path.join(server.data, "pg_hba.conf"), "w", encoding="utf-8") as rules:
        rules.write("host all reader 127.0.0.1/32 scram-sha-256\nlocal all all trust\nhost all all 127.0.0.1/32 trust\n")
    server.sql("SELECT pg_reload_conf()")
    table = changes_of(server, "guarded", "id INT, PRIMARY KEY (id) NOT ENFORCED", url=f"jdbc:postgresql://127.0.0.1:{server.port}/postgres?connectTimeout=5",
                       username="reader", password="{}", **{"debezium.publication.name": "made"})
    for key in ("hostname", "database-name", "port"):
        table = re.sub(rf"'{key}' = '[^']*', ", "", table)
    ask = "SELECT id FROM guarded LIMIT 1;"
    done = scratch.run("--no-catalog", "-c", table.format("opensesame") + ask)
    expect("7" in done.stdout and "opensesame" not in done.stdout + done.stderr, done.stdout + done.stderr)
    done = scratch.run("--no-catalog", "-c", table.format("wrong") + ask)
    expect("E4010" in done.stderr and "password authentication failed" in done.stderr and "wrong" not in done.stdout + done.stderr, done.stdout + done.stderr)
    server.sql("DROP PUBLICATION made")
    done = scratch.run("--no-catalog", "-c", table.replace(", 'debezium.publication.name' = 'made'", "").format("opensesame") + ask)
    expect("E4010" in done.stderr and "have the table's owner say: CREATE PUBLICATION" in done.stderr, done.stdout + done.stderr)


def test_where_it_begins(server, scratch):
    server.sql("CREATE TABLE begun (id int primary key, v int); ALTER TABLE begun REPLICA IDENTITY FULL; INSERT INTO begun VALUES (1, 1)")
    sink = "CREATE TABLE seen (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'print');\nINSERT INTO seen SELECT * FROM begun;"
    columns = "id INT, v INT, PRIMARY KEY (id) NOT ENFORCED"
    job = Job(scratch, "none_confirmed", changes_of(server, "begun", columns, **{"scan.startup.mode": "committed-offset", "slot.name": "begun"}) + sink)
    job.ends("E4010", "no slot 'begun'")
    job = Job(scratch, "latest", changes_of(server, "begun", columns, **{"scan.startup.mode": "latest-offset", "slot.name": "begun",
                                                                      "scan.lsn-commit.checkpoints-num-delay": "0"}) + sink)
    until(lambda: slots(server) == ["begun"] and job.runs() and server.sql("SELECT active FROM pg_replication_slots") == ["t"], "it does not read")
    server.sql("INSERT INTO begun VALUES (2, 2)")
    until(lambda: job.runs() and "[2, 2]" in job.said(), job.said)
    expect("[1, 1]" not in job.said(), job.said())
    place = server.sql("SELECT pg_current_wal_lsn()")[0]
    until(lambda: server.sql(f"SELECT confirmed_flush_lsn >= '{place}' FROM pg_replication_slots") == ["t"], "the log is kept for ever")
    job.kill()
    server.sql("INSERT INTO begun VALUES (3, 3)")
    until(lambda: server.sql("SELECT active FROM pg_replication_slots") == ["f"], "the slot is held")
    job = Job(scratch, "confirmed", changes_of(server, "begun", columns, **{"scan.startup.mode": "committed-offset", "slot.name": "begun"}) + sink)
    until(lambda: job.runs() and "[3, 3]" in job.said(), job.said)
    expect("[1, 1]" not in job.said() and "[2, 2]" not in job.said(), job.said())
    job.kill()


def test_keys_of_any_kind(server, scratch):
    """Portions and changes meet in the server's own order, which is not that of bytes."""
    server.sql("CREATE TABLE keys (a text COLLATE \"de-x-icu\", b numeric, c uuid, d timestamptz, v int, primary key (a, b, c, d)); "
               "ALTER TABLE keys REPLICA IDENTITY FULL; CREATE TABLE keys_copy (LIKE keys INCLUDING ALL); "
               "INSERT INTO keys SELECT (ARRAY['', 'a''b', 'Z', 'ä', E'x\\\\y', 'a b,c', '%2c'])[i % 7 + 1], (i % 11) - 5.5, md5(i::text)::uuid, "
               "'2026-03-29Z'::timestamptz + i * interval '1 min', i FROM generate_series(1, 700) i")
    columns = "a STRING, b DECIMAL(10, 1), c STRING, d TIMESTAMP_LTZ(6), v INT"
    job = Job(scratch, "keys", changes_of(server, "keys", columns, **{"scan.incremental.snapshot.chunk.size": 7, "scan.incremental.snapshot.enabled": "true"}) +
              "CREATE TABLE totals (n BIGINT, total BIGINT) WITH ('connector' = 'print');\n"
              "INSERT INTO totals SELECT COUNT(*), SUM(v) FROM keys;")
    for i in range(40):
        server.sql(f"UPDATE keys SET v = v + 1000 WHERE v % 40 = {i}; DELETE FROM keys WHERE v % 97 = {i}; "
                   f"UPDATE keys SET a = a || 'k', b = -b WHERE v % 89 = {i}")
        job.runs()
    right = server.sql("SELECT count(*) || ', ' || sum(v) FROM keys")[0]
    until(lambda: job.runs() and f"[{right}]" in job.said().splitlines()[-1], lambda: f"{right}: {job.said()}")
    job.kill()


def test_keys_of_an_extension(server, scratch):
    """The operators of their type are not on the search path, and those of text have another order."""
    server.sql("CREATE SCHEMA extended; CREATE EXTENSION citext SCHEMA extended; CREATE TABLE words (k extended.citext primary key, v int); "
               "ALTER TABLE words REPLICA IDENTITY FULL; CREATE TABLE words_copy (k text, v int, primary key (k)); INSERT INTO words "
               "SELECT CASE WHEN i % 2 = 0 THEN upper(w) ELSE w END, i FROM (SELECT i, chr(97 + i % 26) || i AS w FROM generate_series(1, 700) i) x")
    columns = "k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED"
    job = Job(scratch, "words", changes_of(server, "words", columns, **{"scan.incremental.snapshot.chunk.size": 7})
              + server.table("words_copy", columns) + "INSERT INTO words_copy SELECT * FROM words;")
    for i in range(20):
        server.sql(f"UPDATE words SET v = v + 1000 WHERE v % 40 = {i}; DELETE FROM words WHERE v % 97 = {i}")
        job.runs()
    becomes(server, job, "TABLE words_copy", "SELECT k::text, v FROM words")
    job.kill()
    server.sql("DROP SCHEMA extended CASCADE")


def test_commits_that_are_not_seen_yet(server, scratch):
    """A commit that waits for a standby is in the log, and nobody sees its rows: those of portions to come have to wait for it."""
    server.sql("CREATE TABLE waits (id int primary key, v int); ALTER TABLE waits REPLICA IDENTITY FULL; INSERT INTO waits SELECT i, 1 FROM generate_series(1, 3000) i")
    job = Job(scratch, "waits", changes_of(server, "waits", "id INT, v INT", **{"scan.incremental.snapshot.chunk.size": 1}) +
              "CREATE TABLE totals (n BIGINT, total BIGINT) WITH ('connector' = 'print');\nINSERT INTO totals SELECT COUNT(*), SUM(v) FROM waits;")
    until(lambda: job.runs() and "[10, 10]" in job.said(), job.said)
    server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    server.sql("SELECT pg_reload_conf()")
    read = int(job.said().splitlines()[-1].split("[")[1].split(",")[0])
    threads = [threading.Thread(target=server.sql, args=(f"UPDATE waits SET v = 1000 WHERE id = {read + 200 + i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(4)
    seen = int(job.said().splitlines()[-1].split("[")[1].split(",")[0])
    expect(seen < 3000, f"the table was read to its end: {job.said()}")
    server.sql("ALTER SYSTEM RESET synchronous_standby_names")
    server.sql("SELECT pg_reload_conf()")
    for thread in threads:
        thread.join()
    right = server.sql("SELECT count(*) || ', ' || sum(v) FROM waits")[0]
    until(lambda: job.runs() and f"[{right}]" in job.said().splitlines()[-1], lambda: f"{right}: {job.said()}")
    job.kill()


def test_a_large_transaction(server, scratch):
    """One transaction of more rows than a batch and a checkpoint have: a start goes on within it."""
    server.sql("CREATE TABLE large (id int primary key, v int); ALTER TABLE large REPLICA IDENTITY FULL; CREATE TABLE large_total (one int primary key, n bigint, total bigint)")
    columns = "id INT, v INT, PRIMARY KEY (id) NOT ENFORCED"
    job = Job(scratch, "large", "SET 'pipeline.batch-size' = '100';\n" + changes_of(server, "large", columns) + server.table(
        "large_total", "`one` INT, n BIGINT, total BIGINT, PRIMARY KEY (`one`) NOT ENFORCED") +
        "INSERT INTO large_total SELECT 1, COUNT(*), SUM(v) FROM large;")
    until(lambda: job.runs() and server.sql("SELECT count(*) FROM pg_replication_slots WHERE active") == ["1"], "it does not read")
    server.sql("INSERT INTO large SELECT i, i % 10 FROM generate_series(1, 60000) i")
    server.sql("BEGIN; UPDATE large SET v = v + 1; DELETE FROM large WHERE id % 2 = 0; COMMIT")
    for _ in range(4):
        time.sleep(0.3)
        job.kill()
        job.start()
    becomes(server, job, "SELECT n, total FROM large_total", "SELECT count(*), sum(v) FROM large")
    job.stop()


def test_partitions(server, scratch):
    server.sql("CREATE TABLE parts (id int, day date, v int, primary key (id, day)) PARTITION BY RANGE (day); "
               "CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); "
               "CREATE TABLE parts_b PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01'); "
               "INSERT INTO parts SELECT i, '2026-01-01'::date + i % 59, i FROM generate_series(1, 200) i; CREATE TABLE parts_copy (id int, day date, v int, primary key (id, day))")
    columns = "id INT, `day` DATE, v INT, PRIMARY KEY (id, `day`) NOT ENFORCED"
    job = Job(scratch, "parts", changes_of(server, "parts", columns, **{"changelog-mode": "upsert", "scan.parallelism": "2"}) + server.table("parts_copy", columns) +
              "INSERT INTO parts_copy SELECT * FROM parts;")
    becomes(server, job, "TABLE parts_copy", "TABLE parts")
    server.sql("UPDATE parts SET v = -v WHERE id % 2 = 0; UPDATE parts SET day = '2026-02-28' WHERE id = 1; DELETE FROM parts WHERE id % 9 = 0")
    becomes(server, job, "TABLE parts_copy", "TABLE parts")
    job.stop()


def test_an_edit(server, scratch):
    """Stopped with a savepoint, changed, and restored: what happened meanwhile comes, once."""
    server.sql("CREATE TABLE edited (id int primary key, k int, v int); ALTER TABLE edited REPLICA IDENTITY FULL; "
               "INSERT INTO edited SELECT i, i % 3, i FROM generate_series(1, 100) i; CREATE TABLE sums (k int primary key, n bigint, top int)")
    tables = (changes_of(server, "edited", "id INT, k INT, v INT, PRIMARY KEY (id) NOT ENFORCED") +
              server.table("sums", "k INT, n BIGINT, top INT, PRIMARY KEY (k) NOT ENFORCED"))
    job = Job(scratch, "edits", tables + "INSERT INTO sums SELECT k, COUNT(*) AS n, MAX(v) AS top FROM edited GROUP BY k;")
    becomes(server, job, "TABLE sums", "SELECT k, count(*), max(v) FROM edited GROUP BY k")
    job.stop()
    server.sql("DELETE FROM edited WHERE id > 95; INSERT INTO edited VALUES (200, 1, 999)")
    edited = "INSERT INTO sums SELECT k, COUNT(*) AS n, MAX(v) AS top FROM edited WHERE id > 0 GROUP BY k;"
    said = scratch.run("--data-dir", job.folder, "-c", f"{tables}EXPLAIN RESTORE JOB edits FROM LATEST CHECKPOINT AS {edited}")
    expect("FULL      src:edited" in said.stdout, said.stdout + said.stderr)
    scratch.write("edits.sql", f"{JOB}{tables}RESTORE JOB edits FROM LATEST CHECKPOINT ACCEPT CHANGES ('sink:sums/agg') AS {edited}")
    job.start()
    becomes(server, job, "TABLE sums", "SELECT k, count(*), max(v) FROM edited GROUP BY k")
    job.stop()
    # The slot outlives the job, and who drops the job is told.
    said = scratch.run("--data-dir", job.folder, "-c", "DROP JOB edits;")
    expect(said.returncode == 0 and all(f"pg_drop_replication_slot('{slot}')" in said.stderr for slot in slots(server)), said.stdout + said.stderr)


# --- what cannot be --------------------------------------------------------------------------------

def test_errors(server, scratch):
    server.sql("CREATE TABLE plain (id int primary key, v int); CREATE TABLE keyless (v int); ALTER TABLE keyless REPLICA IDENTITY FULL; "
               "CREATE VIEW seen_from AS TABLE plain; CREATE UNLOGGED TABLE unlogged (id int primary key); CREATE TABLE \"Case\" (id int primary key); "
               "ALTER TABLE \"Case\" REPLICA IDENTITY FULL")
    server.sql("SELECT pg_create_logical_replication_slot('other', 'test_decoding')")
    sink = "CREATE TABLE nowhere (id INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'blackhole');\nINSERT INTO nowhere SELECT id FROM t;"
    for name, columns, there, more, texts in (
            ("identity", "id INT", "plain", {}, ("E4010", "REPLICA IDENTITY is not FULL", "'changelog-mode' = 'upsert'")),
            ("keyless", "v INT, id AS 1", "keyless", {}, ("E4010", "no primary key", "latest-offset")),
            ("a_view", "id INT", "seen_from", {}, ("E4010", "is no table")),
            ("unlogged", "id INT", "unlogged", {}, ("E4010", "not logged")),
            ("missing", "id INT", "plane", {}, ("E4010", "no table", "plain")),
            ("letters", "id INT", "case", {}, ("E4010", "no table", "Case")),
            ("other_slot", "id INT, PRIMARY KEY (id) NOT ENFORCED", "plain", {"slot.name": "other", "changelog-mode": "upsert"}, ("E4010", "of another kind")),
            ("column", "id INT, w INT, PRIMARY KEY (id) NOT ENFORCED", "plain", {"changelog-mode": "upsert"}, ()),
            ("publication", "id INT, PRIMARY KEY (id) NOT ENFORCED", "plain", {"changelog-mode": "upsert", "debezium.publication.name": "mine",
                                                                          "debezium.publication.autocreate.mode": "disabled"},
             ("E4010", "no publication 'mine'", "CREATE PUBLICATION")),
            ("no_key", "id INT", "plain", {"changelog-mode": "upsert"}, ("E2009", "needs a PRIMARY KEY")),
            ("slot_name", "id INT", "plain", {"slot.name": "My-Slot"}, ("E2008", "small letters")),
            ("plugin", "id INT", "plain", {"decoding.plugin.name": "wal2json"}, ("E2008", "pgoutput")),
            ("mode", "id INT", "plain", {"scan.startup.mode": "snapshot"}, ("E2008",)),
            ("size", "id INT", "plain", {"scan.incremental.snapshot.chunk.size": "0"}, ("E2008", "1 or more"))):
        if texts:
            Job(scratch, f"wrong_{name}", changes_of(server, "t", columns, there, **more) + sink).ends(*texts)
    wrong = changes_of(server, "t", "id INT").replace("'hostname' = '127.0.0.1', ", "")
    Job(scratch, "wrong_place", wrong + sink).ends("E2008", "'hostname'", "'url'")
    server.sql("SELECT pg_drop_replication_slot('other')")


def test_what_the_log_cannot_say(server, scratch):
    server.sql("CREATE TABLE cut (id int primary key, v int); ALTER TABLE cut REPLICA IDENTITY FULL; INSERT INTO cut VALUES (1, 1)")
    columns = "id INT, v INT, PRIMARY KEY (id) NOT ENFORCED"
    sink = "CREATE TABLE seen (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'print');\nINSERT INTO seen SELECT * FROM cut;"

    def begin(name, **more):
        job = Job(scratch, name, changes_of(server, "cut", columns, **more) + sink)
        until(lambda: job.runs() and "[" in job.said() or not server.sql("TABLE cut"), job.said)
        return job
    job = begin("truncated")
    server.sql("TRUNCATE cut")
    job.ends("E4010", "was truncated", "'scan.truncate' = 'skip'")
    server.sql("INSERT INTO cut VALUES (1, 1)")
    job = begin("truncated_skipped", **{"scan.truncate": "skip"})
    server.sql("TRUNCATE cut; INSERT INTO cut VALUES (5, 5)")
    until(lambda: job.runs() and "[5, 5]" in job.said(), job.said)
    job.kill()
    job = begin("dropped_column")
    server.sql("ALTER TABLE cut ADD w int; UPDATE cut SET w = 1")
    time.sleep(0.3)
    job.runs()
    server.sql("ALTER TABLE cut DROP v; INSERT INTO cut VALUES (6)")
    job.ends("E4010", 'column "v"', "restore it")
    server.sql("DROP TABLE cut; CREATE TABLE cut (id int primary key, v int); ALTER TABLE cut REPLICA IDENTITY FULL; INSERT INTO cut VALUES (1, 1)")
    server.sql(f"ALTER PUBLICATION {server.sql('SELECT pubname FROM pg_publication WHERE pubname NOT IN (SELECT pubname FROM pg_publication_tables)')[0]} ADD TABLE cut")
    job = begin("made_anew", **{"heartbeat.interval.ms": "200 ms"})
    server.sql("DROP TABLE cut; CREATE TABLE cut (id int primary key, v int); ALTER TABLE cut REPLICA IDENTITY FULL; INSERT INTO cut VALUES (1, 1)")
    job.ends("E4010", "dropped and made anew")
    server.sql(f"ALTER PUBLICATION {server.sql('SELECT pubname FROM pg_publication WHERE pubname NOT IN (SELECT pubname FROM pg_publication_tables)')[0]} ADD TABLE cut")
    job = begin("slot_lost")
    time.sleep(0.5)
    job.stop()
    let_go(server)
    job.start()
    job.ends("there is no slot", "start the job afresh")


def test_beside_the_log(server, scratch):
    """What is done to a table or its publication of which the log says nothing, while a job reads and while it is stopped."""
    keyed = "id INT, v INT, PRIMARY KEY (id) NOT ENFORCED"
    plain = "CREATE TABLE {0} (id int primary key, v int, n numeric(10, 2)); ALTER TABLE {0} REPLICA IDENTITY FULL; INSERT INTO {0} VALUES (1, 1, 1.55)"
    parted = ("CREATE TABLE {0} (id int primary key, v int) PARTITION BY RANGE (id); CREATE TABLE {0}_a PARTITION OF {0} FOR VALUES FROM (1) TO (9); "
              "CREATE TABLE {0}_b PARTITION OF {0} FOR VALUES FROM (9) TO (99); ALTER TABLE {0} REPLICA IDENTITY FULL; "
              "INSERT INTO {0} VALUES (1, 1), (9, 9)")
    cases = (("lacked", plain, keyed, "ALTER PUBLICATION {0} DROP TABLE {0}", "lacks the table"),
             ("fewer_kinds", plain, keyed, "ALTER PUBLICATION {0} SET (publish = 'insert')", "leaves out some kinds of changes"),
             ("by_key", plain, keyed, "ALTER TABLE {0} REPLICA IDENTITY DEFAULT", "REPLICA IDENTITY is not FULL"),
             ("swapped", plain, keyed, "ALTER TABLE {0} RENAME TO {0}_old; " + plain + "; ALTER PUBLICATION {0} ADD TABLE {0}", "dropped and made anew"),
             ("rounded", plain, "id INT, n DECIMAL(12, 4), PRIMARY KEY (id) NOT ENFORCED", "ALTER TABLE {0} ALTER n TYPE numeric(10, 1)", "has another type"),
             ("column_anew", plain, keyed, "ALTER TABLE {0} DROP v; ALTER TABLE {0} ADD v int DEFAULT 7", "dropped and made anew"),
             ("child", plain, keyed, "CREATE TABLE {0}_child () INHERITS ({0}); INSERT INTO {0}_child VALUES (5, 5)", "other tables inherit from"),
             ("part_gone", parted, keyed, "DROP TABLE {0}_b", "is gone, and the log does not say"))
    for name, made, columns, done, said in cases:
        for stopped in (False, True):
            table = f"{name}_{'later' if stopped else 'now'}"
            server.sql(made.format(table))
            root = " WITH (publish_via_partition_root = true)" if made == parted else ""
            server.sql(f"CREATE PUBLICATION {table} FOR TABLE {table}{root}")
            listed = columns.replace(", PRIMARY KEY (id) NOT ENFORCED", "")
            job = Job(scratch, table, changes_of(server, table, columns, **{"debezium.publication.name": table, "heartbeat.interval.ms": "100 ms"}) +
                      f"CREATE TABLE seen ({listed}) WITH ('connector' = 'print');\nINSERT INTO seen SELECT * FROM {table};")
            until(lambda job=job: job.runs() and "[1, 1" in job.said(), job.said)
            if stopped:
                time.sleep(0.3)
                job.stop()
            server.sql(done.format(table))
            if stopped:
                job.start()
            job.ends("E4010", said)
    # What writes the same values to another file is no such thing, nor is a wider type.
    server.sql(plain.format("harmless"))
    job = Job(scratch, "harmless", changes_of(server, "harmless", keyed.replace("v INT", "n DECIMAL(20, 2)"), **{"heartbeat.interval.ms": "100 ms"}) +
              "CREATE TABLE seen (id INT, n DECIMAL(20, 2)) WITH ('connector' = 'print');\nINSERT INTO seen SELECT * FROM harmless;")
    until(lambda: job.runs() and "[1, 1" in job.said(), job.said)
    server.sql("ALTER TABLE harmless ALTER n TYPE numeric(12, 2)")
    time.sleep(0.5)
    server.sql("VACUUM FULL harmless")
    server.sql("INSERT INTO harmless VALUES (2, 2, 2.5)")
    until(lambda: job.runs() and "[2, 2.50]" in job.said(), job.said)
    job.kill()


def test_portions_and_locks(server, scratch):
    """A table that is written anew while a portion waits for its lock is empty to a snapshot of before."""
    server.sql("CREATE TABLE altered (id int primary key, v int); ALTER TABLE altered REPLICA IDENTITY FULL; INSERT INTO altered SELECT i, 1 FROM generate_series(1, "
               "20000) i; CREATE TABLE altered_copy (id int primary key, v bigint)")
    columns = "id INT, v BIGINT, PRIMARY KEY (id) NOT ENFORCED"
    job = Job(scratch, "altered", changes_of(server, "altered", columns, **{"scan.incremental.snapshot.chunk.size": 5}) +
              server.table("altered_copy", columns) + "INSERT INTO altered_copy SELECT * FROM altered;")
    until(lambda: job.runs() and int(server.sql("SELECT count(*) FROM altered_copy")[0]) > 20, job.said)
    server.sql("BEGIN; CREATE INDEX ON altered (v); ALTER TABLE altered ALTER id SET STATISTICS 7; UPDATE altered SET v = v + 1 WHERE id > 19000; "
               "LOCK TABLE altered; SELECT pg_sleep(0.5); COMMIT")
    server.sql("BEGIN; LOCK TABLE altered; SELECT pg_sleep(0.5); ALTER TABLE altered SET (fillfactor = 70); ALTER TABLE altered ADD w uuid DEFAULT gen_random_uuid(); COMMIT")
    becomes(server, job, "SELECT id, v FROM altered_copy", "SELECT id, v FROM altered")
    server.sql("INSERT INTO altered VALUES (100000, 5)")
    becomes(server, job, "SELECT id, v FROM altered_copy", "SELECT id, v FROM altered")
    job.kill()


def test_a_table_of_another_schema(server, scratch):
    """One of the same name that comes into the role's own schema meanwhile."""
    server.sql(f"CREATE TABLE twice (id int primary key, v int); ALTER TABLE twice REPLICA IDENTITY FULL; INSERT INTO twice SELECT i, i FROM generate_series(1, 5000) i; "
               f"CREATE SCHEMA {servers.USER}")
    job = Job(scratch, "twice", changes_of(server, "twice", "id INT, v INT", **{"scan.incremental.snapshot.chunk.size": 5}) +
              "CREATE TABLE totals (n BIGINT, top INT) WITH ('connector' = 'print');\nINSERT INTO totals SELECT COUNT(*), MAX(v) FROM twice;")
    until(lambda: job.runs() and "[10, 10]" in job.said(), job.said)
    server.sql(f"CREATE TABLE {servers.USER}.twice (id int primary key, v int); INSERT INTO {servers.USER}.twice SELECT i, 50000 + i FROM generate_series(1, 170) i")
    until(lambda: job.runs() and "[5000, " in job.said(), job.said)
    expect("[5000, 5000]" in job.said(), job.said())
    job.kill()
    server.sql(f"DROP SCHEMA {servers.USER} CASCADE")


def test_rows_that_are_hidden(server, scratch):
    """Policies hide rows from a SELECT and not in the log."""
    server.sql("CREATE ROLE bob LOGIN REPLICATION; CREATE TABLE hidden (id int primary key, v int); ALTER TABLE hidden REPLICA IDENTITY FULL; "
               "INSERT INTO hidden SELECT i, i FROM generate_series(1, 10) i; GRANT ALL ON hidden TO bob; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; "
               "CREATE POLICY even ON hidden USING (id % 2 = 0); CREATE PUBLICATION hidden FOR TABLE hidden")
    job = Job(scratch, "hidden", changes_of(server, "hidden", "id INT, v INT", **{"username": "bob", "debezium.publication.name": "hidden"}) +
              "CREATE TABLE seen (id INT, v INT) WITH ('connector' = 'print');\nINSERT INTO seen SELECT * FROM hidden;")
    job.ends("E4010", "row-level security policy")


def test_keys_of_updates(server, scratch):
    """Rows before updates must have the key of the DDL and, while the table is read, that of the table."""
    server.sql("CREATE TABLE mails (id int primary key, email text not null unique, v int); INSERT INTO mails VALUES (1, 'a', 1); CREATE PUBLICATION mails FOR TABLE mails; "
               "CREATE UNIQUE INDEX by_mail ON mails (email); ALTER TABLE mails REPLICA IDENTITY USING INDEX by_mail")
    of_id, of_mail = (f"id INT, email STRING, v INT, PRIMARY KEY ({key}) NOT ENFORCED" for key in ("id", "email"))
    seen = "CREATE TABLE seen (id INT, email STRING, v INT) WITH ('connector' = 'print');\nINSERT INTO seen SELECT * FROM mails;"
    more = {"changelog-mode": "upsert", "debezium.publication.name": "mails", "slot.name": "mails"}
    Job(scratch, "of_index", changes_of(server, "mails", of_id, **more) + seen).ends("E4010", "not in the REPLICA IDENTITY")
    Job(scratch, "of_another", changes_of(server, "mails", of_mail, **more) + seen).ends("E4010", 'lacks "id"')
    server.sql("ALTER TABLE mails REPLICA IDENTITY FULL")
    job = Job(scratch, "of_later", changes_of(server, "mails", of_mail, **more, **{"scan.startup.mode": "latest-offset"}) + seen)
    until(lambda: job.runs() and server.sql("SELECT active FROM pg_replication_slots WHERE slot_name = 'mails'") == ["t"], job.said)
    server.sql("UPDATE mails SET email = 'b'")
    until(lambda: job.runs() and "[1, b, 1]" in job.said(), job.said)
    server.sql("ALTER TABLE mails REPLICA IDENTITY DEFAULT; UPDATE mails SET email = 'c'")
    job.ends("E4010", 'the log does not have "email" of rows before')


def test_a_slot_of_before(server, scratch):
    """A job begins with a slot that is past a commit which waits for a standby, and with one that was never made to its end."""
    server.sql("CREATE TABLE begins (id int primary key, v int); ALTER TABLE begins REPLICA IDENTITY FULL; INSERT INTO begins SELECT i, 1 FROM generate_series(1, 3) i; "
               "CREATE PUBLICATION begins FOR TABLE begins; CREATE TABLE open (i int)")
    server.sql("SELECT pg_create_logical_replication_slot('begins', 'pgoutput')")
    server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    server.sql("SELECT pg_reload_conf()")
    until(lambda: server.sql("SHOW synchronous_standby_names") == ["nobody"], "it is not told")
    commit = threading.Thread(target=server.sql, args=("UPDATE begins SET v = 1000 WHERE id = 1",))
    commit.start()
    until(lambda: server.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == ["1"], "it does not wait")
    server.sql("SELECT pg_replication_slot_advance('begins', pg_current_wal_lsn())")
    totals = "CREATE TABLE totals (n BIGINT, total BIGINT) WITH ('connector' = 'print');\nINSERT INTO totals SELECT COUNT(*), SUM(v) FROM begins;"
    said = {"debezium.publication.name": "begins", "slot.name": "begins"}
    job = Job(scratch, "begins", changes_of(server, "begins", "id INT, v INT", **said) + totals)
    time.sleep(2)
    server.sql("ALTER SYSTEM RESET synchronous_standby_names")
    server.sql("SELECT pg_reload_conf()")
    commit.join()
    until(lambda: job.runs() and "[3, 1002]" in job.said(), job.said)
    job.kill()
    holder = subprocess.Popen(server.psql("")[:-2], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    holder.stdin.write("BEGIN; INSERT INTO open VALUES (1);\n")
    holder.stdin.flush()
    until(lambda: server.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid'") != ["0"], "nothing is open")
    job = Job(scratch, "half", changes_of(server, "begins", "id INT, v INT", **said | {"slot.name": "half"}) + totals)
    until(lambda: server.sql("SELECT slot_name FROM pg_replication_slots WHERE slot_name = 'half'"), "the slot is not begun")
    job.kill()
    server.sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'half'")
    until(lambda: server.sql("SELECT active FROM pg_replication_slots WHERE slot_name = 'half'") != ["t"], "it is being made still")
    holder.communicate("COMMIT;\n")
    job.start()
    until(lambda: job.runs() and "[3, 1002]" in job.said(), job.said)
    job.kill()


def test_a_server_that_comes_back(server, scratch):
    server.sql("CREATE TABLE lasting (id int primary key, v int); ALTER TABLE lasting REPLICA IDENTITY FULL; INSERT INTO lasting SELECT i, i FROM generate_series(1, 50) i; "
               "CREATE TABLE lasting_copy (LIKE lasting INCLUDING ALL)")
    columns = "id INT, v INT, PRIMARY KEY (id) NOT ENFORCED"
    job = Job(scratch, "lasting", changes_of(server, "lasting", columns, **{"connect.max-retries": "20", "connect.timeout": "5 s"}) +
              "CREATE TABLE seen (n BIGINT, total BIGINT) WITH ('connector' = 'print');\nINSERT INTO seen SELECT COUNT(*), SUM(v) FROM lasting;")
    until(lambda: job.runs() and "[50, 1275]" in job.said(), job.said)
    server.kill()
    time.sleep(1)
    server.start()
    server.sql("UPDATE lasting SET v = v + 1")
    until(lambda: job.runs() and "[50, 1325]" in job.said(), job.said)
    job.kill()


# --- kills ----------------------------------------------------------------------------------------

ROWS = 12000  # that are there


def changes_at_random(table, chance, done):
    """Every kind of change of some rows."""
    k, far = chance.randrange(1, ROWS), 1000000 + done
    return chance.choice((
        f"INSERT INTO {table} VALUES ({far}, {k}, repeat('n', {chance.randrange(1, 3000)}))",
        f"INSERT INTO {table} SELECT {far} * 1000 + i, i, 'many' FROM generate_series(1, 300) i; DELETE FROM {table} WHERE id > {far} * 1000",
        f"UPDATE {table} SET v = v + 1 WHERE id BETWEEN {k} AND {k + 30}",
        f"UPDATE {table} SET v = v + 1 WHERE id BETWEEN {k} AND {k + 400}",
        f"DELETE FROM {table} WHERE id = {k}",
        f"UPDATE {table} SET id = id + 2000000 WHERE id = {k}",
        f"BEGIN; UPDATE {table} SET v = 0 WHERE id < 1000; ROLLBACK",
        f"BEGIN; DELETE FROM {table} WHERE id = {k}; INSERT INTO {table} VALUES ({k}, 7, 'again'); COMMIT",
        f"BEGIN; INSERT INTO {table} VALUES ({k + 500000}, 1, 'x') ON CONFLICT DO NOTHING; SAVEPOINT s; UPDATE {table} SET v = -1; ROLLBACK TO s; COMMIT",
        f"UPDATE {table} SET body = repeat('b', 7000) WHERE id = {k}"))


class Writer:
    """One session that changes the table until it is told to end."""

    def __init__(self, server, table, chance, pause):
        self.changes, self.ended = 0, threading.Event()
        self.psql = subprocess.Popen(server.psql("", "postgres")[:-2], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.write, args=(table, chance, pause))
        self.thread.start()

    def write(self, table, chance, pause):
        while not self.ended.is_set():
            self.psql.stdin.write(changes_at_random(table, chance, self.changes) + ";\n")
            self.psql.stdin.flush()
            self.changes += 1
            time.sleep(chance.uniform(0, pause))

    def end(self):
        self.ended.set()
        self.thread.join()
        self.psql.stdin.close()
        expect(self.psql.wait(timeout=PATIENCE) == 0, "the writer has failed")


def kills_of(server, scratch, faulty, kills, seed, mode, number):
    chance = random.Random(seed)
    table = f"storm_{mode}_{number}"
    identity = "FULL" if mode == "all" else "DEFAULT"
    # In the key's mode texts that are stored apart are not in the log.
    storage = "EXTERNAL" if mode == "all" else "PLAIN"
    server.sql(f"CREATE TABLE {table} (id int primary key, v int, body text); ALTER TABLE {table} ALTER body SET STORAGE {storage}; "
               f"ALTER TABLE {table} REPLICA IDENTITY {identity}; "
               f"INSERT INTO {table} SELECT i, i % 100, repeat('a', i % 4 * 100) FROM generate_series(1, {ROWS}) i; "
               f"CREATE TABLE {table}_copy (id int primary key, v int, n int); CREATE TABLE {table}_total (one int primary key, n bigint, total bigint, letters bigint)")
    script = ("SET 'execution.checkpointing.interval' = '30 ms';\nSET 'pipeline.batch-size' = '64';\n"
              + changes_of(server, "t", "id INT, v INT, body STRING, PRIMARY KEY (id) NOT ENFORCED", table,
                           **{"changelog-mode": mode, "scan.incremental.snapshot.chunk.size": "20", "slot.name": table})
              + server.table("copy", "id INT, v INT, n INT, PRIMARY KEY (id) NOT ENFORCED", f"{table}_copy", **{"sink.delivery-guarantee": "exactly-once"})
              + server.table("total", "`one` INT, n BIGINT, total BIGINT, letters BIGINT, PRIMARY KEY (`one`) NOT ENFORCED", f"{table}_total")
              + "EXECUTE STATEMENT SET BEGIN\nINSERT INTO copy SELECT id, v, CHAR_LENGTH(body) FROM t;\n"
                "INSERT INTO total SELECT 1, COUNT(*), SUM(v), SUM(CHAR_LENGTH(body)) FROM t;\nEND;\n")
    writer = Writer(server, table, random.Random(seed + 1), 0.01)
    try:
        job, killed = None, 0
        while killed < kills:
            environment = {"WEIR_KILL_AT": f"{chance.choice(POINTS)}:{chance.randrange(1, 30)}", "WEIR_LOSE_WRITES": os.path.join(scratch.path, table),
                           "WEIR_LOSE_SEED": str(chance.randrange(1 << 30))}
            if job is None:
                job = Job(scratch, table, script, faulty, **environment)
            else:
                job.start(faulty, **environment)
            try:
                code = job.process.wait(timeout=chance.uniform(0.3, 4))
                expect(code in (-9, 137), f"it ended with {code}: {job.said()}")
            except subprocess.TimeoutExpired:
                job.kill()
            killed += 1
    finally:
        writer.end()
    job.start(faulty)
    becomes(server, job, f"TABLE {table}_copy", f"SELECT id, v, char_length(body) FROM {table}")
    becomes(server, job, f"SELECT n, total, letters FROM {table}_total", f"SELECT count(*), sum(v), sum(char_length(body)) FROM {table}")
    job.stop()


def test_kills(server, scratch):
    faulty = os.path.join(os.path.dirname(WEIR), "weir_faulty")
    for number, mode in enumerate(("all", "upsert")):
        kills_of(server, scratch, faulty, KILLS // 2, SEED + number, mode, number)


def plants():
    """How many of the planted defects their tests do not find."""
    with open(os.path.join(HERE, "cdc_plants.tsv"), encoding="utf-8") as file:
        rows = [line.split("\t") for line in file.read().splitlines()[1:]]
    missed = 0
    for defect, test, _ in rows:
        program = os.path.join(os.path.dirname(WEIR), "weir_faulty")
        done = subprocess.run([sys.executable, os.path.abspath(__file__), "--weir", program, test], env={**os.environ, "WEIR_DEFECT": defect},
                              capture_output=True, text=True, check=False)
        found = f"FAIL  {test}" in done.stdout
        missed += not found
        print(f"{defect}: {'found by' if found else 'NOT FOUND by'} {test}", flush=True)
    return missed


def with_server(test):
    def run(scratch):
        with servers.Server(["wal_level=logical", "max_replication_slots=30", "max_wal_senders=30"]) as server:
            test(server, scratch)
    return run


if __name__ == "__main__":
    if servers.programs() is None or servers.account() is None:
        print("skipped: no PostgreSQL server can be run here")
        raise SystemExit(77)
    if "--plants" in sys.argv:
        raise SystemExit(plants())
    run_all({name: with_server(test) for name, test in list(globals().items()) if name.startswith("test_")})
