#!/usr/bin/env python3
"""Materialized tables: refreshed on a schedule and by jobs without end, in a server and the next one, and through edits."""
import os
import re
import signal
import time

from server_test import Server, await_true
from weir_shell import expect, run_all

ORDERS = "CREATE TABLE orders (id INT, qty INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv')"
SOLD = """CREATE MATERIALIZED TABLE sold WITH ('connector' = 'filesystem', 'path' = 'sold', 'format' = 'csv')
FRESHNESS = INTERVAL '{}' SECOND REFRESH_MODE = FULL AS SELECT SUM(qty) AS q FROM orders"""
NUMBERS = """CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '500',
 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100000000')"""
TENS = """CREATE MATERIALIZED TABLE tens (digit BIGINT, c BIGINT, PRIMARY KEY (digit) NOT ENFORCED)
WITH ('connector' = 'filesystem', 'path' = 'tens', 'format' = 'debezium-json') FRESHNESS = INTERVAL '1' SECOND
AS SELECT MOD(n, 10) AS digit, COUNT(*) AS c FROM numbers GROUP BY MOD(n, 10)"""
JOB = "`materialized-table_tens`"


def ok(scratch, statement, *options):
    done = scratch.run(*options, "-q", "--format", "csv", "-c", statement)
    expect(done.returncode == 0, f"{statement}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def fails(scratch, error, statement):
    done = scratch.run("-q", "-c", statement)
    expect(done.returncode != 0 and error in done.stderr, f"{statement}: {done.returncode} {done.stdout} {done.stderr}")
    return done.stderr


def sold(scratch):
    """What is in the table, while it may be replaced."""
    for _ in range(20):
        done = scratch.run("-q", "--format", "csv", "-c", "SELECT q FROM sold")
        if done.returncode == 0 and len(done.stdout.split()) == 2:
            return int(done.stdout.split()[1])
        time.sleep(0.1)
    raise AssertionError(done.stderr)


def runs(scratch):
    """The id of the job's last run, which is another one each time."""
    for line in ok(scratch, "SHOW JOBS").splitlines()[1:]:
        if "materialized-table_sold" in line:
            return line.split(",")[0]
    return None


def runs_in(scratch, seconds):
    seen = set()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen.add(runs(scratch))
        time.sleep(0.1)
    return len(seen - {None})


def expect_next(scratch, number, qty):
    """A row that comes now is in the table a while later."""
    before = sold(scratch)
    scratch.write(f"in/{number}.csv", f"{number},{qty}\n")
    await_true(f"{before + qty} sold", lambda: sold(scratch) == before + qty)


def test_a_table_is_refreshed_on_schedule_in_the_next_server_too(scratch):
    scratch.write("in/1.csv", "1,10\n")
    with Server(scratch) as server:
        ok(scratch, ORDERS)
        ok(scratch, SOLD.format(2))
        await_true("a first refresh", lambda: sold(scratch) == 10)
        expect(runs_in(scratch, 10) >= 3, "less than three runs in 10 s")
        expect_next(scratch, 2, 20)
        expect(server.end() == 0, server.log())
    with Server(scratch) as server:
        expect_next(scratch, 3, 30)
        expect(runs_in(scratch, 10) >= 3, "less than three runs in 10 s after a restart")
        server.end(signal.SIGKILL)
    with Server(scratch) as server:
        expect_next(scratch, 4, 40)
        expect(ok(scratch, "SHOW MATERIALIZED TABLES").splitlines()[1:] == ["sold"], "it is not kept")
        server.end()


def test_a_schedule_is_suspended_through_a_restart(scratch):
    scratch.write("in/1.csv", "1,10\n")
    with Server(scratch) as server:
        ok(scratch, ORDERS)
        ok(scratch, SOLD.format(1))
        await_true("a first refresh", lambda: sold(scratch) == 10)
        ok(scratch, "ALTER MATERIALIZED TABLE sold SUSPEND")
        scratch.write("in/2.csv", "2,20\n")
        server.end()
    with Server(scratch) as server:
        time.sleep(3)
        expect(sold(scratch) == 10, "it was refreshed")
        ok(scratch, "ALTER MATERIALIZED TABLE sold REFRESH")
        await_true("one refresh", lambda: sold(scratch) == 30)
        scratch.write("in/3.csv", "3,30\n")
        time.sleep(3)
        expect(sold(scratch) == 30, "it was refreshed again")
        ok(scratch, "ALTER MATERIALIZED TABLE sold RESUME")
        await_true("a refresh", lambda: sold(scratch) == 60)
        expect_next(scratch, 4, 40)
        server.end()


def test_a_run_that_fails_is_followed_by_one_that_does_not(scratch):
    scratch.write("in/1.csv", "1,10\n")
    with Server(scratch) as server:
        ok(scratch, ORDERS)
        ok(scratch, SOLD.format(1))
        await_true("a first refresh", lambda: sold(scratch) == 10)
        scratch.write("in/2.csv", "2,many\n")
        server.await_log("many")
        expect(sold(scratch) == 10, "what was there is gone")
        scratch.write("in/2.csv", "2,20\n")
        await_true("a refresh", lambda: sold(scratch) == 30)
        os.remove(os.path.join(scratch.path, "in/2.csv"))
        await_true("another one", lambda: sold(scratch) == 10)
        ok(scratch, "DROP MATERIALIZED TABLE sold")
        expect(runs(scratch) is None, "its job is there")
        scratch.write("in/2.csv", "2,20\n")
        time.sleep(2)
        expect(runs(scratch) is None, "it runs again")
        server.end()


def test_partitions_without_rows_go(scratch):
    """The table is what its query says, also where that has no rows of a partition any more."""
    daily = """CREATE MATERIALIZED TABLE daily PARTITIONED BY (id) WITH ('connector' = 'filesystem', 'path' = '{0}', 'format' = 'csv'{1})
        FRESHNESS = INTERVAL '1' HOUR REFRESH_MODE = FULL AS SELECT SUM(qty) AS q, id FROM orders GROUP BY id"""
    scratch.write("in/1.csv", "1,10\n2,20\n")
    with Server(scratch):
        ok(scratch, ORDERS)
        for option, left in (("", "q,id\n11,1\n"), (", 'sink.overwrite' = 'partitions'", "q,id\n11,1\n20,2\n")):
            ok(scratch, daily.format("daily" + str(len(option)), option))
            rows = "SELECT * FROM daily ORDER BY id"
            await_true("the first refresh", lambda rows=rows: ok(scratch, rows) == "q,id\n10,1\n20,2\n")
            scratch.write("in/1.csv", "1,11\n")
            ok(scratch, "ALTER MATERIALIZED TABLE daily REFRESH")
            await_true(f"{left!r} are left{option}", lambda rows=rows, left=left: ok(scratch, rows) == left)
            ok(scratch, "DROP MATERIALIZED TABLE daily")
            scratch.write("in/1.csv", "1,10\n2,20\n")


def leave(scratch, statement):
    """What starts a job without end: the client goes, and the server keeps the job."""
    scratch.write("statement.sql", statement + ";")
    done = scratch.run("-q", "run", "-d", "--catalog", "statement.sql")
    expect(done.returncode == 0, f"{statement}: exit {done.returncode}: {done.stderr}")


def begin_tens(scratch):
    ok(scratch, NUMBERS)
    leave(scratch, TENS)
    await_true("a checkpoint", lambda: checkpoints(scratch) > 0)


def checkpoints(scratch):
    done = scratch.run("-q", "--format", "csv", "-c", f"SHOW CHECKPOINTS FOR JOB {JOB}")
    return done.stdout.count("COMPLETED") + done.stdout.count("completed") if done.returncode == 0 else 0


def state(scratch):
    """Of the last job of the name: one that was restored goes on as another."""
    states = [line.split(",")[2] for line in ok(scratch, "SHOW JOBS").splitlines()[1:] if "materialized-table_tens" in line]
    return states[-1] if states else None


def counted(scratch):
    """How many numbers the state has counted; all of them from 1 on."""
    return int(ok(scratch, f"SELECT SUM(`count(*)`) FROM STATE OF JOB {JOB} UID 'sink:tens/agg'").split()[-1])


def test_state_survives_suspending_and_edits(scratch):
    with Server(scratch) as server:
        begin_tens(scratch)
        await_true("rows", lambda: counted(scratch) > 500)
        ok(scratch, "ALTER MATERIALIZED TABLE tens SUSPEND")
        expect(state(scratch) == "SUSPENDED", "it runs")
        fails(scratch, "E5002", "ALTER MATERIALIZED TABLE tens REFRESH")
        expect(server.end() == 0, server.log())
    with Server(scratch) as server:
        time.sleep(0.5)
        expect(state(scratch) == "SUSPENDED", "the next server runs it")
        leave(scratch, "ALTER MATERIALIZED TABLE tens RESUME")
        before = counted(scratch)
        expect(before > 500, f"{before}: it began anew")
        # An aggregate more, which has no past; what it has counted stays.
        more = "SELECT MOD(n, 10) AS digit, COUNT(*) AS c, MAX(n) AS top FROM numbers GROUP BY MOD(n, 10)"
        why = fails(scratch, "E7002", f"ALTER MATERIALIZED TABLE tens AS {more}")
        way = re.search(r"SET 'execution.restore-clauses' = '(.|\n)*?';", why)
        expect(way, why)
        leave(scratch, f"{way.group()} ALTER MATERIALIZED TABLE tens AS {more}")
        after = counted(scratch)
        expect(after >= before, f"{after} after {before}: it began anew")
        await_true("it goes on", lambda: counted(scratch) > after)
        # Other keys: it would have to forget all, and so goes on as it is.
        other = "SELECT MOD(n, 100) AS digit, COUNT(*) AS c, MAX(n) AS top FROM numbers GROUP BY MOD(n, 100)"
        why = fails(scratch, "E7002", f"ALTER MATERIALIZED TABLE tens AS {other}")
        expect("sink:tens/agg" in why and "START_MODE = FROM_BEGINNING" in why, why)
        expect(state(scratch) == "RUNNING", f"it does not go on: {state(scratch)} {why}")
        now = counted(scratch)
        expect(now >= after, f"{now} after {after}: it does not go on")
        expect("MOD(n, 10)" in ok(scratch, "SHOW CREATE MATERIALIZED TABLE tens"), "the catalog has the other query")
        leave(scratch, f"ALTER MATERIALIZED TABLE tens START_MODE = FROM_BEGINNING AS {other}")
        expect("MOD(n, 100)" in ok(scratch, "SHOW CREATE MATERIALIZED TABLE tens"), "the catalog has the old query")
        ok(scratch, "ALTER MATERIALIZED TABLE tens REFRESH")
        # What is killed goes on.
        server.end(signal.SIGKILL)
    with Server(scratch) as server:
        await_true("the next server runs it", lambda: state(scratch) == "RUNNING")
        ok(scratch, "DROP MATERIALIZED TABLE tens")
        expect(state(scratch) is None, "its job is there")
        server.end()


if __name__ == "__main__":
    run_all(globals())
