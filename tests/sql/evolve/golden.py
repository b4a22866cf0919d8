#!/usr/bin/env python3
"""Savepoints of every format version are restored by every later build, one at least an operator kind.

  golden.py --weir build/weir            restores all below tests/golden/*/savepoints
  golden.py --weir build/weir --write    makes those of this version that are not there yet

A release's own, in tests/golden/<version>, are made by its binary: packaging/release_goldens.py. Each savepoint is also
converted to another number of key groups (weir convert-savepoint), every row of the result looked at, and one of each
job restored.

A golden savepoint was taken in a directory of its own, with relative paths, after the first half of the input. A
later build reads the second half, and what it emits must come to what is written here: by hand for the small cases,
and for aggregates in tests/golden/v1/aggregates.json, which a model of their definition made that never calls weir.
Never write one anew (the lint sees it): a change of the format gets a folder of its own. Where no version with the
old format was released, its savepoints are refused instead of read: what is older than a case's `version`.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "state"))
import key_groups  # noqa: E402

GOLDEN = ROOT / "tests" / "golden"
OTHER_GROUPS = (7, 1000)  # of canonical and of native ones
VERSION = "v1"
SLICED_JOINS = "v1-sliced-joins"  # joins that are bounded in time keep their rows in slices of lists
HELD_ROWS = "v2"  # rows that are not committed are in the savepoint
SINGLE_SESSIONS = "v1-single-sessions"  # a key's first session lies in the table "single"
FOURTH_WORDS = "v2-fourth-words"  # meanings say no types of an output, nor where columns of lookup tables come from
FIFTH_WORDS = "v2-fifth-words"    # they do
SIXTH_WORDS = "v2-sixth-words"    # they say what the columns of a limit are, and by which time a window is made
SEVENTH_WORDS = "v2-seventh-words"  # they say which types expressions depend on
EIGHTH_WORDS = "v2-eighth-words"    # they say in which types expressions are computed
MEANS = "v2-means"  # VAR and STDDEV keep a mean and the squares of the distances from it
SUMS = "v2-sums"    # they keep exact sums
LAYOUTS = [("canonical", "rocksdb"), ("native", "rocksdb"), ("native", "memory")]
# Kinds that keep no state in a job.
WITHOUT_STATE = {"Values", "Calc", "WindowAssign", "Union", "Collect", "LookupJoin", "Replicate",
                 "ToChangelog", "FromChangelog"}


@dataclasses.dataclass(frozen=True)
class Case:
    definitions: str
    insert: str
    first: dict    # folder -> rows of the first half
    second: dict
    want: object   # of the aggregates a list of [key, values], else lines -> how often, less how often taken back
    keys: int = 0  # leading columns that are the key; 0: compare lines
    windowed: bool = False
    bounded: bool = False  # its savepoint is taken before its end
    version: str = VERSION  # the folder of those that can be read
    says: str = ""         # DESCRIBE JOB of the restored job says that
    files: str = ""        # compare the lines of the files below it, of both halves, by their directories


def table(name, columns):
    return (f"CREATE TABLE {name} ({columns}, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', "
            f"'path' = './{name}', 'format' = 'csv', 'source.monitor-interval' = '50 ms', 'source.settle-interval' = '0 s');\n")


def rows(*events):
    return "".join(f"{', '.join(map(str, event[:-1]))}, 2026-01-01 00:{event[-1] // 60:02}:{event[-1] % 60:02}\n".replace(", ", ",")
                   for event in events)


def results(columns):
    return f"CREATE TABLE results ({columns}) WITH ('connector' = 'print');\n"


def numbers(name, last):
    """1 to last, a thousand of them a second."""
    return (f"CREATE TABLE {name} (v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', "
            f"'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '{last}');\n")


def change(before, after):
    """An event of Debezium."""
    rows_of_it = [row and dict(zip("kv", row, strict=True)) for row in (before, after)]
    op = "u" if before and after else "c" if after else "d"
    return json.dumps({"before": rows_of_it[0], "after": rows_of_it[1], "op": op}) + "\n"


def timed(before, after):
    """The same of rows with a time, in seconds."""
    rows_of_it = [row and {"k": row[0], "v": row[1], "ts": f"2026-01-01 00:{row[2] // 60:02}:{row[2] % 60:02}"} for row in (before, after)]
    op = "u" if before and after else "c" if after else "d"
    return json.dumps({"before": rows_of_it[0], "after": rows_of_it[1], "op": op}) + "\n"


CHANGES = ("CREATE TABLE changes (k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'filesystem', "
           "'path' = './changes', 'format' = 'debezium-json', 'source.monitor-interval' = '50 ms', 'source.settle-interval' = '0 s');\n")
EVENTS = table("events", "k STRING, v INT")
OTHERS = table("others", "k STRING, w INT")
ARRIVALS = table("events", "k STRING, v INT, p AS PROCTIME()")
NAMES = "CREATE TABLE names (k STRING, name STRING) WITH ('connector' = 'inline', 'rows' = 'a, Anna / c, Cleo');\n"
FIRST = {"events": rows(("a", 1, 1), ("b", 2, 2), ("a", 3, 3))}
SECOND = {"events": rows(("a", 4, 11), ("b", 1, 12), ("c", 5, 13), ("z", 9, 60))}
RANKED = ("INSERT INTO results WITH r AS (SELECT k, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY {}) AS rn FROM {}) "
          "SELECT k, v FROM r WHERE rn <= {}")
WINDOWS = "TABLE(TUMBLE(TABLE {}, DESCRIPTOR(ts), INTERVAL '10' SECOND))"
SESSIONS = ("INSERT INTO results WITH s AS (SELECT k, {} FROM TABLE(SESSION(TABLE events PARTITION BY k, DESCRIPTOR(ts), "
            "INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end) SELECT * FROM s")
CASES = {
    # The first of each key came in the first half for a and b.
    "deduplicate-first": Case(EVENTS + results("k STRING, v INT"), RANKED.format("ts", "events", 1), FIRST, SECOND,
                              {"c, 5": 1, "z, 9": 1}),
    # The last of a and b was emitted before the savepoint, and is taken back.
    "deduplicate-last": Case(EVENTS + results("k STRING, v INT"), RANKED.format("ts DESC", "events", 1), FIRST, SECOND,
                             {"a, 3": -1, "a, 4": 1, "b, 2": -1, "b, 1": 1, "c, 5": 1, "z, 9": 1}),
    # By the order of arrival: of a and b the first rows came in the first half.
    "deduplicate-arrival": Case(ARRIVALS + results("k STRING, v INT"), RANKED.format("p", "events", 1), FIRST, SECOND,
                                {"c, 5": 1, "z, 9": 1}),
    # The two greatest v of each key: a had 3 and 1.
    "rank": Case(EVENTS + results("k STRING, v INT"), RANKED.format("v DESC", "events", 2), FIRST, SECOND,
                 {"a, 1": -1, "a, 4": 1, "b, 1": 1, "c, 5": 1, "z, 9": 1}),
    # The key with the most rows, of counts that only grow: a had two, and gets a third.
    "rank-update": Case(EVENTS + results("k STRING, c BIGINT"),
                        "INSERT INTO results WITH g AS (SELECT k, COUNT(*) AS c FROM events GROUP BY k), r AS (SELECT k, c, "
                        "ROW_NUMBER() OVER (ORDER BY c DESC, k) AS rn FROM g) SELECT k, c FROM r WHERE rn <= 1",
                        FIRST, SECOND, {"a, 2": -1, "a, 3": 1}),
    # The key with the least sum, which may leave again: b had 2, and comes to 3; then c leads with 0.
    "rank-retract": Case(EVENTS + results("k STRING, s INT"),
                         "INSERT INTO results WITH g AS (SELECT k, SUM(v) AS s FROM events GROUP BY k), r AS (SELECT k, s, "
                         "ROW_NUMBER() OVER (ORDER BY s, k) AS rn FROM g) SELECT k, s FROM r WHERE rn <= 1",
                         FIRST, {"events": rows(("a", 4, 11), ("b", 1, 12), ("c", 0, 13), ("z", 9, 60))},
                         {"b, 2": -1, "c, 0": 1}),
    # Rows of the second half meet those of both halves of the other side.
    "join": Case(EVENTS + OTHERS + results("k STRING, v INT, w INT"),
                 "INSERT INTO results WITH j AS (SELECT e.k, e.v, o.w FROM events AS e JOIN others AS o ON e.k = o.k) "
                 "SELECT k, v, w FROM j",
                 FIRST | {"others": rows(("a", 10, 1), ("c", 30, 2))}, SECOND | {"others": rows(("b", 20, 11), ("z", 90, 60))},
                 {"a, 4, 10": 1, "c, 5, 30": 1, "b, 2, 20": 1, "b, 1, 20": 1, "z, 9, 90": 1}),
    # Rows without a match have come out with NULL: b of the left, d of the right. A match takes that back.
    "join-full": Case(EVENTS + OTHERS + results("k STRING, v INT, o STRING, w INT"),
                      "INSERT INTO results WITH j AS (SELECT e.k, e.v, o.k AS o, o.w FROM events AS e FULL JOIN others AS o "
                      "ON e.k = o.k) SELECT k, v, o, w FROM j",
                      FIRST | {"others": rows(("a", 10, 1), ("d", 40, 2))},
                      {"events": rows(("d", 4, 11)), "others": rows(("b", 20, 11), ("y", 80, 60))},
                      {"NULL, NULL, d, 40": -1, "d, 4, d, 40": 1, "b, 2, NULL, NULL": -1, "b, 2, b, 20": 1,
                       "NULL, NULL, y, 80": 1}),
    # What has matched a row does not come out, what has not does.
    "join-anti": Case(EVENTS + OTHERS + results("k STRING, v INT"),
                      "INSERT INTO results WITH j AS (SELECT k, v FROM events WHERE NOT EXISTS (SELECT * FROM others WHERE "
                      "others.k = events.k)) SELECT k, v FROM j",
                      FIRST | {"others": rows(("a", 10, 1))}, SECOND | {"others": rows(("b", 20, 11), ("y", 80, 60))},
                      {"b, 2": -1, "c, 5": 1, "z, 9": 1}),
    # Of the same key and at most 9 s apart.
    "interval-join": Case(EVENTS + OTHERS + results("k STRING, v INT, w INT"),
                          "INSERT INTO results WITH j AS (SELECT e.k, e.v, o.w FROM events AS e, others AS o WHERE "
                          "e.k = o.k AND o.ts BETWEEN e.ts - INTERVAL '9' SECOND AND e.ts + INTERVAL '9' SECOND) "
                          "SELECT k, v, w FROM j",
                          FIRST | {"others": rows(("a", 10, 2), ("b", 40, 3))},
                          SECOND | {"others": rows(("b", 20, 11), ("z", 90, 60))},
                          {"a, 4, 10": 1, "b, 2, 20": 1, "b, 1, 20": 1, "b, 1, 40": 1, "z, 9, 90": 1},
                          version=SLICED_JOINS),
    # The window of the first ten seconds is open at the savepoint: its rows are joined when it closes.
    "window-join": Case(EVENTS + OTHERS + results("k STRING, v INT, w INT"),
                        f"INSERT INTO results WITH j AS (SELECT e.k, e.v, o.w FROM (SELECT * FROM {WINDOWS.format('events')}) e "
                        f"JOIN (SELECT * FROM {WINDOWS.format('others')}) o ON e.k = o.k AND e.window_start = o.window_start "
                        "AND e.window_end = o.window_end) SELECT k, v, w FROM j",
                        FIRST | {"others": rows(("a", 10, 2))}, SECOND | {"others": rows(("b", 20, 11), ("z", 90, 60))},
                        {"a, 1, 10": 1, "a, 3, 10": 1, "b, 1, 20": 1}, version=SLICED_JOINS),
    # "b, 2" and "a, 3" wait for the watermark of the other side, which has a version of each; of a comes another one.
    "temporal-join": Case(EVENTS + OTHERS.replace("WATERMARK", "PRIMARY KEY (k) NOT ENFORCED, WATERMARK")
                          + results("k STRING, v INT, w INT"),
                          "INSERT INTO results WITH j AS (SELECT e.k, e.v, o.w FROM events AS e LEFT JOIN others FOR SYSTEM_TIME AS OF "
                          "e.ts AS o ON e.k = o.k) SELECT k, v, w FROM j",
                          FIRST | {"others": rows(("b", 5, 0), ("a", 10, 1))},
                          SECOND | {"others": rows(("a", 30, 3), ("b", 20, 12), ("z", 90, 61))},
                          {"b, 2, 5": 1, "a, 3, 30": 1, "a, 4, 30": 1, "b, 1, 20": 1, "c, 5, NULL": 1, "z, 9, NULL": 1}),
    # Sessions of a and b with a gap of ten seconds are open; rows of the second half make them longer.
    "session": Case(EVENTS + results("k STRING, n BIGINT, s INT"), SESSIONS.format("COUNT(*), SUM(v)"), FIRST,
                    {"events": rows(("a", 4, 11), ("b", 1, 13), ("c", 5, 13), ("z", 9, 60))},
                    {"a, 3, 8": 1, "b, 1, 2": 1, "b, 1, 1": 1, "c, 1, 5": 1}),
    # The values of open sessions wait with their rows: a has 1, 3 and 3 again.
    "session-distinct": Case(EVENTS + results("k STRING, n BIGINT, d BIGINT"), SESSIONS.format("COUNT(*), COUNT(DISTINCT v)"),
                             FIRST, {"events": rows(("a", 3, 11), ("c", 5, 13), ("z", 9, 60))},
                             {"a, 3, 2": 1, "b, 1, 1": 1, "c, 1, 1": 1}),
    # The bare function puts rows out when their session has ended.
    "session-rows": Case(EVENTS + results("k STRING, v INT, e TIMESTAMP(3)"),
                         "INSERT INTO results WITH s AS (SELECT k, v, window_end FROM TABLE(SESSION(TABLE events PARTITION BY "
                         "k, DESCRIPTOR(ts), INTERVAL '10' SECOND))) SELECT k, v, window_end FROM s", FIRST,
                         {"events": rows(("a", 4, 11), ("z", 9, 60))},
                         {f"a, {v}, 2026-01-01 00:00:21.000": 1 for v in (1, 3, 4)} | {"b, 2, 2026-01-01 00:00:12.000": 1}),
    # The window of the first ten seconds has counted three rows at both of its steps to come.
    "cumulate": Case(EVENTS + results("e TIMESTAMP(3), n BIGINT"),
                     "INSERT INTO results WITH w AS (SELECT window_end, COUNT(*) AS n FROM TABLE(CUMULATE(TABLE events, "
                     "DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end) SELECT "
                     "window_end, n FROM w", FIRST, SECOND,
                     {"2026-01-01 00:00:10.000, 3": 1, "2026-01-01 00:00:20.000, 6": 1}),
    # The table is read again; what the left side brings is all that is kept.
    "lookup": Case(ARRIVALS + NAMES + results("k STRING, n BIGINT, name STRING"),
                   "INSERT INTO results WITH l AS (SELECT e.k, n.name FROM events AS e JOIN names FOR SYSTEM_TIME AS OF e.p AS "
                   "n ON e.k = n.k), g AS (SELECT k, name, COUNT(*) AS n FROM l GROUP BY k, name) SELECT k, n, name FROM g",
                   FIRST, SECOND, {"a, 2, Anna": -1, "a, 3, Anna": 1, "c, 1, Cleo": 1}),
    # Rows of two partitions in one file each; the watermark of the first half completed neither.
    "partitions": Case(EVENTS + "CREATE TABLE results (v INT, k STRING) PARTITIONED BY (k) WITH ('connector' = 'filesystem', "
                       "'path' = './out', 'format' = 'csv', 'sink.partition-commit.policy.kind' = 'success-file');\n",
                       "INSERT INTO results SELECT v, k FROM events", FIRST, SECOND,
                       {"k=a 1": 1, "k=a 3": 1, "k=a 4": 1, "k=b 1": 1, "k=b 2": 1, "k=c 5": 1, "k=z 9": 1}, files="out"),
    # The greatest v of each window: 3 of the open one.
    "window-rank": Case(EVENTS + results("k STRING, v INT"),
                        "INSERT INTO results WITH r AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end "
                        f"ORDER BY v DESC) AS rn FROM {WINDOWS.format('events')}) SELECT k, v FROM r WHERE rn <= 1",
                        FIRST, SECOND, {"a, 3": 1, "c, 5": 1}),
    # By the table's key: a was 3, b is 2, and events come twice.
    "normalize": Case(CHANGES + "SET 'table.exec.source.cdc-events-duplicate' = 'true';\n" + results("k STRING, v INT"),
                      "INSERT INTO results SELECT k, v FROM changes",
                      {"changes": change(None, ("a", 1)) + change(None, ("b", 2)) + change(("a", 1), ("a", 3))},
                      {"changes": change(("a", 3), ("a", 4)) * 2 + change(("b", 2), None) * 2 + change(None, ("c", 5))},
                      {"a, 3": -1, "a, 4": 1, "b, 2": -1, "c, 5": 1}),
    # Under 1 came a, then b: when b leaves for 2, a is back.
    "materialize": Case(CHANGES + results("v INT, k STRING, PRIMARY KEY (v) NOT ENFORCED"),
                        "INSERT INTO results SELECT v, k FROM changes",
                        {"changes": change(None, ("a", 1)) + change(None, ("b", 1))},
                        {"changes": change(("b", 1), ("b", 2)) + change(None, ("d", 7))},
                        {"1, b": -1, "1, a": 1, "2, b": 1, "7, d": 1}),
    # All of the first half wait, for the watermark is five seconds behind; and z at the end.
    "sort-by-time": Case(EVENTS.replace("AS ts)", "AS ts - INTERVAL '5' SECOND)") + results("k STRING, v INT"),
                         "INSERT INTO results SELECT k, v FROM events ORDER BY ts, v DESC", FIRST, SECOND,
                         {"a, 1": 1, "b, 2": 1, "a, 3": 1, "a, 4": 1, "b, 1": 1, "c, 5": 1}),
    # Of the first half "a, 3" waits, and the others are in frames.
    "over": Case(EVENTS.replace("AS ts)", "AS ts - INTERVAL '1' SECOND)") + results("k STRING, v INT, s INT, n BIGINT, l INT"),
                 "INSERT INTO results SELECT k, v, SUM(v) OVER one_hour AS s, COUNT(*) OVER (PARTITION BY k ORDER BY ts) AS n, LAG(v) "
                 "OVER (PARTITION BY k ORDER BY ts) AS l FROM events WINDOW one_hour AS (PARTITION BY k ORDER BY ts RANGE BETWEEN "
                 "INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)", FIRST, SECOND,
                 {"a, 3, 4, 2, 1": 1, "a, 4, 8, 3, 3": 1, "b, 1, 3, 2, 2": 1, "c, 5, 5, 1, NULL": 1}),
    # Of a the sum beside 3 grows by 4 in front of it, and 1 stays as it was; 2 of b gets a neighbour.
    "over-recompute": Case(EVENTS + results("k STRING, v INT, s INT, l INT"),
                           "INSERT INTO results SELECT k, v, SUM(v) OVER (PARTITION BY k ORDER BY v DESC ROWS BETWEEN 1 PRECEDING AND 1 "
                           "FOLLOWING) AS s, LEAD(v) OVER (PARTITION BY k ORDER BY v DESC) AS l FROM events", FIRST, SECOND,
                           {"a, 3, 4, 1": -1, "a, 3, 8, 1": 1, "a, 4, 7, 3": 1, "b, 2, 2, NULL": -1, "b, 2, 3, 1": 1,
                            "b, 1, 3, NULL": 1, "c, 5, 5, NULL": 1, "z, 9, 9, NULL": 1}),
    # All of the first half wait: the watermark is just before "a, 3". The frame of z reaches behind the second half.
    "over-ahead": Case(EVENTS + results("k STRING, v INT, s INT, m INT, d BIGINT"),
                       "INSERT INTO results SELECT k, v, SUM(v) OVER w AS s, MAX(v) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN UNBOUNDED "
                       "PRECEDING AND INTERVAL '2' SECOND FOLLOWING) AS m, COUNT(DISTINCT v) OVER w AS d FROM events WINDOW w AS (PARTITION "
                       "BY k ORDER BY ts RANGE BETWEEN INTERVAL '9' SECOND PRECEDING AND INTERVAL '2' SECOND FOLLOWING)", FIRST, SECOND,
                       {"a, 1, 4, 3, 2": 1, "b, 2, 2, 2, 1": 1, "a, 3, 4, 3, 2": 1, "a, 4, 7, 4, 2": 1, "b, 1, 1, 2, 1": 1, "c, 5, 5, 5, 1": 1}),
    # 1 of a was given with 3, which it is read with again; 3 of a and 2 of b wait, and then the last row of each key.
    "over-ahead-rows": Case(EVENTS + results("k STRING, v INT, s INT, n BIGINT, l STRING"),
                            "INSERT INTO results SELECT k, v, SUM(v) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 1 PRECEDING AND 1 "
                            "FOLLOWING) AS s, COUNT(*) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) "
                            "AS n, LISTAGG(CAST(v AS STRING)) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 "
                            "FOLLOWING) AS l FROM events", FIRST, SECOND,
                            {"a, 3, 8, 3, 1,3,4": 1, "b, 2, 3, 2, 2,1": 1}),
    # Of a the rows 1 and 3 are a match that 4 makes longer, until the time from 1 on is over.
    "match": Case(EVENTS + results("k STRING, a INT, n BIGINT, s INT, l INT"),
                  "INSERT INTO results SELECT k, a, n, s, l FROM events MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES FIRST(A.v) "
                  "AS a, COUNT(B.v) AS n, SUM(B.v) AS s, LAST(B.v, 1) AS l AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+) WITHIN "
                  "INTERVAL '30' SECOND DEFINE B AS B.v > A.v AND SUM(B.v) < 100) AS m", FIRST, SECOND, {"a, 1, 2, 7, 3": 1}),
    # ORDER BY gives its rows at the end of the input, of which the savepoint holds the beginning.
    "sort": Case(numbers("events", 2000) + results("v BIGINT"),
                 "INSERT INTO results SELECT v FROM events WHERE v < 100 OR v > 1990 ORDER BY MOD(v, 100) DESC, v LIMIT 3",
                 {}, {}, {"99": 1, "1999": 1, "98": 1}, bounded=True),
}
# The same jobs, saved since: those above have their sessions in the map "sessions".
CASES |= {f"{name}-single": dataclasses.replace(CASES[name], version=SINGLE_SESSIONS)
          for name in ("session", "session-distinct", "session-rows")}
# The same where the rows that were not committed are in the savepoint.
CASES["partitions-held"] = dataclasses.replace(CASES["partitions"], version=HELD_ROWS)
# A file that is looked up into files, by meanings of two versions.
CASES |= {f"lookup-{words}": Case(
    ARRIVALS + "CREATE TABLE names (k STRING, name STRING) WITH ('connector' = 'filesystem', 'path' = './names', 'format' = 'csv');\n"
    "CREATE TABLE results (k STRING, v INT, name STRING) PARTITIONED BY (k) WITH ('connector' = 'filesystem', 'path' = './out', "
    "'format' = 'csv');\n",
    "INSERT INTO results SELECT e.k, e.v, n.name FROM events AS e JOIN names FOR SYSTEM_TIME AS OF e.p AS n ON e.k = n.k",
    {**FIRST, "names": "a,Anna\nc,Cleo\n"}, SECOND,
    {"k=a 1,Anna": 1, "k=a 3,Anna": 1, "k=a 4,Anna": 1, "k=c 5,Cleo": 1}, version=version, files="out")
    for words, version in (("fourth", FOURTH_WORDS), ("fifth", FIFTH_WORDS))}
# Columns that a header names, in another order than the definition's.
NAMED = ("CREATE TABLE events (v INT, i TIMESTAMP_LTZ(3), k STRING) WITH ('connector' = 'filesystem', 'path' = './events', 'format' = "
         "'csv', 'csv.header' = 'true', 'source.monitor-interval' = '50 ms', 'source.settle-interval' = '0 s');\n")
CASES |= {f"header-{words}": Case(
    NAMED + results("k STRING, s INT"), "INSERT INTO results WITH g AS (SELECT k, SUM(v) AS s FROM events GROUP BY k) SELECT k, s FROM g",
    {"events": "k,v,i\n" + FIRST["events"]}, {"events": "k,v,i\n" + SECOND["events"]},
    {"a, 4": -1, "a, 8": 1, "b, 2": -1, "b, 3": 1, "c, 5": 1, "z, 9": 1}, version=version)
    for words, version in (("fourth", FOURTH_WORDS), ("fifth", FIFTH_WORDS))}
# What reads a limit, and keeps the bounds of windows.
CASES |= {f"limited-{words}": Case(
    EVENTS + results("k STRING, s INT"), "INSERT INTO results WITH g AS (SELECT k, SUM(x) AS s FROM (SELECT k, v AS x FROM events ORDER "
    "BY v DESC LIMIT 2) AS l GROUP BY k) SELECT k, s FROM g", FIRST, SECOND,
    {"a, 3": -1, "b, 2": -1, "c, 5": 1, "z, 9": 1}, version=version)
    for words, version in (("fifth", FIFTH_WORDS), ("sixth", SIXTH_WORDS))}
# Of 1 -> 2 -> 3 and 3 -> 1 there were 1 -> 2, 1 -> 3 and 2 -> 3; the last one closes the circle.
LINKS = table("links", "a INT, b INT")
CASES["recursion"] = Case(
    LINKS + results("a INT, b INT"), "INSERT INTO results WITH RECURSIVE r (a, b) AS (SELECT a, b FROM links UNION SELECT r.a, l.b FROM r "
    "JOIN links AS l ON r.b = l.a) SELECT a, b FROM r", {"links": rows((1, 2, 1), (2, 3, 2))}, {"links": rows((3, 1, 11))},
    {"1, 1": 1, "2, 1": 1, "2, 2": 1, "3, 1": 1, "3, 2": 1, "3, 3": 1}, version=SIXTH_WORDS)
# Texts of a time, and instants that are made of numbers and moved, which no zone changes.
CASES |= {f"typed-{words}": Case(
    EVENTS + OTHERS + results("m STRING, s INT, w INT"), "INSERT INTO results WITH e AS (SELECT LEFT(CAST(ts AS STRING), 16) AS m, v, "
    "TO_TIMESTAMP_LTZ(v, 0) + INTERVAL '1' SECOND AS i FROM events), g AS (SELECT m, i, SUM(v) AS s FROM e GROUP BY m, i), j AS (SELECT "
    "g.m, g.s, o.w FROM g JOIN others AS o ON o.w = g.s AND TO_TIMESTAMP_LTZ(o.w, 0) < g.i) SELECT m, s, w FROM j",
    FIRST | {"others": rows(("a", 3, 1), ("b", 7, 2), ("b", 5, 3))},
    {"events": rows(("a", 5, 11), ("b", 3, 12), ("z", 9, 60)), "others": rows(("z", 9, 60))},
    {"2026-01-01 00:00, 3, 3": -1, "2026-01-01 00:00, 5, 5": 1, "2026-01-01 00:01, 9, 9": 1}, version=version)
    for words, version in (("sixth", SIXTH_WORDS), ("seventh", SEVENTH_WORDS))}
# Sums that are BIGINTs because of their literals. Of the group of 1 there is another row, of the others none.
CASES |= {f"computed-{words}": Case(
    EVENTS + results("m STRING, s BIGINT"), "INSERT INTO results WITH g AS (SELECT CAST(GREATEST(v, CAST(0 AS BIGINT)) + 2147483647 AS STRING) "
    "AS m, SUM(v - 2147483648) AS s FROM events WHERE v - 2147483648 < 0 GROUP BY CAST(GREATEST(v, CAST(0 AS BIGINT)) + 2147483647 AS "
    "STRING)) SELECT m, s FROM g", FIRST, SECOND,
    {"2147483648, -2147483647": -1, "2147483648, -4294967294": 1, "2147483651, -2147483644": 1, "2147483652, -2147483643": 1,
     "2147483656, -2147483639": 1}, version=version)
    for words, version in (("seventh", SEVENTH_WORDS), ("eighth", EIGHTH_WORDS))}
HOUR = "2026-01-01 00:00:00.000"
CASES |= {f"bounds-{words}": Case(
    EVENTS + results("k STRING, w TIMESTAMP(3), n BIGINT"), "INSERT INTO results WITH g AS (SELECT k, window_start AS w, COUNT(*) AS n FROM "
    "TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY k, window_start) SELECT k, w, n FROM g", FIRST, SECOND,
    {f"a, {HOUR}, 2": -1, f"a, {HOUR}, 3": 1, f"b, {HOUR}, 1": -1, f"b, {HOUR}, 2": 1, f"c, {HOUR}, 1": 1, f"z, {HOUR}, 1": 1},
    version=version) for words, version in (("fifth", FIFTH_WORDS), ("sixth", SIXTH_WORDS))}

# As "match", with what Flink's patterns have not: rows before, the number of matches and their rows.
CASES["match-rows"] = Case(
    EVENTS + results("k STRING, v INT, p INT, m BIGINT, c STRING, s INT"), "INSERT INTO results SELECT k, v, p, m, c, s FROM events "
    "MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts, v DESC MEASURES PREV(v) AS p, MATCH_NUMBER() AS m, CLASSIFIER() AS c, SUM(v) AS s ALL "
    "ROWS PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+) WITHIN INTERVAL '30' SECOND DEFINE B AS v > PREV(v) AND SUM(v) < 100) "
    "AS r", FIRST, SECOND, {"a, 1, NULL, 1, A, 1": 1, "a, 3, 1, 1, B, 4": 1, "a, 4, 3, 1, B, 8": 1}, version=EIGHTH_WORDS)

# a was emitted under 1, where b came too late; that d has 5 waits, and comes to nothing.
CASES["compact"] = Case(
    CHANGES.replace("PRIMARY", "ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY") + results("v INT, k STRING, PRIMARY KEY (v) NOT ENFORCED"),
    "INSERT INTO results SELECT v, k FROM changes ON CONFLICT DO NOTHING",
    {"changes": timed(None, ("a", 1, 1)) + timed(None, ("b", 1, 2)) + timed(None, ("c", 2, 3)) + timed(None, ("d", 5, 3))},
    {"changes": timed(("d", 5, 3), ("d", 6, 11)) + timed(("a", 1, 1), None) + timed(None, ("z", 9, 60))},
    {"6, d": 1, "1, a": -1, "9, z": 1}, version=EIGHTH_WORDS)

MEASURES = table("measures", "k STRING, v INT, d DOUBLE, m DECIMAL(10, 2)")
MEASURED = ({"measures": rows(("a", 1, 1.5, "0.10", 1), ("b", 7, 2.5, "0.50", 2), ("a", 3, 5, "0.30", 3))},
            {"measures": rows(("a", 4, -3, "0.80", 11), ("b", 7, 2.5, "0.70", 12), ("z", 9, 9, "9", 60))})
SPREAD = "VAR_POP(v) AS v, VAR_SAMP(d) AS d, STDDEV_POP(m) AS m, VAR_SAMP(DISTINCT d) AS u, VAR_POP(d) FILTER (WHERE v > 1) AS f"
SPREADS = results("{} v INT, d DOUBLE, m DECIMAL(38, 6), u DOUBLE, f DOUBLE")
# a: v 1, 3, 4; d 1.5, 5, -3; m .1, .3, .8. b: v 7, 7; d 2.5, 2.5; m .5, .7.
VARIANCES = {
    "variance": Case(MEASURES + SPREADS.format("k STRING,"), f"INSERT INTO results WITH g AS (SELECT k, {SPREAD} FROM measures GROUP BY "
                     "k) SELECT * FROM g", *MEASURED,
                     [[["a"], [1, 96.5 / 6, 0.294392, 96.5 / 6, 16]], [["b"], [0, 0, 0.1, None, 0]], [["z"], [0, None, 0, None, 0]]], 1),
    # Of all rows: 3 and 2 were there, 4 and 5 remain.
    "variance-changes": Case(CHANGES + results("v DOUBLE, n BIGINT"), "INSERT INTO results WITH g AS (SELECT VAR_SAMP(CAST(v AS "
                             "DOUBLE)) AS v, VAR_SAMP(CAST(v AS BIGINT) * 10) AS n FROM changes) SELECT v, n FROM g",
                             {"changes": change(None, ("a", 1)) + change(None, ("b", 2)) + change(("a", 1), ("a", 3))},
                             {"changes": change(("a", 3), ("a", 4)) + change(("b", 2), None) + change(None, ("c", 6))},
                             {"0.5, 50": -1, "2.0, 200": 1}),
    # Slices of ten seconds; the window of 00:00 to 00:20 has rows of both halves.
    "variance-hop": Case(MEASURES + results("w TIMESTAMP(3), n BIGINT, d DOUBLE, m DECIMAL(38, 6)"),
                         "INSERT INTO results WITH g AS (SELECT window_start, COUNT(*) AS n, VAR_POP(d) AS d, VAR_SAMP(m) AS m FROM "
                         "TABLE(HOP(TABLE measures, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) GROUP BY "
                         "window_start, window_end) SELECT * FROM g", *MEASURED,
                         {"2025-12-31 23:59:50.000, 3, 2.1666666666666665, 0.040000": 1,
                          "2026-01-01 00:00:00.000, 5, 6.86, 0.082000": 1,
                          "2026-01-01 00:00:10.000, 2, 7.5625, 0.005000": 1}),
    "variance-session": Case(EVENTS + results("k STRING, n BIGINT, d DOUBLE"), SESSIONS.format("COUNT(*), VAR_POP(CAST(v AS DOUBLE))"),
                             FIRST, {"events": rows(("a", 4, 11), ("b", 1, 13), ("c", 5, 13), ("z", 9, 60))},
                             {"a, 3, 1.5555555555555556": 1, "b, 1, 0.0": 2, "c, 1, 0.0": 1}),
}
CASES |= {f"{name}-{form}": dataclasses.replace(case, version=version, says=says)
          for name, case in VARIANCES.items()
          for form, version, says in (("means", MEANS, "were rounded"), ("sums", SUMS, ""))}

# Calls that had other types when they were saved: MD5 and LEFT were a STRING of any length.
SURE = table("events", "k VARCHAR(10) NOT NULL, v INT NOT NULL")
CASES |= {f"retyped-{name}": dataclasses.replace(case, version=FIFTH_WORDS) for name, case in {
    "group": Case(SURE + results("m STRING, s INT, l STRING"),
                  "INSERT INTO results WITH g AS (SELECT MD5(k) AS m, COALESCE(SUM(v), 0) AS s, MIN(LEFT(k, 3)) AS l FROM events GROUP BY "
                  "MD5(k)) SELECT m, s, l FROM g", FIRST, SECOND,
                  {f"{hashlib.md5(k.encode()).hexdigest()}, {s}, {k}": n
                   for k, s, n in [("a", 4, -1), ("a", 8, 1), ("b", 2, -1), ("b", 3, 1), ("c", 5, 1), ("z", 9, 1)]}),
    # When b comes to 3, MIN takes its LEFT back from the values of the lesser sums.
    "values": Case(SURE + results("s INT, l STRING, n BIGINT"),
                   "INSERT INTO results WITH g AS (SELECT k, SUM(v) AS s FROM events GROUP BY k), t AS (SELECT s, MIN(OVERLAY(k PLACING 'x' "
                   "FROM 2)) AS l, COUNT(DISTINCT LEFT(k, 1)) AS n FROM g GROUP BY s) SELECT s, l, n FROM t", FIRST,
                   {"events": rows(("c", 2, 11), ("b", 1, 12), ("z", 9, 60))},
                   {"2, b, 1": -1, "2, c, 1": 1, "3, b, 1": 1, "9, z, 1": 1}),
    "join": Case(SURE + OTHERS + results("l STRING, i STRING, v INT, w INT"),
                 "INSERT INTO results WITH e AS (SELECT LEFT(k, 3) AS l, INITCAP(k) AS i, v FROM events), j AS (SELECT e.l, e.i, e.v, o.w FROM "
                 "e JOIN others AS o ON e.l = o.k) SELECT l, i, v, w FROM j",
                 FIRST | {"others": rows(("a", 10, 1), ("c", 30, 2))}, SECOND | {"others": rows(("b", 20, 11), ("z", 90, 60))},
                 {"a, A, 4, 10": 1, "c, C, 5, 30": 1, "b, B, 2, 20": 1, "b, B, 1, 20": 1, "z, Z, 9, 90": 1}),
    # The greatest of each text in retractable order: a has 1 and 3.
    "rank": Case(SURE + results("l STRING, v INT"),
                 "INSERT INTO results WITH e AS (SELECT RIGHT(k, 3) AS l, SHA2(k, 256) AS h, v FROM events), r AS (SELECT l, v, ROW_NUMBER() "
                 "OVER (PARTITION BY h ORDER BY v DESC, l) AS rn FROM e) SELECT l, v FROM r WHERE rn <= 2", FIRST, SECOND,
                 {"a, 1": -1, "a, 4": 1, "b, 1": 1, "c, 5": 1, "z, 9": 1}),
    "window": Case(SURE + results("e TIMESTAMP(3), m STRING, s INT"),
                   f"INSERT INTO results WITH w AS (SELECT window_end, MAX(SHA1(k)) AS m, SUM(v) AS s FROM {WINDOWS.format('events')} GROUP BY "
                   "window_start, window_end) SELECT window_end, LEFT(m, 2), s FROM w", FIRST, SECOND,
                   {f"2026-01-01 00:00:{end}.000, {max(hashlib.sha1(k).hexdigest() for k in keys)[:2]}, {s}": 1
                    for end, keys, s in [("10", (b"a", b"b"), 6), ("20", (b"a", b"b", b"c"), 10)]}),
}.items()}


def aggregates():
    golden = json.loads((GOLDEN / "v1" / "aggregates.json").read_text())
    return {name: Case(query["definitions"], query["insert"], {"in": golden["first"]}, {"in": golden["second"]},
                       query["want"], query["keys"], query["windowed"]) for name, query in golden["queries"].items()}


def run(weir, directory, text):
    (directory / "script.sql").write_text(text)
    done = subprocess.run([weir, "--data-dir", "data", "run", "script.sql"], cwd=directory, capture_output=True,
                          text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def feed(directory, name, half):
    for folder, text in half.items():
        (directory / folder).mkdir(exist_ok=True)
        (directory / folder / f"{name}.csv").write_text(text)


def write(weir, case, layout, backend, target, directory):
    feed(directory, "1", case.first)
    code, output, errors = run(
        weir, directory, f"{case.definitions}SET 'state.backend.type' = '{backend}';\nSET 'parallelism.default' = '2';\n"
        f"CREATE JOB j AS {case.insert};\n"
        f"{numbers('pace', 400) + 'SELECT COUNT(*) FROM pace;' if case.bounded else 'WAIT FOR JOB j UNTIL IDLE;'}\n"
        f"SAVEPOINT JOB j TO 'saved' FORMAT {layout.upper()};\n{'CANCEL' if case.bounded or case.files else 'STOP'} JOB j;")
    if code != 0:
        sys.exit(f"{case.insert}\n{output}{errors}")
    shutil.copytree(next((directory / "saved").iterdir()), target)
    if case.files and case.version < HELD_ROWS:
        shutil.copytree(directory / case.files, promised(target))


def current():
    """Each job once, by the name that it has had since its newest version, as it is written now."""
    jobs = {}
    for name, case in sorted((aggregates() | CASES).items(), key=lambda pair: pair[1].version):
        jobs[case.definitions, case.insert, str(case.first)] = name, dataclasses.replace(case, version=max(case.version, HELD_ROWS))
    return dict(jobs.values())


def sums_of(release):
    return {str(path.relative_to(release)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(release.rglob("*")) if path.is_file() and path.name != "release.json"}


def describe(release, name):
    """Writes which build made the savepoints of a release, and of which formats they are."""
    newest = max(case.version for case in (aggregates() | CASES).values())
    (release / "release.json").write_text(json.dumps({"weir": name, "formats": newest, "files": sums_of(release)}, indent=1) + "\n")


def formats_of(saved):
    """The folder whose formats a savepoint has: its own, but for a release's."""
    release = saved.parents[1] / "release.json"
    return json.loads(release.read_text())["formats"] if release.exists() else saved.parents[1].name


