#!/usr/bin/env python3
"""Runs random queries over random changelogs through Weir, and over the final tables through SQLite, and compares.

usage: changelogs.py --weir build/weir [--seed N] [--count N] [--case N] [--jitter] [--plant [NAME]] [--defect NAME]
Inserts, updates and deletes come as changes, as upserts by a key, as events of Debezium and as rows that say what they
are; queries combine joins,
aggregates, Top-N and windows (relations.py), correlated subqueries, LATERAL, UNNEST and ASOF (dependent.py). In every
fourth case the changes of the result must fold at every prefix, too, in another fourth they are upserts into a table
whose primary key is some columns that are unique in the result, and in a third one they become rows (TO_CHANGELOG) and
changes again (FROM_CHANGELOG).
Prints the seed, what was compared for each construct, and for the first difference the smallest query and data
that still show it. Fails on a difference, when too few were compared or gave rows, and (from 300 queries on) when a
construct of MUST never occurred with rows.
"""
import argparse
import collections
import concurrent.futures
import csv
import io
import itertools
import json
import os
import pathlib
import random
import sqlite3
import sys
import tempfile

import dependent
import program
import relations
from differential import Refused, RULES, comparable, is_of_nothing

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, ".."), os.path.join(HERE, "../sql")]
import seed as seeds  # noqa: E402
import slt  # noqa: E402

MUST = ["table t", "table u", "table o", "table w", "SELECT", "WHERE", "DISTINCT", "GROUP BY", "global aggregate", "HAVING",
        "ROW_NUMBER shown", "ROW_NUMBER hidden", "RANK shown", "DENSE_RANK shown", "JOIN", "LEFT JOIN", "RIGHT JOIN",
        "FULL JOIN", "JOIN with more", "LEFT JOIN with more", "IN", "NOT IN", "EXISTS", "NOT EXISTS", "UNION", "UNION ALL",
        "TUMBLE", "HOP", "CUMULATE", "SESSION", "upserts", "debezium", "coded rows", "changes as rows", "windows of w", "windows of e"]
MUST += [f"LATERAL {form}" for form in dependent.LATERALS] + [f"correlated {form}" for form in dependent.TESTS]
MUST += ["LEFT LATERAL rows", "LEFT LATERAL first", "correlated aggregate", "correlated in SELECT", "correlated in WHERE", "correlated in OR",
         "UNNEST", "UNNEST WITH ORDINALITY", "LEFT UNNEST", "ASOF JOIN", "ASOF LEFT JOIN"]
MUST += [f"windows of {name}" for name, *_ in relations.VIEWS]
JITTER = "task.before_:300"
BROKEN = "never.join_key_broken"  # a point that no run may pass
UPSERTED = []  # rows of each result that a keyed sink kept
DISTURBED = {}  # of the environment: what weir_faulty is asked
PLANT = []  # (text, replacement) in what SQLite is asked: shows that a difference is found
PLANTS = {
    "joins": [("MIN(", "MAX("), (") AS l JOIN", ") AS l LEFT JOIN"), (" AS l JOIN", " AS l LEFT JOIN")],
    "ranks of all rows": [("PARTITION BY l.number ", "")],  # LATERAL … LIMIT
    "groups of all rows": [("GROUP BY l.number, ", "GROUP BY ")],
    "arrays are never NULL": [(" AS v ON ", " AS v ON 1 OR ")],
}


