#!/usr/bin/env python3
"""Edits of queries with ranks, deduplication, sessions and joins: every row of docs/changing-a-running-query.md, "What an
edit does", that is about them.

  operators.py --weir build/weir            every edit in one way, the next edit in the next, as slices.py says
  operators.py --weir build/weir --full     in all ways; also when WEIR_TEST_SLICE=full
  operators.py … --only topn                those whose name contains that

Each edit is run on the first half of the input, stopped with a savepoint, explained, refused where it has to be,
restored with the clauses that it takes, and finished. What the old and the new job print must come to what is computed
here from the rows themselves, by what the words mean; nothing here calls weir for it.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import slices  # noqa: E402

REFUSED = 5
# key, number, group, second of event time
FIRST = [("a", 1, "x", 1), ("a", 3, "y", 2), ("a", 5, "x", 3), ("a", 4, "y", 4), ("b", 9, "x", 5), ("b", 8, "x", 6)]
SECOND = [("b", 1, "y", 7), ("a", 2, "x", 11), ("a", 7, "y", 12), ("b", 9, "y", 13), ("c", 6, "x", 14), ("z", 0, "x", 60)]
OTHER_FIRST = [("a", 10, "p", 1), ("b", 20, "q", 6)]
OTHER_SECOND = [("a", 30, "q", 8), ("b", 40, "p", 9), ("c", 50, "p", 13), ("z", 0, "p", 60)]
ALL, OTHER_ALL = FIRST + SECOND, OTHER_FIRST + OTHER_SECOND
# backends of the old job and of the new one, their parallelisms, the format of the savepoint
WAYS = [(("rocksdb", "rocksdb"), (1, 2), ""), (("rocksdb", "memory"), (3, 1), "CANONICAL"),
        (("memory", "rocksdb"), (2, 3), "CANONICAL"), (("memory", "memory"), (1, 1), "NATIVE"),
        (("rocksdb", "rocksdb"), (2, 1), "NATIVE")]


def table(name):
    return (f"CREATE TABLE {name} (k STRING, v INT, g STRING, ts TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR ts AS ts) WITH ("
            f"'connector' = 'filesystem', 'path' = './{name}', 'format' = 'csv', 'source.monitor-interval' = '50 ms', 'source.settle-interval' = '0 s');\n")


def csv(rows):
    return "".join(f"{k},{v},{g},2026-01-01 00:{s // 60:02}:{s % 60:02}\n" for k, v, g, s in rows)


# --- what the words mean --------------------------------------------------------------------------

def lines(rows):
    """Rows as the sink prints them, with how often."""
    return collections.Counter(", ".join("NULL" if cell is None else str(cell) for cell in row) for row in rows)


def groups(rows, *columns):
    """Rows by the values of these columns."""
    found = collections.defaultdict(list)
    for row in rows:
        found[tuple(row[i] for i in columns)].append(row)
    return found


def ranked(rows, function="ROW_NUMBER", key=lambda row: -row[1]):
    """(row, rank) of every row within its key; of equal ones the first to come ranks first."""
    for part in groups(rows, 0).values():
        part = sorted(part, key=key)
        for place, row in enumerate(part):
            equal = next(i for i, other in enumerate(part) if key(other) == key(row))
            yield row, (place if function == "ROW_NUMBER" else equal) + 1


def top(rows, last, first=1, function="ROW_NUMBER", with_rank=False):
    return lines((row[0], row[1]) + (rank,) * with_rank for row, rank in ranked(rows, function) if first <= rank <= last)


def sums(rows, last):
    found = collections.Counter()
    for row, rank in ranked(rows):
        found[row[0]] += row[1] if rank <= last else 0
    return lines(found.items())


def counted(rows, last):
    """The groups of each key with the most rows; of equally many the first by name."""
    counts = [(k, len(part), g) for (k, g), part in groups(rows, 0, 2).items()]
    return lines((k, g, n) for (k, n, g), rank in ranked(counts, key=lambda row: (-row[1], row[2])) if rank <= last)


def windows(rows, last, until):
    """Top-N of windows of ten seconds that the time `until` has closed."""
    found = collections.Counter()
    for (start,), part in groups([row + (row[3] // 10 * 10,) for row in rows], 4).items():
        if start + 10 <= until:
            everywhere = [("",) + row[1:] + (row[0],) for row in part]
            found += lines((row[-1], row[1]) for row, rank in ranked(everywhere) if rank <= last)
    return found


def sessions(rows, gap, until):
    """Rows of each session that the time `until` has closed, by key."""
    for (k,), part in groups(rows, 0).items():
        session = []
        for row in sorted(part, key=lambda row: row[3]) + [None]:
            if session and (row is None or row[3] - session[-1][3] >= gap):
                if session[-1][3] + gap <= until:
                    yield k, session
                session = []
            session.append(row)


def firsts(rows):
    return {k: part[0] for (k,), part in groups(rows, 0).items()}


def lasts(rows):
    """The last row of each key by time."""
    return {k: max(part, key=lambda row: row[3]) for (k,), part in groups(rows, 0).items()}


def joined(left, right, low=-100, high=100):
    return [(a, b) for a in left for b in right if a[0] == b[0] and low <= b[3] - a[3] <= high]


def new_pairs(low=-100, high=100):
    """Pairs of which at least one row is of the second half."""
    pairs = joined(ALL, OTHER_ALL, low, high)
    return [pair for pair in pairs if pair not in joined(FIRST, OTHER_FIRST, low, high)]


# --- edits ----------------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Edit:
    name: str
    columns: tuple      # of the sink, before and after
    before: str
    after: str
    kind: str           # of the operator that the edit is about
    verdict: str
    reason: str
    first: object       # what the old job prints, folded
    second: object      # what the new one prints, folded: negative counts are rows that were taken back
    clauses: str = ""   # what it takes to be restored; "": nothing
    arrival: bool = False  # the order of arrival counts: one subtask
    tables: tuple = ("", "")  # further definitions, before and after


def minus(after, before):
    result = collections.Counter(after)
    result.subtract(before)
    return result


def accepted(edit):
    """Its clauses; another list of columns is another output, which the sink's rows so far have not."""
    if edit.columns[0] == edit.columns[1] or SINK[len("ACCEPT CHANGES ("):-1] in edit.clauses:
        return edit.clauses
    if "ACCEPT CHANGES (" in edit.clauses:
        return edit.clauses.replace("ACCEPT CHANGES (", SINK[:-1] + ", ")
    return f"{edit.clauses} {SINK}"


