"""The queries of walk.py: one for each kind of operator, over files that are read once.

What a query must give is what the program gives undisturbed; so none may depend on anything else than its rows: no
ties, no rows that are late, no clock.
"""
import dataclasses
import gzip
import json
import pathlib
import random

ROWS, KEYS, DELAY = 12_000, 60, 5
WINDOW = "TABLE({0}(TABLE {1}, DESCRIPTOR(ts), {2}))"
TUMBLE = WINDOW.format("TUMBLE", "{0}", "INTERVAL '2' MINUTE")


@dataclasses.dataclass(frozen=True)
class Query:
    columns: str
    select: str
    layout: str = "changelog"
    key: int = 0           # so many leading columns identify a row: of equal ones the last counts
    more: str = ""         # of the sink's definition, before WITH
    settings: tuple = ()


def stamp(millis):
    seconds = millis // 1000
    return f"2026-01-01 {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{millis % 1000:03}"


def write_inputs(directory, seed):
    """events, others (gzip), upserts and changes: the same for the same seed."""
    chance = random.Random(seed)
    directory = pathlib.Path(directory)
    for name, rows in (("events", ROWS), ("others", ROWS // 6)):
        step = 20 * ROWS // rows
        lines = []
        for number in range(rows):
            millis = DELAY * 1000 + number * step - chance.randrange(0, DELAY * 1000 - 1)
            # Every value is there once: nothing ties. Half of the rows have the keys of a few.
            key = chance.randrange(KEYS if chance.random() < 0.5 else 5)
            lines.append(f"{key},{chance.randrange(100) * rows + number},{chance.choice('xyz')},{stamp(millis)}\n")
        text = "".join(lines)
        (directory / name).mkdir()
        if name == "others":
            (directory / name / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (directory / name / "a.csv").write_text(text)
    held, upserts, changes = {}, [], []
    for number in range(ROWS // 2):
        key = chance.randrange(KEYS)
        before, after = held.get(key), None if chance.random() < 0.15 else number
        if before is None and after is None:
            continue
        upserts.append(f"-D[{key}, {before}]\n" if after is None else f"{'+U' if key in held else '+I'}[{key}, {after}]\n")
        changes.append(json.dumps({"before": None if before is None else {"k": key, "v": before},
                                   "after": None if after is None else {"k": key, "v": after},
                                   "op": "c" if before is None else "d" if after is None else "u"}) + "\n")
        held[key] = after
        if after is None:
            del held[key]
    (directory / "upserts.txt").write_text("".join(upserts))
    (directory / "changes.json").write_text("".join(changes))


def tables(directory):
    columns = "k INT, v BIGINT, g STRING, ts TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND"
    keyed = "k INT, v BIGINT, PRIMARY KEY (k) NOT ENFORCED"
    names = " / ".join(f"{key}, name-{key % 7}" for key in range(0, KEYS, 2))
    files = "'connector' = 'filesystem', 'path' = '{}/{}', 'format' = '{}'"
    return "".join((
        f"CREATE TABLE events ({columns}) WITH ({files.format(directory, 'events', 'csv')});\n",
        f"CREATE TABLE watched ({columns}) WITH ({files.format(directory, 'events', 'csv')}, 'source.monitor-interval' = '5 ms', "
        "'source.settle-interval' = '0 s');\n"
        "CREATE VIEW by_time AS SELECT k, v, g, ts FROM watched ORDER BY ts, v DESC;\n",
        f"CREATE TABLE others ({columns}) WITH ({files.format(directory, 'others', 'csv')});\n",
        f"CREATE TABLE versions ({columns}, PRIMARY KEY (k) NOT ENFORCED) WITH ({files.format(directory, 'others', 'csv')});\n",
        f"CREATE TABLE upserts ({keyed}) WITH ({files.format(directory, 'upserts.txt', 'changelog')});\n",
        f"CREATE TABLE changes ({keyed}) WITH ({files.format(directory, 'changes.json', 'debezium-json')});\n",
        "CREATE TABLE timed (k INT, v BIGINT, ts AS TO_TIMESTAMP_LTZ(v * 20, 3), WATERMARK FOR ts AS ts, PRIMARY KEY (k) NOT ENFORCED) "
        f"WITH ({files.format(directory, 'changes.json', 'debezium-json')});\n",
        f"CREATE TABLE names (k INT, name STRING) WITH ('connector' = 'inline', 'rows' = '{names}');\n",
        f"CREATE TABLE again (k INT, name STRING, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'rows' = "
        f"'{names}', 'lookup.full-cache.periodic-reload.interval' = '5 ms');\n"))


def windowed(function, rest):
    return (f"SELECT window_start, window_end, k, COUNT(*), SUM(v), MAX(v) FROM {WINDOW.format(function, 'events', rest)} "
            "GROUP BY window_start, window_end, k")


def ranked(columns, source, partition, order, condition):
    return (f"SELECT {columns} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {partition} ORDER BY {order}) AS rn "
            f"FROM {source}) AS r WHERE {condition}")


def joined(how):
    return (f"SELECT l.k, l.v, r.k, r.v FROM (SELECT k, v FROM events WHERE g = 'x') AS l {how} JOIN "
            "(SELECT k + 3 AS k, v FROM others WHERE g = 'x') AS r ON l.k = r.k AND l.v < r.v * 2")


W = "w TIMESTAMP(3), e TIMESTAMP(3), k INT, n BIGINT, s BIGINT, m BIGINT"
KV, KVKV = "k INT, v BIGINT", "k INT, v BIGINT, k2 INT, v2 BIGINT"
SUMS = "(SELECT g, k, SUM(v) AS s FROM events GROUP BY g, k)"
QUERIES = {
    "calc": Query(KV, "SELECT k, v * 2 FROM events WHERE v > 1000", "csv"),
    "union": Query(KV, "SELECT k, v FROM events UNION ALL SELECT k, v FROM others", "csv"),
    "lookup": Query("k INT, v BIGINT, name STRING", "SELECT e.k, e.v, n.name FROM events AS e LEFT JOIN names FOR "
                    "SYSTEM_TIME AS OF e.p AS n ON e.k = n.k", "csv"),
    "lookup-of-updates": Query("name STRING, n BIGINT, s BIGINT", "SELECT n.name, COUNT(*), SUM(c.v) FROM (SELECT k, v, "
                               "PROCTIME() AS p FROM changes) AS c JOIN again FOR SYSTEM_TIME AS OF c.p AS n ON c.k = n.k "
                               "GROUP BY n.name"),
    "partitioned": Query("v BIGINT, k INT, g STRING", "SELECT v, k, g FROM events", "csv", more="PARTITIONED BY (g) "),
    "group": Query("k INT, n BIGINT, s BIGINT, m BIGINT, x BIGINT", "SELECT k, COUNT(*), SUM(v), MIN(v), MAX(v) FROM events "
                   "GROUP BY k"),
    "group-distinct": Query("k INT, n BIGINT, m BIGINT", "SELECT k, COUNT(DISTINCT g), COUNT(DISTINCT v / 1000) FROM events "
                            "GROUP BY k"),
    "group-lists": Query("k INT, s STRING", "SELECT k, LISTAGG(CAST(v AS STRING)) FROM others WHERE g = 'x' GROUP BY k"),
    "group-of-changes": Query("g BIGINT, n BIGINT, s BIGINT", "SELECT k / 10, COUNT(*), SUM(v) FROM changes GROUP BY k / 10"),
    "distinct": Query("k INT, g STRING", "SELECT DISTINCT k, g FROM events"),
    "recursion": Query("a INT, b INT", "WITH RECURSIVE ways AS (SELECT k AS a, CAST((k * 7 + v) % 60 AS INT) AS b FROM events "
                       "WHERE v % 9 = 0), r (a, b) AS (SELECT a, b FROM ways WHERE a % 4 = 0 UNION SELECT r.a, w.b FROM r "
                       "JOIN ways AS w ON r.b = w.a) SELECT a, b FROM r"),
    "recursion-all": Query("k INT, v BIGINT, d INT", "WITH RECURSIVE f (k, v, d) AS (SELECT k, v, 0 FROM events WHERE g = 'x' "
                           "UNION ALL SELECT k, v - d, d + 1 FROM f WHERE d < 6) SELECT k, v, d FROM f", "csv"),
    "tumble": Query(W, windowed("TUMBLE", "INTERVAL '10' SECOND"), "csv"),
    "tumble-distinct": Query("w TIMESTAMP(3), k INT, n BIGINT", "SELECT window_start, k, COUNT(DISTINCT g) FROM "
                             f"{TUMBLE.format('events')} GROUP BY window_start, window_end, k", "csv"),
    "hop": Query(W, windowed("HOP", "INTERVAL '5' SECOND, INTERVAL '15' SECOND"), "csv"),
    "cumulate": Query(W, windowed("CUMULATE", "INTERVAL '5' SECOND, INTERVAL '20' SECOND"), "csv"),
    "session": Query("w TIMESTAMP(3), e TIMESTAMP(3), k INT, n BIGINT, s BIGINT",
                     "SELECT window_start, window_end, k, COUNT(*), SUM(v) FROM TABLE(SESSION(TABLE events PARTITION BY k, "
                     "DESCRIPTOR(ts), INTERVAL '1.5' SECOND)) GROUP BY window_start, window_end, k", "csv"),
    "session-rows": Query("e TIMESTAMP(3), k INT, v BIGINT", "SELECT window_end, k, v FROM TABLE(SESSION(TABLE events "
                          "PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1.5' SECOND))", "csv"),
    "rank": Query(KV, ranked("k, v", "events", "k", "v DESC", "rn <= 3")),
    "rank-of-updates": Query("g STRING, k INT, s BIGINT", ranked("g, k, s", SUMS, "g", "s DESC, k", "rn <= 4")),
    "rank-with-number": Query("k INT, v BIGINT, rn BIGINT", ranked("k, v, rn", "events", "k", "v", "rn <= 2")),
    "window-rank": Query("w TIMESTAMP(3), k INT, v BIGINT",
                         ranked("window_start, k, v", TUMBLE.format("events"), "window_start, window_end", "v DESC",
                                "rn <= 3"), "csv"),
    "dedup-first": Query(KV, ranked("k, v", "events", "k, g", "p", "rn = 1"), "csv"),
    "dedup-first-by-time": Query("k INT, ts TIMESTAMP(3)", ranked("k, ts", "events", "k, g", "ts", "rn = 1"), "csv"),
    "dedup-last-by-time": Query("k INT, g STRING, ts TIMESTAMP(3)", ranked("k, g, ts", "events", "k, g", "ts DESC", "rn = 1")),
    "join": Query(KVKV, joined("INNER")),
    "join-left": Query(KVKV, joined("LEFT")),
    "join-right": Query(KVKV, joined("RIGHT")),
    "join-full": Query(KVKV, joined("FULL")),
    "join-of-updates": Query("k INT, s BIGINT, n BIGINT", "SELECT l.k, l.s, r.n FROM (SELECT k, SUM(v) AS s FROM events GROUP "
                             "BY k) AS l LEFT JOIN (SELECT k, COUNT(*) AS n FROM others GROUP BY k) AS r ON l.k = r.k"),
    "join-semi": Query(KV, "SELECT k, v FROM events WHERE k IN (SELECT k + 3 FROM others WHERE g = 'y')"),
    "join-anti": Query(KV, "SELECT k, v FROM events WHERE NOT EXISTS (SELECT * FROM others WHERE others.k + 3 = events.k)"),
    "interval-join": Query(KVKV, "SELECT l.k, l.v, r.k, r.v FROM events AS l JOIN others AS r ON l.k = r.k AND r.ts BETWEEN "
                           "l.ts - INTERVAL '2' SECOND AND l.ts + INTERVAL '1' SECOND", "csv"),
    "interval-join-left": Query(KVKV, "SELECT l.k, l.v, r.k, r.v FROM events AS l LEFT JOIN others AS r ON l.k = r.k AND r.ts "
                                "BETWEEN l.ts - INTERVAL '1' SECOND AND l.ts", "csv"),
    "window-join": Query(KVKV, f"SELECT l.k, l.v, r.k, r.v FROM (SELECT * FROM {TUMBLE.format('events')} WHERE g = 'x') AS l "
                         f"JOIN (SELECT * FROM {TUMBLE.format('others')} WHERE g = 'x') AS r ON l.k = r.k AND l.window_start = "
                         "r.window_start AND l.window_end = r.window_end", "csv"),
    "temporal-join": Query(KVKV, "SELECT l.k, l.v, r.k, r.v FROM events AS l LEFT JOIN versions FOR SYSTEM_TIME AS OF l.ts AS r "
                           "ON l.k = r.k AND r.v <> 7", "csv"),
    "normalize": Query(KV, "SELECT k, v FROM upserts", settings=(("table.exec.source.cdc-events-duplicate", "true"),)),
    "materialize": Query("g STRING, k INT, s BIGINT, PRIMARY KEY (g) NOT ENFORCED",
                         ranked("g, k, s", SUMS, "g", "s DESC, k", "rn <= 1"), key=1,
                         settings=(("table.exec.sink.upsert-materialize", "FORCE"),)),
    # Rows of several keys of the changes meet, and the first one stays until it is taken back.
    "conflict": Query("m BIGINT, k INT, v BIGINT, PRIMARY KEY (m) NOT ENFORCED",
                      "SELECT MOD(v, 97), k, v FROM timed ON CONFLICT DO NOTHING", key=1),
    # The rows that the watermark never comes to are not put out, so that LIMIT ends it.
    "sort-by-time": Query("k INT, v BIGINT, ts TIMESTAMP(3)", f"SELECT k, v, ts FROM by_time LIMIT {ROWS - 600}", "csv"),
    "over": Query("k INT, v BIGINT, s BIGINT, m BIGINT, n BIGINT", "SELECT k, v, SUM(v) OVER w, MAX(v) OVER w, COUNT(*) OVER "
                  "(PARTITION BY k ORDER BY ts) FROM events WINDOW w AS (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '9' "
                  "SECOND PRECEDING AND CURRENT ROW)", "csv"),
    "over-rows": Query("k INT, ts TIMESTAMP(3), s BIGINT", "SELECT k, ts, COUNT(v) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 3 "
                       "PRECEDING AND CURRENT ROW) FROM events", "csv"),
    "over-ahead": Query("k INT, v BIGINT, s BIGINT, m BIGINT, d BIGINT", "SELECT k, v, SUM(v) OVER w, MAX(v) OVER (PARTITION BY k ORDER BY ts "
                        "RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL '2' SECOND FOLLOWING), COUNT(DISTINCT v) OVER w FROM events WINDOW w "
                        "AS (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '4' SECOND PRECEDING AND INTERVAL '5' SECOND FOLLOWING)", "csv"),
    "over-ahead-rows": Query("k INT, ts TIMESTAMP(3), s BIGINT, l BIGINT", "SELECT k, ts, COUNT(v) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN "
                             "3 PRECEDING AND 2 FOLLOWING), COUNT(*) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 "
                             "FOLLOWING) FROM events", "csv"),
    "match": Query("k INT, a BIGINT, b BIGINT, n BIGINT", "SELECT k, a, b, n FROM events MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts "
                   "MEASURES A.v AS a, LAST(B.v) AS b, COUNT(B.v) AS n AFTER MATCH SKIP PAST LAST ROW PATTERN (A B{2,} C) WITHIN "
                   "INTERVAL '9' SECOND DEFINE B AS B.v > LAST(B.v, 1) OR LAST(B.v, 1) IS NULL, C AS C.v < A.v) AS m", "csv"),
    "match-rows": Query("k INT, v BIGINT, f BIGINT, m BIGINT, c STRING, s BIGINT", "SELECT k, v, f, m, c, s FROM events MATCH_RECOGNIZE "
                        "(PARTITION BY k ORDER BY ts MEASURES PREV(v, 2) AS f, MATCH_NUMBER() AS m, CLASSIFIER() AS c, SUM(v) AS s ALL ROWS "
                        "PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+ {- C -}) WITHIN INTERVAL '9' SECOND DEFINE B AS B.v > "
                        "PREV(v), C AS C.v < PREV(v)) AS m", "csv"),
    "sort-limit": Query(KV, "SELECT k, v FROM events ORDER BY v DESC LIMIT 20"),
}
