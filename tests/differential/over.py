#!/usr/bin/env python3
"""Runs OVER by the matrix function × frame × order × input through Weir and through SQLite, and compares.

usage: over.py --weir build/weir [--seed N] [--count N] [--case N] [--plant] [--slice]
Each case is a frame, an order and an input over random rows with ties and NULLs, with all functions at once; the cases
go through all frames and orders in turn, so that 223 are the whole matrix. Input is inserts, changes with updates and
deletes, of which the final table is what SQLite gets, or inserts in the order of an event time, somewhat out of it and none
too late, of which each row must be given once; the changes of the result must fold at every prefix. What
SQLite lacks (DISTINCT, texts in the order of rows, NULLs aside) is computed from the frame that it lists. Of inserts, which row
is given last of those with one k and w, as a sink with that key would keep it, is the same however the input is cut.
Prints the seed and the first difference. --plant: SQLite gets frames that are a row, or a value, longer, which must be
found.
"""
import argparse
import collections
import itertools
import json
import math
import os
import random
import re
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, ".."), os.path.join(HERE, "../sql")]
import program  # noqa: E402
import seed as seeds  # noqa: E402
import slices  # noqa: E402
import slt  # noqa: E402

COLUMNS = ["id", "k", "o", "p", "v", "w"]
ORDERS = ["o", "o DESC", "o, p", "o DESC NULLS FIRST, p DESC", "o NULLS LAST", "p DESC, o", ""]
# (Weir's, whether it takes an order by one number)
FRAMES = [
    ("", False),
    ("ROWS UNBOUNDED PRECEDING", False),
    ("ROWS 2 PRECEDING", False),
    ("ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", False),
    ("ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING", False),
    ("ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING", False),
    ("ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", False),
    ("ROWS BETWEEN UNBOUNDED PRECEDING AND 2 FOLLOWING", False),
    ("RANGE BETWEEN CURRENT ROW AND CURRENT ROW", False),
    ("RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", False),
    ("RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", False),
    ("RANGE BETWEEN 2 PRECEDING AND CURRENT ROW", True),
    ("RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING", True),
    ("RANGE BETWEEN 3 PRECEDING AND 1 PRECEDING", True),
    ("RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING", True),
]
INPUTS = ["inserts", "changes"]
START = "TIMESTAMP '2024-01-01 00:00:00'"


# --- functions: (Weir's call, SQLite's, what is made of that); with a frame, in the order of rows, without a frame ----
def same(value):
    return value


def known(values):
    return [value for value in json.loads(values) if value is not None]


def texts(values):
    return ",".join(str(value) for value in known(values)) or None


def distinct_sum(values):
    return sum(set(known(values))) if known(values) else None


FRAMED = [
    ("COUNT(*)", "COUNT(*)", same),
    ("COUNT(v)", "COUNT(v)", same),
    ("SUM(v)", "SUM(v)", same),
    ("MIN(v)", "MIN(v)", same),
    ("MAX(v)", "MAX(v)", same),
    ("SUM(v) FILTER (WHERE w > 3)", "SUM(v) FILTER (WHERE w > 3)", same),
    ("COUNT(DISTINCT v)", "JSON_GROUP_ARRAY(v)", lambda values: len(set(known(values)))),
    ("SUM(DISTINCT v)", "JSON_GROUP_ARRAY(v)", distinct_sum),
    ("AVG(CAST(w AS DOUBLE))", "AVG(w)", same),
]
ORDERED = [  # of rows that are in one order, as those of equal keys are in that of their columns
    ("FIRST_VALUE(v)", "JSON_GROUP_ARRAY(v)", lambda values: next(iter(known(values)), None)),
    ("LAST_VALUE(v)", "JSON_GROUP_ARRAY(v)", lambda values: next(reversed(known(values)), None)),
    ("LISTAGG(CAST(w AS STRING))", "JSON_GROUP_ARRAY(w)", texts),
    ("NTH_VALUE(v, 2)", "NTH_VALUE(v, 2)", same),
    ("NTH_VALUE(v, 2) IGNORE NULLS", "JSON_GROUP_ARRAY(v)", lambda values: next(iter(known(values)[1:2]), None)),
]
RANKED = [
    ("RANK()", "RANK()", same),
    ("DENSE_RANK()", "DENSE_RANK()", same),
    ("PERCENT_RANK()", "PERCENT_RANK()", same),
    ("CUME_DIST()", "CUME_DIST()", same),
]
PLACED = [
    ("ROW_NUMBER()", "ROW_NUMBER()", same),
    ("NTILE(3)", "NTILE(3)", same),
    ("LAG(v)", "LAG(v)", same),
    ("LAG(v, 2, -1)", "LAG(v, 2, -1)", same),
    ("LEAD(v)", "LEAD(v)", same),
    ("LEAD(v, 2, w)", "LEAD(v, 2, w)", same),
]
BEFORE = "JSON_GROUP_ARRAY(v)", "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
BEHIND = "JSON_GROUP_ARRAY(v)", "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
ASIDE = [
    ("LAG(v, 2) IGNORE NULLS", BEFORE, lambda values: next(iter(known(values)[::-1][1:2]), None)),
    ("LEAD(v) IGNORE NULLS", BEHIND, lambda values: next(iter(known(values)), None)),
]


