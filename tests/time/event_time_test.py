#!/usr/bin/env python3
"""Out-of-order input through windows, at every parallelism, batch size and phase, against model.py.

usage: event_time_test.py --weir PROGRAM [--cases N] [--seed S] [--runs R] [--no-big]

Each case is a table (inline partitions, several CSV files, or several files as one partition), a delay,
a window, a filter; it runs in R of the combinations of parallelism, batch size, phase and a pinch of other
options. Rows and the count of late ones must be the model's in all. Ends with 'cases: N passed, N failed'.
"""
import argparse
import datetime
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile

import model

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")

EPOCH = datetime.datetime(1970, 1, 1)
BASE = 1_704_067_200_000  # 2024-01-01
# Around the changes of New York's clocks in 2024, and of the sign of time.
SWITCHES = (1_710_054_000_000 - 3_600_000, 1_730_613_600_000 - 5_400_000, 1_730_613_600_000)
PARALLELISMS, BATCHES, PHASES = (1, 2, 7), (1, 3, 4096), ("ONE_PHASE", "TWO_PHASE")


def text_of(millis):
    return (EPOCH + datetime.timedelta(milliseconds=millis)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def interval(millis):
    return f"INTERVAL '{millis / 1000:.3f}' SECOND(6)" if millis % 1000 else f"INTERVAL '{millis // 1000}' SECOND(6)"


class Case:
    """A random table and query; `script` is SQL, `expected` the sorted CSV rows, `late` a count."""

    def __init__(self, seed, scratch):
        self.chance = random.Random(seed)
        self.scratch = scratch
        chance = self.chance
        slide = chance.choice((500, 1000, 2000, 3000, 10_000))
        self.hop = chance.random() < 0.6
        size = slide * chance.randint(1, 5) if self.hop else slide
        offset = chance.choice((0, 0, 0, 1, 500, 999, slide - 1, -1, -500))
        self.window = model.Window(size, slide, offset % slide if abs(offset) >= slide else offset)
        self.delay = chance.choice((0, 1, 999, 1000, 2500, 5000))
        self.base, self.zone, self.scale = chance.choice((BASE, BASE, -9000)), None, 1
        if chance.random() < 0.2:  # minutes and hours instead of seconds, in a zone of its own
            self.zone, self.base, self.scale = "America/New_York", chance.choice(SWITCHES), 120
            self.window = model.Window(*(part * self.scale for part in self.window))
            self.delay *= self.scale
        self.threshold = chance.choice((None, None, 20, 60, 1000))
        self.kind = chance.choice(("inline", "files", "table", "union"))
        self.query_kind = chance.choice(("plain", "plain", "distinct", "cascade", "global"))
        if self.zone and self.query_kind == "cascade":
            self.query_kind = "plain"
        self.tables = [self.random_table(i) for i in range(2 if self.kind == "union" else 1)]

    # --- input --------------------------------------------------------------------------------------
    def random_partition(self):
        chance, rows, now, watermark = self.chance, [], self.base + self.chance.randint(0, 8000), model.BEFORE_ALL
        spread = chance.choice((1, 3000, 20_000)) * self.scale
        for _ in range(chance.choice((0, 1, 5, 40, 150))):
            now += chance.choice((0, 1, 50, 700, 4000)) * self.scale
            time = now - chance.randint(0, spread)
            draw = chance.random()
            if draw < 0.15:  # on an edge, or one millisecond off
                time = (time - self.window.offset) // self.window.slide * self.window.slide + self.window.offset
                time += chance.choice((-1, 0, 0, 1))
            elif draw < 0.3 and watermark != model.BEFORE_ALL:  # about as late as can be
                time = watermark + chance.choice((-self.window.size, -self.window.slide, -1, 0, 1))
            watermark = max(watermark, time - self.delay)
            key = None if chance.random() < 0.1 else chance.choice("abcd")
            rows.append(model.Row(key, None if chance.random() < 0.15 else chance.randint(0, 100), time))
        return rows

    def random_table(self, number):
        partitions = [self.random_partition() for _ in range(self.chance.randint(1, 5))]
        if self.kind in ("files", "table"):
            self.write_files(number, partitions)
            if self.kind == "table":  # written in order of time, names the other way round
                return [list(itertools.chain(*partitions))]
        return partitions

    def write_files(self, number, partitions):
        directory = os.path.join(self.scratch, f"in{number}")
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        for i, rows in enumerate(partitions):
            path = os.path.join(directory, f"part-{9 - i}.csv")
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(self.csv_of(row) + "\n" for row in rows)
            os.utime(path, ns=(10**18 + i * 10**9,) * 2)

    def time_of(self, row):
        return row.time if self.zone else text_of(row.time)

    def csv_of(self, row):
        return f"{row.key or ''},{'' if row.value is None else row.value},{self.time_of(row)}"

    def inline_of(self, row):
        return f"{row.key or 'NULL'}, {'NULL' if row.value is None else row.value}, {self.time_of(row)}"

    def options(self, number, partitions):
        if self.kind in ("files", "table"):
            domain = ", 'source.time-domain' = 'table'" if self.kind == "table" else ""
            path = os.path.join(self.scratch, f"in{number}")
            return f"'connector' = 'filesystem', 'format' = 'csv', 'csv.null-literal' = '', 'path' = '{path}'{domain}"
        rows = "\n---\n".join("\n".join(map(self.inline_of, rows)) for rows in partitions)
        return f"'connector' = 'inline', 'rows' = '\n{rows}'"

    # --- query --------------------------------------------------------------------------------------
    def script(self):
        time = "ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3)" if self.zone else "ts TIMESTAMP(3)"
        zone = f"SET 'table.local-time-zone' = '{self.zone}';\n" if self.zone else ""
        statements = [zone] + [
            f"CREATE TABLE t{i} (k STRING, v INT, {time}, WATERMARK FOR ts AS ts - {interval(self.delay)}) "
            f"WITH ({self.options(i, table)});\n" for i, table in enumerate(self.tables)]
        source = "t0"
        if len(self.tables) > 1:
            statements.append("CREATE VIEW u AS SELECT * FROM t0 UNION ALL SELECT * FROM t1;\n")
            source = "u"
        return "".join(statements) + self.query(source) + ";\n"

    def window_call(self, source):
        w = self.window
        sizes = f"{interval(w.slide)}, {interval(w.size)}" if self.hop else interval(w.size)
        offset = f", {interval(w.offset)}" if w.offset >= 0 else f", {interval(-w.offset).replace(' ', ' -', 1)}"
        return (f"TABLE({'HOP' if self.hop else 'TUMBLE'}(TABLE {source}, DESCRIPTOR(ts), {sizes}"
                f"{offset if w.offset else ''}))")

    def query(self, source):
        where = "" if self.threshold is None else f" WHERE v IS NULL OR v < {self.threshold}"
        head = f" FROM {self.window_call(source)}{where} GROUP BY window_start, window_end"
        plain = "COUNT(*), COUNT(v), SUM(v), MIN(v), MAX(v), COUNT(*) FILTER (WHERE v > 50)"
        distinct = "COUNT(DISTINCT v), SUM(DISTINCT v), COUNT(*)"
        if self.query_kind == "global":
            return f"SELECT window_start, window_end, {plain}{head}"
        if self.query_kind != "cascade":
            calls = plain if self.query_kind == "plain" else distinct
            return f"SELECT window_start, window_end, k, {calls}{head}, k"
        inner = f"SELECT k, window_time AS wt, COUNT(*) AS n{head}, window_time, k"
        return (f"WITH w AS ({inner}) SELECT window_start, window_end, COUNT(*), SUM(n) FROM "
                f"TABLE(TUMBLE(TABLE w, DESCRIPTOR(wt), INTERVAL '7' SECOND)) GROUP BY window_start, window_end")

    def selects(self, row):
        return self.threshold is None or row.value is None or row.value < self.threshold

    def expected(self):
        partitions = [(rows, self.delay) for table in self.tables for rows in table]
        groups, late = model.window_groups(partitions, self.window, self.selects,
                                           model.Zone(self.zone) if self.zone else model.Utc())
        if self.query_kind == "global":
            merged = {}
            for (start, end, _), values in groups.items():
                merged.setdefault((start, end), []).extend(values)
            rows = [times + model.aggregates_of(values) for times, values in merged.items()]
        elif self.query_kind == "cascade":
            outer = model.outer_groups(groups, model.Window(7000, 7000, 0))
            rows = [times + tuple(counts) for times, counts in outer.items()]
        elif self.query_kind == "distinct":
            rows = [group + model.distinct_of(values) + (len(values),) for group, values in groups.items()]
        else:
            rows = [group + model.aggregates_of(values) for group, values in groups.items()]
        return sorted(",".join([text_of(row[0]), text_of(row[1])] + ["" if v is None else str(v) for v in row[2:]])
                      for row in rows), late

    def __str__(self):
        return (f"{self.kind} {self.query_kind} {'hop' if self.hop else 'tumble'} {tuple(self.window)} "
                f"delay {self.delay} filter {self.threshold} zone {self.zone}")


def run(weir, script, options, scratch):
    """Sorted rows and late rows of a script's one query."""
    statistics = os.path.join(scratch, "statistics")
    command = [weir, "-q", "--no-progress", "--format", "csv", "--conf", BARE, "--statistics", statistics,
               "--data-dir", os.path.join(scratch, "data")]
    for key, value in options.items():
        command += ["-D", f"{key}={value}"]
    done = subprocess.run(command, input=script, text=True, capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[:2000]}")
    with open(statistics, encoding="utf-8") as file:
        counts = dict(line.split() for line in file)
    return sorted(line for line in done.stdout.splitlines()[1:]), int(counts["late_rows"])


def combinations(chance, runs):
    every = list(itertools.product(PARALLELISMS, BATCHES, PHASES))
    for parallelism, batch, phase in chance.sample(every, min(runs, len(every))):
        yield {"parallelism.default": parallelism, "pipeline.batch-size": batch,
               "table.optimizer.agg-phase-strategy": phase, "pipeline.queue-size": chance.choice((1, 2, 8)),
               "state.backend.type": chance.choice(("rocksdb", "memory"))}


def difference(actual, expected):
    lines = [f"    missing: {row}" for row in expected if row not in actual]
    lines += [f"    not expected: {row}" for row in actual if row not in expected]
    return "\n".join(lines[:10]) or "    (the same rows, some more than once)"


def check_case(weir, seed, runs, scratch, totals):
    case = Case(seed, scratch)
    script, (rows, late) = case.script(), case.expected()
    totals["late"] += late
    totals["rows"] += len(rows)
    for options in combinations(case.chance, runs):
        totals["runs"] += 1
        actual, actual_late = run(weir, script, options, scratch)
        if actual == rows and actual_late == late:
            continue
        kept = os.path.join(tempfile.gettempdir(), f"weir-time-{seed}.sql".replace(" ", "-"))
        with open(kept, "w", encoding="utf-8") as file:
            file.write(script)
        return (f"case {seed}: {case}, {options}\n    late rows: {actual_late}, expected {late}\n"
                f"{difference(actual, rows)}\n    script: {kept}")
    return None


# --- a file that several threads decode ---------------------------------------------------------------
def big_rows(chance, count):
    now = BASE
    for i in range(count):
        now += chance.choice((0, 1, 20))
        late = chance.random() < 0.02
        time = now - chance.randint(0, 60_000 if late else 1500)
        yield model.Row(f"key-{i * 2654435761 % 997}", chance.randint(0, 1000), time)


def check_big(weir, seed, scratch, totals):
    chance = random.Random(seed)
    path, padding = os.path.join(scratch, "big.csv"), "x" * 20
    rows = list(big_rows(chance, 260_000))
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{row.key},{row.value},{text_of(row.time)},{padding}\n" for row in rows)
    assert os.path.getsize(path) > 12 << 20
    window = model.Window(10_000, 5000, 0)
    groups, late = model.window_groups([(rows, 1000)], window, lambda row: row.value < 900)
    expected = sorted(f"{text_of(start)},{text_of(end)},{key},{len(values)},{sum(values)}"
                      for (start, end, key), values in groups.items())
    script = (f"CREATE TABLE big (k STRING, v INT, ts TIMESTAMP(3), filler STRING, WATERMARK FOR ts AS "
              f"ts - INTERVAL '1' SECOND) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{path}');\n"
              f"SELECT window_start, window_end, k, COUNT(*), SUM(v) FROM TABLE(HOP(TABLE big, DESCRIPTOR(ts), "
              f"INTERVAL '5' SECOND, INTERVAL '10' SECOND)) WHERE v < 900 GROUP BY window_start, window_end, k;\n")
    failures = []
    for parallelism, batch, phase in ((1, 4096, "ONE_PHASE"), (2, 1000, "TWO_PHASE"), (7, 4096, "AUTO"),
                                      (7, 3, "TWO_PHASE")):
        options = {"parallelism.default": parallelism, "pipeline.batch-size": batch,
                   "table.optimizer.agg-phase-strategy": phase,
                   "sql-client.execution.max-table-result.rows": 5_000_000}
        totals["runs"] += 1
        actual, actual_late = run(weir, script, options, scratch)
        if actual != expected or actual_late != late:
            missing, extra = set(expected) - set(actual), set(actual) - set(expected)
            failures.append(f"big file, seed {seed}, {options}: late rows {actual_late}, expected {late}; "
                            f"{len(missing)} rows missing, {len(extra)} too many: {sorted(missing)[:3]}")
    totals["late"] += late
    totals["rows"] += len(expected)
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=seeds.draw())
    parser.add_argument("--no-big", action="store_true")
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    print(f"seed {arguments.seed}")
    failures, totals = [], {"runs": 0, "late": 0, "rows": 0}
    scratch = tempfile.mkdtemp(prefix="weir-time-")
    try:
        for number in range(arguments.cases):
            failure = check_case(weir, f"{arguments.seed} {number}", arguments.runs, scratch, totals)
            if failure:
                failures.append(failure)
                print(failure)
        if not arguments.no_big:
            found = check_big(weir, arguments.seed, scratch, totals)
            failures += found
            print("\n".join(found), end="\n" if found else "")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    cases = arguments.cases + (0 if arguments.no_big else 1)
    print(f"{totals['runs']} runs, {totals['rows']} rows and {totals['late']} late rows expected")
    if not totals["late"] or not totals["rows"]:
        print("no late rows, or no rows at all: nothing was tested")
        return 1
    print(f"cases: {cases - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
