#!/usr/bin/env python3
"""A table that is looked up and whose file is replaced while the job runs.

usage: lookup_test.py --weir PROGRAM [--seed S] [--rounds N] [TEST…]

Ends with 'tests: N passed, N failed'; the seed is printed.
"""
import argparse
import collections
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback

from engine import Engine, lines_of, wait_until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402


class Session:
    """The files that a user has: orders that come, names that are replaced, what the job writes."""

    def __init__(self, weir, scratch):
        self.engine = Engine(weir, scratch)
        self.scratch, self.orders = scratch, 0
        os.makedirs(os.path.join(scratch, "orders"))

    def put(self, name, text):
        """As it should be done: under a hidden name first."""
        path = os.path.join(self.scratch, name)
        hidden = os.path.join(os.path.dirname(path), "." + os.path.basename(path))
        with open(hidden, "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(hidden, path)

    def names(self, names):
        self.put("names.csv", "".join(f"{key},{name}\n" for key, name in names.items()))

    def order(self, *lines):
        self.orders += 1
        self.put(f"orders/{self.orders:06}.csv", "".join(line + "\n" for line in lines))

    def tables(self, interval="50 ms", more=""):
        return f"""
            CREATE TABLE orders (id INT, k INT, p AS PROCTIME())
            WITH ('connector' = 'filesystem', 'path' = 'orders', 'format' = 'csv', 'source.monitor-interval' = '10 ms',
                  'source.settle-interval' = '20 ms');
            CREATE TABLE names (k INT, name STRING, PRIMARY KEY (k) NOT ENFORCED)
            WITH ('connector' = 'filesystem', 'path' = 'names.csv', 'format' = 'csv',
                  'lookup.full-cache.periodic-reload.interval' = '{interval}'{more});
            """

    def script(self, interval="50 ms", more=""):
        return self.tables(interval, more) + """
            CREATE TABLE named (id INT, name STRING)
            WITH ('connector' = 'filesystem', 'path' = 'named', 'format' = 'csv');
            CREATE JOB naming AS INSERT INTO named
            SELECT o.id, n.name FROM orders AS o LEFT JOIN names FOR SYSTEM_TIME AS OF o.p AS n ON o.k = n.k;
            """

    def written(self):
        return sorted(lines_of(os.path.join(self.scratch, "named")))

    def await_line(self, line):
        wait_until(lambda: line in self.written(), f"{line}, there is {self.written()}\n{self.engine.log()}")

    def await_name(self, key, name):
        """Orders, until one finds this name."""
        def found():
            self.order(f"{self.orders},{key}")
            return any(line.endswith("," + name) for line in self.written())
        wait_until(found, f"{name}\n{self.engine.log()}")


def test_a_replaced_file_is_seen_and_rows_that_were_written_stay(session, _):
    session.names({1: "one", 2: "two"})
    session.order("-1,1", "-2,3")
    session.engine.start(session.script())
    session.await_line("-1,one")
    session.names({1: "uno", 3: "tre"})
    session.await_name(1, "uno")
    session.order("-3,2", "-4,3")
    session.await_line("-4,tre")
    session.engine.stop()
    written = session.written()
    for line in ("-1,one", "-2,", "-3,", "-4,tre"):
        assert line in written, (line, written)


def test_a_file_that_is_away_leaves_the_table_as_it_was(session, _):
    session.names({1: "one"})
    session.engine.start(session.script(more=", 'lookup.max-retries' = '0'"))
    session.await_name(1, "one")
    os.remove(os.path.join(session.scratch, "names.csv"))
    wait_until(lambda: "failed reload: table names: " in session.engine.log(), "it is said")
    session.order("-1,1")
    session.await_line("-1,one")
    session.names({1: "uno"})
    session.await_name(1, "uno")
    session.engine.stop()


def test_nothing_is_left_of_tables_that_were_replaced(session, _):
    session.names({1: "one"})
    session.engine.start(session.script(interval="1 ms"))
    for name in ("uno", "eins", "un"):
        session.names({1: name})
        session.await_name(1, name)
    descriptors = len(os.listdir(f"/proc/{session.engine.running.pid}/fd"))
    session.names({1: "one more"})
    session.await_name(1, "one more")
    now = len(os.listdir(f"/proc/{session.engine.running.pid}/fd"))
    assert now < descriptors + 40, f"{descriptors} open files, then {now}"
    session.engine.stop()
    left = [os.path.join(folder, name) for folder, _folders, names in os.walk(os.path.join(session.scratch, "data")) for name in names
            if ".lookup" in os.path.join(folder, name)]
    assert not left, left


def folded(lines):
    """The rows that are left of changes, in whatever order they are."""
    rows = collections.Counter()
    for line in lines:
        kind, row = re.fullmatch(r"([+-])[IUD]\[(.*)\]", line).groups()
        rows[tuple(row.split(", "))] += 1 if kind == "+" else -1
    assert min(rows.values(), default=0) >= 0, f"taken back, but never given: {[row for row in rows if rows[row] < 0]}"
    return [row for row, count in rows.items() for _ in range(count)]


def check_counts(rows, newest, how):
    """A name says which orders find it, and its number of the file that it is from."""
    assert len({name for name, _, _ in rows}) == len(rows), f"a name twice: {rows}"
    for name, count, total in rows:
        if name != "NULL":
            assert int(total) % 10 == int(count) * int(name.split(":")[0]) % 10, (name, count, total)
    if how == "LEFT JOIN":
        counted = sum(int(count) for _, count, _ in rows), sum(int(total) for _, _, total in rows)
        assert counted == (len(newest), sum(newest.values())), (counted, len(newest), sum(newest.values()))


def test_what_is_taken_back_is_what_was_given(session, chance):
    """Orders are changed while names are replaced and the job is stopped and killed."""
    counting = """
        CREATE TABLE counted_{0} (name STRING, n BIGINT, total BIGINT)
        WITH ('connector' = 'filesystem', 'path' = 'counted_{0}', 'format' = 'changelog');
        CREATE JOB j{0} AS INSERT INTO counted_{0}
        SELECT n.name, COUNT(*), SUM(o.k)
        FROM (SELECT id, MAX(k) AS k, PROCTIME() AS p FROM orders GROUP BY id) AS o
        {1} names FOR SYSTEM_TIME AS OF o.p AS n ON MOD(o.k, 10) = n.k GROUP BY n.name;
        """
    hows = ("JOIN", "LEFT JOIN")
    script = session.tables("5 ms") + "".join(counting.format(place, how) for place, how in enumerate(hows))
    newest = {}
    for turn in range(4 * chance.rounds):
        session.names({k: f"{k}:{turn}" for k in range(10) if chance.random() < 0.7})
        session.engine.start(script, parallelism__default=chance.choice((1, 2, 3)))
        for part in range(chance.randint(1, 4)):
            lines = []
            for _ in range(chance.choice((1, 20, 300))):
                key, value = chance.randrange(40), chance.randrange(1000)
                newest[key] = max(value, newest.get(key, 0))
                lines.append(f"{key},{value}")
            session.order(*lines)
            session.names({k: f"{k}:{turn}.{part}" for k in range(10) if chance.random() < 0.7})
            time.sleep(chance.choice((0, 0.05, 0.2)))
        session.engine.stop() if chance.random() < 0.3 else session.engine.end(signal.SIGKILL)
    session.engine.run(script + "".join(f"WAIT FOR JOB j{place} UNTIL IDLE; STOP JOB j{place};\n" for place in range(2)))
    for place, how in enumerate(hows):
        rows = folded(lines_of(os.path.join(session.scratch, f"counted_{place}")))
        assert rows
        check_counts(rows, newest, how)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=seeds.draw())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("tests", nargs="*")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    failed = 0
    names = [name for name in globals() if name.startswith("test_")]
    chosen = [name for name in names if not arguments.tests or any(word in name for word in arguments.tests)]
    for name in chosen:
        scratch = tempfile.mkdtemp(prefix="weir-lookup-")
        chance = random.Random(f"{arguments.seed} {name}")
        chance.rounds = arguments.rounds
        session = Session(arguments.weir, scratch)
        try:
            globals()[name](session, chance)
            print(f"ok {name}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"FAILED {name} (seed {arguments.seed}), files in {scratch}\n{traceback.format_exc()}", flush=True)
            if session.engine.running is not None:
                session.engine.end(signal.SIGKILL)
            continue
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"tests: {len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