RANKED = ("WITH r AS (SELECT k, v, g, {function}() OVER (PARTITION BY k ORDER BY {order}) AS rn FROM {source}) "
          "SELECT {columns} FROM r WHERE {range}")
COUNTS = "(SELECT k, g, COUNT(*) AS c, CAST(NULL AS INT) AS v FROM events GROUP BY k, g)"
SINK = "ACCEPT CHANGES ('sink:results/sink.w')"
TOPN, WTOPN, DEDUP = "sink:results/cte:r/topn", "sink:results/cte:r/wtopn", "sink:results/cte:r/dedup"


def rank_query(range_, columns="k, v", function="ROW_NUMBER", order="v DESC", source="events"):
    return RANKED.format(range=range_, columns=columns, function=function, order=order, source=source)


def window_rank(last):
    return ("WITH r AS (SELECT k, v, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY v DESC) AS rn FROM "
            f"TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND))) SELECT k, v FROM r WHERE rn <= {last}")


def rank_edits():
    kv, kvr = "k STRING, v INT", "k STRING, v INT, rn BIGINT"
    behind = "the last rank was 3, is {}: rows behind it are taken back"
    for last in (2, 1):
        yield Edit(f"topn-{last}", (kv, kv), rank_query("rn <= 3"), rank_query(f"rn <= {last}"), "Rank", "FULL",
                   behind.format(last), top(FIRST, 3), minus(top(ALL, last), top(FIRST, 3)))
        yield Edit(f"topn-{last}-with-rank", (kvr, kvr), rank_query("rn <= 3", "k, v, rn"),
                   rank_query(f"rn <= {last}", "k, v, rn"), "Rank", "FULL", behind.format(last),
                   top(FIRST, 3, with_rank=True), minus(top(ALL, last, with_rank=True), top(FIRST, 3, with_rank=True)))
        yield Edit(f"topn-{last}-by-rank", (kv, kv), rank_query("rn <= 3", function="RANK"),
                   rank_query(f"rn <= {last}", function="RANK"), "Rank", "FULL", behind.format(last),
                   top(FIRST, 3, function="RANK"), minus(top(ALL, last, function="RANK"), top(FIRST, 3, function="RANK")))
    yield Edit("topn-later-ranks", (kvr, kvr), rank_query("rn <= 3", "k, v, rn"),
               rank_query("rn BETWEEN 2 AND 3", "k, v, rn"), "Rank", "FULL", "the first rank was 1, is 2",
               top(FIRST, 3, with_rank=True), minus(top(ALL, 3, 2, with_rank=True), top(FIRST, 3, with_rank=True)))
    yield Edit("topn-earlier-ranks", (kvr, kvr), rank_query("rn BETWEEN 2 AND 3", "k, v, rn"),
               rank_query("rn <= 2", "k, v, rn"), "Rank", "FULL", "the first rank was 2, is 1",
               top(FIRST, 3, 2, with_rank=True), minus(top(ALL, 2, with_rank=True), top(FIRST, 3, 2, with_rank=True)))
    summed = "WITH r AS (SELECT k, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS rn FROM events), s AS (" \
             "SELECT k, SUM(v) AS v FROM r WHERE rn <= {} GROUP BY k) SELECT k, v FROM s"
    for kind in ("Rank", "GroupAggregate"):
        yield Edit(f"topn-under-sums-{kind}", (kv, kv), summed.format(3), summed.format(2), kind, "FULL", "",
                   sums(FIRST, 3), minus(sums(ALL, 2), sums(FIRST, 3)))
    for was, is_ in ((1, 2), (2, 1)):
        query = [rank_query(f"rn <= {last}", "k, g, c", order="c DESC, g", source=COUNTS).replace("k, v, g,", "k, g, c,")
                 for last in (was, is_)]
        yield Edit(f"topn-over-counts-{is_}", ("k STRING, g STRING, c BIGINT",) * 2, query[0], query[1], "Rank", "FULL",
                   f"the ranks were 1 to {was}, are 1 to {is_}", counted(FIRST, was),
                   minus(counted(ALL, is_), counted(FIRST, was)))
    # Rows behind rank 2 were not kept: it starts over.
    yield Edit("topn-larger", (kv, kv), rank_query("rn <= 2"), rank_query("rn <= 3"), "Rank", "INCOMPATIBLE",
               "the last rank was 2, is 3: rows behind it were not kept", top(FIRST, 2), top(SECOND, 3),
               f"ALLOW DROP ('{TOPN}')")
    yield Edit("topn-order", (kv, kv), rank_query("rn <= 2"), rank_query("rn <= 2", order="v DESC, g"), "Rank",
               "INCOMPATIBLE", "the order was v DESC, is v DESC, g", top(FIRST, 2), top(SECOND, 2),
               f"ALLOW DROP ('{TOPN}') {SINK}")
    # What the filter keeps away from now on is not taken out of what is kept.
    yield Edit("topn-where", (kv, kv), rank_query("rn <= 2"), rank_query("rn <= 2", source="events WHERE g = 'x'"), "Rank",
               "SEMANTIC", "the filter g = 'x' is new", top(FIRST, 2),
               minus(top(FIRST + [row for row in SECOND if row[2] == "x"], 2), top(FIRST, 2)),
               f"ACCEPT CHANGES ('{TOPN}')")
    for last in (1, 2):
        yield Edit(f"window-topn-{last}", (kv, kv), window_rank(3), window_rank(last), "WindowRank", "SEMANTIC",
                   f"the last rank was 3, is {last}: of closed windows it stays", {}, windows(ALL, last, 60),
                   f"ACCEPT CHANGES ('{WTOPN}')")
    yield Edit("window-topn-larger", (kv, kv), window_rank(1), window_rank(2), "WindowRank", "INCOMPATIBLE",
               "rows behind it were not kept", {}, windows(SECOND, 2, 60), f"ALLOW DROP ('{WTOPN}')")


