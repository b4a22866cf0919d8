#!/usr/bin/env python3
"""Secrets that options of tables refer to: they work, and their values are in nothing that leaves the process."""
import json
import os
import re
import stat

import login_test
from login_test import Hive, Server, add
from weir_shell import expect, run_all

CANARY = "CANARY-0815-a-password"
REFERENCE = "${secret:marker}"
HIDDEN = """CREATE TABLE hidden (a STRING, b INT) WITH ('connector' = 'filesystem', 'path' = '{path}/in', 'format' = 'csv',
  'csv.null-literal' = '${{secret:marker}}'{more});
"""
KEPT = """CREATE TABLE kept (a STRING, b INT) WITH ('connector' = 'filesystem', 'path' = '{path}/out', 'format' = 'csv');
"""


def keep(scratch, value=CANARY, name="marker"):
    done = scratch.run("secret", "set", name, text=value)
    expect(done.returncode == 0 and not done.stdout and (CANARY not in value or CANARY not in done.stderr), done.stdout + done.stderr)


def define(scratch, more=""):
    scratch.write("in/a.csv", f"{CANARY},1\nx,2\n")
    done = scratch.run("-c", (HIDDEN + KEPT).format(path=scratch.path, more=more))
    expect(done.returncode == 0, done.stderr)


def selected(scratch):
    done = scratch.run("--format", "csv", "-c", "SELECT a, b FROM hidden ORDER BY b;")
    expect(done.returncode == 0, done.stderr)
    return done.stdout


def leaks(scratch, but):
    """The files that have the value in them, but for these."""
    found = []
    for directory, _, names in os.walk(scratch.path):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.relpath(path, scratch.path) in but or not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                if CANARY.encode() in file.read():
                    found.append(path)
    return found


def test_the_verb(scratch):
    keep(scratch, CANARY + "\n")
    path = os.path.join(scratch.path, "weir-data", "secrets", "marker")
    expect(stat.S_IMODE(os.stat(path).st_mode) == 0o600 and stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700, "modes")
    with open(path, encoding="ascii") as file:
        expect(file.read() == CANARY, "the line end is part of it")
    keep(scratch, "b", "another.one")
    listed = scratch.run("secret", "list", "--format", "csv").stdout
    expect(re.fullmatch(r"name,changed\nanother\.one,\d{4}-\S+ \S+\nmarker,\d{4}-\S+ \S+\n", listed), listed)
    for arguments, text, why in ((("set", "a b"), "x", "no name of a secret"), (("set", "../token"), "x", "no name of a secret"),
                                 (("set", "empty"), "", "is not empty"), (("set", "x.new"), "x", "end with .new"),
                                 (("set",), "x", "NAME is missing"), (("list", "marker"), "", "takes no NAME"),
                                 (("drop", "nobody"), "", "does not exist"), (("show", "marker"), "", "drop, list, set"),
                                 (("set", "big"), "x" * 70000, "at most 64 KiB")):
        done = scratch.run("secret", *arguments, text=text)
        expect(done.returncode == 1 and why in done.stderr, f"{arguments}: {done.stderr}")
    expect(scratch.run("secret", "drop", "another.one").returncode == 0, "it stays")
    expect("another" not in scratch.run("secret", "list", "--format", "csv").stdout, "it is listed")


def test_a_value_reaches_the_reader(scratch):
    keep(scratch)
    define(scratch)
    expect(selected(scratch) == "a,b\n,1\nx,2\n", selected(scratch))
    keep(scratch, "x")  # another value counts from the next start on
    expect(selected(scratch) == f"a,b\n{CANARY},1\n,2\n", selected(scratch))
    keep(scratch, f"no{CANARY}no")
    longer = "SELECT a FROM hidden /*+ OPTIONS('csv.null-literal' = 'no${secret:part}no') */ WHERE b = 1;"
    keep(scratch, CANARY[2:-2], "part")
    done = scratch.run("--format", "csv", "-c", longer.replace("no$", CANARY[:2] + "$").replace("}no", "}" + CANARY[-2:]))
    expect(done.stdout == "a\n\n", done.stdout + done.stderr)


