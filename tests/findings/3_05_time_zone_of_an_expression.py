"""`table.local-time-zone` is a part of what an expression means that depends on it."""
from edited import Edited, sink, table
from weir import check


def body(weir):
    hour = "CAST(EXTRACT(HOUR FROM TO_TIMESTAMP_LTZ(CAST(v AS BIGINT) * 3600, 0)) AS INT)"
    query = "INSERT INTO s WITH m AS (SELECT k, {} AS x FROM t GROUP BY k) SELECT k, x FROM m"
    tables = table() + sink()
    job = Edited(weir, query.format(f"MAX({hour})"), tables)
    tokyo = tables + "SET 'table.local-time-zone' = 'Asia/Tokyo';\n"
    job.expect(query.format(f"MAX({hour})"), "sink:s/cte:m/agg", "SEMANTIC", "", tokyo)
    job.expect(query.format(f"MAX({hour})"), "", "FULL")


def without(weir):
    weir.directory = weir.directory / "without"
    weir.directory.mkdir()
    query = "INSERT INTO s WITH m AS (SELECT k, MAX(v) AS x FROM t GROUP BY k) SELECT k, x FROM m"
    job = Edited(weir, query)
    job.expect(query, "", "FULL", definitions=job.definitions + "SET 'table.local-time-zone' = 'Asia/Tokyo';\n")


def both(weir):
    body(weir)
    without(weir)


check(both)
