"""A second sink over a CTE that has state got updates of rows that it never saw, as NEW and without a word. Where the state
holds the result it is given first (3_18); that of a join does not."""
from edited import Edited, sink, table
from weir import check, contains


def body(weir):
    tables = table() + table("u") + sink() + sink("s2")
    cte = "WITH m AS (SELECT l.k AS k, r.v AS x FROM t AS l JOIN u AS r ON l.k = r.k) SELECT k, x FROM m"
    one = f"INSERT INTO s {cte}"
    two = f"STATEMENT SET BEGIN INSERT INTO s {cte}; INSERT INTO s2 {cte}; END"
    job = Edited(weir, one, tables)
    text = job.expect(two, "sink:s2/sink.w", "SEMANTIC", "what it has given before is missing here")
    contains(text, "ACCEPT CHANGES ('sink:s2/sink.w')")
    # What reads a table only, or an operator that is new itself, misses nothing that was said.
    job.expect(f"STATEMENT SET BEGIN INSERT INTO s {cte}; INSERT INTO s2 SELECT k, v FROM t; END", "sink:s2/sink.w", "NEW")
    other = "WITH m AS (SELECT k, MAX(w) AS x FROM t GROUP BY k) SELECT k, x FROM m"
    job.expect(f"STATEMENT SET BEGIN INSERT INTO s {cte}; INSERT INTO s2 {other}; END", "sink:s2/sink.w", "NEW")


check(body)