def deduplication_edits():
    kv, kvg = "k STRING, v INT", "k STRING, v INT, g STRING"
    last, first = lasts(FIRST), firsts(FIRST)
    now = lasts(ALL)
    # What is kept has no g; rows that nothing replaces stay as they are.
    replaced = {k for k in last if now[k] != last[k]}
    narrow, wide = rank_query("rn = 1", order="ts DESC"), rank_query("rn = 1", "k, v, g", order="ts DESC")
    yield Edit("dedup-last-column-added", (kv, kvg), narrow, wide, "Deduplicate", "PARTIAL",
               "g is NULL in rows that are kept", lines((k, row[1]) for k, row in last.items()),
               minus(lines((k, row[1], row[2]) for k, row in now.items() if k in replaced or k not in last),
                     lines((k, last[k][1], None) for k in replaced)),
               f"ALLOW PARTIAL ACCEPT CHANGES ('{DEDUP}')")
    yield Edit("dedup-last-column-dropped", (kvg, kv), wide, narrow, "Deduplicate", "MIGRATE", "g no longer kept",
               lines((k, row[1], row[2]) for k, row in last.items()),
               minus(lines((k, row[1]) for k, row in now.items()), lines((k, row[1]) for k, row in last.items())))
    new = [row for k, row in firsts(SECOND).items() if k not in first]
    yield Edit("dedup-first-column-added", (kv, kvg), rank_query("rn = 1", order="p").replace("v, g,", "v, g, p,"),
               rank_query("rn = 1", "k, v, g", order="p").replace("v, g,", "v, g, p,", 1), "Deduplicate", "FULL", "",
               lines((k, row[1]) for k, row in first.items()), lines(row[:3] for row in new), arrival=True)
    # From the last row of each key to the first one: begun again.
    yield Edit("dedup-order", (kv, kv), narrow, rank_query("rn = 1", order="ts"), "Deduplicate", "INCOMPATIBLE",
               "the keep was last, is first", lines((k, row[1]) for k, row in last.items()),
               lines((k, row[1]) for k, row in firsts(SECOND).items()), f"ALLOW DROP ('{DEDUP}')")


