#!/usr/bin/env python3
"""UPDATE, DELETE and TRUNCATE TABLE of tables of a real PostgreSQL server (server.py): what they leave is held against what psql
leaves of a copy by the same words, also with others who write, and with kills. With names, those tests alone."""
import os
import random
import re
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
SEED = int(os.environ.get("WEIR_SEED", "1"))


def run(scratch, script, code=0):
    done = subprocess.run([program(), "-f", "-"], cwd=scratch.path, env=scratch.environment(), input=script, text=True,
                          capture_output=True, timeout=PATIENCE, check=False)
    expect((done.returncode == 0) == (code == 0), f"exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def says(scratch, script, *texts):
    said = run(scratch, script, 1)
    for text in texts:
        expect(text in said, f"it does not say {text!r}: {said}")
    return said


def counts(said):
    """Of what weir says (3 rows updated.) or psql (UPDATE 3), the numbers."""
    return [int((ours or theirs).replace(",", "")) for ours, theirs in re.findall(r"([\d,]+) rows? (?:updated|deleted)\.|(?:UPDATE|DELETE) (\d+)", said)]


# --- random tables and statements -----------------------------------------------------------------

# Of a kind of key: its columns there, here, and how a row's are made of a number.
KEYS = (("id int", "id INT", "i", "id"), ("id text COLLATE \"C\"", "id STRING", "'k' || i || '\\x'", "id"), ("id char(6)", "id CHAR(6)", "'c' || i", "id"),
        ("id timestamp", "id TIMESTAMP(6)", "timestamp '2026-01-01' + i * interval '1.000001 s'", "id"), ("id numeric(10, 3)", "id DECIMAL(10, 3)", "i / 8.0", "id"),
        ("k bigint, id text", "k BIGINT, id STRING", "i % 3, 'x' || i / 3", "k, id"))
COLUMNS = "a int, b text, c numeric(10, 2), d boolean, e timestamp(3), n double precision"
HERE_COLUMNS = "a INT, b STRING, c DECIMAL(10, 2), d BOOLEAN, e TIMESTAMP(3), n DOUBLE"
OTHER = "CREATE TABLE other (a int, b text); INSERT INTO other VALUES (1, 'x'), (2, 'y'), (3, NULL), (NULL, 'x'), (5, 'zz')"


def scalar(chance, kind):
    """An expression of a kind that means the same to both."""
    columns = {"int": "t.a", "text": "t.b", "decimal": "t.c", "bool": "t.d"}
    some = [columns[kind], "NULL" if kind != "int" else "CAST(NULL AS INT)"]
    if kind == "int":
        some += [str(chance.randrange(-3, 9)), f"t.a + {chance.randrange(1, 4)}", "CHAR_LENGTH(t.b)", "COALESCE(t.a, 0)", "(SELECT MAX(o.a) FROM other o)",
                 f"CASE WHEN {condition(chance, 0)} THEN t.a ELSE 7 END", "ABS(t.a)", "NULLIF(t.a, 3)"]
    elif kind == "text":
        some += ["'x'", "'it''s'", "t.b || 'y'", "UPPER(t.b)", "COALESCE(t.b, '')", "SUBSTRING(t.b FROM 1 FOR 2)", "'tab\\and äöü'"]
    elif kind == "decimal":
        some += ["1.25", "t.c + 1", "t.c * 0.5", "-t.c"]
    else:
        some += ["TRUE", "NOT t.d", condition(chance, 0)]
    return chance.choice(some)


def condition(chance, depth):
    if depth > 0 and chance.random() < 0.6:
        word = chance.choice((" AND ", " OR "))
        made = f"({condition(chance, depth - 1)}{word}{condition(chance, depth - 1)})"
        return f"NOT {made}" if chance.random() < 0.2 else made
    return chance.choice((
        f"t.a {chance.choice(('=', '<>', '<', '>='))} {chance.randrange(-2, 9)}", f"t.a BETWEEN {chance.randrange(3)} AND {chance.randrange(3, 8)}",
        f"t.b LIKE '{chance.choice(('x%', '%y', '_', '%'))}'", f"t.b = '{chance.choice(('x', 'y', 'zz'))}'", "t.b IS NULL", "t.d", "t.d IS NOT TRUE", "t.c > 2.5",
        f"t.a IN ({chance.randrange(5)}, {chance.randrange(9)})", "t.a + CHAR_LENGTH(t.b) > 4", "t.c IS DISTINCT FROM 3.00",
        "t.e < TIMESTAMP '2026-01-01 00:00:20'"))


def where(chance):
    kind = chance.random()
    if kind < 0.08:
        return ""
    if kind < 0.2:
        return " WHERE " + chance.choice(("t.a IN (SELECT o.a FROM other o)", "EXISTS (SELECT 1 FROM other o WHERE o.a = t.a)",
                                          "t.a > (SELECT MIN(o.a) FROM other o)", "NOT EXISTS (SELECT 1 FROM other o WHERE o.b = t.b)",
                                          "t.a = (SELECT MAX(u.a) FROM {0} u)"))
    return f" WHERE {condition(chance, 2)}"


def statement(chance):
    """With {0} for the table."""
    if chance.random() < 0.2:
        return "DELETE FROM {0} AS t" + (where(chance) or " WHERE t.a = 4")
    kinds = {"a": "int", "b": "text", "c": "decimal", "d": "bool"}
    chosen = chance.sample(sorted(kinds), chance.randrange(1, 4))
    return "UPDATE {0} AS t SET " + ", ".join(f"{column} = {scalar(chance, kinds[column])}" for column in chosen) + where(chance)


def one_table(server, scratch, chance, number):
    there, here, values, key = KEYS[number % len(KEYS)]
    server.sql(f"DROP TABLE IF EXISTS ours, theirs; CREATE TABLE ours ({there}, {COLUMNS}, PRIMARY KEY ({key})); "
               f"INSERT INTO ours SELECT {values}, NULLIF(i % 9, 8), (ARRAY['x', 'y', NULL, 'zz', ''])[1 + i % 5], i / 7.0, (ARRAY[true, false, NULL])[1 + i % 3], "
               f"timestamp '2026-01-01' + i * interval '1 s', i / 3.0 FROM generate_series(1, {chance.choice((1, 40, 300))}) i; "
               "CREATE TABLE theirs (LIKE ours INCLUDING ALL); INSERT INTO theirs TABLE ours")
    statements = [statement(chance) for _ in range(12)]
    script = server.table("ours", f"{here}, {HERE_COLUMNS}, PRIMARY KEY ({key}) NOT ENFORCED") + server.table("other", "a INT, b STRING")
    ours = counts(run(scratch, script + ";\n".join(one.format("ours") for one in statements) + ";"))
    theirs = []
    for one in statements:
        theirs += counts(subprocess.run([word for word in server.psql(one.format("theirs")) if word != "-q"], capture_output=True, text=True,
                                        timeout=PATIENCE, check=True).stdout)
    expect(len(theirs) == len(statements), theirs)
    told = "\n".join(f"{a} {b} {one}" for a, b, one in zip(ours, theirs, statements))
    expect(ours == theirs, f"seed {SEED}, table {number}: rows by weir, by psql, of:\n{told}")
    expect(server.same("ours", "theirs"), f"seed {SEED}, table {number}: other rows after\n{told}")


def test_random_statements_do_what_psql_does(server, scratch):
    server.sql(OTHER)
    chance = random.Random(SEED)
    for number in range(int(os.environ.get("WEIR_TABLES", "12"))):
        one_table(server, scratch, chance, number)


# --- what statements say --------------------------------------------------------------------------

THINGS = "id INT, v STRING NOT NULL, n INT, PRIMARY KEY (id) NOT ENFORCED"


def things(server, rows="(1, 'a', 1), (2, 'b', 2), (3, 'c', NULL)"):
    server.sql(f"DROP TABLE IF EXISTS parts, things CASCADE; CREATE TABLE things (id int primary key, v text, n int); INSERT INTO things VALUES {rows}")
    return server.table("things", THINGS)


def test_what_is_answered(server, scratch):
    ddl = things(server)
    said = run(scratch, ddl + "UPDATE things SET n = n + 1 WHERE n IS NOT NULL; DELETE FROM things WHERE id = 3; UPDATE things SET v = 'x' WHERE id > 9; "
               "UPDATE things SET v = 'x' WHERE FALSE; DELETE FROM things WHERE id = id + 1;")
    for line in ("2 rows updated.", "1 row deleted.", "0 rows updated.", "0 rows deleted."):
        expect(line in said, said)
    expect(server.sql("SELECT * FROM things ORDER BY id") == ["1|a|2", "2|b|3"], server.sql("TABLE things"))
    expect("Table things truncated." in run(scratch, ddl + "TRUNCATE TABLE things;"), "it says so")
    expect(server.sql("SELECT count(*) FROM things") == ["0"], "all rows are gone")


def test_our_semantics(server, scratch):
    """Functions that PostgreSQL lacks, or that mean another thing there."""
    ddl = things(server)
    run(scratch, ddl + "UPDATE things SET v = MD5(CONCAT_WS('-', v, CAST(n AS STRING))), n = TRY_CAST('x' AS INT) WHERE id = 1; "
        "UPDATE things SET v = REGEXP_REPLACE(v, 'b', CAST(id * 2 AS STRING)) WHERE id = 2;")
    expect(server.sql("SELECT v, n FROM things ORDER BY id") == [server.sql("SELECT md5('a-1')")[0] + "|", "4|2", "c|"], server.sql("TABLE things"))


def test_rows_that_only_look_like_those(server, scratch):
    """A key that its type here rounds, and rows of children, can be taken for others."""
    for there, here, values in (("timestamp", "TIMESTAMP(3)", "'2026-01-01 00:00:00.123456', '2026-01-01 00:00:00.123'"),
                                ("timestamptz", "TIMESTAMP_LTZ(0)", "'2026-01-01 00:00:00.1+00', '2026-01-01 00:00:00+00'"),
                                ("time", "TIME(0)", "'10:00:00.1', '10:00:00'"), ("numeric", "DECIMAL(10, 2)", "1.004, 1.00"),
                                ("double precision", "FLOAT", "0.1, 0.5"), ("numeric", "DOUBLE", "0.12345678901234567891, 0.5"),
                                ("text", "INT", "'01', '1'")):
        first, second = values.split(", ")
        server.sql(f"DROP TABLE IF EXISTS rounded; CREATE TABLE rounded (id {there} primary key, n int); INSERT INTO rounded VALUES ({first}, 1), ({second}, 2)")
        ddl = server.table("rounded", f"id {here}, n INT, PRIMARY KEY (id) NOT ENFORCED")
        for sql in ("DELETE FROM rounded WHERE n = 1;", "UPDATE rounded SET n = 10 WHERE n = 1;"):
            says(scratch, ddl + sql, "E3001", "whose types do not hold the values of \"id\" there")
        expect(server.sql("SELECT n FROM rounded ORDER BY n") == ["1", "2"], there)
        server.sql("DELETE FROM rounded WHERE n = 1")
        run(scratch, ddl + "UPDATE rounded SET n = 10 WHERE n = 2;")
        expect(server.sql("SELECT n FROM rounded") == ["10"], f"{there}: what is held can be changed")
    server.sql("CREATE TABLE times (id timestamp primary key, n int); INSERT INTO times VALUES ('2026-01-01 10:00:00', 1)")
    says(scratch, server.table("times", "id DATE, n INT, PRIMARY KEY (id) NOT ENFORCED") + "DELETE FROM times WHERE n = 1;", "E3001", "is not a DATE")
    expect(server.sql("SELECT n FROM times") == ["1"], "a time is no date")
    server.sql("CREATE TABLE par (id int primary key, n int); CREATE TABLE kid () INHERITS (par); INSERT INTO par VALUES (1, 1), (2, 2); "
               "INSERT INTO kid VALUES (1, 100)")
    ddl = server.table("par", "id INT, n INT, PRIMARY KEY (id) NOT ENFORCED")
    for sql in ("DELETE FROM par WHERE n = 1;", "UPDATE par SET n = n + 1;"):
        says(scratch, ddl + sql, "E4010", "has children (INHERITS)")
    expect(server.sql("SELECT n FROM par ORDER BY n") == ["1", "2", "100"], "nothing is changed")


def test_a_table_of_any_name(server, scratch):
    server.sql("CREATE TABLE weir_changes (k0 int primary key, v0 int); INSERT INTO weir_changes VALUES (1, 1), (2, 2)")
    ddl = server.table("weir_changes", "k0 INT, v0 INT, PRIMARY KEY (k0) NOT ENFORCED")
    run(scratch, ddl + "UPDATE weir_changes SET v0 = v0 + 1; DELETE FROM weir_changes WHERE k0 = 1;")
    expect(server.sql("TABLE weir_changes") == ["2|3"], server.sql("TABLE weir_changes"))


def test_a_time_to_live_is_for_jobs(server, scratch):
    """What the statement's own join forgets would be rows without a match."""
    server.sql("CREATE TABLE big (id int primary key, n int); INSERT INTO big SELECT i, 0 FROM generate_series(1, 200000) i; "
               "CREATE TABLE keep (id int); INSERT INTO keep SELECT id FROM big")
    ddl = server.table("big", "id INT, n INT, PRIMARY KEY (id) NOT ENFORCED") + server.table("keep", "id INT")
    run(scratch, "SET 'table.exec.state.ttl' = '50 ms';" + ddl + "DELETE FROM big WHERE NOT EXISTS (SELECT 1 FROM keep WHERE keep.id = big.id);")
    expect(server.sql("SELECT count(*) FROM big") == ["200000"], server.sql("SELECT count(*) FROM big"))


def test_errors_and_rights(server, scratch):
    ddl = things(server)
    server.sql("CREATE TABLE parts (id int references things); INSERT INTO parts VALUES (1)")
    said = says(scratch, ddl + "TRUNCATE TABLE things;", "E4010", "cannot truncate a table referenced in a foreign key constraint", "^^^^^^")
    expect("| TRUNCATE TABLE things" in said, said)
    says(scratch, ddl + "DELETE FROM things;", "E4010", "violates foreign key constraint")
    says(scratch, ddl + "UPDATE things SET v = CAST(NULL AS STRING);", "E3004", "'v' of table things")
    says(scratch, ddl + "UPDATE things SET n = 1 / (id - 2);", "E30")
    expect(server.sql("SELECT sum(n), count(*) FROM things") == ["3|3"], "nothing was changed")
    server.sql("ALTER TABLE things ADD CHECK (n < 3)")
    says(scratch, ddl + "UPDATE things SET n = n + 1;", "violates check constraint")
    expect(server.sql("SELECT sum(n) FROM things") == ["3"], "nothing was changed")
    server.sql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT SELECT ON things TO reader")
    read = server.table("things", THINGS, url=server.url.replace("user=ada", "user=reader"))
    for one in ("UPDATE things SET n = 0;", "DELETE FROM things;", "TRUNCATE TABLE things;"):
        says(scratch, read + one, "E4010", "permission denied")
    server.sql("CREATE TABLE keyless (id int, n int); INSERT INTO keyless VALUES (1, 1), (1, 2)")
    says(scratch, server.table("keyless", "id INT, n INT, PRIMARY KEY (id) NOT ENFORCED") + "UPDATE keyless SET n = 3;", "E2008", "neither the primary key", "ALTER TABLE")
    server.sql("CREATE TABLE fine (id timestamp primary key, n int); INSERT INTO fine VALUES ('2026-01-01 00:00:00.123456', 1), ('2026-01-01 00:00:00.123', 2)")
    rounded = server.table("fine", "id TIMESTAMP(3), n INT, PRIMARY KEY (id) NOT ENFORCED")
    for one in ("UPDATE fine SET n = n + 1;", "DELETE FROM fine;"):
        says(scratch, rounded + one, "E3001", "is found again by the PRIMARY KEY")
    expect(server.sql("SELECT sum(n) FROM fine") == ["3"], "nothing was changed")
    says(scratch, server.table("nowhere", THINGS) + "TRUNCATE TABLE nowhere;", "E4010", "no table 'nowhere'")
    says(scratch, server.table("things", THINGS, url="jdbc:postgresql://127.0.0.1:9/x") + "DELETE FROM things;", "E4010", "cannot be reached")


def test_triggers_and_partitions(server, scratch):
    ddl = things(server)
    server.sql("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id = 2 THEN RETURN NULL; END IF; RETURN COALESCE(NEW, OLD); END $$; "
               "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON things FOR EACH ROW EXECUTE FUNCTION keep()")
    expect(counts(run(scratch, ddl + "UPDATE things SET n = 9; DELETE FROM things;")) == [2, 2], "as psql counts them")
    expect(server.sql("TABLE things") == ["2|b|2"], "what a trigger keeps stays")
    server.sql("CREATE TABLE above (id int, n int, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE low PARTITION OF above FOR VALUES FROM (0) TO (50); "
               "CREATE TABLE high PARTITION OF above FOR VALUES FROM (50) TO (100); INSERT INTO above SELECT i, i FROM generate_series(0, 99) i")
    parts = {"scan.partition.column": "id", "scan.partition.num": "5", "scan.partition.lower-bound": "0", "scan.partition.upper-bound": "99"}
    ddl = server.table("above", "id INT, n INT, PRIMARY KEY (id) NOT ENFORCED", **parts)
    expect(counts(run(scratch, ddl + "UPDATE above SET n = n + 1 WHERE MOD(id, 2) = 0; DELETE FROM above WHERE id >= 90;")) == [50, 10], "all parts")
    expect(server.sql("SELECT count(*), sum(n) FROM above") == ["90|4050"], server.sql("SELECT count(*), sum(n) FROM above"))


def test_explain(server, scratch):
    ddl = things(server)
    said = run(scratch, ddl + "EXPLAIN UPDATE things SET n = n + 1 WHERE v = 'a'; EXPLAIN DELETE FROM things WHERE n > 1; EXPLAIN STATE DELETE FROM things;")
    expect("things" in said and said.count("Optimized") >= 1, said)
    expect(server.sql("SELECT sum(n) FROM things") == ["3"], "nothing was changed")


# --- others who write -----------------------------------------------------------------------------


def test_nothing_is_lost_beside_others(server, scratch):
    things(server, "(1, 'a', 0)")
    ddl, times = server.table("things", THINGS), 200
    script = scratch.write("count.sql", ddl + "UPDATE things SET n = n + 1 WHERE id = 1;\n" * times)
    processes = [subprocess.Popen([program(), "--data-dir", os.path.join(scratch.path, f"d{i}"), "-f", script], cwd=scratch.path, env=scratch.environment(),
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for i in range(2)]
    session = subprocess.run(server.psql("SELECT 1")[:-2], input="UPDATE things SET n = n + 1 WHERE id = 1; SELECT pg_sleep(0.01);\n" * times, text=True,
                             capture_output=True, timeout=PATIENCE, check=False)
    said = [one.communicate(timeout=PATIENCE)[0] for one in processes]
    expect(session.returncode == 0 and all(one.returncode == 0 for one in processes), session.stderr + "".join(said)[-2000:])
    expect([counts(one) for one in said] == [[1] * times] * 2, "each changed its row")
    expect(server.sql("SELECT n FROM things") == [str(3 * times)], server.sql("TABLE things"))


def test_a_row_that_changes_is_read_again(server, scratch):
    """Whoever holds the row commits behind our snapshot."""
    ddl = things(server)
    holder = subprocess.Popen(server.psql("BEGIN; UPDATE things SET n = 10 WHERE id = 1; DELETE FROM things WHERE id = 2; SELECT pg_sleep(2); COMMIT"))
    until(lambda: server.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%' AND state = 'active'") != ["0"] and
          server.sql("SELECT count(*) FROM pg_locks WHERE relation = 'things'::regclass AND mode = 'RowExclusiveLock'") != ["0"], "the row is held")
    said = run(scratch, ddl + "UPDATE things SET n = n + 1 WHERE n < 20;")
    holder.wait()
    expect(counts(said) == [1] and server.sql("SELECT id, n FROM things ORDER BY id") == ["1|11", "3|"], said + str(server.sql("TABLE things")))


def test_a_table_that_is_written_anew(server, scratch):
    ddl = things(server)
    for again in ("ALTER TABLE things ALTER n TYPE bigint", "TRUNCATE things; INSERT INTO things VALUES (1, 'a', 1), (7, 'b', 2)"):
        holder = subprocess.Popen(server.psql(f"BEGIN; {again}; SELECT pg_sleep(1.5); COMMIT"))
        until(lambda: server.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'things'::regclass") == ["1"], "the lock is held")
        expect(counts(run(scratch, ddl + "UPDATE things SET n = n + 1 WHERE n > 0;")) == [2], "both rows")
        holder.wait()
    expect(server.sql("SELECT id, n FROM things ORDER BY id") == ["1|2", "7|3"], server.sql("TABLE things"))


def test_rewrites_beside_statements(server, scratch):
    """A table that is written anew has no rows for older snapshots: none of them may be missed, in whichever moment it is."""
    ddl, times = things(server, "(1, 'a', 0), (2, 'b', 0)"), 40
    session = subprocess.Popen(server.psql("SELECT 1")[:-2], stdin=subprocess.PIPE, text=True)
    session.stdin.write("ALTER TABLE things ALTER n TYPE bigint; SELECT pg_sleep(0.2); ALTER TABLE things ALTER n TYPE int; SELECT pg_sleep(0.1);\n" * 400)
    session.stdin.flush()
    try:
        said = run(scratch, ddl + "UPDATE things SET n = n + 1 WHERE n >= 0;\n" * times)
    finally:
        session.kill()
        session.wait()
    expect(counts(said) == [2] * times and server.sql("SELECT n FROM things") == [str(times)] * 2, f"{counts(said)} {server.sql('TABLE things')}")


# --- kills ----------------------------------------------------------------------------------------


def test_kills_leave_all_or_nothing(server, scratch):
    many = 30000
    server.sql(f"DROP TABLE IF EXISTS many; CREATE TABLE many (id int primary key, n int); INSERT INTO many SELECT i, 0 FROM generate_series(1, {many}) i")
    script = scratch.write("many.sql", server.table("many", "id INT, n INT, PRIMARY KEY (id) NOT ENFORCED") + "UPDATE many SET n = n + 1 WHERE id > 0;")
    began = time.monotonic()
    run(scratch, open(script, encoding="utf-8").read())
    whole, chance, seen = time.monotonic() - began, random.Random(SEED), 1
    for number in range(12):
        running = scratch.start("-f", script)
        time.sleep(chance.uniform(0.05, whole * 1.05))
        if number % 3 == 2:
            running.send_signal(signal.SIGINT)
        else:
            running.kill()
        said = "".join(filter(None, running.communicate(timeout=PATIENCE)))
        until(lambda: server.sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()") == ["0"], "it is away")
        found = server.sql("SELECT min(n), max(n) FROM many")[0].split("|")
        expect(found[0] == found[1] and int(found[0]) in (seen, seen + 1), f"half a statement: {found}, it was {seen}")
        expect(running.returncode != 0 or int(found[0]) == seen + 1, f"it says that it is done: {said}")
        seen = int(found[0])


def test_kills_at_the_steps_of_the_commit(server, scratch):
    faulty = os.path.join(os.path.dirname(program()), "weir_faulty")
    if not os.path.exists(faulty):
        return
    ddl = things(server)
    script = scratch.write("step.sql", ddl + "UPDATE things SET n = id * 100 WHERE id > 0;")
    for point, after in (("postgres.before_change", ["3"]), ("postgres.before_commit", ["3"]), ("postgres.after_commit", ["600"])):
        done = subprocess.run([faulty, "--data-dir", os.path.join(scratch.path, "killed"), "-f", script], cwd=scratch.path, env=scratch.environment(WEIR_KILL_AT=f"{point}:1"),
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        expect(done.returncode != 0, f"it is killed at {point}: {done.stderr}")
        until(lambda wanted=after: server.sql("SELECT sum(n) FROM things") == wanted, f"{point}: {server.sql('TABLE things')}")


def test_ctrl_c(server, scratch):
    """While the statement waits for a row that somebody else holds."""
    ddl = things(server)
    holder = subprocess.Popen(server.psql("BEGIN; UPDATE things SET n = 10 WHERE id = 1; SELECT pg_sleep(4); COMMIT"))
    until(lambda: server.sql("SELECT count(*) FROM pg_locks WHERE relation = 'things'::regclass AND mode = 'RowExclusiveLock'") != ["0"], "the row is held")
    running = scratch.start("-f", scratch.write("wait.sql", ddl + "UPDATE things SET n = 5;"))
    until(lambda: server.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != ["0"], "it waits")
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    said = "".join(filter(None, running.communicate(timeout=PATIENCE)))
    expect(time.monotonic() - began < 3 and running.returncode == 130, f"{running.returncode}: {said}")
    holder.wait()
    until(lambda: server.sql("SELECT sum(n) FROM things") == ["12"], server.sql("TABLE things"))


# --- the shell ------------------------------------------------------------------------------------


def test_in_the_shell(server, scratch):
    ddl = things(server)
    shell = Shell(scratch)
    for line in ddl.strip().splitlines():
        shell.ask(line, "created")
    shell.ask("UPDATE things SET n = 7 WHERE id <= 2;", "2 rows updated.")
    shell.ask("DELETE FROM things WHERE n = 7;", "2 rows deleted.")
    shell.ask("TRUNCATE TABLE things;", "Table things truncated.")
    shell.leave()
    expect(server.sql("SELECT count(*) FROM things") == ["0"], "all rows are gone")


if __name__ == "__main__":
    if servers.programs() is None or servers.account() is None:
        print("skipped: no PostgreSQL server can be run here")
        sys.exit(77)
    with servers.Server() as the_server:
        run_all({name: (lambda scratch, test=test: test(the_server, scratch)) for name, test in list(globals().items()) if name.startswith("test_")})