class Case:
    def __init__(self, number, seed, plant):
        chance = random.Random(f"{seed}/{number}")
        cells = [cell for cell in itertools.product(FRAMES, ORDERS, INPUTS) if fits(*cell[:2])]
        cells += [(frame, "o", "time") for frame in FRAMES for _ in range(3)]
        (self.frame, _), self.order, self.input = cells[number % len(cells)]
        self.partition = chance.choice(["PARTITION BY k", "PARTITION BY k", ""])
        self.rows, self.changes = make_rows(chance, self.input)
        # What counts all rows makes those of other frames wait for the end, too.
        self.counts_all = self.input != "time" or chance.random() < 0.3
        self.in_rows = self.frame.startswith("ROWS")
        self.plant = plant

    def framed(self):
        ordered = [one for one in ORDERED if self.order or not one[0].startswith("NTH_VALUE")]
        return FRAMED + (ordered if self.in_rows else [])

    def unframed(self):
        calls = (RANKED + PLACED + ASIDE) if self.order else []
        return [call for call in calls if self.counts_all or not call[0].startswith(("PERCENT", "CUME", "NTILE"))]

    def weir(self):
        order = f"ORDER BY {'ts' if self.input == 'time' else self.order}" if self.order else ""
        frame = self.frame
        if self.input == "time" and frame.startswith("RANGE"):
            frame = re.sub(r"\d+", lambda number: f"INTERVAL '{number.group()}' SECOND", frame)
        calls = [f"{call} OVER f AS c{i}" for i, (call, *_) in enumerate(self.framed())]
        calls += [f"{call} OVER u AS u{i}" for i, (call, *_) in enumerate(self.unframed())]
        window = f", u AS ({self.partition} {order})" if self.unframed() else ""
        return (f"SELECT {', '.join(COLUMNS + calls)} FROM t WINDOW f AS ({self.partition} {order} {frame})"
                f"{window};\n")

    def numbered(self):
        """A query in which every row behind a new one changes."""
        return f"SELECT k, w, id, ROW_NUMBER() OVER (PARTITION BY k ORDER BY {self.order or 'id'}) AS place FROM t;\n"

    def table(self):
        lines = "\n".join(f"  {kind}[{', '.join(text(value) for value in row)}]" for kind, row in self.changes)
        time = ""
        if self.input == "time":
            times = [row[2] for row in self.rows]
            behind = max((max(times[:i + 1]) - time for i, time in enumerate(times)), default=0)
            time = (f", ts AS TIMESTAMPADD(SECOND, o, {START}), "
                    f"WATERMARK FOR ts AS ts - INTERVAL '{behind}.001' SECOND")
        return (f"CREATE TABLE t (id INT, k STRING, o INT, p INT, v INT, w INT{time}) WITH ('connector' = 'inline', "
                f"'changelog' = '{'true' if self.input == 'changes' else 'false'}', 'rows' = '\n"
                + (lines if self.input == "changes" else
                   "\n".join("  " + ", ".join(text(value) for value in row) for _, row in self.changes)) + "');\n")

    def expected(self):
        """SQLite's rows; of rows with equal sort keys, where the order of rows counts, in that of their columns."""
        order = ", ".join(filter(None, [self.order]))
        full = ", ".join(filter(None, [self.order] + COLUMNS)) if self.input != "time" else "o, rowid"
        frame = self.frame
        if self.plant:
            for old, new in (("ROWS 2 ", "ROWS 3 "), ("1 FOLLOWING", "2 FOLLOWING"), ("AND 2 F", "AND 3 F"), ("CURRENT ROW AND", "1 PRECEDING AND")):
                frame = frame.replace(old, new)
        by_frame = f"{self.partition} {order and 'ORDER BY ' + (full if self.in_rows else order)} {frame}"
        if self.in_rows and not order:
            by_frame = f"{self.partition} ORDER BY {full} {frame}"
        calls = [f"{call} OVER ({by_frame})" for _, call, _ in self.framed()]
        makers = [make for *_, make in self.framed()]
        for _, call, make in self.unframed():
            makers.append(make)
            name, own = call if isinstance(call, tuple) else (call, "")
            ranked = any(call == other for _, other, _ in RANKED)
            calls.append(f"{name} OVER ({self.partition} ORDER BY {order if ranked else full} {own})")
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE t (id INT, k TEXT, o INT, p INT, v INT, w INT)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", self.rows)
        rows = connection.execute(f"SELECT {', '.join(COLUMNS + calls)} FROM t").fetchall()
        width = len(COLUMNS)
        return self.apart(row[:width] + tuple(make(value) for make, value in zip(makers, row[width:])) for row in rows)

    def apart(self, rows):
        """What the functions give apart: which copy of a row is which, each may say by itself."""
        width = len(COLUMNS)
        names = [call for call, *_ in self.framed() + self.unframed()]
        return collections.Counter((name, *row[:width], value) for row in map(rounded, rows)
                                   for name, value in zip(names, row[width:]))