def session_query(calls, gap=4, where=""):
    return (f"WITH m AS (SELECT k, {calls} FROM TABLE(SESSION(TABLE events PARTITION BY k, DESCRIPTOR(ts), INTERVAL '{gap}' "
            f"SECOND)) {where} GROUP BY k, window_start, window_end) SELECT * FROM m")


def session_edits():
    kn, knx = "k STRING, n BIGINT", "k STRING, n BIGINT, x INT"
    uid = "sink:results/cte:m/session"
    old = set(FIRST)
    closed = list(sessions(ALL, 4, 60))
    counts = lines((k, len(rows)) for k, rows in closed)
    both = lines((k, len(rows), max(row[1] for row in rows)) for k, rows in closed)
    # The new one has seen rows of the second half only.
    partly = lines((k, len(rows), max((row[1] for row in rows if row not in old), default=None)) for k, rows in closed)
    count, pair = session_query("COUNT(*) AS n"), session_query("COUNT(*) AS n, MAX(v) AS x")
    yield Edit("session-unchanged", (knx, knx), pair, pair, "WindowAggregate", "FULL", "", {}, both)
    yield Edit("session-add", (kn, knx), count, pair, "WindowAggregate", "PARTIAL", "max(v) starts with this restore", {},
               partly, "ALLOW PARTIAL")
    yield Edit("session-drop", (knx, kn), pair, count, "WindowAggregate", "FULL", "max(v) no longer kept", {}, counts)
    kept = [(k, [row for row in rows if row in old or row[1] > 1]) for k, rows in closed]
    # A row that the filter drops does not make its session longer either: the ones of b are 2 and 1 then, not 3 and 1.
    yield Edit("session-where", (kn, kn), count, session_query("COUNT(*) AS n", where="WHERE v > 1"), "WindowAggregate",
               "SEMANTIC", "the filter v > 1 is new", {}, lines((k, len(rows)) for k, rows in kept if rows),
               f"ACCEPT CHANGES ('{uid}')")
    yield Edit("session-gap", (kn, kn), count, session_query("COUNT(*) AS n", gap=5), "WindowAggregate", "INCOMPATIBLE",
               "the window was SESSION", {}, lines((k, len(rows)) for k, rows in sessions(SECOND, 5, 60)),
               f"ALLOW DROP ('{uid}')")


def join_query(how="JOIN", on="e.k = o.k", columns="e.k, e.v, o.v AS w"):
    return f"WITH j AS (SELECT {columns} FROM events AS e {how} others AS o ON {on}) SELECT * FROM j"


def interval_query(before, after):
    return (f"WITH j AS (SELECT e.k, e.v, o.v AS w FROM events AS e, others AS o WHERE e.k = o.k AND o.ts BETWEEN e.ts - "
            f"INTERVAL '{before}' SECOND AND e.ts + INTERVAL '{after}' SECOND) SELECT * FROM j")


