#!/usr/bin/env python3
"""A materialized table whose job was cancelled wrote all rows again when it was resumed; one that was half made stayed so; and the jobs of a
database's tables outlived it."""
import shutil

from weir import check, contains, equal, true

SOURCE = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '20 ms', "
          "'source.settle-interval' = '0 s');")
MADE = ("CREATE MATERIALIZED TABLE {} m WITH ('connector' = 'filesystem', 'path' = 'm', 'format' = 'csv') FRESHNESS = INTERVAL '1' SECOND "
        "AS SELECT a FROM default_database.s;")
JOB = "`materialized-table_m`"


class Client:
    def __init__(self, weir, kill_at=None):
        self.weir = weir
        self.server = weir.serve(faulty=bool(kill_at), env={"WEIR_KILL_AT": kill_at} if kill_at else None)

    def ok(self, sql):
        done = self.weir.end(self.weir.spawn([self.weir.program, "run", "-d", "--catalog", "-q", "--data-dir", "data", "--format", "csv", "-c", sql]))
        equal(done.code, 0, done)
        return done.out + done.err

    def end(self):
        self.server.terminate()
        equal(self.server.wait(60), 0)


def cancelled(weir, client):
    client.ok(SOURCE + MADE.format(""))
    weir.wait_for(lambda: weir.rows("m") == ["1", "2"], "its rows")
    client.ok(f"CANCEL JOB {JOB};")
    weir.write("in/1.csv", "3\n")
    client.ok("ALTER MATERIALIZED TABLE m RESUME;")
    weir.wait_for(lambda: "3" in weir.rows("m"), "a row that came since")
    equal(weir.rows("m"), ["1", "2", "3"])


def half_made(weir, client):
    """As a kill between the table and its job leaves it."""
    client.ok(f"STOP JOB {JOB};")
    client.end()
    for job in weir.path("data/jobs").iterdir():
        shutil.rmtree(job)
    shutil.rmtree(weir.path("m"))
    client = Client(weir)
    contains(client.ok(MADE.format("IF NOT EXISTS")), "it had no job, as its creation was cut short")
    weir.wait_for(lambda: weir.rows("m") == ["1", "2", "3"], "its rows")
    true("no job" not in client.ok(MADE.format("IF NOT EXISTS")), "it has one now")
    return client


def half_altered(weir, client):
    """A kill between the definition and the job leaves the job in the query that it had."""
    client.end()
    client = Client(weir, kill_at="materialized.altered:1")
    altered = MADE.format("").replace("CREATE", "CREATE OR ALTER").replace("SELECT a", "SELECT x.a").replace("default_database.s", "default_database.s AS x")
    killed = weir.end(weir.spawn([weir.program, "run", "-d", "--catalog", "-q", "--data-dir", "data", "-c", altered]))
    true(killed.code != 0, "it was killed")
    client.server.wait(60)
    client = Client(weir)
    contains(client.ok(altered), "The restore is allowed.")
    contains(client.ok(f"SHOW CREATE JOB {JOB};"), "AS x")
    contains(client.ok(altered), "exists with the same definition")
    equal(weir.rows("m"), ["1", "2", "3"])
    return client


def dropped(client):
    client.ok("CREATE DATABASE d; USE d;" + MADE.format("").replace("'m'", "'d_m'").replace(" m ", " d_m "))
    contains(client.ok("SHOW JOBS;"), "d_m")
    client.ok("DROP DATABASE d CASCADE;")
    true("d_m" not in client.ok("SHOW JOBS;"), "the job of a table that is gone")


def body(weir):
    weir.write("in/0.csv", "1\n2\n")
    client = Client(weir)
    cancelled(weir, client)
    client = half_made(weir, client)
    client = half_altered(weir, client)
    dropped(client)
    client.end()


check(body)