def changed_releases():
    for described in sorted(GOLDEN.glob("*/release.json")):
        if json.loads(described.read_text())["files"] != sums_of(described.parent):
            yield described.parent


def promised(saved):
    """Where the files are that a golden savepoint promises to make visible."""
    return saved.parents[1] / "promised" / saved.name


def visible(directory):
    """Lines of the files below a directory that a reader sees, with the partition that they are in."""
    counts = collections.Counter()
    for path in directory.rglob("[!._]*.csv"):
        counts.update(f"{path.parent.name} {line}" for line in path.read_text().splitlines())
    return dict(counts)


def folded(output):
    """Lines by how often they were emitted, less how often they were taken back; those that cancel out left out."""
    counts = collections.Counter()
    for sign, line in re.findall(r"^([+-])[IUD]\[(.*)\]$", output, re.M):
        counts[line] += 1 if sign == "+" else -1
    return {line: count for line, count in counts.items() if count != 0}


def last_values(output, case):
    """Of aggregates the last values of each key; a window's start by minute and second."""
    got = {}
    for cells in re.findall(r"^\+[IU]\[(.*)\]$", output, re.M):
        cells = cells.split(", ")
        key = [cells[0][14:19]] + cells[1:case.keys] if case.windowed else cells[:case.keys]
        got[tuple(key)] = [None if cell.lower() == "null" else float(cell) for cell in cells[case.keys:]]
    return got


