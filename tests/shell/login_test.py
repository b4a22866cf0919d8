#!/usr/bin/env python3
"""Who may: users, their roles and paths, TLS, and what wrong logins cost."""
import base64
import http.client
import json
import os
import random
import re
import shutil
import socket
import ssl
import stat
import struct
import subprocess
import threading
import time

import http_test
import secrets_test
import server_test
from weir_shell import DEADLINE, expect, run_all
import seed  # noqa: E402  (weir_shell says where)
from hive_session import HiveSession, login_message  # noqa: E402

ROLES = ("reader", "operator", "admin")
TABLES = """
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE three (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv');
"""


def add(scratch, name, role="reader", password="open sesame", text=None):
    done = scratch.run("user", "add", name, "--role", role, text=(password + "\n") if text is None else text)
    expect(done.returncode == 0, done.stderr)


def certify(scratch, name="server"):
    """Makes a certificate of localhost that signs itself; the paths of it and of its key."""
    certificate, key = (os.path.join(scratch.path, f"{name}.{ending}") for ending in ("pem", "key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", key,
                    "-out", certificate, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    os.chmod(key, 0o600)
    return certificate, key


class Server(server_test.Server):
    """weir server at ports of its own, with TLS where there is a certificate."""

    def __init__(self, scratch, *options, tls=None, host="127.0.0.1"):
        self.scratch, self.data, self.tls = scratch, os.path.join(scratch.path, "weir-data"), tls
        said = ("-D", f"server.tls.certificate={tls[0]}", "-D", f"server.tls.key={tls[1]}") if tls else ()
        super().__init__(scratch, "-D", f"server.http.address={host}:0", "-D", f"server.thrift.address={host}:0",
                         "-D", "parallelism.default=1", *said, *options)
        log = self.log()
        self.port = int(re.search(r"answers HTTP at \S+:(\d+)$", log, re.M).group(1))
        self.thrift = int(re.search(r"clients at \S+:(\d+)$", log, re.M).group(1))
        with open(os.path.join(self.data, "token"), encoding="ascii") as file:
            self.token = file.read().strip()

    def context(self):
        return ssl.create_default_context(cafile=self.tls[0])

    def connect(self, port):
        raw = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        return self.context().wrap_socket(raw, server_hostname="localhost") if self.tls else raw

    def ask(self, path, user=None, password="open sesame", method="GET", body=None, authorization=None):
        """Status and body."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if user is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        if authorization is not None:
            headers["Authorization"] = authorization
        if self.tls:
            client = http.client.HTTPSConnection("localhost", self.port, timeout=DEADLINE, context=self.context())
        else:
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            client.request(method, path, None if body is None else json.dumps(body), headers)
            answer = client.getresponse()
            text = answer.read().decode()
            is_json = answer.getheader("Content-Type", "").startswith("application/json") and text
            return answer.status, json.loads(text) if is_json else text
        finally:
            client.close()

    def sql(self, user, statement, **settings):
        """Status and body of a statement."""
        return self.ask("/v1/sql", user, method="POST", body={"statement": statement, "settings": settings})

    def log_in(self, user, password="open sesame"):
        """A connection of Hive's, or None."""
        raw = self.connect(self.thrift)
        raw.sendall(login_message(user, password))
        answer = raw.recv(5)
        if answer == b"\5\0\0\0\0":
            return raw
        expect(answer[:1] == b"\3", answer)
        raw.close()
        return None


def test_users_are_made_by_a_verb(scratch):
    users = os.path.join(scratch.path, "weir-data", "users")
    add(scratch, "ada", "operator")
    add(scratch, "bob")
    expect(stat.S_IMODE(os.stat(users).st_mode) == 0o600, "others may read it")
    with open(users, encoding="ascii") as file:
        text = file.read()
    expect(re.fullmatch(r"weir users 1\nada:operator:\$scrypt\$ln=15,r=8,p=1\$\S+\nbob:reader:\$scrypt\$\S+\n", text), text)
    listed = scratch.run("user", "list", "--format", "csv")
    expect(listed.stdout == "name,role\nada,operator\nbob,reader\n", listed.stdout)
    done = scratch.run("user", "password", "bob", text="another\n")
    expect(done.returncode == 0 and "another password" in done.stderr, done.stderr)
    with open(users, encoding="ascii") as file:
        expect(file.read().splitlines()[2] != text.splitlines()[2], "the hash is the same")
    for arguments, why in ((("add", "ada"), "already"), (("add", "a:b"), "no name of a user"), (("add", "eve"), "at least one"),
                           (("add",), "NAME is missing"), (("remove", "eve"), "no user eve"), (("password", "eve"), "no user eve"),
                           (("list", "ada"), "takes no NAME"), (("lsit",), "add, list, password, remove"),
                           (("add", "eve", "--role", "root"), "reader, operator, admin")):
        done = scratch.run("user", *arguments, text="")
        expect(done.returncode == 1 and why in done.stderr, f"{arguments}: {done.stderr}")
    expect(scratch.run("user", "remove", "bob").returncode == 0, "bob stays")
    expect(scratch.run("user", "list", "--format", "csv").stdout == "name,role\nada,operator\n", "bob is there")
    os.chmod(users, 0o644)
    done = scratch.run("user", "list")
    expect(done.returncode == 1 and "may be used by others" in done.stderr and "chmod 600" in done.stderr, done.stderr)
    elsewhere = scratch.run("-D", "server.users-file=elsewhere", "user", "add", "cyd", text="open sesame\n")
    expect(elsewhere.returncode == 0 and os.path.exists(os.path.join(scratch.path, "elsewhere")), elsewhere.stderr)


def test_users_come_and_go_without_a_restart(scratch):
    with Server(scratch) as server:
        expect(server.ask("/jobs", "ada")[0] == 401, "nobody is there yet")
        add(scratch, "ada")
        expect(server.ask("/jobs", "ada")[0] == 200, "ada is there")
        expect(server.log_in("ada") is not None, "ada may log in by SASL")
        expect(server.ask("/jobs", authorization=f"Bearer {server.token}")[0] == 200, "the token lets in")
        expect(server.log_in("anybody", server.token) is not None, "the token lets in by SASL")
        scratch.run("user", "password", "ada", text="another\n")
        expect(server.ask("/jobs", "ada")[0] == 401 and server.ask("/jobs", "ada", "another")[0] == 200, "the new password counts")
        scratch.run("user", "remove", "ada")
        expect(server.ask("/jobs", "ada", "another")[0] == 401, "ada has gone")
        os.chmod(os.path.join(server.data, "users"), 0o644)
        expect(server.ask("/jobs", "ada", "another")[0] == 401, "the file is not believed")
        log = server.log()
        expect("ada has logged in as reader from 127.0.0.1" in log, log)
        expect("ada from 127.0.0.1: there is no such user with this password" in log and "may be used by others" in log, log)
        expect("another" not in log and "sesame" not in log, "a password is in the log")
        for directory, _, names in os.walk(server.data):
            for name in names:
                with open(os.path.join(directory, name), "rb") as file:
                    text = file.read()
                expect(b"another" not in text and b"sesame" not in text, f"a password is in {name}")


def test_wrong_logins_cost_time_and_others_none(scratch):
    add(scratch, "ada")
    add(scratch, "bob")
    with Server(scratch) as server:
        took = []
        for i in range(3):
            begin = time.monotonic()
            expect(server.ask("/jobs", "ada", f"wrong{i}")[0] == 401, "a wrong password lets in")
            took.append(time.monotonic() - begin)
        expect(took[0] >= 0.5 and took[1] >= 1 and took[2] >= 2, took)
        expect(server.ask("/jobs", "bob")[0] == 200, "bob is kept out")

        def guess_once(number):
            try:
                server.ask("/jobs", "ada", f"guess{number}")
            except (OSError, http.client.HTTPException):
                pass  # the server ends meanwhile
        guesses = [threading.Thread(target=guess_once, args=(i,)) for i in range(30)]
        for guess in guesses:
            guess.start()
        begin = time.monotonic()
        expect(server.ask("/healthz")[0] == 200 and server.ask("/jobs", "bob")[0] == 200, "bob is known")
        expect(server.ask("/jobs", authorization=f"Bearer {server.token}")[0] == 200, "the owner waits")
        expect(server.log_in("bob") is not None, "bob waits on Thrift")
        expect(time.monotonic() - begin < 2, "others wait")
        expect(server.ask("/jobs", "eve", "x")[0] == 429, "more wait than may")
        begin = time.monotonic()
        expect(server.end() == 0 and time.monotonic() - begin < 20, "the end waits for guesses")
        for guess in guesses:
            guess.join()


def test_nonsense_of_strangers_fills_no_log(scratch):
    nonsense = (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\2\0", b"\1\0\0\0\5PLAIN\2\0\0\0\3abc", b"\1\xff\xff\xff\xff", b"\x80\1\0\1\0\0",
                b"\1\0\0\0\6GSSAPI")
    with Server(scratch) as server:
        for i in range(300):
            with socket.create_connection(("127.0.0.1", server.thrift), timeout=DEADLINE) as raw:
                raw.sendall(nonsense[i % len(nonsense)])
                raw.shutdown(socket.SHUT_WR)
                while raw.recv(4096):
                    pass
        for _ in range(300):
            expect(server.ask("/jobs", authorization="Bearer guess")[0] == 401, "a guess lets in")
        server.await_log("the token is wrong")
        log = server.log()
        expect(log.count("somebody from 127.0.0.1: ") == 2 and log.count("the token is wrong") == 1, log)
        expect(server.log_in("anybody", server.token) is not None, "the owner is kept out")


def test_every_path_with_each_role(scratch):
    for role in ROLES:
        add(scratch, role, role)
    with Server(scratch) as server:
        for method, pattern, needed, _ in http_test.routes(server.ask("/openapi.json", "reader")[1]):
            path = re.sub(r"{\w+}", "x", pattern)
            for role in ROLES:
                status, body = server.ask(path, role, method=method, body=None if method == "GET" else {})
                may = needed == "anybody" or ROLES.index(role) >= ROLES.index(needed)
                expect((status != 403) == may and status != 401, f"{method} {path} by {role}: {status} {body}")
                if not may:
                    expect(body["code"] == "E6003" and f"for an {needed}" in body["message"], body)
        expect(server.ask("/nothing", "reader")[0] == 404, "what is not there")


# The least role that each statement needs; what is behind it is wrong or does nothing for whoever has it.
STATEMENTS = (
    ("reader", ("SELECT 1", "SHOW TABLES", "SHOW JOBS", "DESCRIBE numbers", "SHOW CREATE TABLE numbers", "EXPLAIN SELECT n FROM numbers",
                "EXPLAIN INSERT INTO nowhere SELECT n FROM numbers", "SET 'parallelism.default' = '2'", "RESET", "HELP", "USE default_database",
                "CREATE TEMPORARY VIEW v AS SELECT 1 AS a", "DROP TEMPORARY VIEW IF EXISTS v", "SHOW SAVEPOINTS", "CLEAR", "QUIT",
                "WAIT FOR JOB nobody UNTIL FINISHED", "DESCRIBE SAVEPOINT nobody", "DESCRIBE JOB nobody", "SELECT n FROM three")),
    ("operator", ("INSERT INTO nowhere SELECT n FROM three", "CREATE JOB a AS INSERT INTO nowhere SELECT n FROM three", "STOP JOB nobody",
                  "CANCEL JOB nobody", "DROP JOB IF EXISTS nobody", "SAVEPOINT JOB nobody", "DROP SAVEPOINT IF EXISTS nobody",
                  "CHECKPOINT JOB nobody", "COPY three FROM 'x.csv'", "RESTORE JOB b FROM SAVEPOINT nobody",
                  "EXECUTE STATEMENT SET BEGIN INSERT INTO nowhere SELECT n FROM three; END", "BEGIN STATEMENT SET", "END",
                  "SHOW STATE OF nobody", "SHOW STATE OF JOB nobody", "SHOW STATE DIFFERENCE OF nobody AND JOB nobody",
                  "SELECT * FROM STATE OF nobody UID 'u'", "SELECT * FROM STATE OF JOB nobody UID 'u'", "EXPLAIN SELECT * FROM STATE OF nobody UID 'u'",
                  "CREATE TEMPORARY VIEW v AS SELECT * FROM STATE OF nobody UID 'u'")),
    ("admin", ("CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')", "CREATE TEMPORARY TABLE t (a INT) WITH ('connector' = 'blackhole')",
               "CREATE VIEW w AS SELECT 1 AS a", "DROP VIEW IF EXISTS w", "DROP TABLE IF EXISTS t", "CREATE DATABASE IF NOT EXISTS d",
               "DROP DATABASE IF EXISTS d", "ALTER TABLE three RENAME TO four", "ALTER TABLE four RENAME TO three", "ADD JAR 'x.jar'", "SOURCE 'x.sql'",
               "CREATE FUNCTION f AS 'x'", "TRUNCATE TABLE three", "DELETE FROM three", "UPDATE three SET n = 1", "LOAD MODULE m",
               "USE MODULES m", "COMPILE PLAN 'x' FOR INSERT INTO nowhere SELECT n FROM three", "EXECUTE PLAN 'x'")),
)


def with_tables(scratch, server):
    path = os.path.dirname(scratch.write("three/a.csv", "1\n2\n3\n"))
    done = scratch.run("-c", TABLES.format(path=path))
    expect(done.returncode == 0, done.stderr)


def test_statements_with_each_role(scratch):
    for role in ROLES:
        add(scratch, role, role)
    with Server(scratch) as server:
        with_tables(scratch, server)
        for needed, statements in STATEMENTS:
            for statement in statements:
                for role in ROLES:
                    status, body = server.sql(role, statement)
                    may = ROLES.index(role) >= ROLES.index(needed)
                    expect((status != 403) == may and status != 401, f"{statement} by {role}: {status} {body}")
                    if not may:
                        article = "a" if role == "reader" else "an"
                        expect(body["code"] == "E6003" and body["sqlstate"] == "42501", body)
                        expect(f"{role} is {article} {role}, and this is for an {needed}" in body["message"], body)
        server.sql("admin", "CREATE JOB late AS INSERT INTO nowhere SELECT n FROM numbers", **{"table.dml-sync": "false"})
        server.await_log(r"late.*started by admin")
        expect(server.sql("reader", "SET 'server.max-sessions' = '1'")[0] == 400, "an option of the process")
        expect(server.sql("admin", "SET 'server.allowed-paths' = '/'")[0] == 400, "an option of the process")


def test_paths(scratch):
    for role in ROLES:
        add(scratch, role, role)
    free = os.path.join(scratch.path, "free")
    secret = scratch.write("secret/a.csv", "42\n")
    os.makedirs(os.path.join(free, "in"))
    scratch.write("free/in/a.csv", "7\n")
    os.symlink(os.path.dirname(secret), os.path.join(free, "link"))
    token = os.path.join(scratch.path, "weir-data", "token")
    hints = f"SELECT n FROM three /*+ OPTIONS('path' = '{os.path.dirname(secret)}') */"
    with Server(scratch, "-D", f"server.allowed-paths={free}") as server:
        with_tables_of_owner = scratch.run("-c", TABLES.format(path=os.path.join(free, "in")))
        expect(with_tables_of_owner.returncode == 0, with_tables_of_owner.stderr)
        refused = [f"SELECT * FROM '{secret}'", hints, f"SELECT * FROM '{token}'", f"SELECT * FROM '{free}/../secret/a.csv'",
                   f"SELECT * FROM '{free}/link/a.csv'", "SELECT * FROM '/etc/passwd'",
                   f"EXPLAIN SELECT * FROM '{secret}'", f"DESCRIBE SAVEPOINT '{scratch.path}/secret'",
                   f"EXPLAIN RESTORE JOB a FROM '{scratch.path}/secret' AS INSERT INTO nowhere SELECT n FROM numbers",
                   f"SET 'execution.checkpointing.dir' = '{scratch.path}/secret'"]
        for statement in refused:
            for role in ROLES:
                status, body = server.sql(role, statement)
                expect(status == 403 and body["code"] == "E6004", f"{statement} by {role}: {status} {body}")
                expect("42" not in json.dumps(body).replace("42501", ""), body)
        for path in (f"{scratch.path}/secret/b.csv", f"{free}/../secret/b.csv", f"{free}/link/b.csv", f"{server.data}/b.csv", "/tmp/weir-b.csv"):
            for role in ("operator", "admin") if path != f"{server.data}/b.csv" else ("operator",):
                status, body = server.sql(role, f"COPY (SELECT 1 AS a) TO '{path}'")
                expect(status == 403 and body["code"] == "E6004" and body["errors"][0].count("^") > 3, f"{path} by {role}: {status} {body}")
                expect(not os.path.exists(path), path)
        status, body = server.sql("reader", f"COPY (SELECT 1 AS a) TO '{free}/b.csv'")
        expect(status == 403 and body["code"] == "E6003", body)
        for role in ("operator", "admin"):
            status, body = server.sql(role, f"COPY (SELECT '{role}' AS a) TO '{free}/b.csv'")
            expect(status == 200 and body["message"] == f"1 row written to {free}/b.csv", body)
            with open(f"{free}/b.csv", encoding="utf-8") as file:
                expect(file.read() == f"a\n{role}\n", role)
        os.remove(f"{free}/b.csv")
        status, body = server.sql("reader", f"SELECT * FROM '{free}/in/a.csv'")
        expect(status == 403 and "names no paths" in body["message"], body)
        for role in ("operator", "admin"):
            expect(server.sql(role, f"SELECT * FROM '{free}/in/a.csv'")[1]["rows"] == [[7]], role)
        for role in ROLES:
            expect(server.sql(role, "SELECT n FROM three WHERE n IS NOT NULL")[0] == 200, f"{role} may use the admin's table")
            status, body = server.sql(role, "SELECT 1", **{"execution.checkpointing.savepoint-dir": "/tmp"})
            expect(status == 403 and body["code"] == "E6004", body)
        status, body = server.sql("admin", "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '/etc', 'format' = 'csv')")
        expect(status == 403 and body["code"] == "E6004", body)
        # Savepoints.
        status, body = server.sql("operator", "CREATE JOB j WITH ('execution.checkpointing.interval' = '200 ms') AS "
                                  "INSERT INTO nowhere SELECT n FROM numbers", **{"table.dml-sync": "false"})
        expect(status == 200, body)
        for path in (f"{scratch.path}/secret", f"{free}/link", f"{free}/../x", "/tmp"):
            for statement in (f"SAVEPOINT JOB j TO '{path}'", f"STOP JOB j WITH SAVEPOINT '{path}'"):
                status, body = server.sql("operator", statement)
                expect(status == 403 and body["code"] == "E6004", f"{statement}: {body}")
        status, _ = server.ask("/jobs/j/savepoints", "operator", method="POST", body={"target-directory": "/tmp"})
        expect(status == 202, "it is judged when it is executed")
        status, body = server.sql("operator", f"SAVEPOINT JOB j TO '{free}/saved'")
        expect(status == 200 and body["path"].startswith(free), body)
        status, inside = server.sql("operator", f"SAVEPOINT JOB j TO '{server.data}/kept'")
        expect(status == 200, inside)
        expect(server.sql("reader", f"DESCRIBE SAVEPOINT '{body['path']}'")[0] == 403, "a reader names a path")
        expect(server.sql("operator", f"DESCRIBE SAVEPOINT '{body['path']}'")[0] == 200, "an operator may not look")
        expect(server.sql("operator", f"DROP SAVEPOINT '{inside['path']}'")[0] == 200, "an operator may not remove it")
        expect(not [name for name in os.listdir("/tmp") if name.startswith("savepoint-")], "a savepoint is in /tmp")
        check_state_tables(server, scratch, f"{free}/saved")
    # The owner, by the socket, is bound by nothing.
    done = scratch.run("--format", "csv", "-c", f"SELECT * FROM '{secret}'")
    expect(done.stdout.endswith("\n42\n"), done.stdout + done.stderr)


def test_files_that_a_url_names_are_paths(scratch):
    """libpq opens them in the server."""
    for role in ROLES:
        add(scratch, role, role)
    free = os.path.join(scratch.path, "free")
    os.makedirs(free)
    with Server(scratch, "-D", f"server.allowed-paths={free}") as server:
        for parameter in ("sslrootcert", "sslcert", "sslKey", "sslcrl"):
            table = ("CREATE TABLE t_{0} (a INT) WITH ('connector' = 'jdbc', 'table-name' = 't', "
                     "'url' = 'jdbc:postgresql://localhost:1/d?user=u&{0}={1}')")
            status, body = server.sql("admin", table.format(parameter, "/etc/passwd"))
            expect(status == 403 and body["code"] == "E6004" and "^" in body["errors"][0], body)
            status, body = server.sql("admin", table.format(parameter, f"{free}/key.pem"))
            expect(status == 200, body)


def test_recorded_definitions_were_allowed_when_they_were_given(scratch):
    """An operator restores a job over tables that the owner has defined anywhere, unless a path says where it is."""
    for role in ROLES:
        add(scratch, role, role)
    apart = os.path.join(scratch.path, "apart")
    scratch.write("apart/in/a.csv", "1\n2\n")
    tables = f"""CREATE TABLE source (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '{apart}/in', 'format' = 'csv',
                   'source.monitor-interval' = '50 ms');
                 CREATE TABLE target (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '{apart}/out', 'format' = 'csv');"""
    insert = "INSERT INTO target SELECT n FROM source"
    with Server(scratch) as server:
        done = scratch.run("-c", tables)
        expect(done.returncode == 0, done.stderr)
        run = {"table.dml-sync": "false"}
        status, body = server.sql("operator", f"CREATE JOB j WITH ('execution.checkpointing.interval' = '100 ms') AS {insert}", **run)
        expect(status == 200, body)
        status, body = server.sql("operator", f"SAVEPOINT JOB j AS named TO '{server.data}/saved'")
        expect(status == 200, body)
        path = body["path"]
        expect(server.sql("operator", "STOP JOB j")[0] == 200, "it does not stop")
        for statement in ("EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT", "EXPLAIN RESTORE JOB j FROM SAVEPOINT named",
                          f"EXPLAIN RESTORE JOB j FROM SAVEPOINT named AS {insert}", "RESTORE JOB j FROM LATEST CHECKPOINT"):
            status, body = server.sql("operator", statement, **run)
            expect(status == 200, f"{statement}: {body}")
        expect(server.sql("operator", "STOP JOB j")[0] == 200, "it does not stop")
        for statement in (f"EXPLAIN RESTORE JOB j FROM '{path}'", f"RESTORE JOB j FROM '{path}'"):
            status, body = server.sql("operator", statement, **run)
            expect(status == 403 and body["code"] == "E6004", f"{statement}: {body}")
        status, body = server.sql("operator", "RESTORE JOB j FROM SAVEPOINT named", **run)
        expect(status == 200, body)


def check_state_tables(server, scratch, place):
    """State is read below allowed paths alone, by operators; a table of it by whoever may read tables."""
    status, body = server.sql("operator", "CREATE JOB sums AS INSERT INTO nowhere SELECT MAX(n) FROM numbers GROUP BY MOD(n, 3)",
                              **{"table.dml-sync": "false"})
    expect(status == 200, body)
    status, body = server.sql("operator", f"SAVEPOINT JOB sums AS kept TO '{place}'")
    expect(status == 200, body)
    kept, uid, elsewhere = body["path"], "sink:nowhere/agg", f"{scratch.path}/elsewhere"
    shutil.copytree(kept, elsewhere)
    states = (f"'{kept}'", "kept", "JOB sums")
    for state in states:
        read = (f"SELECT COUNT(*) FROM STATE OF {state} UID '{uid}'", f"SHOW STATE OF {state}", f"SHOW STATE DIFFERENCE OF kept AND {state}")
        for statement in read:
            expect(server.sql("operator", statement)[0] == 200, f"{statement}: {server.sql('operator', statement)}")
            status, body = server.sql("reader", statement)
            expect(status == 403 and body["code"] == "E6003", f"{statement}: {status} {body}")
    options = f"'connector' = 'savepoint', 'operator.uid' = '{uid}'"
    for name in ("saved", "saved_view"):
        status, body = server.sql("admin", f"CREATE TABLE saved (row_count BIGINT) WITH ({options}, 'state.path' = '{kept}')" if name == "saved" else
                                  f"CREATE VIEW saved_view AS SELECT row_count FROM STATE OF kept UID '{uid}'")
        expect(status == 200, body)
    expect(server.sql("reader", "SELECT COUNT(*) FROM saved")[0] == 200, "an admin's table of state is a table")
    expect(server.sql("reader", "SELECT COUNT(*) FROM saved_view")[0] == 403, "a view asks for state as its reader")
    expect(server.sql("operator", "SELECT COUNT(*) FROM saved_view")[0] == 200, "an operator may")
    for path in (elsewhere, f"{elsewhere}/_metadata", f"{place}/../../elsewhere", f"file:{elsewhere}"):
        refused = [f"SELECT * FROM STATE OF '{path}' UID '{uid}'", f"SHOW STATE OF '{path}'", f"SHOW STATE DIFFERENCE OF kept AND '{path}'",
                   f"SHOW STATE DIFFERENCE OF '{path}' AND kept UID '{uid}'", f"SELECT * FROM savepoint_metadata('{path}')",
                   f"SELECT * FROM saved /*+ OPTIONS('state.path' = '{path}') */", f"SELECT * FROM saved /*+ OPTIONS('state.before' = '{path}') */"]
        for statement in refused:
            for role in ROLES:
                status, body = server.sql(role, statement)
                expect(status == 403 and body["code"] == ("E6003" if role == "reader" and "OPTIONS" not in statement else "E6004"),
                       f"{statement} by {role}: {status} {body}")
        status, body = server.sql("admin", f"CREATE TABLE t (a INT) WITH ({options}, 'state.path' = '{path}')")
        expect(status == 403 and body["code"] == "E6004", f"{path}: {body}")


def test_temporary_objects_are_of_their_session(scratch):
    """Each statement over HTTP has a session of its own; Thrift's are compared by clients_test.py."""
    add(scratch, "ada")
    add(scratch, "bob")
    with Server(scratch) as server:
        expect(server.sql("ada", "CREATE TEMPORARY VIEW mine AS SELECT 1 AS a")[0] == 200, "a view")
        for user in ("ada", "bob"):
            status, body = server.sql(user, "SELECT * FROM mine")
            expect(status == 400 and body["code"] == "E2001", body)
            expect(server.sql(user, "SHOW VIEWS")[1]["rows"] == [], "it is listed")
        ada, bob = Hive(server, "ada"), Hive(server, "bob")
        expect(ada.run("CREATE TEMPORARY VIEW mine AS SELECT 1 AS a") and ada.run("SELECT * FROM mine"), "ada has it")
        expect(not bob.run("SELECT * FROM mine"), "bob has it, too")
        expect(not ada.run("CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')"), "a reader defines a table")


def test_a_request_says_what_its_session_begins_with(scratch):
    add(scratch, "ada")
    with Server(scratch) as server:
        def ask(statement, before):
            return server.ask("/v1/sql", "ada", method="POST", body={"statement": statement, "before": before})
        status, body = ask("SELECT a, CURRENT_TIME IS NULL FROM mine", "CREATE TEMPORARY VIEW mine AS SELECT 7 AS a;\n")
        expect(status == 200 and body["rows"] == [[7, False]], body)
        status, body = ask("SET", "SET parallelism.default=3; SET 'pipeline.name' = 'a;b'; RESET 'pipeline.name'")
        expect(status == 200 and ["parallelism.default", "3"] in [row[:2] for row in body["rows"]], body)
        expect("a;b" not in str(body), "it was reset")
        for before in ("SELECT 1", "INSERT INTO t SELECT 1", "SHOW TABLES; USE default_database", "SOURCE 'x.sql'"):
            status, body = ask("SELECT 1", before)
            expect(status == 400 and "does not stand in 'before'" in body["message"] and "USE, SET" in body["hint"], body)
        status, body = ask("SELECT 1", "USE nowhere")
        expect(status == 400 and body["code"] == "E2014", body)
        # By itself such a statement is over with its request, which is said.
        for statement in ("USE default_database", "SET 'parallelism.default' = '3'", "CREATE TEMPORARY VIEW mine AS SELECT 7 AS a"):
            status, body = ask(statement, "")
            expect(status == 200 and any("for this request alone" in notice for notice in body["notices"]), body)
        status, body = server.ask("/v1/validate", "ada", method="POST", body={"script": (
            "USE default_database; SELECT 1; RESET; CREATE TEMPORARY VIEW v AS SELECT 1; CREATE VIEW w AS SELECT 1; DROP TEMPORARY VIEW v")})
        expect([one["of_session"] for one in body["statements"]] == [True, False, True, True, False, True], body)


def refused(server, user):
    """Why the user gets no session, or None where one was opened, which is returned, too."""
    try:
        return None, Hive(server, user)
    except AssertionError as error:
        return str(error), None


def test_sessions_are_shared_out(scratch):
    add(scratch, "ada")
    add(scratch, "bob", "operator")
    with Server(scratch, "-D", "server.max-sessions=10") as server:
        kept = [Hive(server, "ada") for _ in range(5)]
        why, _ = refused(server, "ada")
        expect(why and "ada has 5 sessions open, which is half of all" in why, why)
        kept += [Hive(server, "bob") for _ in range(4)]
        why, _ = refused(server, "bob")
        expect(why and "9 sessions are open" in why and "no more over the network" in why, why)
        # Who owns the process still gets in.
        done = scratch.run("list")
        expect(done.returncode == 0, done.stderr)
        kept.pop(0).raw.close()
        server_test.await_true("a place is free", lambda: refused(server, "ada")[0] is None)


def test_idle_sessions_end(scratch):
    add(scratch, "ada")
    with Server(scratch, "-D", "server.session.timeout=500 ms") as server:
        ada = Hive(server, "ada")
        for _ in range(4):
            time.sleep(0.2)
            expect(ada.run("SHOW TABLES"), "it asks often enough")
        server.await_log("ada is disconnected: ")
        try:
            ada.run("SHOW TABLES")
            raise RuntimeError("its session is still there")
        except (AssertionError, OSError):
            pass
        expect(Hive(server, "ada").run("SHOW TABLES"), "it comes back")


def test_secrets_in_statements_are_in_no_answer(scratch):
    """As secrets_test.py, whose statements these are, over the network."""
    add(scratch, "root", "admin")
    canary = secrets_test.CANARY
    with Server(scratch) as server:
        hive = Hive(server, "root")
        for i, text in enumerate(secrets_test.STATEMENTS):
            for name in secrets_test.NAMES[i % 3::3]:
                for statement in filter(None, map(str.strip, text.format(name, canary).split(";"))):
                    _, body = server.sql("root", statement)
                    expect(canary not in json.dumps(body), f"{statement}: {body}")
                    hive.run(statement)
                    expect(canary.encode() not in hive.answer, f"{statement}: {hive.answer}")
            _, body = server.sql("root", "SELECT 1", **{secrets_test.NAMES[i]: canary})
            expect(canary not in json.dumps(body), body)
        for path in ("/jobs", "/jobs/overview", "/metrics", "/catalog", "/config"):
            expect(canary not in json.dumps(server.ask(path, "root")[1]), path)
        for statement in ("SET", "SHOW TABLES", "SHOW CREATE TABLE s", "DESCRIBE EXTENDED s", "SHOW JOBS"):
            expect(canary not in json.dumps(server.sql("root", statement)[1]), statement)
        expect(canary not in server.log(), "a secret is in the log")


class Listener:
    """A port of ours at which nobody may knock."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.place = "127.0.0.1:%d" % self.socket.getsockname()[1]

    def knocked(self, seconds=0.5):
        self.socket.settimeout(seconds)
        try:
            self.socket.accept()[0].close()
            return True
        except TimeoutError:
            return False


SHOWN = "SHOW CREATE TABLE login_{0}", "DESCRIBE login_{0}", "EXPLAIN SELECT * FROM login_{0}", "SHOW CREATE TABLE default_database.login_{0}"


def test_passwords_in_definitions_are_shown_to_nobody(scratch):
    """Accepted definitions with a password in clear: what is stored has it, and nothing that is shown."""
    for role in ROLES:
        add(scratch, role, role)
    canary = secrets_test.CANARY
    os.makedirs(os.path.join(scratch.path, "in"))
    answers = []

    def ask(path, *more, **settings):
        for role in ROLES:
            status, body = server.sql(role, path, **settings) if not path.startswith("/") else server.ask(path, role, *more)
            answers.append((path, json.dumps(body)))
            expect(canary not in json.dumps(body), f"{path} for {role}: {body}")
            expect(status == 200 or not path.startswith(("SHOW", "DESCRIBE", "/")), f"{path} for {role}: {body}")
    with Server(scratch) as server:
        hive = Hive(server, "reader")
        for i, (name, options) in enumerate(secrets_test.ACCEPTED.items()):
            status, body = server.sql("admin", f"CREATE TABLE login_{i} (a INT) WITH ({options})")
            expect(status == 200, f"{name}: {body}")
            expect("WARNING" in json.dumps(body) and f"'{name}'" in json.dumps(body) and canary not in json.dumps(body), body)
            for statement in SHOWN:
                ask(statement.format(i))
                hive.run(statement.format(i))
                expect(canary.encode() not in hive.answer, statement)
            shown = server.sql("reader", f"SHOW CREATE TABLE login_{i}")[1]
            expect("******" in json.dumps(shown), shown)
            # What was shown is no definition.
            text = re.search(r"CREATE TABLE.*?\)(?=$|;)", shown["text"] if "text" in shown else shown["rows"][0][0], re.S).group()
            status, body = server.sql("admin", text.replace(f"login_{i}", "again", 1))
            expect(status == 400 and body["code"] == "E2008" and "${secret:" in json.dumps(body), body)
            # A copy has it all.
            expect(server.sql("admin", f"CREATE TABLE like_{i} LIKE login_{i}")[0] == 200, name)
            ask(f"SHOW CREATE TABLE like_{i}")
        # One in a hint, in a view and in a job.
        options = secrets_test.ACCEPTED["properties.sasl.password"]
        hint = f"/*+ OPTIONS('properties.ssl.key.password' = '{canary}', 'properties.ssl.keystore.password' = '{canary}') */"
        expect(server.sql("admin", f"CREATE VIEW w AS SELECT a FROM login_0 {hint}")[0] == 200, "a view")
        ask("SHOW CREATE VIEW w")
        ask("DESCRIBE w")
        expect(server.sql("admin", f"CREATE TABLE empty (a INT) WITH ('connector' = 'filesystem', 'path' = '{scratch.path}/in', "
                          "'format' = 'csv', 'source.monitor-interval' = '50 ms')")[0] == 200, "a source")
        status, body = server.sql("admin", f"CREATE JOB j AS INSERT INTO login_0 {hint} SELECT a FROM empty", **{"table.dml-sync": "false"})
        expect(status == 200 and canary not in json.dumps(body), body)
        job = server.ask("/v1/jobs", "reader")[1]["jobs"][0]["id"]
        for path in ("SHOW CREATE JOB j", "DESCRIBE JOB j", "SHOW JOBS", f"/v1/jobs/{job}/source", f"/v1/jobs/{job}/config", f"/v1/jobs/{job}/figures", f"/v1/jobs/{job}",
                     f"/v1/jobs/{job}/exceptions", "/v1/catalog", "/metrics"):
            ask(path)
        status, body = server.sql("admin", f"SAVEPOINT JOB j AS kept TO '{scratch.path}/saved'")
        expect(status == 200, body)
        ask("DESCRIBE SAVEPOINT kept")
        source = server.ask(f"/v1/jobs/{job}/source", "admin")[1]
        expect(source["written"].count("*" * len(canary)) == 2, source)
        # The page edits what it was shown: definitions are those of the job.
        script = ";\n".join([*source["definitions"], "INSERT INTO login_0 SELECT a + 1 FROM empty"])
        status, body = server.ask("/v1/validate", "admin", method="POST", body={"script": script})
        expect(status == 200 and not [one for one in body["findings"] if one.get("severity") == "error"], body)
        other = script.replace("h:9092", "elsewhere:9092")
        status, body = server.ask("/v1/validate", "admin", method="POST", body={"script": other})
        expect(script != other and "E2008" in json.dumps(body), body)
        expect(canary not in server.log(), "the log has it")
        stopped = server.sql("admin", "STOP JOB j")
        expect(stopped[0] == 200, stopped)
    expect(options and answers, "nothing was asked")
    # The owner's own shell is shown no more.
    done = scratch.run("-c", "SHOW CREATE TABLE login_0; SHOW CREATE JOB j; DESCRIBE SAVEPOINT kept;")
    expect(done.returncode == 0 and canary not in done.stdout + done.stderr and "******" in done.stdout, done.stdout + done.stderr)
    # A restore has what it needs.
    done = scratch.run("-c", "DROP JOB j; RESTORE JOB j FROM SAVEPOINT kept; STOP JOB j;")
    expect(done.returncode == 0 and canary not in done.stdout + done.stderr, done.stdout + done.stderr)


def test_hints_lead_no_login_elsewhere(scratch):
    """A table's login goes where its definition says, and files of keys are below allowed paths."""
    for role in ROLES:
        add(scratch, role, role)
    free = os.path.join(scratch.path, "free")
    os.makedirs(free)
    secret = scratch.write("secret/ca.pem", "x")
    scratch.write("free/ca.pem", "x")
    shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "runtime", "connectors", "data", "protobuf", "types.desc"), free)
    listener = Listener()
    kafka = ("'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = '127.0.0.1:1', 'properties.security.protocol' = "
             "'SASL_PLAINTEXT', 'properties.sasl.mechanism' = 'PLAIN', 'properties.sasl.username' = 'u', 'properties.sasl.password' = 'p', "
             "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'")
    tables = (f"CREATE TABLE k (a INT) WITH ({kafka}, 'format' = 'json');"
              f"CREATE TABLE r (a INT) WITH ({kafka}, 'format' = 'avro-confluent', 'avro-confluent.url' = 'http://127.0.0.1:1');"
              f"CREATE TABLE m (i INT) WITH ({kafka}, 'format' = 'protobuf', 'protobuf.message-class-name' = 'weir.test.Everything', "
              f"'protobuf.descriptor-file' = '{free}/types.desc');"
              f"CREATE VIEW w AS SELECT a FROM k /*+ OPTIONS('properties.ssl.ca.location' = '{free}/ca.pem') */;"
              "CREATE TABLE nowhere (a INT) WITH ('connector' = 'blackhole');")
    hints = (("k", "properties.bootstrap.servers", listener.place), ("k", "properties.metadata.broker.list", listener.place),
             ("k", "properties.security.protocol", "PLAINTEXT"), ("k", "properties.sasl.mechanism", "SCRAM-SHA-256"),
             ("k", "properties.ssl.ca.location", "/etc/passwd"), ("k", "properties.enable.ssl.certificate.verification", "false"),
             ("k", "properties.sasl.oauthbearer.token.endpoint.url", f"http://{listener.place}"),
             ("r", "avro-confluent.url", f"http://{listener.place}"), ("r", "avro-confluent.schema-registry.url", f"http://{listener.place}"),
             ("r", "avro-confluent.ssl.truststore.location", "/etc/passwd"), ("r", "avro-confluent.basic-auth.user-info", "a:b"),
             ("r", "avro-confluent.properties.bearer.auth.token", "x"))
    with Server(scratch, "-D", f"server.allowed-paths={free}") as server:
        done = scratch.run("-c", tables)
        expect(done.returncode == 0, done.stderr)
        for table, key, value in hints:
            hint = f"{table} /*+ OPTIONS('{key}' = '{value}') */"
            statements = [("reader", f"SELECT * FROM {hint}"), ("reader", f"EXPLAIN SELECT * FROM {hint}"), ("operator", f"SELECT * FROM {hint}"),
                          ("operator", f"INSERT INTO {hint} SELECT 1"), ("operator", f"INSERT INTO nowhere SELECT a FROM {hint}"),
                          ("operator", f"CREATE JOB x AS INSERT INTO nowhere SELECT a FROM {hint}"),
                          ("operator", f"COPY (SELECT a FROM {hint}) TO '{free}/x.csv'")]
            for role, statement in statements:
                status, body = server.sql(role, statement)
                expect(status == 403 and body["code"] == "E6003" and f"'{key}'" in body["message"] and "admin" in body["message"] and
                       body["errors"][0].count("^") > 3, f"{statement} by {role}: {status} {body}")
        reader = Hive(server, "reader")
        expect(reader.run(f"CREATE TEMPORARY VIEW mine AS SELECT a FROM k /*+ OPTIONS('properties.bootstrap.servers' = '{listener.place}') */") is not None
               and not reader.run("SELECT * FROM mine"), "a view of a reader's own")
        expect(not listener.knocked(), "somebody was led there")
        # What says nothing of the kind may be said, and what an admin has said in a view is his.
        for statement in ("EXPLAIN SELECT a FROM k /*+ OPTIONS('scan.startup.mode' = 'latest-offset', 'properties.fetch.min.bytes' = '2') */",
                          "EXPLAIN SELECT a FROM w"):
            status, body = server.sql("reader", statement)
            expect(status == 200, f"{statement}: {body}")
        status, body = server.sql("admin", f"EXPLAIN SELECT a FROM k /*+ OPTIONS('properties.bootstrap.servers' = '{listener.place}') */")
        expect(status == 200, body)
        # Files of keys are asked for as those of tables are, of admins as well who come by the network.
        for table, key in (("k", "properties.ssl.ca.location"), ("k", "properties.ssl.keystore.location"), ("r", "avro-confluent.ssl.truststore.location"),
                           ("r", "avro-confluent.ssl.keystore.location"), ("m", "protobuf.descriptor-file")):
            for path in (secret, f"{free}/../secret/ca.pem", os.path.join(server.data, "token"), "/etc/passwd"):
                for statement in (f"SELECT * FROM {table} /*+ OPTIONS('{key}' = '{path}') */",
                                  f"CREATE TABLE t WITH ('{key}' = '{path}') LIKE {table}",
                                  f"CREATE TEMPORARY TABLE t WITH ('{key}' = '{path}') LIKE {table}"):
                    status, body = server.sql("admin", statement)
                    expect(status == 403 and body["code"] == "E6004", f"{statement}: {status} {body}")
        status, body = server.sql("admin", f"CREATE TABLE t WITH ('properties.ssl.ca.location' = '{free}/ca.pem') LIKE k")
        expect(status == 200, body)
        status, body = server.sql("admin", f"CREATE TABLE p WITH ('properties.plugin.library.paths' = '{free}/x.so') LIKE k")
        expect(status == 400 and body["code"] == "E1002", body)



