#!/usr/bin/env python3
"""Runs random queries through Weir and through SQLite and compares the rows as multisets.

usage: differential.py --weir build/weir [--seed N] [--count N] [--least N]
Prints the seed, what was compared for each construct, and for the first difference the smallest query and data
that still show it. Fails on a difference, when fewer than `--least` queries were compared, when fewer than 80 %
of them gave rows, and (from 300 queries on) when a construct of MUST never occurred with rows.
"""
import argparse
import collections
import concurrent.futures
import csv
import json
import os
import pathlib
import random
import re
import sqlite3
import sys
import tempfile

import program
from queries import Data, Queries, make_data

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402

MUST = ["WHERE", "GROUP BY", "global aggregate", "HAVING", "SELECT DISTINCT", "ORDER BY … LIMIT", "CTE", "derived table",
        "nested aggregate", "UNION", "UNION ALL", "TUMBLE", "HOP", "FILTER", "COUNT DISTINCT", "SUM DISTINCT", "AVG",
        "MIN", "MAX", "CASE", "COALESCE", "NULLIF", "IN", "NOT IN", "BETWEEN", "LIKE", "NOT LIKE", "IS NULL",
        "IS DISTINCT FROM", "CAST", "/", "%", "||", "SUBSTRING", "REPLACE", "GREATEST", "LEAST", "CUMULATE", "TUMBLE with offset", "HOP with offset",
        "CUMULATE with offset", "OFFSET", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "ON with more", "IN with NULL",
        "NOT IN with NULL", "BETWEEN SYMMETRIC", "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS NOT DISTINCT FROM",
        "STARTSWITH", "ENDSWITH", "LTRIM", "RTRIM", "TRIM LEADING", "TRIM TRAILING", "LEFT", "RIGHT", "SIGN", "POSITION",
        "CAST of BOOLEAN", "FLOOR", "CEIL", "/ of DOUBLE", "INT + DOUBLE"]

RULE_LIST = pathlib.Path(__file__).resolve().parents[2] / "planner/rules/rule_list.cc"
RULES = [*re.findall(r'^    \{"([\w-]+)", "', RULE_LIST.read_text(encoding="utf-8"), re.M), "two-phase-aggregation"]

TABLES = """
CREATE TABLE t (id INT, a INT, b BIGINT, d DOUBLE, s STRING)
WITH ('connector' = 'filesystem', 'path' = '{t}', 'format' = 'csv');
CREATE TABLE w (k STRING, v INT, sec BIGINT, ts AS TO_TIMESTAMP_LTZ(sec, 0), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND)
WITH ('connector' = 'filesystem', 'path' = '{w}', 'format' = 'csv');
"""


PLANT = []  # (text, replacement) in what SQLite is asked: shows that a difference is found


class Refused(Exception):
    """SQLite cannot run the query: nothing to compare with."""


def sqlite_rows(data, query, of_nothing=False):
    """With `of_nothing` an aggregate over no rows has its row: Weir gives that where it knows beforehand that none come."""
    text = query.render("lite")
    if of_nothing:
        text = text.replace(" GROUP BY NULL", "")
    for old, new in PLANT:
        text = text.replace(old, new)
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA case_sensitive_like = ON")
    connection.execute("CREATE TABLE t (id INTEGER, a INTEGER, b INTEGER, d REAL, s TEXT)")
    connection.execute("CREATE TABLE w (k TEXT, v INTEGER, ts INTEGER)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", data.table)
    connection.executemany("INSERT INTO w VALUES (?, ?, ?)", data.events)
    try:
        rows = connection.execute(text).fetchall()
    except sqlite3.Error as error:
        raise Refused(str(error)) from error
    kinds = [node.type for node, _ in query.outputs()]
    return [tuple(None if cell is None else bool(cell) if kind == "bool" else cell
                  for cell, kind in zip(row, kinds, strict=True)) for row in rows]


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        for row in rows:
            cells = ["" if cell is None else '"' + cell.replace('"', '""') + '"' if isinstance(cell, str) else str(cell)
                     for cell in row]
            file.write(",".join(cells) + "\n")


def weir_rows(weir, data, query, options):
    """Rows, or the text of an error."""
    with tempfile.TemporaryDirectory(prefix="weir-diff-") as folder:
        paths = {"t": os.path.join(folder, "t.csv"), "w": os.path.join(folder, "w.csv")}
        write_csv(paths["t"], data.table)
        write_csv(paths["w"], data.events)
        script = TABLES.format(**paths) + query.render("weir") + ";\n"
        done = program.run_in(folder, weir, script, options, "json", timeout=60)
        if done.returncode != 0:
            return f"exit {done.returncode}: {done.stderr.strip()}"
        return [tuple(json.loads(line).values()) for line in done.stdout.splitlines()]


def comparable(rows):
    """Numbers to 12 digits: SQLite prints a mean of decimals as Weir does, but for the last bit."""
    def cell(value):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return repr(value)
        return f"{value + 0.0:.12g}"
    return collections.Counter(tuple(map(cell, row)) for row in rows)


