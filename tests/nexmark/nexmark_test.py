#!/usr/bin/env python3
"""The queries of bench/nexmark against SQLite on the same events, at several parallelisms, killed in the middle.

usage: nexmark_test.py --weir WEIR_FAULTY [--queries q0,q5] [--events N] [--parallelism 1,2,4] [--slice]

The events are written by the engine's own connector (whose events are compared with the reference generator's
elsewhere) and loaded into SQLite, which answers oracle/qN.sql. The engine runs bench/nexmark/queries/qN.sql with
its sink changed to files of changes (q10 writes files itself, whose directories are read, and must all be marked
as complete); it is killed (SIGKILL) right after a checkpoint and run again. The changes
are folded: taking away a row that is not there fails. Where rows tie and several answers are right (q9, q18,
q19), parallelism 1 must give the one of the order of arrival; above it, the columns that do not depend on the
choice are compared. q12 reads the clock: its totals are compared. Prints the kills and the rows compared;
a query without rows, or none killed, is a failure. --slice: fewer events (too few for q23 to have rows) and
one parallelism a query, as slices.py says, unless WEIR_TEST_SLICE=full.
"""
import argparse
import collections
import csv
import datetime
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import changelog_text  # noqa: E402
import slices  # noqa: E402

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BENCH = os.path.join(ROOT, "bench/nexmark")
BLACKHOLE = "WITH ('connector' = 'blackhole')"
# Columns of the output that ties leave open, by query.
OPEN = {"q9": (11, 14), "q18": (2, 3, 4, 6), "q19": (1, 3, 4, 5, 6)}
COLUMNS = {
    "person": ("id", "name", "emailAddress", "creditCard", "city", "state", "dateTime", "extra"),
    "auction": ("id", "itemName", "description", "initialBid", "reserve", "dateTime", "expires", "seller",
                "category", "extra"),
    "bid": ("auction", "bidder", "price", "channel", "url", "dateTime", "extra"),
}
NUMBERS = {"id", "initialBid", "reserve", "seller", "category", "auction", "bidder", "price"}
SETTINGS = ["-q", "--no-progress", "--conf", BARE]


class Wrong(Exception):
    """The engine did something that it must not."""


# --- the oracle -----------------------------------------------------------------------------------

