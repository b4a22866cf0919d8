#!/usr/bin/env python3
"""What a query over late input gives depends on its rows alone: not on the session's zone, nor on parallelism or batches.

usage: same_anywhere_test.py --weir PROGRAM [--seed S] [--runs R] [NAME…]

Rows of TIMESTAMP_LTZ, some of them behind their watermark, go through each operator of time, alone and behind another
one. Each query runs in UTC with large batches, and in R other combinations of zone, parallelism and batch size, whose
rows must be the same. No query shows a local time. Ends with 'queries: N passed, N failed'.
"""
import argparse
import itertools
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")
ROWS = 300
ZONES, PARALLELISMS, BATCHES = ("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"), (1, 3), (1, 7, 50, 4096)

TABLES = """
CREATE TABLE a (k INT, id INT, e BIGINT, ts AS TO_TIMESTAMP_LTZ(e, 3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ({0});
CREATE TABLE b (k INT, id INT, e BIGINT, ts AS TO_TIMESTAMP_LTZ(e, 3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ({0});
CREATE VIEW w AS SELECT * FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' MINUTE));
CREATE VIEW v AS SELECT * FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '1' MINUTE));
CREATE VIEW h AS SELECT * FROM TABLE(HOP(TABLE a, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '2' MINUTE));
CREATE VIEW c AS SELECT * FROM TABLE(CUMULATE(TABLE a, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '2' MINUTE));
CREATE VIEW s AS SELECT * FROM TABLE(SESSION(TABLE a PARTITION BY k, DESCRIPTOR(ts), INTERVAL '20' SECOND));
CREATE VIEW counts AS SELECT window_start, window_end, window_time AS wt, k, COUNT(*) AS n FROM w
  GROUP BY window_start, window_end, window_time, k;
CREATE VIEW last AS SELECT k, id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM b) WHERE rn = 1;
CREATE VIEW versions AS SELECT a.k, a.id, a.ts, r.id AS rid FROM a LEFT JOIN last FOR SYSTEM_TIME AS OF a.ts AS r ON a.k = r.k;
CREATE VIEW near AS SELECT a.k, a.id, a.ts, b.id AS bid, b.ts AS bts
  FROM a JOIN b ON a.k = b.k AND b.ts BETWEEN a.ts - INTERVAL '10' SECOND AND a.ts;
CREATE VIEW nearest AS SELECT a.k, a.id, a.ts, b.id AS bid
  FROM a LEFT JOIN b ON a.k = b.k AND b.id % 7 = 0 AND b.ts BETWEEN a.ts - INTERVAL '10' SECOND AND a.ts;
CREATE VIEW running AS SELECT k, id, ts, COUNT(*) OVER (PARTITION BY k ORDER BY ts) AS n FROM a;
CREATE VIEW kinds AS SELECT DISTINCT k, ts FROM a;
"""