def test_what_is_missing_is_said_before_anything_starts(scratch):
    define(scratch)
    for statement in ("SELECT a FROM hidden;", "INSERT INTO kept SELECT * FROM hidden;",
                      "CREATE JOB j AS INSERT INTO kept SELECT * FROM hidden;"):
        done = scratch.run("-c", statement)
        expect(done.returncode != 0 and "ERROR E6006: option 'csv.null-literal' of table hidden: the secret \"marker\" does not exist"
               in done.stderr and "secret set marker" in done.stderr, done.stderr)
    expect(not os.path.exists(os.path.join(scratch.path, "out")), "something was written")
    expect("j" not in scratch.run("list", "-a", "--format", "csv").stdout.replace("job", ""), "a job is there")
    expect(scratch.run("-c", "EXPLAIN SELECT a FROM hidden;").returncode == 0, "a plan needs the secret")
    keep(scratch)
    os.chmod(os.path.join(scratch.path, "weir-data", "secrets", "marker"), 0o644)
    done = scratch.run("-c", "SELECT a FROM hidden;")
    expect("E6006" in done.stderr and "may be used by others: its mode is 0644" in done.stderr and "chmod 600" in done.stderr, done.stderr)


def test_options_that_take_none(scratch):
    keep(scratch)
    table = "CREATE TABLE t (a STRING) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{0}/in'{1});"
    for more, why in ((", 'csv.field-delimiter' = '${secret:marker}'", "the option 'csv.field-delimiter' takes no ${secret:…}"),
                      (", 'csv.null-literal' = '${secret:marker'", "a ${secret: has no end"),
                      (", 'csv.null-literal' = '${secret:../token}'", "'../token' is no name of a secret")):
        done = scratch.run("-c", table.format(scratch.path, more))
        expect("ERROR E2008" in done.stderr and why in done.stderr and "^^^" in done.stderr, done.stderr)
    done = scratch.run("-c", "CREATE TABLE t (a STRING) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '${secret:marker}');")
    expect("the option 'path' takes no" in done.stderr and "csv.null-literal does" in done.stderr, done.stderr)
    done = scratch.run("-c", "CREATE TABLE t (a STRING) WITH ('connector' = '${secret:marker}');")
    expect("ERROR E2008" in done.stderr and CANARY not in done.stderr, done.stderr)


def test_the_value_leaves_the_process_nowhere(scratch):
    keep(scratch)
    add(scratch, "root", "admin")
    define(scratch, ", 'source.monitor-interval' = '100 ms'")
    with Server(scratch) as server:
        hive = Hive(server, "root")
        said = []

        def ask(statement, **settings):
            status, body = server.sql("root", statement, **settings)
            hive.run(statement)
            said.extend((json.dumps(body), hive.answer.decode(errors="replace")))
            return status, body
        status, body = ask("CREATE JOB copy WITH ('execution.checkpointing.interval' = '100 ms') AS INSERT INTO kept SELECT * FROM hidden",
                           **{"table.dml-sync": "false"})
        expect(status == 200, body)
        expect(server.sql("root", "WAIT FOR JOB copy UNTIL CHECKPOINT")[0] == 200, "no checkpoint")
        for statement in ("SHOW CREATE TABLE hidden", "DESCRIBE hidden", "DESCRIBE EXTENDED hidden", "SHOW CREATE JOB copy", "DESCRIBE JOB copy",
                          "EXPLAIN SELECT * FROM hidden", "EXPLAIN ESTIMATED_COST, CHANGELOG_MODE, JSON_EXECUTION_PLAN SELECT * FROM hidden",
                          "EXPLAIN STATE INSERT INTO kept SELECT * FROM hidden", "SHOW JOBS", "SHOW CHECKPOINTS FOR JOB copy", "SET",
                          "SELECT * FROM hidden /*+ OPTIONS('csv.null-literal' = '${secret:marker}', 'nothing' = '1') */",
                          "INSERT INTO kept SELECT nothing FROM hidden", "DESCRIBE RECOVERY OF JOB copy"):
            ask(statement)
        expect(any(REFERENCE in text for text in said), "the reference is not shown either")
        _, saved = ask(f"SAVEPOINT JOB copy TO '{scratch.path}/given-away'")
        ask(f"DESCRIBE SAVEPOINT '{saved['path']}'")
        job = server.ask("/jobs", "root")[1]["jobs"][0]["id"]
        for method, path, _, _ in login_test.http_test.routes(server.ask("/openapi.json", "root")[1]):
            if method == "GET":
                said.append(json.dumps(server.ask(re.sub(r"{\w+}", job, path), "root")[1]))
        for path in ("/metrics", "/v1/catalog", "/v1/jobs"):
            said.append(json.dumps(server.ask(path, "root")[1]))
        trial = server.ask("/v1/validate", "root", method="POST", body={"script": "SELECT a FROM hidden;"})
        said.append(json.dumps(trial[1]))
        for line in said:
            expect(CANARY not in line, line)
        # What goes wrong after the start: the table's files are no records any more.
        scratch.write("in/b.csv", f"{CANARY},none\n".replace(CANARY, "y"))
        login_test.server_test.await_true("the job fails", lambda: server.ask("/v1/jobs/overview", "root")[1]["jobs"][0]["state"] == "FAILED")
        ask("SHOW JOBS")
        ask("STOP JOB copy")
        expect(CANARY not in "".join(said) and CANARY not in server.log(), "it is in what is said of a failure")
        for verb in (("list", "-a"), ("describe", "copy"), ("-c", "SHOW CREATE JOB copy;")):
            done = scratch.run(*verb)
            expect(CANARY not in done.stdout + done.stderr, done.stdout)
    found = leaks(scratch, ("in/a.csv", "weir-data/secrets/marker"))
    expect(not found, found)
    # Of somebody who has the savepoint, and no secret of this name.
    elsewhere = scratch.run("--data-dir", "elsewhere", "-c", f"RESTORE JOB copy FROM '{saved['path']}';")
    expect("E6006" in elsewhere.stderr and "\"marker\" does not exist" in elsewhere.stderr, elsewhere.stderr)


