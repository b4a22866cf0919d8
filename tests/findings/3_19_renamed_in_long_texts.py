"""A column that was renamed below an expression that is longer than what is kept of it, and in conditions that stand in
another order by its new name: WITH STATE MAPPING could not say it."""
from edited import COLUMNS, Edited, sink, table
from weir import check, contains


def body(weir):
    long = " + ".join(f"CASE WHEN {{0}} > {number} THEN w * {number} ELSE {{0}} END" for number in range(150))
    query = (f"STATEMENT SET BEGIN INSERT INTO s WITH m AS (SELECT k, SUM({long}) AS x, MAX({{0}}) AS y FROM t "
             "WHERE {0} < 99 AND {0} <> w AND k <> 'zz' GROUP BY k) SELECT k, x + y FROM m; "
             f"INSERT INTO s2 WITH r AS (SELECT k, {long} AS x, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn "
             "FROM t WHERE {0} > w OR g < k) SELECT k, x FROM r WHERE rn <= 2; END")
    job = Edited(weir, query.format("v"), table() + sink(columns="k STRING, x BIGINT") + sink("s2"))
    after = table(columns=COLUMNS.replace("v INT", "zone_of_v INT")) + sink(columns="k STRING, x BIGINT") + sink("s2")
    renamed, mapping = query.format("zone_of_v"), "WITH STATE MAPPING ('src:t.v' TO 'src:t.zone_of_v')"
    contains(job.explain(renamed, after), "The restore is refused.")
    job.expect(renamed, "", "FULL", definitions=after, clauses=mapping)
    job.expect(renamed.replace("w * 149", "w * 148"), "sink:s/cte:m/agg", "PARTIAL", definitions=after, clauses=mapping)


check(body)
