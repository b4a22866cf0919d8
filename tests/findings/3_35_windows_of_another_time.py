"""A window by another time is another window, wherever its bounds go."""
from edited import Edited, table
from weir import check, contains, true

PAIRS = ("CREATE TEMPORARY VIEW pairs AS SELECT t.k, t.v, t.ts AS a, u.ts AS b FROM t, u WHERE t.k = u.k AND u.ts BETWEEN t.ts - "
         "INTERVAL '6' SECOND AND t.ts + INTERVAL '6' SECOND;\n")
SINK = "CREATE TABLE s (k STRING, x BIGINT, w TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = 'out-s', 'format' = 'changelog');\n"
WINDOWS = "TABLE(TUMBLE(TABLE pairs, DESCRIPTOR({0}), INTERVAL '10' SECOND))"
READERS = {
    "what is written": f"INSERT INTO s SELECT k, CAST(v AS BIGINT), window_start FROM {WINDOWS}",
    "a key": f"INSERT INTO s SELECT k, COUNT(*), window_start FROM {WINDOWS} GROUP BY k, window_start",
    "windows": f"INSERT INTO s SELECT k, SUM(v), window_start FROM {WINDOWS} GROUP BY k, window_start, window_end",
    "ranks": f"INSERT INTO s WITH r AS (SELECT k, v, window_start, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER "
             f"BY v) AS rn FROM {WINDOWS}) SELECT k, CAST(v AS BIGINT), window_start FROM r WHERE rn <= 2",
    "kept rows": f"INSERT INTO s WITH r AS (SELECT k, v, window_start, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v, a, b) AS rn FROM "
                 f"{WINDOWS}) SELECT k, CAST(v AS BIGINT), window_start FROM r WHERE rn <= 2",
}


def body(weir):
    for number, (name, query) in enumerate(READERS.items()):
        own = weir.apart(str(number))
        job = Edited(own, query.format("a"), table() + table("u") + PAIRS + SINK)
        contains(job.explain(query.format("a")), "The restore is allowed.", name)
        text = job.explain(query.format("b"))
        true("The restore is refused." in text, f"{name}: by another time is free", text)


check(body)