def test_who_may(scratch):
    keep(scratch)
    for role in login_test.ROLES:
        add(scratch, role, role)
    define(scratch)
    with Server(scratch) as server:
        for role in login_test.ROLES:
            status, body = server.sql(role, "SELECT a FROM hidden WHERE b = 1")
            expect(status == 200 and body["rows"] == [[None]], f"{role}: {body}")
            for statement in ("SELECT a FROM hidden /*+ OPTIONS('csv.ignore-parse-errors' = 'true') */",
                              "SELECT a FROM kept /*+ OPTIONS('csv.null-literal' = '${secret:marker}') */"):
                status, body = server.sql(role, statement)
                if role == "admin":
                    expect(body.get("code") in (None, "E4002"), body)  # nothing was written yet
                else:
                    expect(status == 403 and body["code"] == "E6003" and "refers to a secret" in body["message"], f"{role}: {body}")
        status, body = server.sql("operator", "CREATE JOB once AS INSERT INTO kept SELECT a, b FROM hidden", **{"table.dml-sync": "true"})
        expect(status == 200, body)

    # A savepoint that says of the table what the catalog does not say (any more).
    expect(scratch.run("-c", "DROP TABLE hidden; DROP TABLE kept;").returncode == 0, "the tables stay")
    define(scratch, ", 'source.monitor-interval' = '100 ms'")
    with Server(scratch, "-D", f"server.allowed-paths={scratch.path}/in;{scratch.path}/out") as server:
        status, body = server.sql("operator", "CREATE JOB endless WITH ('execution.checkpointing.interval' = '100 ms') AS INSERT INTO kept "
                                  "SELECT a, b FROM hidden", **{"table.dml-sync": "false"})
        expect(status == 200, body)
        status, saved = server.sql("operator", f"STOP JOB endless WITH SAVEPOINT '{server.data}/saved'")
        expect(status == 200, saved)
        # A file that an operator may write gets no rows that were read with a secret in another way.
        copy = f"COPY (SELECT a FROM kept /*+ OPTIONS('csv.null-literal' = '${{secret:marker}}') */) TO '{scratch.path}/out/copied.csv'"
        status, body = server.sql("operator", copy)
        expect(status == 403 and body["code"] == "E6003" and "refers to a secret" in body["message"], body)
        restore = f"RESTORE JOB endless FROM '{saved['path']}'"
        status, body = server.sql("operator", restore, **{"table.dml-sync": "false"})
        expect(status == 200, body)
        expect(server.sql("operator", "STOP JOB endless")[0] == 200, "it does not stop")
        expect(scratch.run("-c", "DROP TABLE hidden;").returncode == 0, "the table stays")
        status, body = server.sql("operator", restore)
        expect(status == 403 and body["code"] == "E6003" and "table hidden refers to a secret" in body["message"], body)
        status, body = server.sql("admin", restore, **{"table.dml-sync": "false"})
        expect(status == 200, body)


if __name__ == "__main__":
    run_all(dict(globals()))