def restored(weir, case, backend, saved, formats, directory):
    """What is wrong with the restored job; None when nothing is."""
    feed(directory, "1", case.first)
    feed(directory, "2", case.second)
    if case.files and formats < HELD_ROWS:
        shutil.copytree(promised(saved), directory / case.files)
    wait = "WAIT FOR JOB j UNTIL FINISHED;" if case.bounded else "WAIT FOR JOB j UNTIL IDLE;\nDESCRIBE JOB j;\nSTOP JOB j;"
    code, output, errors = run(weir, directory, f"{case.definitions}SET 'state.backend.type' = '{backend}';\n"
                               f"RESTORE JOB j FROM '{saved}' AS {case.insert};\n{wait}")
    if formats < case.version:
        return None if code != 0 and "is kept in another layout" in output else f"it is read\n{output}{errors}"
    if code != 0:
        return f"exit code {code}\n{output}{errors}"
    if ("were rounded" in output) != ("were rounded" == case.says):
        return f"DESCRIBE JOB does not say {case.says!r}, or it does\n{output}"
    if case.files:
        got, want = visible(directory / case.files), case.want
    elif case.keys:
        got, want = last_values(output, case), {tuple(key): values for key, values in case.want}
    else:
        got, want = folded(output), case.want
    return None if got == want else f"got {got}\n  want {want}"


