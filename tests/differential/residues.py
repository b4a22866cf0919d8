#!/usr/bin/env python3
"""Runs aggregates and joins over random changelogs of numbers that leave something behind, and compares with a model.

usage: residues.py --weir build/weir [--seed N] [--count N] [--case N] [--defect NAME]
The numbers are Infinity, NaN, zeros of both signs, some that cancel out badly and DECIMALs of 38 digits; groups have few
rows, which come, change and go again. The model applies one change after another, so that the answer is the same at every
size of batch. Prints the seed and for the first difference the least changes that still show it.
"""
import argparse
import collections
import concurrent.futures
import csv
import io
import math
import os
import random
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, ".."), os.path.join(HERE, "../sql")]
import program  # noqa: E402
import seed as seeds  # noqa: E402
import slt  # noqa: E402
from relations import replay  # noqa: E402

MOST = 10 ** 38
EPOCH = 1704067200
DOUBLES = [0.0, -0.0, 0.1, 1.0, -1.0, 2.5, 1e16, -1e16, 1e308, math.inf, -math.inf, math.nan, None]
FLOATS = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0 ** 30, 2.0 ** 127, math.inf, math.nan, None]
DECIMALS = [0, 1, 2, 7, -5, MOST - 1, 1 - MOST, MOST // 2, None]
ZEROS = [0.0, -0.0, 1.5, None]
COLUMNS = ["id INT", "k STRING", "d DOUBLE", "f FLOAT", "m DECIMAL(38, 0)", "z DOUBLE", "sec BIGINT"]
ID, K, D, F, M, Z, SEC = range(7)


def as_float(value):
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


class Sum:
    """SUM and AVG of one argument, a change at a time: both begin anew when the last value goes."""

    def __init__(self, kind):
        self.kind, self.sum, self.exact, self.count, self.lost = kind, None, None, 0, False

    def add(self, value, sign):
        self.count += sign
        value = value if sign > 0 else -value
        if self.count == 0:
            self.sum, self.exact, self.lost = None, None, False
            return
        if self.kind == "decimal":
            self.sum = value if self.sum is None else self.sum + value
            if abs(self.sum) >= MOST:
                self.sum, self.lost = None, True
            return
        # AVG of a FLOAT adds up DOUBLEs.
        self.exact = value if self.exact is None else self.exact + value
        self.sum = value if self.sum is None else self.sum + value
        if self.kind == "float":
            self.sum = as_float(self.sum)

    def average(self):
        if self.count == 0 or self.lost:
            return None
        if self.kind != "decimal":
            quotient = self.exact / self.count
            return as_float(quotient) if self.kind == "float" else quotient
        digits, rest = divmod(abs(self.sum) * 10 ** 6, self.count)
        digits += 2 * rest >= self.count
        return None if digits >= MOST else digits if self.sum >= 0 else -digits


def key(value):
    return "NaN" if value != value else value + 0.0 if isinstance(value, float) else value  # -0.0 + 0.0 is 0.0


KINDS = {D: "double", F: "float", M: "decimal"}


def aggregates(changes, group_of):
    """Rows of each group that is left: count, and sum and average of each call."""
    calls = [(D, None, False), (F, None, False), (M, None, False), (D, 5, False), (M, 5, False), (D, None, True), (M, None, True)]
    groups = {}
    for kind, row in changes:
        sign = 1 if kind in ("+I", "+U") else -1
        group = group_of(row)
        count, sums, seen = groups.setdefault(group, [0, [Sum(KINDS[c]) for c, _, _ in calls], collections.Counter()])
        groups[group][0] = count + sign
        for i, (column, least, distinct) in enumerate(calls):
            value = row[column]
            if value is None or (least is not None and row[ID] < least):
                continue
            if distinct:
                before = seen[i, key(value)]
                seen[i, key(value)] += sign
                if (before > 0) == (before + sign > 0):
                    continue
            sums[i].add(value, sign)
        if groups[group][0] == 0:
            del groups[group]
    return [(*group, count, *(x for s in sums for x in (s.sum, s.average()))) for group, (count, sums, _) in groups.items()]


CALLS = ("COUNT(*), SUM(d), AVG(d), SUM(f), AVG(f), SUM(m), AVG(m), SUM(d) FILTER (WHERE id >= 5), AVG(d) FILTER (WHERE id >= 5), "
         "SUM(m) FILTER (WHERE id >= 5), AVG(m) FILTER (WHERE id >= 5), SUM(DISTINCT d), AVG(DISTINCT d), SUM(DISTINCT m), AVG(DISTINCT m)")
AGGREGATE_KINDS = ["int"] + ["double"] * 2 + ["float"] * 2 + ["sum", "avg"] + ["double"] * 2 + ["sum", "avg"] + ["double"] * 2 + ["sum", "avg"]


def of_windows(changes, size):
    return aggregates(changes, lambda row: (row[K], (row[SEC] - EPOCH) // size * size + size))


def same(a, b):
    return a is not None and b is not None and a == b


# name, text, kinds of the columns, model(changes, rows left)
QUERIES = [
    ("groups", f"SELECT k, {CALLS} FROM t GROUP BY k", ["string"] + AGGREGATE_KINDS,
     lambda changes, _: aggregates(changes, lambda row: (row[K],))),
    ("groups of a row", f"SELECT id, {CALLS} FROM t GROUP BY id", ["int"] + AGGREGATE_KINDS,
     lambda changes, _: aggregates(changes, lambda row: (row[ID],))),
    ("all rows", f"SELECT {CALLS} FROM t HAVING COUNT(*) > 0", AGGREGATE_KINDS, lambda changes, _: aggregates(changes, lambda row: ())),
    ("two levels", "SELECT id, SUM(s), AVG(s), SUM(m) FROM (SELECT id, SUM(d) AS s, SUM(m) AS m FROM t GROUP BY id) GROUP BY id",
     ["int", "double", "double", "sum"], lambda _, rows: [(r[ID], r[D], r[D], r[M]) for r in rows]),
    ("TUMBLE", f"SELECT k, EXTRACT(SECOND FROM window_end), {CALLS} FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND)) "
     "GROUP BY k, window_start, window_end", ["string", "int"] + AGGREGATE_KINDS, lambda changes, _: of_windows(changes, 5)),
    ("JOIN", "SELECT p.id, p.d, p.z, q.id, q.f FROM t AS p JOIN t AS q ON p.z = q.z", ["int", "double", "double", "int", "float"],
     lambda _, rows: [(p[ID], p[D], p[Z], q[ID], q[F]) for p in rows for q in rows if same(p[Z], q[Z])]),
    ("JOIN by k", "SELECT p.z, p.d, q.f FROM t AS p JOIN t AS q ON p.k = q.k", ["double", "double", "float"],
     lambda _, rows: [(p[Z], p[D], q[F]) for p in rows for q in rows if p[K] == q[K]]),
    ("LEFT JOIN", "SELECT p.id, p.d, o.y, o.z FROM t AS p LEFT JOIN o ON p.z = o.z", ["int", "double", "int", "double"],
     lambda _, rows: [(p[ID], p[D], *o) for p in rows for o in [o for o in OTHERS if same(p[Z], o[1])] or [(None, None)]]),
    ("IN", "SELECT id, z, d FROM t WHERE z IN (SELECT z FROM o)", ["int", "double", "double"],
     lambda _, rows: [(r[ID], r[Z], r[D]) for r in rows if any(same(r[Z], o[1]) for o in OTHERS)]),
    ("EXISTS", "SELECT y, z FROM o WHERE EXISTS (SELECT 1 FROM t WHERE t.z = o.z)", ["int", "double"],
     lambda _, rows: [o for o in OTHERS if any(same(r[Z], o[1]) for r in rows)]),
    ("NOT EXISTS", "SELECT y, z FROM o WHERE NOT EXISTS (SELECT 1 FROM t WHERE t.z = o.z)", ["int", "double"],
     lambda _, rows: [o for o in OTHERS if not any(same(r[Z], o[1]) for r in rows)]),
    ("COUNT", "SELECT y, (SELECT COUNT(*) FROM t WHERE t.z = o.z) FROM o", ["int", "int"],
     lambda _, rows: [(o[0], sum(same(r[Z], o[1]) for r in rows)) for o in OTHERS]),
    ("DISTINCT", "SELECT DISTINCT z, k FROM t", ["double", "string"],
     lambda _, rows: list({(None if r[Z] is None else key(r[Z]), r[K]) for r in rows})),
    ("nested", "SELECT p.r, q.id FROM (SELECT id, ARRAY[z, d] AS r FROM t) AS p JOIN t AS q ON p.id = q.id", ["text", "int"],
     lambda _, rows: [(f"[{listed(r[Z])}, {listed(r[D])}]", r[ID]) for r in rows]),
]
OTHERS = [(100, 0.0), (101, -0.0), (102, 1.5), (103, None), (104, 7.0)]


def shown(value):
    if value is None or isinstance(value, (int, str)):
        return "NULL" if value is None else str(value)
    if not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def listed(value):
    """As ARRAYs show a DOUBLE."""
    return {1e16: "1.0E16", -1e16: "-1.0E16", 1e308: "1.0E308"}.get(value, shown(value))


def make_events(chance):
    """(id, row or None) one after another."""
    ids = chance.randint(1, 6)
    events = []
    for _ in range(chance.randint(3, 30)):
        number = chance.randint(1, ids) + chance.choice([0, 4])
        # An id stays in its window.
        row = (number, chance.choice("ab"), chance.choice(DOUBLES), chance.choice(FLOATS), chance.choice(DECIMALS), chance.choice(ZEROS),
               EPOCH + number % 7)
        events.append((number, None if chance.random() < 0.35 else row))
    return events


def script(changes, text):
    rows = "".join(f"{kind}[{', '.join(map(shown, row))}]\n" for kind, row in changes)
    others = "".join(f"{', '.join(map(shown, row))}\n" for row in OTHERS)
    return (f"CREATE TABLE t ({', '.join(COLUMNS)}, ts AS TO_TIMESTAMP_LTZ(sec, 0), WATERMARK FOR ts AS ts - INTERVAL '1' DAY) WITH "
            f"('connector' = 'inline', 'changelog' = 'true', 'rows' = '\n{rows}');\n"
            f"CREATE TABLE o (y INT, z DOUBLE) WITH ('connector' = 'inline', 'rows' = '\n{others}');\n{text};\n")


def run(weir, text, options, form, defect):
    done = program.run(weir, text, options, form, defect)
    return f"exit {done.returncode}: {done.stderr.strip()}" if done.returncode else done.stdout


def normal(value, kind):
    """What tells values apart: bits of numbers, but one NaN."""
    if value is None or value == "":
        return "NULL"
    if kind in ("double", "float"):
        number = float(value)
        return "NaN" if number != number else repr(as_float(number) if kind == "float" else number)
    if kind == "avg":  # six digits after the point
        return value.replace(".", "") if isinstance(value, str) else ("-" if value < 0 else "") + str(abs(value)).rjust(7, "0")
    return str(value)


def expected_rows(query, changes, rows):
    _, _, kinds, model = query
    return collections.Counter(tuple(map(normal, row, kinds)) for row in model(changes, rows))


def difference(weir, query, events, options, defect):
    changes, rows = replay(events)
    _, text, kinds, _ = query
    if not changes:
        return None
    out = run(weir, script(changes, text), options, "csv", defect)
    if out.startswith("exit"):
        return out
    expected = expected_rows(query, changes, rows)
    actual = collections.Counter(tuple(map(normal, row, kinds)) for row in list(csv.reader(io.StringIO(out)))[1:])
    if actual != expected:
        return f"missing: {sorted((expected - actual).elements())[:4]}\nextra:   {sorted((actual - expected).elements())[:4]}"
    try:
        slt.fold(line for line in run(weir, script(changes, text), options, "changelog", defect).splitlines() if line)
    except ValueError as error:
        return f"the changes do not fold: {error}"
    return None


def case(seed, number):
    chance = random.Random(f"{seed}/{number}")
    events = make_events(chance)
    query = chance.choice(QUERIES)
    options = [f"pipeline.batch-size={chance.choice([1, 2, 3, 7, 4096])}", f"parallelism.default={chance.randint(1, 3)}",
               f"state.backend.type={chance.choice(['rocksdb', 'memory'])}", "sql-client.execution.result-mode=table"]
    return query, events, options


def shrink(weir, query, events, options, defect):
    at = 0
    while at < len(events):
        fewer = events[:at] + events[at + 1:]
        if difference(weir, query, fewer, options, defect):
            events = fewer
        else:
            at += 1
    return events


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=0, help="0: a new one")
    parser.add_argument("--count", type=int, default=2000 if os.environ.get("WEIR_TEST_SLICE") == "full" else 150)
    parser.add_argument("--case", type=int, help="only this case")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--defect", help="plant this defect in weir_faulty: succeeds if it is noticed")
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    seed = seeds.draw(arguments.seed)
    print(f"seed {seed}", flush=True)
    numbers = [arguments.case] if arguments.case is not None else range(arguments.count)
    bad, used = [], collections.Counter()

    def check(number):
        query, events, options = case(seed, number)
        return query[0], difference(weir, query, events, options, arguments.defect)

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for number, (name, found) in zip(numbers, pool.map(check, numbers)):
            used[name] += 1
            if found:
                bad.append(number)
                if arguments.defect:
                    print(f"the planted difference was found in case {number}")
                    pool.shutdown(cancel_futures=True)
                    return 0
    if arguments.defect:
        print("the planted difference was not found")
        return 1
    if bad:
        query, events, options = case(seed, bad[0])
        events = shrink(weir, query, events, options, None)
        print(f"case {bad[0]} of seed {seed}, with {' '.join(options)}\n{script(replay(events)[0], query[1])}"
              f"{difference(weir, query, events, options, None)}")
    print("; ".join(f"{name} {count}" for name, count in sorted(used.items())))
    missing = [name for name, *_ in QUERIES if not used[name]] if len(numbers) >= 150 else []
    print(f"never asked: {missing}" if missing else f"files: {len(numbers) - len(bad)} passed, {len(bad)} failed"
          + (f": cases {bad[:40]}" if bad else ""))
    return 1 if bad or missing else 0


if __name__ == "__main__":
    sys.exit(main())
