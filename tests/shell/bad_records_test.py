#!/usr/bin/env python3
"""'errors.table': bad records go into a table, each once, through kills and with any plan; the rest goes where it belongs."""
import glob
import json
import os
import random
import signal
import time

from weir_shell import DEADLINE, Scratch, expect, program, run_all

assert DEADLINE and program and Scratch

DEAD = """CREATE TABLE dead (raw STRING, place STRING, `column` STRING, message STRING)
  WITH ('connector' = 'filesystem', 'path' = 'dead', 'format' = 'json');
"""
GOOD = "CREATE TABLE good (id INT, v BIGINT) WITH ('connector' = 'filesystem', 'path' = 'good', 'format' = 'csv');\n"


def readings(more="'errors.table' = 'dead'", path="in"):
    return f"CREATE TABLE readings (id INT, v BIGINT) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv', {more});\n"


def ok(scratch, sql, *arguments):
    done = scratch.run("-q", "-D", "execution.checkpointing.savepoint-dir=saved", *arguments, text=sql)
    expect(done.returncode == 0, f"{sql}\n{done.stdout}{done.stderr}")
    return done.stdout


def lines_of(scratch, folder):
    return sorted(line for path in glob.glob(os.path.join(scratch.path, folder, "[!.]*")) for line in open(path, encoding="utf-8").read().splitlines())


def raws(scratch):
    return sorted(json.loads(line)["raw"] for line in lines_of(scratch, "dead"))


def write(scratch, name, lines):
    scratch.write("in/." + name, "".join(line + "\n" for line in lines))
    os.rename(os.path.join(scratch.path, "in", "." + name), os.path.join(scratch.path, "in", name))


def drawn(draw, ids):
    """Lines, of which about one in six is bad, sometimes several in a row."""
    lines = []
    for i in ids:
        kind = draw.randrange(20)
        lines.append(f"{i},x{i}" if kind == 0 else f"{i}" if kind == 1 else f"bad {i},1" if kind == 2 else f"{i},{i * 3}")
    return lines


def is_bad(line):
    return not all(part.isdigit() for part in line.split(",")) or line.count(",") != 1


def test_each_goes_where_it_belongs_through_kills(scratch):
    draw = random.Random(7)
    sent = []
    for n in range(6):
        lines = drawn(draw, range(n * 20000, (n + 1) * 20000))
        write(scratch, f"{n}.csv", lines)
        sent += lines
    script = scratch.write("job.sql", "SET 'execution.checkpointing.interval' = '20 ms';\nSET 'pipeline.name' = 'j';\n" + DEAD + GOOD
                           + readings("'errors.table' = 'dead', 'source.monitor-interval' = '20 ms'") + "INSERT INTO good SELECT id, v FROM readings;\n")
    for attempt in range(8):
        child = scratch.start("-D", f"parallelism.default={attempt % 3 + 1}", "run", script)
        time.sleep(draw.uniform(0.05, 0.6))
        scratch.kill(child)
        lines = drawn(draw, range(1000000 + attempt * 3000, 1000000 + (attempt + 1) * 3000))
        write(scratch, f"late{attempt}.csv", lines)
        sent += lines
    last = scratch.start("run", script)
    deadline = time.time() + DEADLINE
    while len(lines_of(scratch, "good")) + len(lines_of(scratch, "dead")) < len(sent) and time.time() < deadline:
        time.sleep(0.05)
    last.send_signal(signal.SIGTERM)
    last.communicate(timeout=DEADLINE)
    good, bad = [line for line in sent if not is_bad(line)], [line for line in sent if is_bad(line)]
    expect(lines_of(scratch, "good") == sorted(good), "the good ones, once each")
    expect(raws(scratch) == sorted(bad), "the bad ones, once each")


def test_one_set_writes_each_once(scratch):
    write(scratch, "a.csv", ["1,1", "x,2", "3,3", "4"])
    for reuse in ("true", "false"):
        for sub_plans in ("true", "false"):
            options = f"SET 'table.optimizer.reuse-source-enabled' = '{reuse}';\nSET 'table.optimizer.reuse-sub-plan-enabled' = '{sub_plans}';\n"
            more = "CREATE TABLE sums (n BIGINT) WITH ('connector' = 'blackhole');\n"
            plan = "EXECUTE STATEMENT SET BEGIN INSERT INTO good SELECT id, v FROM readings; INSERT INTO sums SELECT SUM(v) FROM readings; " \
                   "INSERT INTO good SELECT id + 100, v FROM readings WHERE v > 2; END;\n"
            ok(scratch, "SET 'table.dml-sync' = 'true';\n" + options + DEAD + GOOD + readings() + more + plan)
            expect(raws(scratch) == ["4", "x,2"], raws(scratch))
            expect(lines_of(scratch, "good") == ["1,1", "103,3", "3,3"], lines_of(scratch, "good"))
            for folder in ("dead", "good"):
                for path in glob.glob(os.path.join(scratch.path, folder, "*")):
                    os.remove(path)