def fits(frame, order):
    return not frame[1] or order in ("o", "o DESC", "o NULLS LAST")


def text(value):
    return "NULL" if value is None else str(value)


def rounded(row):
    return tuple(float(f"{value:.12g}") if isinstance(value, float) and math.isfinite(value) else value for value in row)


def make_rows(chance, kind):
    """(the final rows, the changes that come to them)."""
    def row():
        return (chance.randrange(12), chance.choice("abb"), chance.choice([None, 1, 2, 2, 3, 5, 6]), chance.choice([None, 1, 2, 3]),
                chance.choice([None, 1, 1, 2, 3, 9]), chance.randrange(1, 7))
    rows, changes = [], []
    for i in range(chance.choice([2, 9, 25])):
        if kind == "time":
            own = row()
            rows.append((*own[:2], max(0, i // 2 + chance.choice([-2, -1, 0, 0, 0, 1, 4])), *own[3:]))
            changes.append(("+I", rows[-1]))
            continue
        if kind == "inserts" or not rows or chance.random() < 0.55:
            rows.append(row() if not rows or chance.random() < 0.9 else chance.choice(rows))
            changes.append(("+I", rows[-1]))
            continue
        old = rows.pop(chance.randrange(len(rows)))
        if chance.random() < 0.5:
            changes.append(("-D", old))
            continue
        # Often only what is aggregated changes.
        new = row() if chance.random() < 0.5 else (*old[:4], chance.choice([None, 4, 7]), old[5])
        rows.append(new)
        changes += [("-U", old), ("+U", new)]
    return rows, changes


def ask(weir, script, options, form):
    return [line for line in program.answer(weir, script, options, form).splitlines() if line]


def difference(weir, case, options):
    want = case.expected()
    script = case.table() + case.weir()
    got = case.apart(tuple(json.loads(line).values()) for line in ask(weir, script, options, "json"))
    if got != want:
        return (f"missing: {sorted(map(str, (want - got).elements()))[:4]}\n"
                f"extra:   {sorted(map(str, (got - want).elements()))[:4]}")
    try:
        slt.fold(ask(weir, script, options, "changelog"))
    except ValueError as error:
        return f"the changes do not fold: {error}"
    if case.input == "time" and len(ask(weir, script, options, "changelog")) != len(case.rows):
        return "a row was given more than once"
    if case.input == "inserts":
        kept = {size: last_rows(weir, case, size) for size in (1, 3, 4096)}
        for size, rows in kept.items():
            if rows != kept[1]:
                return f"{case.numbered()}in batches of {size}, the last rows by k and w are {rows},\nand {kept[1]} row by row"
    return None


def last_rows(weir, case, batch):
    """By k and w, the row that the query with a changing place gives last."""
    options = [f"pipeline.batch-size={batch}", "parallelism.default=1"]
    last = {}
    for change in ask(weir, case.table() + case.numbered(), options, "changelog"):
        kind, row = slt.CHANGE.match(change).groups()
        fields = row.split(", ")
        if kind in ("+I", "+U"):
            last[tuple(fields[:2])] = row
    return last


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=223)
    parser.add_argument("--case", type=int, default=None)
    parser.add_argument("--plant", action="store_true")
    parser.add_argument("--slice", action="store_true")
    arguments = parser.parse_args()
    seed = seeds.draw(arguments.seed)
    print(f"seed {seed}")
    differ, rows, done = 0, 0, 0
    numbers = range(arguments.count) if arguments.case is None else [arguments.case]
    if arguments.slice and not slices.is_full():
        numbers = numbers[slices.number("differential.over")::slices.table()["differential.over"][0]]
    for number in numbers:
        chance = random.Random(f"{seed}/options/{number}")
        options = [f"pipeline.batch-size={chance.choice([7, 64, 4096])}", f"parallelism.default={chance.choice([1, 2, 3])}"]
        case = Case(number, seed, arguments.plant)
        found = difference(os.path.abspath(arguments.weir), case, options)
        done += 1
        rows += len(case.rows)
        if found is None:
            continue
        differ += 1
        if not arguments.plant:
            print(f"case {number} of seed {seed} differs, with {' '.join(options)}:\n{case.table()}{case.weir()}{found}")
            return 1
    calls = len(FRAMED + ORDERED + RANKED + PLACED + ASIDE)
    print(f"{done} cases of {len(FRAMES)} frames, {len(ORDERS)} orders and {len(INPUTS) + 1} inputs, {calls} functions, {rows} rows")
    if arguments.plant:
        print(f"{differ} differ with longer frames")
        return 0 if differ > 0 else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