class Hive(HiveSession):
    """A session as much as it takes to execute a statement."""

    def __init__(self, server, user):
        raw = server.log_in(user)
        expect(raw is not None, f"{user} is refused")
        super().__init__(raw)
        self.handle = self.handle_in(self.answer)

    @staticmethod
    def handle_in(answer):
        """THandleIdentifier: 1: binary guid, 2: binary secret, of sixteen bytes each."""
        match = re.search(rb"\x0b\x00\x01\x00\x00\x00\x10(.{16})\x0b\x00\x02\x00\x00\x00(.)", answer, re.S)
        expect(match, answer)
        end = match.end() + match.group(2)[0]
        return b"\x0c\0\1" + answer[match.start():end] + b"\0"

    def run(self, statement):
        """Whether it was executed."""
        text = statement.encode()
        request = b"\x0c\0\1" + self.handle + b"\0" + b"\x0b\0\2" + struct.pack(">I", len(text)) + text + b"\0"
        # TStatus: 1: i32 statusCode; 3 is ERROR_STATUS.
        self.answer = self.call("ExecuteStatement", request)
        return re.search(rb"\x0c\x00\x01\x08\x00\x01\x00\x00\x00(.)", self.answer, re.S).group(1) != b"\3"


def test_nothing_is_open_without_tls_and_users(scratch):
    certificate, key = certify(scratch)
    tls = ("-D", f"server.tls.certificate={certificate}", "-D", f"server.tls.key={key}")

    def refused(*options):
        with server_test.Server(scratch, *options, ready=False) as server:
            expect(server.process.wait(DEADLINE) != 0, "it starts")
            return server.log()
    for option in ("server.http.address", "server.thrift.address"):
        other = "server.thrift.address" if "http" in option else "server.http.address"
        at = ("-D", f"{option}=0.0.0.0:0", "-D", f"{other}=0")
        said = refused(*at)
        expect(f"'{option}' cannot be" in said and "neither TLS nor a login of users" in said and "weir user add" in said, said)
        said = refused(*at, *tls)
        expect("no user who could log in" in said, said)
    add(scratch, "ada")
    said = refused("-D", "server.http.address=0.0.0.0:0")
    expect("there is no TLS" in said and "server.tls.certificate" in said, said)
    os.chmod(certificate, 0o600)
    for options, why in ((tls[:2], "'server.tls.certificate' is set and 'server.tls.key' is not"),
                         (("-D", f"server.tls.certificate={key}", "-D", f"server.tls.key={key}"), "has no certificate"),
                         (("-D", f"server.tls.certificate={certificate}", "-D", f"server.tls.key={certificate}"), "has no key"),
                         (("-D", "server.tls.certificate=nothing", *tls[2:]), "cannot be read")):
        said = refused(*options)
        expect(why in said, said)
    os.chmod(key, 0o644)
    expect("may be used by others" in refused(*tls), "a key that others may read")
    os.chmod(key, 0o600)
    with Server(scratch, tls=(certificate, key), host="0.0.0.0") as server:
        expect(server.ask("/jobs", "ada")[0] == 200, "ada is let in")
        expect(server.log_in("ada") is not None, "ada is let in by SASL")
        opened = scratch.run("open", "-D", f"server.http.address=0.0.0.0:{server.port}", *tls)
        expect(opened.stdout == f"https://127.0.0.1:{server.port}/#token={server.token}\n", opened.stdout + opened.stderr)