def join_edits():
    kvw, kvwg = "k STRING, v INT, w INT", "k STRING, v INT, w INT, h STRING"
    values = lambda pairs: lines((a[0], a[1], b[1]) for a, b in pairs)  # noqa: E731
    first = values(joined(FIRST, OTHER_FIRST))
    yield Edit("join-unchanged", (kvw, kvw), join_query(), join_query(), "Join", "FULL", "", first, values(new_pairs()))
    yield Edit("join-column-dropped", (kvwg, kvw), join_query(columns="e.k, e.v, o.v AS w, o.g AS h"), join_query(), "Join",
               "MIGRATE", "g no longer kept", lines((a[0], a[1], b[1], b[2]) for a, b in joined(FIRST, OTHER_FIRST)),
               values(new_pairs()))
    fresh = joined(SECOND, OTHER_SECOND)
    uid = "ALLOW DROP ('sink:results/cte:j/{}')"
    yield Edit("join-column-added", (kvw, kvwg), join_query(), join_query(columns="e.k, e.v, o.v AS w, o.g AS h"), "Join",
               "INCOMPATIBLE", "it kept no", first, lines((a[0], a[1], b[1], b[2]) for a, b in fresh), uid)
    alone = [row for row in SECOND if row[0] not in {other[0] for other in OTHER_SECOND}]
    yield Edit("join-left", (kvw, kvw), join_query(), join_query("LEFT JOIN"), "Join", "INCOMPATIBLE",
               "the join was", first, values(fresh) + lines((row[0], row[1], None) for row in alone),
               f"{uid} {SINK}")
    yield Edit("join-condition", (kvw, kvw), join_query(), join_query(on="e.k = o.k AND e.g <> o.g"), "Join",
               "INCOMPATIBLE", "the condition", first, values(pair for pair in fresh if pair[0][2] != pair[1][2]), uid)
    filtered = join_query().replace("events AS e", "(SELECT * FROM events WHERE v > 6) AS e")
    yield Edit("join-where", (kvw, kvw), join_query(), filtered, "Join", "SEMANTIC", "v > 6", first,
               values(pair for pair in new_pairs() if pair[0] in FIRST or pair[0][1] > 6), "ACCEPT CHANGES ('{}')")
    yield Edit("interval-shrinks", (kvw, kvw), interval_query(9, 9), interval_query(9, 3), "IntervalJoin",
               "SEMANTIC", "the interval was -9000 to 9000 ms, is -3000 to 9000 ms: matches that were put out stay",
               values(joined(FIRST, OTHER_FIRST, -9, 9)), values(pair for pair in new_pairs(-9, 3)), "ACCEPT CHANGES ('{}')")
    # No row had been dropped yet that the wider one misses.
    yield Edit("interval-grows", (kvw, kvw), interval_query(9, 6), interval_query(9, 8), "IntervalJoin", "PARTIAL",
               "matches with rows that were dropped are missed", values(joined(FIRST, OTHER_FIRST, -9, 6)),
               values(pair for pair in new_pairs(-9, 8)), "ALLOW PARTIAL")
    yield Edit("interval-moves", (kvw, kvw), interval_query(9, 6), interval_query(8, 8), "IntervalJoin", "PARTIAL",
               "matches with rows that were dropped are missed, and those that were put out stay where it is narrower",
               values(joined(FIRST, OTHER_FIRST, -9, 6)), values(pair for pair in new_pairs(-8, 8)), "ALLOW PARTIAL")


def edits():
    return [*rank_edits(), *deduplication_edits(), *session_edits(), *join_edits()]


# --- running --------------------------------------------------------------------------------------

class Failure(Exception):
    pass


