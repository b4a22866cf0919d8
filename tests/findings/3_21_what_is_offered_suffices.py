"""A refused restore says what to add; with a mapping among it, that was not enough: what is mapped goes on, and new readers of
it miss what it has given."""
import re

from edited import Edited, sink, table
from weir import check, contains, true

COUNTED = "SELECT k, g, COUNT(*) AS n{more} FROM t GROUP BY k, g"
BEFORE = f"INSERT INTO s WITH q AS ({COUNTED}) SELECT k, CAST(n AS INT) FROM q"
# The sum is new in what is mapped, which cannot tell its result for that; and what reads it is new.
AFTER = (f"INSERT INTO s2 WITH q AS (SELECT k, MAX(n) AS a, MAX(v) AS b FROM ({COUNTED}) AS counted GROUP BY k) "
         "SELECT k, CAST(a + b AS INT) FROM q")


def pasted(job, after):
    """What is to be typed, twice the same: once printed, and once more behind what was printed."""
    clauses = re.search(r"To go on all the same, add\n((?:  .*\n)+)", job.explain(after))
    true(clauses is not None, "nothing is offered", job.explain(after))
    text = " ".join(clauses.group(1).split("\n"))
    contains(job.explain(after, clauses=text), "The restore is allowed.", text)
    return text


def body(weir):
    job = Edited(weir, BEFORE.format(more=""), table() + sink() + sink("s2"))
    text = pasted(job, AFTER.format(more=", SUM(v) AS v"))
    for clause in ("'sink:s/cte:q/agg' TO 'sink:s2/cte:q/t:counted/agg'", "ALLOW PARTIAL",
                   "'sink:s2/cte:q/agg'"):
        contains(text, clause)
    true(text.count("'sink:s2/cte:q/agg'") == 1, "said twice", text)


check(body)