def test_tls(scratch):
    certificate, key = certify(scratch)
    add(scratch, "ada")
    add(scratch, "root", "admin")
    with Server(scratch, tls=(certificate, key)) as server:
        expect(server.ask("/jobs", "ada")[0] == 200 and server.ask("/jobs")[0] == 401, "who has no login")
        for port in (server.port, server.thrift):
            for version in ("-tls1", "-tls1_1", "-tls1_2", "-tls1_3"):
                done = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{port}", "-CAfile", certificate, version,
                                       "-cipher", "ALL:@SECLEVEL=0", "-verify_return_error"],
                                      input=b"", capture_output=True, timeout=DEADLINE, check=False)
                expect((done.returncode == 0) == (version in ("-tls1_2", "-tls1_3")), f"{version} at {port}")
        if subprocess.run(["which", "curl"], capture_output=True, check=False).returncode == 0:
            done = subprocess.run(["curl", "-sS", "--cacert", certificate, "-u", "ada:open sesame", f"https://localhost:{server.port}/v1/jobs"],
                                  capture_output=True, text=True, timeout=DEADLINE, check=False)
            expect(done.stdout == '{"jobs":[]}', done.stdout + done.stderr)
        # Whoever does not speak it hears nothing.
        for port in (server.port, server.thrift):
            with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as raw:
                raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" if port == server.port else login_message("ada", "open sesame"))
                expect(b"ok" not in raw.recv(4096), "it answers in the clear")
        # Rows that come as they are made, and a client that leaves.
        with_tables(scratch, server)
        client = http.client.HTTPSConnection("localhost", server.port, timeout=DEADLINE, context=server.context())
        client.request("POST", "/v1/sql", json.dumps({"statement": "SELECT n FROM numbers"}),
                       {"Content-Type": "application/json", "Accept": "application/x-ndjson",
                        "Authorization": "Basic " + base64.b64encode(b"ada:open sesame").decode()})
        answer = client.getresponse()
        for _ in range(20):
            expect(answer.readline(), "the rows end")
        threads = f"/proc/{server.process.pid}/task"
        before = len(os.listdir(threads))
        answer.close()
        client.close()
        server_test.await_true("the SELECT ends", lambda: len(os.listdir(threads)) < before)
        # Many requests by one connection.
        client = http.client.HTTPSConnection("localhost", server.port, timeout=DEADLINE, context=server.context())
        for _ in range(50):
            client.request("GET", "/v1/jobs", headers={"Authorization": "Basic " + base64.b64encode(b"ada:open sesame").decode()})
            expect(client.getresponse().read() == b'{"jobs":[]}', "another answer")
        client.close()
        hive = Hive(server, "ada")
        expect(hive.run("SELECT 1"), "a statement by Thrift")
        # A certificate is read again.
        other, other_key = certify(scratch, "other")
        os.replace(other_key, key)
        os.replace(other, certificate)
        server_test.await_true("the new certificate is shown", lambda: server.ask("/healthz")[0] == 200)
        expect(hive.run("SELECT 1"), "the old connection has ended")
        scratch.write("server.pem", "nonsense")
        with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE):
            server.await_log("the former certificate stays in use")


