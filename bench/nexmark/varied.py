#!/usr/bin/env python3
"""`./weirw bench varied`: whether results and times depend on what NEXMark's columns are called, which literals its
queries hold, or how the fields of its JSON are ordered. They must not: nothing may be recognised by name or by shape.

Each query runs as it is and in three variations, from JSON:
  names     every column, struct and view has another name, in the SQL and in the files
  order     the fields of every object stand in another order, in --orders orders drawn by line
  literals  other constants in the query, which select about as much
The result of the first two must be that of the query as it is, by the hash over all columns of all rows; that of the
third DuckDB's with the same constants. Times are of processor time, medians of --runs interleaved runs; at most
--most times (order: --most-order times) that of the query as it is, or the line says SLOWER. Without checkpoints: a
run of a second has one or none, by chance.
"""
import argparse
import json
import os
import random
import re
import shutil
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402
from sql_words import replaced  # noqa: E402

NAMES = {
    "event_type": "happened", "person": "human", "auction": "lot", "bid": "offer", "id": "number", "name": "called",
    "emailAddress": "mail", "creditCard": "card", "city": "town", "state": "province", "dateTime": "moment",
    "extra": "remainder", "itemName": "thing", "description": "words", "initialBid": "first_offer",
    "reserve": "least", "expires": "until", "seller": "vendor", "category": "sort_of", "bidder": "buyer",
    "price": "amount", "channel": "way", "url": "address",
}
COUNTS = [("10000", "12000"), ("1000000", "900000")]
# query -> (replacements in our text, in DuckDB's)
LITERALS = {
    "q1": ([("0.908", "0.857")],) * 2,
    "q2": ([("123", "121")],) * 2,
    "q3": ([("10", "11"), ("'OR'", "'AZ'"), ("'ID'", "'WA'"), ("'CA'", "'WY'")],) * 2,
    "q5": ([("'2'", "'3'"), ("'10'", "'15'")], [("2", "3")]),
    "q7": ([("'10'", "'12'")], [("10", "12")]),
    "q8": ([("'10'", "'12'")], [("10", "12")]),
    "q11": ([("'10'", "'8'")], [("10", "8")]),
    "q14": ([("0.908", "0.911"), ("1000000", "1010000"), ("'c'", "'d'")],) * 2,
    "q15": (COUNTS, COUNTS),
    "q16": (COUNTS, COUNTS),
    "q17": (COUNTS, COUNTS),
    "q19": ([("10", "9")],) * 2,
    "q20": ([("10", "12")],) * 2,
    "q21": ([("'0'", "'7'"), ("'1'", "'8'"), ("'2'", "'9'")],) * 2,
    "q22": ([("3", "5"), ("5", "3")], [("4", "6"), ("6", "4")]),
}


# --- variations of the files -----------------------------------------------------------------------

def renamed(value):
    if not isinstance(value, dict):
        return value
    return {NAMES[key]: renamed(field) for key, field in value.items()}


def reordered(value, seed):
    if not isinstance(value, dict):
        return value
    keys = list(value)
    random.Random(seed * 1000 + len(keys)).shuffle(keys)
    return {key: reordered(value[key], seed) for key in keys}


def rewrite(source, target, change):
    """The files of `source` with change(object, line number), beside a mark that they are whole."""
    made = target + ".made"
    if os.path.exists(made):
        return
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    for name in sorted(os.listdir(source)):
        with open(os.path.join(source, name), encoding="utf-8") as lines, \
             open(os.path.join(target, name), "w", encoding="utf-8") as out:
            for i, line in enumerate(lines):
                out.write(json.dumps(change(json.loads(line), i), separators=(",", ":"), ensure_ascii=False) + "\n")
    with open(made, "w", encoding="ascii"):
        pass


# --- variations of the queries ---------------------------------------------------------------------

def without_settings(text, change):
    """Changes `text` but for its WITH (…), whose words are options."""
    parts = re.split(r"(WITH \([^)]*\))", text)
    return "".join(part if part.startswith("WITH (") else change(part) for part in parts)


def write_sql(folder, query, change):
    """tables.sql and the query, changed, in the shape that the program reads them from."""
    os.makedirs(os.path.join(folder, "queries"), exist_ok=True)
    for name in ("tables.sql", f"queries/{query}.sql"):
        with open(os.path.join(bench.HERE, name), encoding="utf-8") as file:
            text = re.sub(r"--[^\n]*", "", file.read())
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(without_settings(text, lambda part, n=name: change(part, n)))