def is_of_nothing(got, query, data, ask, make):
    """Whether the rows are right if aggregates over nothing have one, and there are such aggregates with other data, too:
    not by chance, so that Weir may know it beforehand. `ask` is sqlite_rows of who asks, `make` makes data."""
    others = [make(random.Random(f"of nothing/{number}")) for number in range(4)]
    return got == comparable(ask(data, query, of_nothing=True)) and \
        any(comparable(ask(other, query)) != comparable(ask(other, query, of_nothing=True)) for other in others)


def difference(weir, data, query, options):
    """None when both agree; else what Weir says that SQLite does not."""
    want = comparable(sqlite_rows(data, query))
    actual = weir_rows(weir, data, query, options)
    if isinstance(actual, str):
        return actual
    got = comparable(actual)
    if got == want or is_of_nothing(got, query, data, sqlite_rows, make_data):
        return None
    return f"missing: {sorted((want - got).elements())[:5]}\nextra:   {sorted((got - want).elements())[:5]}"


def shrink(weir, data, query, options):
    """The smallest query and data found that still differ in the same way (an error, or rows)."""
    error = difference(weir, data, query, options).startswith("exit")

    def still(other_data, other):
        try:
            found = difference(weir, other_data, other, options)
        except Refused:
            return False
        return found is not None and found.startswith("exit") == error
    progress = True
    while progress:
        progress = False
        for other in query.smaller():
            if still(data, other):
                query, progress = other, True
                break
    for name in ("table", "events"):
        step = max(1, len(getattr(data, name)) // 2)
        while step:
            at = 0
            while at < len(getattr(data, name)):
                rows = getattr(data, name)
                other = Data(**{**vars(data), name: rows[:at] + rows[at + step:]})
                if still(other, query):
                    data = other
                else:
                    at += step
            step //= 2
    return data, query


def case(seed, number):
    """Case `number` of a run is the same whatever the number of cases."""
    chance = random.Random(f"{seed}/{number}")
    data = make_data(chance)
    for _ in range(2):  # most queries should give rows
        query = Queries(chance).query()
        try:
            if sqlite_rows(data, query):
                break
        except Refused:
            pass
    options = [f"pipeline.batch-size={chance.choice([1, 7, 64, 4096])}", f"parallelism.default={chance.randint(1, 3)}"]
    off = chance.choice([[]] * 4 + [[rule] for rule in RULES] + [RULES])
    if off:
        options.append(f"optimizer.disabled-rules={','.join(off)}")
    return data, query, options


def check(weir, seed, number):
    data, query, options = case(seed, number)
    try:
        rows = sqlite_rows(data, query)
        return query, len(rows), difference(weir, data, query, options)
    except Refused as error:
        return query, str(error), None


def report(weir, seed, number):
    data, query, options = case(seed, number)
    data, query = shrink(weir, data, query, options)
    print(f"case {number} of seed {seed}, with {' '.join(options)}")
    print(f"weir:   {query.render('weir')}\nsqlite: {query.render('lite')}")
    print(f"t: {data.table}\nw: {data.events}\n{difference(weir, data, query, options)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=0, help="0: a new one")
    parser.add_argument("--count", type=int, default=400 if os.environ.get("WEIR_TEST_SLICE") == "full" else 60,
                        help="60, or 400 with WEIR_TEST_SLICE=full")
    parser.add_argument("--least", type=int, default=0, help="how many must be compared; 0: 75 %% of the count")
    parser.add_argument("--case", type=int, help="only this case")
    parser.add_argument("--plant", action="store_true", help="ask SQLite for - where Weir is asked for +: succeeds if that is noticed")
    arguments = parser.parse_args()
    if arguments.plant:
        PLANT.append((" + ", " - "))
    seed = seeds.draw(arguments.seed)
    weir = os.path.abspath(arguments.weir)
    print(f"seed {seed}")
    numbers = [arguments.case] if arguments.case is not None else range(arguments.count)
    compared = with_rows = refused = 0
    bad, constructs = [], collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (query, rows, found) in zip(numbers, pool.map(lambda n: check(weir, seed, n), numbers)):
            if isinstance(rows, str):
                refused += 1
                continue
            compared += 1
            with_rows += rows > 0
            constructs.update(query.constructs() if rows else ())
            if found is not None:
                bad.append(number)
    if bad:
        report(weir, seed, bad[0])
    print("; ".join(f"{name} {count}" for name, count in sorted(constructs.items())))
    print(f"{compared} compared, {with_rows} with rows, {refused} refused by SQLite, {len(bad)} differ"
          + (f": cases {bad[:20]}" if bad else ""))
    if arguments.plant:
        print("the planted difference was found" if bad else "the planted difference was not found")
        return 0 if bad else 1
    missing = [name for name in MUST if not constructs[name]] if arguments.count >= 300 else []
    if missing:
        print(f"never seen with rows: {', '.join(missing)}")
    least = arguments.least or len(numbers) * 3 // 4
    share = 0.8 if compared >= 300 else 0.6  # a small slice strays further from the mean
    few = compared < least or (len(numbers) > 1 and with_rows < share * compared)
    if few:
        print("too few were compared, or too few gave rows")
    print(f"files: {compared - len(bad)} passed, {len(bad)} failed")
    return 1 if bad or missing or few else 0


if __name__ == "__main__":
    sys.exit(main())