def millis(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def moment(number):
    return datetime.datetime.fromtimestamp(number // 1000, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S") \
        + f".{number % 1000:03}"


def money(thousandths):
    return f"{thousandths // 1000}.{thousandths % 1000:03}"


def channel_id(url):
    found = re.search(r"(&|^)channel_id=([^&]*)", url)
    return found.group(2) if found else None


def directory(url, index):
    parts = url.split("/")
    return parts[index] if index < len(parts) else None


def tables(events, partitions):
    with open(os.path.join(BENCH, "tables.sql"), encoding="utf-8") as file:
        return file.read().replace("${events}", str(events)).replace("${partitions}", str(partitions))


def run_weir(weir, script, scratch, env=None, options=()):
    """The exit code of a script; its stderr when it is neither 0 nor a kill."""
    done = subprocess.run([weir, *SETTINGS, *options, "--data-dir", os.path.join(scratch, "data"), "--no-catalog", "-c", script],
                          cwd=scratch, env=dict(os.environ, **(env or {})), stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, timeout=1500, check=False)
    if done.returncode not in (0, -9):
        raise Wrong(f"exit code {done.returncode}: {done.stderr.strip()}")
    return done.returncode


def visible(folder):
    """Lines of the committed files, in the order of their names."""
    if not os.path.isdir(folder):
        return
    for name in sorted(os.listdir(folder)):
        if not name.startswith((".", "_")):
            with open(os.path.join(folder, name), encoding="utf-8", newline="\n") as file:
                yield from file


def load(weir, scratch, events):
    """SQLite with the events; `n` is the order in which they come."""
    script = [tables(events, 1), "SET 'parallelism.default' = '1';"]
    for table, columns in COLUMNS.items():
        types = ", ".join(f"`{c}` " + ("BIGINT" if c in NUMBERS else "TIMESTAMP(3)" if c in ("dateTime", "expires")
                                       else "STRING") for c in columns)
        script.append(f"CREATE TABLE dump_{table} ({types}) WITH ('connector' = 'filesystem', "
                      f"'path' = '{scratch}/dump/{table}', 'format' = 'csv');")
    script.append("EXECUTE STATEMENT SET BEGIN")
    script += [f"INSERT INTO dump_{table} SELECT {', '.join(f'`{c}`' for c in columns)} FROM {table};"
               for table, columns in COLUMNS.items()]
    script.append("END;")
    run_weir(weir, "\n".join(script), scratch)
    database = sqlite3.connect(":memory:")
    for function in (moment, money, channel_id):
        database.create_function(function.__name__, 1, function, deterministic=True)
    database.create_function("directory", 2, directory, deterministic=True)
    for table, columns in COLUMNS.items():
        fill(database, table, columns, os.path.join(scratch, "dump", table))
    for table, column in (("bid", "auction"), ("bid", "bidder"), ("bid", "price"), ("auction", "id"),
                          ("auction", "seller"), ("person", "id")):
        database.execute(f"CREATE INDEX {table}_{column} ON {table} ({column})")
    database.execute("ANALYZE")
    shutil.rmtree(os.path.join(scratch, "dump"))
    return database


def fill(database, table, columns, folder):
    names = ["dt" if c == "dateTime" else c for c in columns]
    times = [i for i, c in enumerate(columns) if c in ("dateTime", "expires")]
    numbers = [i for i, c in enumerate(columns) if c in NUMBERS]
    extra = ["ms" if columns[i] == "dateTime" else "expires_ms" for i in times]
    database.execute(f"CREATE TABLE {table} (n INTEGER PRIMARY KEY, {', '.join(names + extra)})")

    def rows():
        for row in csv.reader(visible(folder)):
            moments = [millis(row[i]) for i in times]
            for i in numbers:
                row[i] = int(row[i])
            yield row + moments
    marks = ", ".join("?" * (len(names) + len(extra)))
    database.executemany(f"INSERT INTO {table} ({', '.join(names + extra)}) VALUES ({marks})", rows())


def expected(database, query):
    with open(os.path.join(HERE, "oracle", query + ".sql"), encoding="utf-8") as file:
        return [tuple("NULL" if value is None else str(value) for value in row)
                for row in database.execute(file.read())]


# --- the engine -----------------------------------------------------------------------------------

def script_of(query, scratch, events, parallelism):
    with open(os.path.join(BENCH, "queries", query + ".sql"), encoding="utf-8") as file:
        text = file.read()
    if BLACKHOLE not in text and query != "q10":
        raise Wrong(f"{query}.sql has no blackhole sink")
    with open(os.path.join(scratch, "side.csv"), "w", encoding="ascii") as side:
        side.writelines(f"{i},{i}\n" for i in range(10_000))
    sink = f"WITH ('connector' = 'filesystem', 'path' = '{scratch}/out', 'format' = 'changelog')"
    return "\n".join([f"SET 'parallelism.default' = '{parallelism}';",
                      "SET 'execution.checkpointing.interval' = '20 ms';", tables(events, parallelism),
                      text.replace(BLACKHOLE, sink).replace("${scratch}", scratch)])


def partitions(folder):
    """Lines of the committed files of a table PARTITIONED BY (dt, hm), as inserts."""
    for dt in sorted(name for name in os.listdir(folder) if not name.startswith(".")):
        for hm in sorted(os.listdir(os.path.join(folder, dt))):
            directory = os.path.join(folder, dt, hm)
            names = os.listdir(directory)
            if "_SUCCESS" not in names:
                raise Wrong(f"{dt}/{hm} is not marked as complete")
            if any(name.startswith(".") for name in names):
                raise Wrong(f"{dt}/{hm} holds what was not committed: {names}")
            values = [urllib.parse.unquote(part.split("=", 1)[1]) for part in (dt, hm)]
            for row in csv.reader(visible(directory)):
                yield f"+I[{', '.join(row + values)}]"


def answer(weir, query, scratch, events, parallelism):
    """(folded rows, whether it was killed)."""
    script = script_of(query, scratch, events, parallelism)
    options = ["-D", f"pipeline.batch-size={max(64, min(4096, events // 200))}"]
    killed = run_weir(weir, script, scratch, {"WEIR_KILL_AT": "checkpoint.after_commit:2"}, options) != 0
    if killed and run_weir(weir, script, scratch, {}, options) != 0:
        raise Wrong("the second start was killed, by whom?")
    rows = collections.Counter()
    # Files are of one subtask each; changes of one row may be in several, so that only sums are checked.
    lines = partitions(os.path.join(scratch, "q10")) if query == "q10" else visible(os.path.join(scratch, "out"))
    for line in lines:
        kind, body = line[:2], changelog_text.bare(line.rstrip("\n"))[3:-1]
        rows[body] += 1 if kind in ("+I", "+U") else -1
    gone = [body for body, count in rows.items() if count < 0]
    if gone:
        raise Wrong(f"takes away what is not there: [{gone[0]}]")
    return rows, killed


def fields(body):
    return tuple(body.split(", "))


def closed(query, row):
    return tuple(value for i, value in enumerate(row) if i not in OPEN[query])


def compare(query, parallelism, wanted, rows):
    """Raises with an example of the difference; the number of rows compared."""
    if query == "q12":
        totals = collections.Counter()
        for body, count in rows.items():
            bidder, bids, _, _ = fields(body)
            totals[bidder] += int(bids) * count
        want = collections.Counter({bidder: int(bids) for bidder, bids in wanted})
        have = totals
    elif query in OPEN and parallelism > 1:
        want = collections.Counter(closed(query, row) for row in wanted)
        have = collections.Counter()
        for body, count in rows.items():
            have[closed(query, fields(body))] += count
    else:
        want = collections.Counter(", ".join(row) for row in wanted)
        have = rows
    missing, extra = want - have, have - want
    if missing or extra:
        raise Wrong(f"{sum(missing.values())} rows missing, such as {next(iter(missing), None)}; "
                    f"{sum(extra.values())} too many, such as {next(iter(extra), None)}")
    return sum(want.values())


def check(arguments, database, query, parallelism, did):
    scratch = tempfile.mkdtemp(prefix=f"weir-{query}-")
    try:
        rows, killed = answer(arguments.weir, query, scratch, arguments.events, parallelism)
        count = compare(query, parallelism, expected(database, query), rows)
        if count == 0 and not arguments.short:
            raise Wrong("no rows at all: the test compares nothing")
        did["kills"] += killed
        did["rows"] += count
        did["queries"] += 1
        print(f"{query} at parallelism {parallelism}: {count} rows{', killed once' if killed else ''}")
        return True
    except Wrong as error:
        print(f"FAILED: {query} at parallelism {parallelism}: {error}")
        return False
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--queries")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--parallelism", default="1,2,4")
    parser.add_argument("--slice", action="store_true")
    arguments = parser.parse_args()
    arguments.weir = os.path.abspath(arguments.weir)
    arguments.short = arguments.slice and not slices.is_full()
    if arguments.short:
        arguments.events = min(arguments.events, 30_000)
    every = sorted((name[:-4] for name in os.listdir(os.path.join(BENCH, "queries"))), key=lambda q: int(q[1:]))
    queries = arguments.queries.split(",") if arguments.queries else every
    print(f"{arguments.events} events")
    scratch = tempfile.mkdtemp(prefix="weir-nexmark-")
    did, good = collections.Counter(), True
    try:
        database = load(arguments.weir, scratch, arguments.events)
        first = slices.number("nexmark") if arguments.short else 0
        levels = [int(p) for p in arguments.parallelism.split(",")]
        for place, query in enumerate(queries):
            for parallelism in [levels[(first + place) % len(levels)]] if arguments.short else levels:
                good = check(arguments, database, query, parallelism, did) and good
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{did['queries']} runs agree, {did['rows']} rows, {did['kills']} kills")
    if good and not did["kills"]:
        print("FAILED: nothing was killed")
        good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