def test_a_plan_shows_it(scratch):
    write(scratch, "a.csv", ["1,1"])
    plan = ok(scratch, DEAD + GOOD + readings() + "EXPLAIN INSERT INTO good SELECT id, v FROM readings;")
    for words in ("src:readings/errors/sink.w", "and bad records", "Sink(dead"):
        expect(words in plan, f"{words}: {plan}")


def test_no_state_depends_on_it(scratch):
    write(scratch, "a.csv", ["1,1", "2,2", "2,3"])
    table = "'source.monitor-interval' = '20 ms'"
    sums = "CREATE TABLE sums (id INT, n BIGINT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'blackhole');\n"
    select = "SELECT id, COUNT(*) AS n FROM readings GROUP BY id"
    ok(scratch, sums + readings(table) + f"CREATE JOB j AS INSERT INTO sums {select};\nWAIT FOR JOB j UNTIL IDLE;\nSAVEPOINT JOB j AS plain;\nSTOP JOB j;")
    before = DEAD + DEAD.replace("TABLE dead", "TABLE other") + sums.replace("CREATE TABLE", "CREATE TEMPORARY TABLE")

    def verdicts(saved, options):
        told = ok(scratch, before + readings(options).replace("CREATE TABLE", "CREATE TEMPORARY TABLE")
                  + f"EXPLAIN RESTORE JOB j FROM SAVEPOINT {saved} AS INSERT INTO sums {select};")
        return {words[1]: words[0] for words in (line.split() for line in told.splitlines()) if words[1:] and ":" in words[1] and words[0].isupper()}

    with_table = table + ", 'errors.table' = 'dead'"
    added = verdicts("plain", with_table)
    expect(added.pop("src:readings/errors/sink.w") == "NEW", added)
    expect(set(added.values()) == {"FULL"}, added)
    write(scratch, "b.csv", ["2,5", "3", "4,7"])
    ok(scratch, before + readings(with_table).replace("CREATE TABLE", "CREATE TEMPORARY TABLE")
       + f"RESTORE JOB j FROM SAVEPOINT plain AS INSERT INTO sums {select};\nWAIT FOR JOB j UNTIL IDLE;\nSAVEPOINT JOB j AS told;\nSTOP JOB j;")
    expect(raws(scratch) == ["3"], raws(scratch))
    found = ok(scratch, "SELECT id, `count(*)` FROM STATE OF told UID 'sink:sums/agg';", "--format", "csv")
    expect(sorted(found.splitlines()[1:]) == ["1,1", "2,3", "4,1"], found)
    gone = verdicts("told", table)
    expect(gone.pop("src:readings/errors/sink.w") == "DROP", gone)
    expect(set(gone.values()) == {"FULL"}, gone)
    other = verdicts("told", table + ", 'errors.table' = 'other'")
    expect(other.pop("src:readings/errors/sink.w") != "INCOMPATIBLE", other)
    expect(set(other.values()) == {"FULL"}, other)


def test_what_cannot_take_them(scratch):
    write(scratch, "a.csv", ["1,1"])

    def refused(table, errors, *words):
        done = scratch.run(text=table + GOOD + readings(f"'errors.table' = '{errors}'") + "INSERT INTO good SELECT id, v FROM readings;")
        expect(done.returncode == 3, f"{errors}: {done.returncode} {done.stderr}")
        for word in words:
            expect(word in done.stderr, f"{errors}: {word}: {done.stderr}")

    refused("", "nowhere", "E2001", "'errors.table' of the table \"readings\"", "nowhere")
    refused("", "readings", "E2015", "its own bad records")
    refused("", "a b", "E2008", "'a b' is no name of a table")
    refused("", "good", "E2006", "raw BYTES (or STRING)", "has 2 for 5")
    refused("CREATE VIEW seen AS SELECT 1 AS x;\n", "seen", "E2015", "only tables can be written")
    refused("CREATE TABLE numbers (id INT) WITH ('connector' = 'datagen');\n", "numbers", "E2015", "can only be read")
    refused(DEAD.replace("place STRING", "place INT"), "dead", "E2006", "place", "INT")
    done = scratch.run(text="CREATE TABLE t (id INT) WITH ('connector' = 'datagen', 'errors.table' = 'dead');")
    expect(done.returncode == 3 and "E2008" in done.stderr and "no option 'errors.table'" in done.stderr, done.stderr)


def test_names_are_those_of_its_database(scratch):
    write(scratch, "a.csv", ["1,1", "x,2"])
    ok(scratch, "SET 'table.dml-sync' = 'true';\nCREATE DATABASE d;\nUSE d;\n" + DEAD + readings() + "USE default_database;\n" + GOOD
       + "INSERT INTO good SELECT id, v FROM d.readings;")
    expect(raws(scratch) == ["x,2"], raws(scratch))


def test_what_is_left_out_is_counted(scratch):
    write(scratch, "a.csv", ["1,1", "x,2", "3"])
    done = scratch.run("-q", text=DEAD + readings() + "SELECT id FROM readings;")
    expect(done.returncode == 0, done.stderr)
    expect("2 skipped records" in done.stderr, done.stderr)
    expect(raws(scratch) == [], "a SELECT writes nothing")


if __name__ == "__main__":
    run_all(globals())