class Run:
    def __init__(self, weir, edit, way):
        self.weir, self.edit, self.way = weir, edit, way

    def run(self):
        with tempfile.TemporaryDirectory(prefix="weir-operators-") as directory:
            self.directory = pathlib.Path(directory)
            self.first_half()
            self.second_half()

    def script(self, half, statements):
        backends, parallelisms, _ = self.way
        head = (table("events") + table("others") + self.edit.tables[half] + f"CREATE TABLE results ({self.edit.columns[half]}) WITH ('connector' = "
                f"'print');\nSET 'state.backend.type' = '{backends[half]}';\nSET 'parallelism.default' = "
                f"'{1 if self.edit.arrival else parallelisms[half]}';\n")
        (self.directory / "script.sql").write_text(head + statements)
        return subprocess.run([self.weir, "--data-dir", "data", "run", "script.sql"], cwd=self.directory,
                              capture_output=True, text=True, timeout=100, check=False)

    def feed(self, name, events, others):
        for folder, rows in (("events", events), ("others", others)):
            (self.directory / folder).mkdir(exist_ok=True)
            (self.directory / folder / f"{name}.csv").write_text(csv(rows))

    def compare(self, what, output, want):
        got = collections.Counter()
        for sign, line in re.findall(r"^([+-])[IUD]\[(.*)\]$", output, re.M):
            got[line] += 1 if sign == "+" else -1
        got = {line: count for line, count in got.items() if count}
        want = {line: count for line, count in want.items() if count}
        if got != want:
            raise Failure(f"{what}: got {got}\n  want {want}\n{output}")

    def first_half(self):
        self.feed("1", FIRST, OTHER_FIRST)
        layout = self.way[2]
        take = f"SAVEPOINT JOB j TO 'saved' FORMAT {layout};\nCANCEL JOB j;" if layout else \
            "STOP JOB j WITH SAVEPOINT 'saved';"
        done = self.script(0, f"CREATE JOB j AS INSERT INTO results {self.edit.before};\nWAIT FOR JOB j UNTIL IDLE;\n{take}")
        if done.returncode != 0:
            raise Failure(f"exit {done.returncode}: {done.stdout}{done.stderr}")
        self.compare("first half", done.stdout, self.edit.first)
        self.saved = next((self.directory / "saved").iterdir())

    def second_half(self):
        edit = self.edit
        self.feed("2", SECOND, OTHER_SECOND)
        query = f"AS INSERT INTO results {edit.after};\n"
        bare = self.script(1, f"EXPLAIN RESTORE JOB j FROM '{self.saved}' {query}")
        verdict, uid = self.row(bare.stdout)
        if verdict != edit.verdict or edit.reason not in bare.stdout:
            raise Failure(f"{uid} is {verdict}, should be {edit.verdict} because {edit.reason}\n{bare.stdout}{bare.stderr}")
        clauses = re.sub(r"sink:results/cte:j/\{\}|\{\}", uid, accepted(edit))
        end = "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;"
        if clauses:
            refused = self.script(1, f"RESTORE JOB j FROM '{self.saved}' {query}{end}")
            if refused.returncode != REFUSED or refused.stdout != bare.stdout:
                raise Failure(f"not refused as explained: exit {refused.returncode}\n{refused.stdout}{refused.stderr}")
        done = self.script(1, f"RESTORE JOB j FROM '{self.saved}' {clauses} {query}{end}")
        if done.returncode != 0:
            raise Failure(f"exit {done.returncode}: {done.stdout}{done.stderr}")
        self.compare("second half", done.stdout, edit.second)

    def row(self, text):
        """Verdict and uid of the operator that the edit is about."""
        rows = re.findall(rf"^([A-Z]+)(?: \(seeded, \d+ rows?\))? +(\S+) +{self.edit.kind} ", text, re.M)
        if len(rows) != 1:
            raise Failure(f"{len(rows)} rows of {self.edit.kind}:\n{text}")
        return rows[0]


def one(weir, edit, way):
    try:
        Run(weir, edit, way).run()
    except (Failure, subprocess.TimeoutExpired) as failure:
        return f"FAIL {edit.name} {way}: {failure}\n  before: {edit.before}\n  after:  {edit.after}\n"
    return None


def main(edits, description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--only", default="")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    arguments = parser.parse_args()
    full = arguments.full or slices.is_full()
    first = 0 if full else slices.number("evolve.operators")
    chosen = [(edit, way) for number, edit in enumerate(edits) if arguments.only in edit.name
              for way in (WAYS if full else [WAYS[(first + number) % len(WAYS)]])]
    weir = os.path.abspath(arguments.weir)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for why in pool.map(lambda pair: one(weir, *pair), chosen):
            if why:
                failed += 1
                print(why, flush=True)
    verdicts = collections.Counter(edit.verdict for edit, _ in chosen)
    print("verdicts: " + ", ".join(f"{name} {count}" for name, count in sorted(verdicts.items())))
    print(f"files: {len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(edits(), __doc__))