def test_slow_handshakes_block_nobody(scratch):
    tls = certify(scratch)
    add(scratch, "ada")
    with Server(scratch, tls=tls) as server:
        expect(server.ask("/jobs", "ada")[0] == 200, "ada")
        slow = []
        for port, count in ((server.port, 300), (server.thrift, 300)):  # more than there may be
            for _ in range(count):
                slow.append(socket.create_connection(("127.0.0.1", port), timeout=DEADLINE))
                slow[-1].sendall(b"\x16\x03\x01\x02\x00\x01")  # the beginning of a record
        begin = time.monotonic()
        expect(server.ask("/jobs", "ada")[0] == 200 and server.log_in("ada") is not None, "ada waits")
        expect(time.monotonic() - begin < 5, "others wait")
        for one in slow:
            one.close()


def mutated(random_, message):
    out = bytearray(message)
    for _ in range(random_.randrange(1, 6)):
        kind = random_.randrange(3)
        at = random_.randrange(len(out) or 1)
        if kind == 0 and out:
            out[at] = random_.choice((0, 1, 0x7f, 0x80, 0xff, random_.randrange(256)))
        elif kind == 1:
            out[at:at] = bytes(random_.randrange(256) for _ in range(random_.randrange(1, 30)))
        else:
            del out[at:at + random_.randrange(1, 10)]
    return bytes(out)