def sqlite_rows(data, query, of_nothing=False):
    """As differential.py's."""
    text = query.sql("lite")
    if of_nothing:
        text = text.replace(" GROUP BY NULL", "")
    for old, new in PLANT:
        text = text.replace(old, new)
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA case_sensitive_like = ON")
    for name, columns in relations.TABLES.items():
        types = {"int": "INTEGER", "string": "TEXT"}
        connection.execute(f"CREATE TABLE {name} ({', '.join(f'{c} {types[kind]}' for c, kind in columns)})")
        rows = relations.replay(data.tables[name])[1]
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", rows)
    for name, of, _, order, last in relations.VIEWS:
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM (SELECT k, v, sec, ROW_NUMBER() OVER (PARTITION BY k "
                           f"ORDER BY {order}) AS rn FROM {of}) WHERE rn <= {last}")
    try:
        rows = connection.execute(text).fetchall()
    except sqlite3.Error as error:
        raise Refused(str(error)) from error
    kinds = [kind for _, kind in query.columns()]
    return [tuple(None if cell is None else bool(cell) if kind == "bool" else cell
                  for cell, kind in zip(row, kinds, strict=True)) for row in rows]


def table(name, columns, path, form):
    return (f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'filesystem', 'path' = '{path}', "
            f"'format' = '{form}');\n")


def is_coded(data):
    """Whether t comes as rows that say which changes they are."""
    return not data.debezium and len(data.tables["t"]) % 2 == 1


def definitions(data, folder):
    """Writes the tables' files and says what they are."""
    def write(name, text):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def changes(name):
        return relations.replay(data.tables[name])[0]

    def csv_lines(name, coded=False):
        lines = io.StringIO()
        for kind, row in changes(name):
            lines.write(",".join("" if value is None else '"' + value.replace('"', '""') + '"' if isinstance(value, str)
                                 else str(value) for value in ((kind,) * coded + tuple(row))) + "\n")
        return lines.getvalue()

    names = [name for name, _ in relations.TABLES["t"]]
    of_t = "id INT, a INT, b BIGINT, s STRING"
    if is_coded(data):
        sql = table("coded", f"code STRING, {of_t}", write("t", csv_lines("t", True)), "csv")
        sql += ("CREATE VIEW t AS SELECT * FROM FROM_CHANGELOG(input => TABLE coded, op => DESCRIPTOR(code), op_mapping => "
                "MAP['+I', 'INSERT', '-U', 'UPDATE_BEFORE', '+U', 'UPDATE_AFTER', '-D', 'DELETE']);\n")
    else:
        text = relations.debezium_lines(changes("t"), names) if data.debezium else relations.change_lines(changes("t"))
        sql = table("t", of_t, write("t", text), "debezium-json" if data.debezium else "changelog")

    sql += table("o", "x INT, y INT, s STRING", write("o", csv_lines("o")), "csv")
    timed = "k STRING, v INT, sec BIGINT, ts AS TO_TIMESTAMP_LTZ(sec, 0), WATERMARK FOR ts AS ts - INTERVAL '30' DAY"
    sql += table("w", timed, write("w", relations.change_lines(changes("w"))), "changelog")
    sql += table("e", timed, write("e", csv_lines("e")), "csv")
    for name, of, order, _, last in relations.VIEWS:
        sql += (f"CREATE VIEW {name} AS SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY {order}) AS rn "
                f"FROM {of}) WHERE rn <= {last};\n")
    keyed = changes("u")
    if data.upserts:
        # Old rows are left out, deletes have their keys only, and some changes come twice.
        keyed = [("+U" if kind == "+I" and len(row) % 2 else kind, row if kind != "-D" else (row[0], None, None, None))
                 for kind, row in keyed if kind != "-U"]
        keyed = [change for i, change in enumerate(keyed) for _ in range(2 if i % 3 == 0 else 1)]
    rows = (relations.change_lines(keyed) + ("+U[-1, 0, 0, '']\n-D[-1, 0, 0, '']\n" if data.upserts else "")).replace("'", "''")
    return sql + (f"CREATE TABLE u (k INT, a INT, b BIGINT, s STRING, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = "
                  f"'inline', 'changelog' = 'true', 'rows' = '\n{rows}');\n")


def run(weir, data, statement, options, form):
    """What Weir prints, or the text of an error."""
    with tempfile.TemporaryDirectory(prefix="weir-diff-") as folder:
        script = definitions(data, folder) + statement + ";\n"
        passed = os.path.join(folder, "passed")
        environment = {**DISTURBED, **({"WEIR_FAULT_LOG": passed} if DISTURBED else {})}
        done = program.run_in(folder, weir, script, options, form, environment)
        if DISTURBED and BROKEN in pathlib.Path(passed).read_text(encoding="utf-8"):
            return f"exit {done.returncode}: a run passed {BROKEN}"
        return f"exit {done.returncode}: {done.stderr.strip()}" if done.returncode != 0 else done.stdout


def unique_columns(rows):
    """Places of the first few columns that tell the rows apart and are never NULL; None where there are none."""
    places = [i for i in range(len(rows[0])) if all(row[i] is not None for row in rows)] if rows else []
    for count in (1, 2, 3):
        for some in itertools.combinations(places, count):
            if len({tuple(row[i] for i in some) for row in rows}) == len(rows):
                return some
    return None


def upserts_differ(weir, data, query, options):
    """The same as `difference`, of a sink that keeps the last row of each primary key."""
    rows = sqlite_rows(data, query)
    key = unique_columns(rows)
    kinds = {kind for _, kind in query.columns()}
    if key is None or not kinds <= {"int", "string"}:
        return None
    view = f"CREATE VIEW result AS {query.sql('weir')};\n"
    described = run(weir, data, view + "DESCRIBE result", options, "json")
    if described.startswith("exit"):
        return described
    columns = [json.loads(line) for line in described.splitlines()]
    columns = [columns[i] for i in key] + [column for i, column in enumerate(columns) if i not in key]
    names = ", ".join(f"`{column['name']}`" for column in columns)
    text = run(weir, data, view + "CREATE TABLE kept (" + ", ".join(f"`{c['name']}` {c['type']}" for c in columns) + ", PRIMARY KEY ("
               + ", ".join(f"`{c['name']}`" for c in columns[:len(key)]) + ") NOT ENFORCED) WITH ('connector' = 'print');\n"
               f"INSERT INTO kept SELECT {names} FROM result", options, "json")
    if "NULL in a NOT NULL column" in text:
        return None  # on the way
    if text.startswith("exit"):
        return text
    kept = {}
    for line in text.splitlines():
        kind, row = line[:2], line[3:-1]
        own = tuple(row.split(", ")[:len(key)])
        if kind in ("+I", "+U"):
            kept[own] = row
        elif kept.pop(own, None) is None:  # -U alone takes a row away, too: the new one may not have passed a condition
            return f"exit: a row of primary key {key} is taken away that is not there: {line}"
    order = [*key, *(i for i in range(len(columns)) if i not in key)]
    def texts(rows):
        return collections.Counter(", ".join("NULL" if row[i] is None else str(row[i]) for i in order) for row in rows)
    expected, actual = texts(rows), collections.Counter(kept.values())
    UPSERTED.append(len(rows))
    if actual != expected and actual != texts(sqlite_rows(data, query, of_nothing=True)):
        return f"upserts by {key}\nmissing: {sorted(expected - actual)[:5]}\nextra:   {sorted(actual - expected)[:5]}"
    return None


def asked(query, form):
    """The query as Weir is asked: in form 2 its changes become rows, and changes again."""
    if form != 2:
        return query.sql("weir")
    return ("SELECT * FROM FROM_CHANGELOG(input => (SELECT * FROM TO_CHANGELOG(input => (" + query.sql("weir")
            + "), op => DESCRIPTOR(kind_of_change))), op => DESCRIPTOR(kind_of_change))")


def difference(weir, data, query, options, form=0):
    """None when both agree; else what Weir says that SQLite does not. `form`: 0 looks at the changes, too, 1 at upserts, 2 at
    changes as rows."""
    found = upserts_differ(weir, data, query, options) if form == 1 else None
    if found:
        return found
    expected = comparable(sqlite_rows(data, query))
    text = run(weir, data, asked(query, form), options, "json")
    if text.startswith("exit"):
        return text
    actual = comparable([tuple(json.loads(line).values()) for line in text.splitlines()])
    if actual != expected and not is_of_nothing(actual, query, data, sqlite_rows, relations.make_data):
        return (f"missing: {sorted((expected - actual).elements())[:5]}\n"
                f"extra:   {sorted((actual - expected).elements())[:5]}")
    if form != 0:
        return None
    try:
        slt.fold(line for line in run(weir, data, query.sql("weir"), options, "changelog").splitlines() if line)
    except ValueError as error:
        return f"exit: the changes do not fold: {error}"
    return None


def shrink(weir, data, query, options, form):
    """The smallest query and data found that still differ in the same way (an error, or rows)."""
    error = difference(weir, data, query, options, form).startswith("exit")

    def still(other_data, other):
        try:
            found = difference(weir, other_data, other, options, form)
        except Refused:
            return False
        return found is not None and found.startswith("exit") == error
    progress = True
    while progress:
        progress = False
        for other in relations.simpler(query):
            if still(data, other):
                query, progress = other, True
                break
    for name in relations.TABLES:
        step = max(1, len(data.tables[name]) // 2)
        while step:
            at = 0
            while at < len(data.tables[name]):
                events = data.tables[name]
                other = relations.Data({**data.tables, name: events[:at] + events[at + step:]}, data.upserts, data.debezium)
                if still(other, query):
                    data = other
                else:
                    at += step
            step //= 2
    return data, query


def case(seed, number):
    """Case `number` of a run is the same whatever the number of cases."""
    chance = random.Random(f"{seed}/{number}")
    data = relations.make_data(chance)
    for _ in range(3):  # most queries should give rows
        query = dependent.Queries(chance).query()
        try:
            if sqlite_rows(data, query):
                break
        except Refused:
            pass
    options = [f"pipeline.batch-size={chance.choice([1, 2, 7, 64, 4096])}", f"parallelism.default={chance.randint(1, 3)}",
               f"state.backend.type={chance.choice(['rocksdb', 'memory'])}"]
    off = chance.choice([[]] * 4 + [[rule] for rule in RULES] + [RULES])
    if off:
        options.append(f"optimizer.disabled-rules={','.join(off)}")
    return data, query, options


def check(weir, seed, number):
    data, query, options = case(seed, number)
    try:
        rows = sqlite_rows(data, query)
        return data, query, len(rows), difference(weir, data, query, options, number % 4)
    except Refused as error:
        return data, query, str(error), None


def report(weir, seed, number, found):
    data, query, options = case(seed, number)
    form = number % 4
    print(f"case {number} of seed {seed}, with {' '.join(options)}: {found}", flush=True)
    if difference(weir, data, query, options, form) is None:
        print(f"it differed once, and not again\nweir:   {query.sql('weir')}")
        return
    data, query = shrink(weir, data, query, options, form)
    with tempfile.TemporaryDirectory(prefix="weir-diff-") as folder:
        print(definitions(data, folder))
    for name, events in data.tables.items():
        print(f"{name}: {relations.replay(events)[0]}")
    print(f"weir:   {query.sql('weir')}\nsqlite: {query.sql('lite')}\n{difference(weir, data, query, options, form)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=0, help="0: a new one")
    parser.add_argument("--count", type=int, default=2000 if os.environ.get("WEIR_TEST_SLICE") == "full" else 100,
                        help="100, or 2000 with WEIR_TEST_SLICE=full")
    parser.add_argument("--case", type=int, help="only this case")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--plant", nargs="?", const="joins", choices=PLANTS, help="ask SQLite for something else, as LEFT JOIN where "
                        "Weir is asked for JOIN: succeeds if that is noticed")
    parser.add_argument("--jitter", action="store_true", help="subtasks wait now and then, so that they overtake each other; "
                        "--weir is weir_faulty")
    parser.add_argument("--defect", help="plant this defect in weir_faulty: succeeds if it is noticed")
    arguments = parser.parse_args()
    if arguments.jitter:
        DISTURBED["WEIR_JITTER_AT"] = JITTER
    if arguments.defect:
        DISTURBED["WEIR_DEFECT"] = arguments.defect
    if arguments.plant:
        PLANT.extend(PLANTS[arguments.plant])
    seed = seeds.draw(arguments.seed)
    weir = os.path.abspath(arguments.weir)
    print(f"seed {seed}", flush=True)
    numbers = [arguments.case] if arguments.case is not None else range(arguments.count)
    compared = with_rows = refused = 0
    bad, first, constructs = [], None, collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for number, (data, query, rows, found) in zip(numbers, pool.map(lambda n: check(weir, seed, n), numbers)):
            if isinstance(rows, str):
                refused += 1
                continue
            compared += 1
            with_rows += rows > 0
            used = query.constructs()
            constructs.update(used if rows else ())
            constructs["upserts"] += rows > 0 and data.upserts and "table u" in used
            constructs["changes as rows"] += rows > 0 and number % 4 == 2
            constructs["coded rows"] += rows > 0 and is_coded(data) and "table t" in used
            constructs["debezium"] += rows > 0 and data.debezium and "table t" in used
            if found is not None:
                bad.append(number)
                first = first or found
    if bad and not arguments.plant:
        report(weir, seed, bad[0], first)
    print("; ".join(f"{name} {count}" for name, count in sorted(constructs.items())))
    print(f"{len(UPSERTED)} upserted by a primary key, {sum(UPSERTED)} rows")
    print(f"{compared} compared, {with_rows} with rows, {refused} refused by SQLite, {len(bad)} differ"
          + (f": cases {bad[:40]}" if bad else ""))
    if arguments.plant or arguments.defect:
        print("the planted difference was found" if bad else "the planted difference was not found")
        return 0 if bad else 1
    missing = [name for name in MUST if not constructs[name]] if arguments.count >= 300 else []
    if len(numbers) >= 40 and not UPSERTED:
        missing.append("upserts by a primary key")
    if missing:
        print(f"never seen with rows: {', '.join(missing)}")
    few = compared < len(numbers) * 3 // 4 or (len(numbers) > 1 and with_rows < 0.6 * compared)
    if few:
        print("too few were compared, or too few gave rows")
    print(f"files: {compared - len(bad)} passed, {len(bad)} failed")
    return 1 if bad or missing or few else 0


if __name__ == "__main__":
    sys.exit(main())