# What may stand behind anything that has a k, an id and a time ts: what came late is late behind it as well.
BEHIND = {
    "tumble": "SELECT COUNT(*), MIN(id) FROM TABLE(TUMBLE(TABLE {0}, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k",
    "sessions": "SELECT k, MIN(id), COUNT(*) FROM TABLE(SESSION(TABLE {0} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '20' SECOND)) "
                "GROUP BY k, window_start, window_end",
    "over": "SELECT id, COUNT(*) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW) FROM {0}",
    "top": "SELECT k, id, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY id DESC) AS rn "
           "FROM TABLE(TUMBLE(TABLE {0}, DESCRIPTOR(ts), INTERVAL '1' MINUTE))) WHERE rn <= 2",
    "interval": "SELECT x.id, b.id FROM {0} AS x JOIN b ON x.k = b.k AND b.ts BETWEEN x.ts - INTERVAL '10' SECOND AND x.ts",
}
SAME_WINDOW = "l.window_start = r.window_start AND l.window_end = r.window_end"
QUERIES = {
    **{f"{name} behind {of}": query.format(of) for name, query in BEHIND.items() for of in ("a", "near", "nearest", "versions", "running")},
    "distinct": "SELECT MIN(id), COUNT(DISTINCT id) FROM w GROUP BY window_start, window_end, k",
    "hop": "SELECT MIN(id), COUNT(*), SUM(id) FROM h GROUP BY window_start, window_end, k",
    "cumulate": "SELECT MIN(id), COUNT(*), SUM(id) FROM c GROUP BY window_start, window_end, k",
    "rows of sessions": "SELECT k, id FROM s",
    "older tumble": "SELECT k, MIN(id), COUNT(*) FROM a GROUP BY k, TUMBLE(ts, INTERVAL '1' MINUTE)",
    "older session": "SELECT k, MIN(id), COUNT(DISTINCT id) FROM a GROUP BY k, SESSION(ts, INTERVAL '20' SECOND)",
    "older hop": "SELECT k, MIN(id), COUNT(*) FROM a GROUP BY k, HOP(ts, INTERVAL '40' SECOND, INTERVAL '1' MINUTE)",
    "last of a window": "SELECT k, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts DESC) AS rn FROM w) "
                        "WHERE rn = 1",
    "top of counts": "SELECT k, n, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, k) AS rn FROM counts) "
                     "WHERE rn <= 2",
    "windows of windows": "SELECT MIN(n), SUM(n), COUNT(*) FROM counts GROUP BY window_start, window_end",
    "windows of window_time": "SELECT SUM(n), COUNT(*) FROM TABLE(TUMBLE(TABLE (SELECT wt, n FROM counts), DESCRIPTOR(wt), INTERVAL '3' MINUTE)) "
                              "GROUP BY window_start, window_end",
    "interval of window_time": "SELECT x.k, x.n, y.id FROM counts AS x JOIN b AS y ON x.k = y.k AND y.ts BETWEEN x.wt - INTERVAL '1' MINUTE AND x.wt",
    "window join": f"SELECT l.id, r.id FROM w AS l JOIN v AS r ON l.k = r.k AND {SAME_WINDOW}",
    "outer window join": f"SELECT l.id, r.id FROM w AS l LEFT JOIN (SELECT * FROM v WHERE id % 2 = 0) AS r ON l.k = r.k AND {SAME_WINDOW}",
    "window semi join": f"SELECT l.id FROM w AS l WHERE l.id IN (SELECT id FROM v AS r WHERE {SAME_WINDOW} AND id % 3 = 0)",
    "join by window_end": "SELECT l.id, r.id FROM w AS l JOIN v AS r ON l.k = r.k AND l.window_end = r.window_end",
    "windows of a window join": f"SELECT COUNT(*), MIN(i) FROM (SELECT l.window_start AS ws, l.window_end AS we, l.id AS i FROM w AS l JOIN v AS r "
                                f"ON l.k = r.k AND {SAME_WINDOW}) GROUP BY ws, we",
    "join of counts": f"SELECT l.k, l.n, r.m FROM counts AS l JOIN (SELECT window_start, window_end, MAX(id) AS m FROM v "
                      f"GROUP BY window_start, window_end) AS r ON {SAME_WINDOW}",
    "join of counts by window_end": "SELECT l.k, l.n, r.m FROM counts AS l JOIN (SELECT window_start, window_end, MAX(id) AS m FROM v "
                                    "GROUP BY window_start, window_end) AS r ON l.window_end = r.window_end",
    "pattern": "SELECT * FROM a MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES FIRST(x.id) AS f, LAST(y.id) AS l "
               "PATTERN (x y) WITHIN INTERVAL '1' MINUTE DEFINE y AS y.id > x.id) AS m",
    "rows of a pattern": "SELECT k, id, m, c, p, n, f, s FROM a MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts, id DESC MEASURES MATCH_NUMBER() AS m, CLASSIFIER() AS c, "
                         "PREV(id, 2) AS p, NEXT(id) AS n, FINAL COUNT(*) AS f, SUM(id) AS s ALL ROWS PER MATCH AFTER MATCH SKIP PAST LAST ROW "
                         "PATTERN (x y+) WITHIN INTERVAL '1' MINUTE DEFINE y AS y.id > PREV(id)) AS m",
    "windows of rows of a pattern": "SELECT k, COUNT(*), MIN(id) FROM a MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES CLASSIFIER() AS c "
                                    "ALL ROWS PER MATCH PATTERN (x {- y* -} z) WITHIN INTERVAL '1' MINUTE DEFINE y AS y.id > PREV(id)) AS m "
                                    "GROUP BY k, TUMBLE(ts, INTERVAL '30' SECOND)",
    "versions": "SELECT id, rid FROM versions",
    "first by time": "SELECT k, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM a) WHERE rn = 1",
    "asof": "SELECT a.id, b.id FROM a ASOF LEFT JOIN b MATCH_CONDITION (a.ts >= b.ts) ON a.k = b.k",
    "interval of distinct rows": "SELECT x.k, b.id FROM kinds AS x JOIN b ON x.k = b.k AND b.ts BETWEEN x.ts - INTERVAL '10' SECOND AND x.ts",
    "top by a minimum": "SELECT k, g, m FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY m, g) AS rn FROM "
                        "(SELECT k, id / 10 AS g, MIN(NULLIF(id % 5, 4)) AS m FROM a GROUP BY k, id / 10)) WHERE rn <= 3",
}


def tables(chance):
    """The rows come in the order of a clock from which a part of them is up to minutes behind."""
    now, rows = 1_700_000_000_000, []
    for number in range(ROWS):
        now += chance.randint(0, 40_000)
        rows.append(f"{chance.randint(1, 3)}, {number}, {now - chance.choice((0, 0, 0, 0, 30_000, 200_000))}")
    return TABLES.format("'connector' = 'inline', 'rows' = '{}'".format("\n".join(rows)))


def run(weir, script, zone, parallelism, batch):
    command = [weir, "-q", "--no-progress", "--no-catalog", "--conf", BARE, "-D", f"table.local-time-zone={zone}",
               "-D", f"parallelism.default={parallelism}", "-D", f"pipeline.batch-size={batch}"]
    done = subprocess.run(command, input=script, text=True, capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return sorted(line for line in done.stdout.splitlines() if line.startswith("│"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=seeds.draw())
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    chance = random.Random(arguments.seed)
    setup, failed = tables(chance), 0
    others = [way for way in itertools.product(ZONES, PARALLELISMS, BATCHES) if way != ("UTC", 1, 4096)]
    names = arguments.names or list(QUERIES)
    for name in names:
        script = f"{setup}{QUERIES[name]};\n"
        expected = run(arguments.weir, script, "UTC", 1, 4096)
        wrong = [way for way in chance.sample(others, arguments.runs) if run(arguments.weir, script, *way) != expected]
        if len(expected) < 3:
            wrong.append("there are no rows at all")
        for way in wrong:
            print(f"{name}: {way}; in UTC {len(expected)} lines")
        failed += bool(wrong)
    print(f"queries: {len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
