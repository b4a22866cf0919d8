#!/usr/bin/env python3
"""Stopped and restored unchanged, three times, equals never stopped: every kind of operator with state, both
backends, both formats of savepoints, at parallelism 1, 2, 3 and 1; with 128, 7, 1000 and 31 key groups, at the restore
or by weir convert-savepoint, and then every row of every savepoint is looked at, whether it is in the group of its key.

  unchanged.py --weir build/weir --slice       all of it when WEIR_TEST_SLICE=full, else two ways for each query, as
                                              slices.py says

The rows of the runs are compared with those of a run that reads one file behind the other, and where there is a model
(model.py), with it; so are those of a run that reads all files at once. A kind of operator that restore_rules.cc lists
and no query here contains fails the test (B20: state that is lost by an unchanged restore).
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from model import Model, events
from queries import AVG, BIG, COUNT, ITEMS, MAX, MIN, SUM, VALUES, Part, Query, single
from rules import Outcome
from runner import Failure, as_numbers, rows_of

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../state"))
import key_groups  # noqa: E402
import slices  # noqa: E402

PHASES, PARALLELISMS = 4, (1, 2, 3, 1)
ALWAYS, OTHERS = (128,) * PHASES, (128, 7, 1000, 31)  # key groups
RULES = pathlib.Path(__file__).resolve().parents[3] / "runtime/checkpoint/restore_rules.cc"
STATELESS = {"Values", "Calc", "WindowAssign", "Union", "LookupJoin", "Replicate",
             "ToChangelog", "FromChangelog", "Collect"}  # of SELECTs, which have no checkpoints
# Kinds that do otherwise over session windows; their uids say so.
OF_SESSIONS = {"WindowAggregate": "SessionAggregate", "WindowAssign": "SessionAssign"}
BOTH = ("events", "more")


@dataclasses.dataclass(frozen=True)
class Way:
    layout: str  # of the savepoints
    backends: tuple  # of each phase
    groups: tuple = ALWAYS  # of each phase
    converts: bool = False  # the savepoints, to the groups of the next phase


WAYS = {
    "canonical-rocksdb": Way("CANONICAL", ("rocksdb",) * PHASES),
    "canonical-memory": Way("CANONICAL", ("memory",) * PHASES),
    "canonical-changing": Way("CANONICAL", ("rocksdb", "memory", "rocksdb", "memory")),
    "native-rocksdb": Way("NATIVE", ("rocksdb",) * PHASES),
    "native-memory": Way("NATIVE", ("memory",) * PHASES),
    "dealt-rocksdb": Way("CANONICAL", ("rocksdb",) * PHASES, OTHERS),
    "dealt-memory": Way("CANONICAL", ("memory",) * PHASES, OTHERS),
    "converted": Way("NATIVE", ("memory", "rocksdb", "memory", "rocksdb"), OTHERS, True),
}
# Those that the model knows.
MODELLED = {
    "group": single(kind="group", calls=(COUNT, SUM, MIN, MAX, AVG, BIG)),
    "group-distinct": single(kind="group", calls=(ITEMS, VALUES, COUNT), keys=("n", "k")),
    "group-of-groups": single(kind="nested", calls=(COUNT, SUM, MIN, MAX, AVG, VALUES)),
    "tumble": single(calls=(COUNT, SUM, MIN, MAX, AVG, BIG), branches=BOTH),
    "tumble-distinct": single(calls=(ITEMS, COUNT), keys=("g", "k")),
    "hop": single(kind="hop", calls=(COUNT, SUM, MIN, MAX, AVG)),
    "hop-distinct": single(kind="hop", calls=(VALUES, MIN), keys=("n",), v="BIGINT"),
    "cumulate": single(kind="cumulate", calls=(COUNT, SUM, MIN, MAX, AVG), where=3),
    "cumulate-distinct": single(kind="cumulate", calls=(ITEMS,)),
    "several-sinks": Query((Part(kind="group", calls=(SUM, MAX), sink="one", place="one", branches=BOTH),
                            Part(kind="hop", calls=(COUNT,), keys=("g",), sink="two", place="two"),
                            Part(calls=(MIN,), keys=("n", "g"), sink="three", place="three", branches=("more",)))),
}
# Others: the columns of the sink, the query, and the kind that it is for. A new kind of operator gets one here.
ON_TIME = "WHERE ts > TIMESTAMP '2026-01-01 00:00:01'"
TUMBLE = "TABLE(TUMBLE(TABLE {0}, DESCRIPTOR(ts), INTERVAL '10' SECOND))"
SESSION = "TABLE(SESSION(TABLE on_time PARTITION BY (k, g), DESCRIPTOR(ts), INTERVAL '3' SECOND))"
PLAIN = {
    "rows": ("k STRING, v INT", "SELECT k, v FROM events WHERE v > 2 UNION ALL SELECT g, n FROM more", "Sink"),
    "windows-of-windows": (
        "w TIMESTAMP(3), n BIGINT, m INT",
        "WITH a AS (SELECT window_time AS t, k, COUNT(*) AS c, MAX(v) AS m FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), "
        "INTERVAL '5' SECOND)) GROUP BY window_start, window_end, window_time, k), b AS (SELECT window_start, SUM(c) AS n, "
        "MIN(m) AS m FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '15' SECOND)) GROUP BY window_start, window_end) "
        "SELECT window_start, n, m FROM b", "WindowAggregate"),
    "session": ("w TIMESTAMP(3), e TIMESTAMP(3), k STRING, g STRING, n BIGINT, s INT",
                f"WITH on_time AS (SELECT * FROM events {ON_TIME}) SELECT window_start, window_end, k, g, COUNT(*), SUM(v) "
                f"FROM {SESSION} GROUP BY window_start, window_end, k, g", "SessionAggregate"),
    "session-rows": ("w TIMESTAMP(3), e TIMESTAMP(3), k STRING, v INT",
                     f"WITH on_time AS (SELECT * FROM events {ON_TIME}) SELECT window_start, window_end, k, v FROM {SESSION}",
                     "SessionAssign"),
    "rank": ("k STRING, v INT", "SELECT k, v FROM (SELECT k, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS rn "
             "FROM events) AS r WHERE rn <= 3", "Rank"),
    "deduplicate": ("k STRING, ts TIMESTAMP(3)", "SELECT k, ts FROM (SELECT k, ts, ROW_NUMBER() OVER (PARTITION BY k "
                    "ORDER BY ts DESC) AS rn FROM events) AS r WHERE rn = 1", "Deduplicate"),
    "window-rank": ("w TIMESTAMP(3), v INT", "SELECT window_start, v FROM (SELECT window_start, v, ROW_NUMBER() OVER ("
                    "PARTITION BY window_start, window_end ORDER BY v DESC) AS rn FROM "
                    f"{TUMBLE.format('events')}) AS r WHERE rn <= 2", "WindowRank"),
    "recursion": ("k STRING, v INT, d INT", "WITH RECURSIVE f (k, v, d) AS (SELECT k, v, 0 FROM events UNION ALL SELECT k, v - d, "
                  "d + 1 FROM f WHERE d < 5) SELECT k, v, d FROM f", "Recursion"),
    "join": ("k STRING, g STRING, v INT", "SELECT a.k, b.g, a.v FROM events AS a LEFT JOIN more AS b "
             "ON a.k = b.k AND a.v = b.v", "Join"),
    "interval-join": ("k STRING, v INT, w INT", f"WITH l AS (SELECT * FROM events {ON_TIME}), r AS (SELECT * FROM more "
                      f"{ON_TIME}) SELECT l.k, l.v, r.v FROM l JOIN r ON l.k = r.k AND r.ts BETWEEN "
                      "l.ts - INTERVAL '2' SECOND AND l.ts + INTERVAL '1' SECOND", "IntervalJoin"),
    "window-join": ("w TIMESTAMP(3), v INT, u INT", f"SELECT l.window_start, l.v, r.v FROM (SELECT * FROM "
                    f"{TUMBLE.format('events')}) AS l JOIN (SELECT * FROM {TUMBLE.format('more')}) AS r ON l.k = r.k AND "
                    "l.g = r.g AND l.window_start = r.window_start AND l.window_end = r.window_end", "WindowJoin"),
    # No two versions of one time, of which the last one read would count.
    "temporal-join": ("k STRING, v INT, w INT", "WITH r AS (SELECT k, v, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY "
                      f"ts DESC) AS rn FROM more {ON_TIME} AND n < 2) AS d WHERE rn = 1) SELECT l.k, l.v, r.v FROM (SELECT * FROM events {ON_TIME}) "
                      "AS l LEFT JOIN r FOR SYSTEM_TIME AS OF l.ts AS r ON l.k = r.k AND l.v <> r.v", "TemporalJoin"),
    "asof-join": ("k STRING, v INT, w INT", f"SELECT l.k, l.v, r.v FROM (SELECT * FROM events {ON_TIME}) AS l ASOF LEFT JOIN "
                  f"(SELECT k, v, ts FROM more {ON_TIME} AND n < 2) AS r MATCH_CONDITION (l.ts >= r.ts) ON l.k = r.k", "TemporalJoin"),
    "except": ("g STRING, v INT", "SELECT g, v FROM events EXCEPT ALL SELECT g, v FROM more", "Replicate"),
    "lookup": ("k STRING, v INT, name STRING", "SELECT e.k, e.v, n.name FROM (SELECT *, PROCTIME() AS p FROM events) AS e "
               "LEFT JOIN names FOR SYSTEM_TIME AS OF e.p AS n ON e.v = n.v", "LookupJoin"),
    # Every event comes twice; the key is the whole row, so that the order of files does not matter.
    "normalize": ("k STRING, n INT", "SELECT k, n FROM twice UNION ALL SELECT g, v FROM twice", "ChangelogNormalize"),
    # The last row of a key, the only one in the end: the first of the greatest.
    "materialize": ("g STRING, v INT, k STRING, ts TIMESTAMP(3), PRIMARY KEY (g) NOT ENFORCED",
                    "SELECT g, v, k, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY v DESC, ts, k) AS rn "
                    "FROM events) AS r WHERE rn = 1", "UpsertMaterialize"),
    # The same where the rows of each moment are looked at together.
    "compact": ("g STRING, v INT, k STRING, ts TIMESTAMP(3), PRIMARY KEY (g) NOT ENFORCED",
                "SELECT g, v, k, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY v DESC, ts, k) AS rn "
                "FROM events) AS r WHERE rn = 1 ON CONFLICT DO NOTHING", "UpsertCompact"),
    "temporal-sort": ("k STRING, g STRING, v INT", "SELECT k, g, v FROM events ORDER BY ts, k, g DESC, v", "TemporalSort"),
    "over": ("k STRING, g STRING, v INT, s INT, n BIGINT, l INT", "SELECT k, g, v, SUM(v) OVER (PARTITION BY k ORDER BY ts, RANGE "
             "BETWEEN INTERVAL '7' SECOND PRECEDING AND CURRENT ROW), COUNT(*) OVER (PARTITION BY k ORDER BY ts), "
             "LAG(v) OVER (PARTITION BY k, g, v, ts ORDER BY ts) FROM events".replace("ts, RANGE", "ts RANGE"), "OverAggregate"),
    "over-recompute": ("k STRING, v INT, s INT, r BIGINT", "SELECT k, v, SUM(v) OVER (PARTITION BY k ORDER BY v ROWS BETWEEN 1 PRECEDING "
                       "AND 1 FOLLOWING) AS s, RANK() OVER (PARTITION BY k ORDER BY v DESC) AS r FROM events", "OverRecompute"),
    "over-ahead": ("k STRING, v INT, s INT, m INT, n BIGINT", f"SELECT k, v, SUM(v) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '3' "
                   f"SECOND PRECEDING AND INTERVAL '7' SECOND FOLLOWING), MAX(v) OVER w, COUNT(DISTINCT v) OVER w FROM events {ON_TIME} WINDOW w AS "
                   "(PARTITION BY k ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL '4' SECOND FOLLOWING)", "OverAhead"),
    "match": ("k STRING, v INT, n BIGINT, l TIMESTAMP(3)", "SELECT k, v, n, l FROM events MATCH_RECOGNIZE (PARTITION BY k, v ORDER BY "
              "ts MEASURES COUNT(B.ts) AS n, LAST(B.ts) AS l AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+ C) WITHIN INTERVAL '30' "
              "SECOND DEFINE B AS B.ts < A.ts + INTERVAL '9' SECOND AND COUNT(B.ts) < 4) AS m", "Match"),
    # Over bounded input only: stopped in the middle of it, seconds before it would end by itself.
    "sort-limit": ("a BIGINT, b INT", "SELECT a, b FROM numbers ORDER BY b DESC, a LIMIT 7", "SortLimit"),
}
NUMBERS = ("CREATE TABLE numbers (a BIGINT, b INT) WITH ('connector' = 'datagen', 'number-of-rows' = '2000', "
           "'rows-per-second' = '500', 'seed' = '4', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', "
           "'fields.a.end' = '2000', 'fields.b.min' = '0', 'fields.b.max' = '1000');\n"
           "SET 'execution.checkpointing.interval' = '20 ms';\n")

NAMES = "CREATE TABLE names (v INT, name STRING) WITH ('connector' = 'inline', 'rows' = '1, one\n2, two\n2, zwei');\n"

TWICE = ("CREATE TABLE twice (k STRING, g STRING, n INT, v INT, ts TIMESTAMP(3), PRIMARY KEY (k, g, n, v, ts) NOT "
         "ENFORCED) WITH ('connector' = 'filesystem', 'path' = '{}/events', 'format' = 'changelog', "
         "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\nSET 'table.exec.source.cdc-events-duplicate' = 'true';\n")
UPSERTS = ("materialize", "compact")
FORCED = "SET 'table.exec.sink.upsert-materialize' = 'FORCE';\n"


def last_of_keys(lines):
    """What an upsert sink holds, whose key is the first column: one row a key."""
    held = {}
    for line in lines:
        kind, row = line[:2], line[3:-1]
        held[row.split(",")[0]] = row if kind[0] == "+" else None
    return collections.Counter(row for row in held.values() if row is not None)


def written(path):
    """When a part of the output was; of those of one tick of the clock, first what a restore took over."""
    return path.stat().st_mtime_ns, [int(number) for number in path.stem.split("-")[2:]]


def kinds():
    """Those that a restore knows."""
    found = set(re.findall(r'\{\.kind = "(\w+)"', RULES.read_text()))
    if len(found) < 5:
        sys.exit(f"{RULES} lists no kinds of operators any more")
    return found - STATELESS | {OF_SESSIONS[kind] for kind in found & set(OF_SESSIONS)}


class Runs:
    """One query: run at once, and again with stops."""

    def __init__(self, weir, name):
        self.weir, self.name = weir, name
        self.query = MODELLED.get(name, Query())
        self.inputs = events(3, files=PHASES, leap=0)  # joins would miss what is behind the watermark
        self.kinds = set()
        self.rows_looked_at = 0

    def statement(self):
        return self.query.statement() if self.name in MODELLED else f"INSERT INTO results {PLAIN[self.name][1]}"

    @property
    def bounded(self):
        return self.name == "sort-limit"

    def definitions(self, directory):
        text = self.query.definitions(directory) + NUMBERS * self.bounded + FORCED * (self.name in UPSERTS)
        text += TWICE.format(directory) * (self.name == "normalize") + NAMES * (self.name == "lookup")
        if self.name in PLAIN:
            text = re.sub(r"CREATE TABLE results \(.*?\) WITH", f"CREATE TABLE results ({PLAIN[self.name][0]}) WITH", text)
        return text

    def script(self, directory, text):
        path = directory / "script.sql"
        path.write_text(text)
        done = subprocess.run([self.weir, "--data-dir", str(directory / "data"), "run", str(path)], capture_output=True,
                              text=True, timeout=100, check=False)
        if done.returncode != 0:
            raise Failure(f"{self.name}: exit {done.returncode}\n{text}\n{done.stdout}{done.stderr}")
        return done.stdout

    def feed(self, directory, phase):
        for table, files in self.inputs.items():
            (directory / table).mkdir(exist_ok=True)
            (directory / table / f"{phase}.csv").write_text("".join(row.csv() + "\n" for row in files[phase]))

    def results(self, directory):
        """Of each sink the sum of all changes; of upserts the last of each key."""
        if self.name in UPSERTS:
            files = sorted((directory / self.query.parts[0].place).glob("part-*"), key=written)
            return {self.query.parts[0].place: last_of_keys(line for path in files for line in path.read_text().splitlines())}
        return {part.place: rows_of(line for path in (directory / part.place).glob("part-*")
                                    for line in path.read_text().splitlines()) for part in self.query.parts}

    def at_once(self, directory, parallelism=1):
        for phase in range(PHASES):
            self.feed(directory, phase)
        end = "WAIT FOR JOB j UNTIL FINISHED;" if self.bounded else "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;"
        self.script(directory, self.definitions(directory) + f"CREATE JOB j WITH ('parallelism.default' = '{parallelism}') AS "
                    f"{self.statement()};\n{end}")
        return self.results(directory)

    def with_stops(self, directory, way):
        how = WAYS[way]
        saved = None
        for phase in range(PHASES):
            self.feed(directory, phase)
            options = (f"'state.backend.type' = '{how.backends[phase]}', 'parallelism.default' = '{PARALLELISMS[phase]}', "
                       f"'pipeline.max-parallelism' = '{how.groups[phase]}'")
            start = (f"RESTORE JOB j FROM '{saved}' WITH ({options});\n" if saved else self.definitions(directory) +
                     f"CREATE JOB j WITH ({options}) AS {self.statement()};\n")
            end = f"WAIT FOR JOB j UNTIL {'FINISHED' if self.bounded else 'IDLE'};\n" + "STOP JOB j;" * (not self.bounded)
            if phase < PHASES - 1:
                end = (f"WAIT FOR JOB j UNTIL {'CHECKPOINT' if self.bounded else 'IDLE'};\n"
                       f"SAVEPOINT JOB j TO '{directory}/saved{phase}' FORMAT {how.layout};\nCANCEL JOB j;")
            output = self.script(directory, start + end)
            if saved:
                self.note_kinds(output)
                self.expect_dealt(output, how, phase)
            if phase < PHASES - 1:
                saved = next((directory / f"saved{phase}").iterdir())
                if how.converts:
                    saved = self.converted(saved, directory / f"converted{phase}", how.groups[phase + 1])
                self.look_at_groups(saved, how.groups[phase + how.converts], how.layout == "CANONICAL" or how.converts)
        return self.results(directory)

    def converted(self, saved, target, groups):
        done = subprocess.run([self.weir, "convert-savepoint", "--max-parallelism", str(groups), saved, target],
                              capture_output=True, text=True, timeout=100, check=False)
        if done.returncode != 0 or f"dealt to {groups} key groups" not in done.stderr:
            raise Failure(f"{self.name}: converted to {groups} key groups: exit {done.returncode}\n{done.stderr}")
        return pathlib.Path(done.stdout.strip())

    def expect_dealt(self, output, how, phase):
        """The table of the restore says whether rows are dealt anew."""
        before, now = how.groups[phase - 1], how.groups[phase]
        said = f"pipeline.max-parallelism {before} becomes {now}: deals " in output
        if said != (before != now and not how.converts):
            raise Failure(f"{self.name}: from {before} to {now} key groups:\n{output}")

    def look_at_groups(self, saved, groups, canonical):
        try:
            tables = key_groups.tables_of(saved, groups) if canonical else {}
        except AssertionError as wrong:
            raise Failure(f"{self.name}: {saved} with {groups} key groups: {wrong}") from wrong
        self.rows_looked_at += sum(sum(table.rows.values()) for table in tables.values())

    def note_kinds(self, table):
        rows = re.findall(r"^([A-Z]+) +(\S+) +([A-Z]\w+) ", table, re.M)
        self.kinds |= {OF_SESSIONS[kind] if uid.endswith("/session") else kind for _, uid, kind in rows}
        if not rows or {verdict for verdict, *_ in rows} != {"FULL"}:
            raise Failure(f"{self.name}: unchanged, but not FULL:\n{table}")

    def modelled(self):
        model = Model(self.inputs)
        model.start(self.query)
        total = collections.defaultdict(collections.Counter)
        for phase in range(PHASES):
            for sink, rows in model.run(phase).items():
                total[sink].update(rows)
            if phase < PHASES - 1:
                model.start(self.query, Outcome(self.query, self.query))
        views = model.views()
        return {part.place: total[part.sink] if part.windowed else views[part.sink] for part in self.query.parts}

    def check(self, ways):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-unchanged-"))
        try:
            (directory / "once").mkdir()
            want = self.at_once(directory / "once")
            if not all(sum(rows.values()) > 3 for rows in want.values()):
                raise Failure(f"{self.name}: next to nothing comes out: {want}")
            if self.name in MODELLED:
                self.compare("at once, and the model", self.numbers(want), self.modelled())
            # Which of its files is read first must not show.
            (directory / "together").mkdir()
            self.compare("its files read together", self.at_once(directory / "together", PHASES), want)
            for way in ways:
                (directory / way).mkdir()
                self.compare(way, self.with_stops(directory / way, way), want)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def numbers(self, found):
        return {part.place: as_numbers(found[part.place], part.windowed + len(part.keys)) for part in self.query.parts}

    def compare(self, what, got, want):
        for place, rows in want.items():
            clean = {row: count for row, count in got[place].items() if count}
            if clean != {row: count for row, count in rows.items() if count}:
                raise Failure(f"{self.name}, {what}, {place}: too many {list((got[place] - rows))[:5]}, "
                              f"missing {list((rows - got[place]))[:5]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    arguments = parser.parse_args()
    short = arguments.slice and not slices.is_full()
    first = slices.number("evolve.b20_unchanged") if short else 0
    names = list(WAYS)
    work = []
    known = kinds()
    for place, name in enumerate([*MODELLED, *PLAIN]):
        ways = [names[(first + place + i) % len(names)] for i in range(2 if short else len(names))]
        if arguments.only in name and (name in MODELLED or PLAIN[name][2] in known):
            work.append((Runs(os.path.abspath(arguments.weir), name), ways))

    def one(pair):
        try:
            pair[0].check(pair[1])
        except (Failure, subprocess.TimeoutExpired) as failure:
            return str(failure)
        return None

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for why in pool.map(one, work):
            failed += why is not None
            if why is not None:
                print(f"FAIL {why}", flush=True)
    missing = set() if arguments.only else known - set().union(*(runs.kinds for runs, _ in work))
    for kind in sorted(missing):
        print(f"FAIL: no query here has an operator {kind}: add one to MODELLED or PLAIN")
    print(f"{len(work)} queries, {sum(len(ways) for _, ways in work)} runs with three restores each; "
          f"{sum(runs.rows_looked_at for runs, _ in work)} rows are in the groups of their keys")
    print(f"files: {len(work) - failed} passed, {failed + len(missing)} failed")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
