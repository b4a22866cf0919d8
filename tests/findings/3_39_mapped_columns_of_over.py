#!/usr/bin/env python3
"""Two columns that changed places (WITH STATE MAPPING) below OVER: each sum went on with the other's, and all of it was
FULL. Such a mapping is refused."""
from edited import COLUMNS, Edited, sink, table
from weir import check, true

SWAPPED = COLUMNS.replace("v INT, w INT", "w INT, v INT")
MAPPING = "WITH STATE MAPPING ('src:t.v' TO 'src:t.w', 'src:t.w' TO 'src:t.v')"
OVERS = ("SUM({0}) OVER (PARTITION BY k ORDER BY ts)", "SUM({0}) OVER (PARTITION BY k ORDER BY ts ROWS 2 PRECEDING)",
         "COUNT(*) FILTER (WHERE {0} > 3) OVER (PARTITION BY k ORDER BY ts)", "COUNT(DISTINCT {0}) OVER (PARTITION BY k ORDER BY ts)",
         "SUM({0}) OVER (PARTITION BY k ORDER BY g DESC)", "LAG({0}) OVER (PARTITION BY k ORDER BY g DESC)")


def body(weir):
    home = weir.directory
    for number, over in enumerate(OVERS):
        weir.directory = home / f"over-{number}"
        weir.directory.mkdir()
        query = "INSERT INTO s SELECT k, CAST(" + over + " AS INT) FROM t"
        job = Edited(weir, query.format("v"))
        restore = f"RESTORE JOB j FROM LATEST CHECKPOINT {MAPPING} AS {query.format('w')};"
        for word in ("EXPLAIN ", ""):
            done = job.run(table(columns=SWAPPED) + table("u") + sink() + word + restore, 3)
            true("E1002" in done.err and "STATE MAPPING of columns that OVER computes with" in done.err, "it is not refused", str(done))
        # What OVER does not compute with may be mapped.
        job.expect(query.format("v"), "", "FULL", "", table(columns=COLUMNS.replace("w INT", "ww INT")) + table("u") + sink(),
                   "WITH STATE MAPPING ('src:t.w' TO 'src:t.ww')")
    weir.directory = home


check(body)
