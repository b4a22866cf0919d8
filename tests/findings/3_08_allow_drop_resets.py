"""ALLOW DROP of an operator that fits was ignored without a word: it resets it, and says RESET."""
from edited import Edited, folded
from weir import check, equal


def body(weir):
    query = "INSERT INTO s WITH m AS (SELECT k, COUNT(*) AS x FROM t GROUP BY k) SELECT k, CAST(x AS INT) FROM m"
    job = Edited(weir, query)
    first = folded(weir.rows("out-s"))
    drop = "ALLOW DROP ('sink:s/cte:m/agg')"
    job.expect(query, "sink:s/cte:m/agg", "RESET", "its state is dropped and it starts empty", clauses=drop)
    weir.write("t/1.csv", "a,1,1,x,2026-01-01 00:01:00\n")
    job.restore(query, clauses=drop)
    equal(folded(weir.rows("out-s")), sorted(first + ["a, 1"]))
    # A table that is read again: what was made of its rows must not go on by itself, and nothing is late.
    text = job.expect(query, "src:t", "RESET", "read from the start", clauses="ALLOW DROP ('src:t')")
    for word, uid in (("RESET", "wm:t"), ("SEMANTIC", "sink:s/cte:m/agg")):
        equal(any(line.split()[:2] == [word, uid] for line in text.splitlines()), True, text)


check(body)
