"""Rows that are taken back are found by a hash over their columns in order: another order below was FULL, and they stayed."""
from edited import Edited
from weir import check


def body(weir):
    query = ("INSERT INTO s WITH g AS (SELECT k, g, SUM(v) AS x, COUNT(*) AS n FROM t GROUP BY k, g), "
             "r AS (SELECT {}, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, g) AS rn FROM g) "
             "SELECT k, CAST(x + n AS INT) FROM r WHERE rn <= 1")
    job = Edited(weir, query.format("k, g, x, n"))
    job.expect(query.format("k, g, x, n"), "", "FULL")
    inner = query.replace("SELECT k, g, SUM(v) AS x, COUNT(*) AS n FROM", "SELECT COUNT(*) AS n, g, SUM(v) AS x, k FROM")
    job.expect(inner.format("k, g, x, n"), "sink:s/cte:r/topn", "INCOMPATIBLE", "rows are found by all of their columns")


check(body)