def test_mutated_logins_do_no_harm(scratch):
    random_ = random.Random(seed.draw())
    tls = certify(scratch)
    add(scratch, "ada")
    request = (b"GET /v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + b"0" * 64 + b"\r\n\r\n")
    for with_tls in (None, tls):
        with Server(scratch, tls=with_tls) as server:
            hello = client_hello()
            for i in range(150):
                port, message = ((server.port, request), (server.thrift, login_message("", "x" * 64)))[i % 2]
                inside = not with_tls or i % 4 < 2
                raw = server.connect(port) if inside else socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
                with raw:
                    raw.settimeout(2)
                    try:
                        raw.sendall(mutated(random_, message if inside else hello))
                        if not (with_tls and inside):
                            raw.shutdown(socket.SHUT_WR)
                        answer = raw.recv(4096)
                        # The files of the page have no figures in them: a request may have become one for them.
                        page = any(b"Content-Type: text/" + kind in answer for kind in (b"html", b"css", b"javascript"))
                        expect((b"200 OK" not in answer or page) and answer[:1] != b"\5", answer)
                    except OSError:
                        pass
            expect(server.process.poll() is None, server.log())
            expect(server.ask("/jobs", "ada")[0] == 200 and server.log_in("ada") is not None, "ada is kept out")
            expect(server.end() == 0, server.log())


def client_hello():
    """The first message of a client of TLS."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    shaking = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        shaking.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


if __name__ == "__main__":
    run_all(dict(globals()))