# --- runs ------------------------------------------------------------------------------------------

class Variation(bench.Weir):
    def __init__(self, options, name, data, sql):
        super().__init__(bench.changed(options, data=data), sql)
        self.name = name


def variations(options, query):
    """The query as it is, and its variations."""
    names, literals = (os.path.join(options.scratch, "weir-varied-sql", name) for name in ("names", "literals"))
    found = [Variation(options, "as it is", options.data, bench.HERE),
             Variation(options, "names", options.data + "-names", names),
             Variation(options, "order", f"{options.data}-order-{options.orders}", bench.HERE)]
    write_sql(names, query, lambda text, _: replaced(text, NAMES.items()))
    if query in LITERALS:
        ours = LITERALS[query][0]
        write_sql(literals, query, lambda text, name: text if name == "tables.sql" else replaced(text, ours))
        found.append(Variation(options, "literals", options.data, literals))
    return found


def hash_of(result):
    return result["result_rows"], result["hash"]


def wrong(options, query, systems, duckdb):
    """Name -> what is wrong with its result."""
    found = {}
    expected = hash_of(systems[0].run(query, True))
    for system in systems[1:]:
        want = expected
        if system.name == "literals":
            if duckdb is None or not duckdb.can(query):
                continue
            want = hash_of(duckdb.run_with(query, LITERALS[query][1]))
        got = hash_of(system.run(query, True))
        if got != want and query not in bench.CLOCK:
            found[system.name] = f"{got[0]} rows ({got[1]}), not {want[0]} ({want[1]})"
    return found


class DuckDb(bench.DuckDb):
    def run_with(self, query, literals):
        return bench.call([self.python, os.path.join(bench.HERE, "duckdb_run.py"), self.options.data, query, "--hash",
                           "--literals", json.dumps(literals)])


def measure(options, query, duckdb):
    systems = variations(options, query)
    problems = wrong(options, query, systems, duckdb)
    if options.rows_only:
        print(f"{query}: {problems or ('reads the clock' if query in bench.CLOCK else 'agrees')}", flush=True)
        return len(problems)
    times = {system.name: [] for system in systems}
    bench.warm(options.data)
    for _ in range(options.runs):
        for system in systems:
            times[system.name].append(system.run(query, False)["cpu_s"])
    base = statistics.median(times["as it is"])
    bad = 0
    for system in systems[1:]:
        ratio = statistics.median(times[system.name]) / base
        slow = ratio > (options.most_order if system.name == "order" else options.most)
        bad += slow or system.name in problems
        verdict = "WRONG: " + problems[system.name] if system.name in problems else "SLOWER" if slow else ""
        print(f"| {query} | {system.name} | {base * 1e9 / options.events:.0f} | {ratio:.2f} | {verdict} |", flush=True)
    return bad


def opponent(options):
    try:
        return DuckDb(options)
    except bench.Skipped as why:
        print(f"bench: literals are not compared: {why}", file=sys.stderr)
        return None


def main():
    parser = argparse.ArgumentParser(prog="weirw bench varied", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(bench.ROOT, "build", "bench_nexmark"), help=argparse.SUPPRESS)
    parser.add_argument("--queries", default="", help="q0,q5,…; all by default")
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--checkpoint", type=bench.interval, default=0, help="1s, 100ms, off")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows-only", action="store_true", help="compare results only, without DuckDB; time nothing")
    parser.add_argument("--orders", type=int, default=1, help="how many orders of fields the lines have")
    parser.add_argument("--most", type=float, default=1.10)
    parser.add_argument("--most-order", type=float, default=1.25)
    parser.add_argument("--scratch", default="/tmp", help="where the files of the events are kept")
    options = parser.parse_args()
    options.input, options.backend = "json", "rocksdb"
    bench.make_files(options)
    rewrite(options.data, options.data + "-names", lambda value, _: renamed(value))
    rewrite(options.data, f"{options.data}-order-{options.orders}",
            lambda value, i: reordered(value, i * 7919 % options.orders + 1))
    duckdb = None if options.rows_only else opponent(options)
    if not options.rows_only:
        print("| query | varied | ns CPU/event as it is | times that | |\n|---|---|---|---|---|")
    queries = options.queries.split(",") if options.queries else bench.ALL
    return 1 if sum(measure(options, query, duckdb) for query in queries) else 0


if __name__ == "__main__":
    sys.exit(main())
