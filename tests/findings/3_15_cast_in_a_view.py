"""A cast that somebody wrote in a view is a part of what the view says: another one there is another expression."""
from edited import Edited, sink, table
from weir import check


def view(of):
    return f"CREATE TEMPORARY VIEW r AS SELECT k, {of} AS x FROM t;\n"


def body(weir):
    query = "INSERT INTO s WITH m AS (SELECT k, SUM(x) AS x FROM r GROUP BY k) SELECT k, CAST(x AS INT) FROM m"
    tables = table() + sink()
    job = Edited(weir, query, tables + view("v"))
    job.expect(query, "", "FULL", definitions=tables + view("v"))
    job.expect(query, "", "FULL", definitions=tables + view("CAST(v AS INT)"))
    job.expect(query, "sink:s/cte:m/agg", "PARTIAL", definitions=tables + view("CAST(CAST(v AS TINYINT) AS INT)"))
    job.expect(query, "sink:s/cte:m/agg", "PARTIAL", definitions=tables + view("CAST(CAST(v AS DOUBLE) / 2 AS INT)"))


check(body)
