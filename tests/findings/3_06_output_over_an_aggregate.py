"""An output expression over an aggregate that changes is SEMANTIC for the sink, as HAVING is."""
from edited import Edited
from weir import check


def body(weir):
    query = "INSERT INTO s WITH m AS (SELECT k, SUM(v) AS x FROM t GROUP BY k) SELECT k, {} FROM m"
    job = Edited(weir, query.format("x"))
    job.expect(query.format("x"), "", "FULL")
    job.expect(query.format("x + 1"), "sink:s/sink.w", "SEMANTIC", "the column x was sum(v), is sum(v) + 1")


check(body)
