"""An expression changed in one branch below an aggregate or window was FULL because the other branch was as before."""
from edited import Edited
from weir import check


def body(weir):
    query = ("INSERT INTO s WITH u2 AS (SELECT k, v AS x FROM t UNION ALL SELECT k, {} AS x FROM u), "
             "m AS (SELECT k, SUM(x) AS x FROM u2 GROUP BY k) SELECT k, x FROM m")
    job = Edited(weir, query.format("w"))
    job.expect(query.format("w"), "", "FULL")
    job.expect(query.format("w * 10"), "sink:s/cte:m/agg", "SEMANTIC")
    keys = query.replace("SELECT k, {} AS x FROM u)", "SELECT {} AS k, w AS x FROM u)")
    job.expect(keys.format("UPPER(k)"), "sink:s/cte:m/agg", "SEMANTIC")
    turned = ("INSERT INTO s WITH u2 AS (SELECT k, w AS x FROM u UNION ALL SELECT k, v AS x FROM t), "
              "m AS (SELECT k, SUM(x) AS x FROM u2 GROUP BY k) SELECT k, x FROM m")
    job.expect(turned, "", "FULL")


check(body)