def kinds_of(weir, saved):
    """The operator kinds that have state in a savepoint."""
    with tempfile.TemporaryDirectory(prefix="weir-golden-") as directory:
        done = subprocess.run([weir, "--data-dir", f"{directory}/data", "--format", "json", "--no-catalog", "-c",
                               f"DESCRIBE SAVEPOINT '{saved}'"], capture_output=True, text=True, timeout=60, check=True)
    return {json.loads(line)["operator"] for line in done.stdout.splitlines() if line.startswith('{"uid"')}


def missing_kinds(weir):
    rules = (ROOT / "runtime" / "checkpoint" / "restore_rules.cc").read_text()
    wanted = set(re.findall(r'\{\.kind = "(\w+)"', rules)) - WITHOUT_STATE
    for saved in GOLDEN.glob("*/savepoints/*"):
        wanted -= kinds_of(weir, saved)
    return sorted(wanted)


def converted(weir, saved, formats, directory):
    """(the savepoint dealt to other key groups, what is wrong with it); (None, None) where it cannot be."""
    groups = OTHER_GROUPS["native" in saved.name]
    done = subprocess.run([weir, "convert-savepoint", "--max-parallelism", str(groups), saved, directory / "converted"],
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 3 and formats < HELD_ROWS and "which are no part of this savepoint of version 1" in done.stderr:
        return None, None if promised(saved).exists() else "it promises nothing"
    if done.returncode != 0:
        return None, f"not converted: exit code {done.returncode}\n{done.stderr}"
    place = pathlib.Path(done.stdout.strip())
    try:
        key_groups.tables_of(place, groups)
    except AssertionError as wrong:
        return None, f"converted to {groups} key groups: {wrong}"
    return place, None


def convert(weir, case, saved, formats):
    """What is wrong with the savepoint when it is converted and, of one format, restored then."""
    with tempfile.TemporaryDirectory(prefix="weir-golden-") as directory:
        place, wrong = converted(weir, saved, formats, pathlib.Path(directory))
        if place is None or "native-memory" not in saved.name or formats < case.version:
            return wrong
        (pathlib.Path(directory) / "job").mkdir()
        wrong = restored(weir, case, "rocksdb", place, formats, pathlib.Path(directory) / "job")
        return wrong and f"once it was converted: {wrong}"


def check(weir, name, case, backend, layout):
    failed = checked = 0
    for saved in sorted(GOLDEN.glob(f"*/savepoints/{name}-{layout}-{backend}")):
        formats = formats_of(saved)
        wrong = convert(weir, case, saved, formats)
        if wrong:
            failed += 1
            print(f"FAIL {saved} {wrong}")
        for reader in sorted({backend, "rocksdb", "memory"} if layout == "canonical" else {backend}):
            with tempfile.TemporaryDirectory(prefix="weir-golden-") as directory:
                wrong = restored(weir, case, reader, saved, formats, pathlib.Path(directory))
            checked += 1
            if wrong:
                failed += 1
                print(f"FAIL {saved} read by {reader}: {wrong}")
    return failed, checked


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    failed = checked = 0
    for release in changed_releases():
        failed, checked = failed + 1, checked + 1
        print(f"FAIL {release} does not hold what its release.json says")
    work = [(name, case, layout, backend) for name, case in (aggregates() | CASES).items() if name.startswith(arguments.only)
            for layout, backend in LAYOUTS]

    def one(name, case, layout, backend):
        place = GOLDEN / case.version / "savepoints" / f"{name}-{layout}-{backend}"
        if arguments.write and not place.exists():
            with tempfile.TemporaryDirectory(prefix="weir-golden-") as directory:
                write(weir, case, layout, backend, place, pathlib.Path(directory))
        bad, all_of_it = check(weir, name, case, backend, layout)
        if all_of_it == 0:
            print(f"FAIL there is no {place.name}; golden.py --write makes it")
        return (bad, all_of_it) if all_of_it else (1, 1)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for bad, all_of_it in pool.map(one, *zip(*work, strict=True)):
            failed += bad
            checked += all_of_it
    if not arguments.only:
        for kind in missing_kinds(weir):
            failed += 1
            print(f"FAIL no golden savepoint has an operator of kind {kind}: add a case to golden.py")
    print(f"files: {checked - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
