"""An operator that reads the result of another clause than before, with equal keys and calls, was FULL."""
from edited import Edited, sink, table
from weir import check


def body(weir):
    tables = table() + table("u") + sink() + sink("s2") + sink("s3")
    query = ("STATEMENT SET BEGIN INSERT INTO s WITH a AS (SELECT k, SUM(v) AS x FROM t GROUP BY k) SELECT k, x FROM a; "
             "INSERT INTO s2 WITH b AS (SELECT k, SUM(v) AS x FROM u GROUP BY k) SELECT k, x FROM b; "
             "INSERT INTO s3 WITH c AS (SELECT k, SUM(v) AS x FROM {} GROUP BY k) SELECT k, x FROM c; END")
    job = Edited(weir, query.format("t"), tables)
    job.expect(query.format("t"), "", "FULL")
    # What c reads is b's state now, which goes on under both names.
    job.expect(query.format("u"), "sink:s3/sink.w", "SEMANTIC", "it did not read", tables)


check(body)
