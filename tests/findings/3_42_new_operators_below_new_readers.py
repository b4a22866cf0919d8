#!/usr/bin/env python3
"""A new join of a result that goes on with a new DISTINCT over a table that goes on was NEW (seeded), and asked for nothing,
though the DISTINCT misses the rows that the table gave before. It is SEMANTIC, as a join with the table itself is."""
from edited import Edited, sink, table
from weir import check

A = "INSERT INTO s WITH q AS (SELECT k, SUM(v) AS n FROM t GROUP BY k) SELECT k, n FROM q"
B = "INSERT INTO p SELECT k, v FROM u"
JOINED = ("INSERT INTO r WITH q AS (SELECT k, SUM(v) AS n FROM t GROUP BY k), d AS (SELECT DISTINCT k FROM {}), "
          "j AS (SELECT q.k, q.n FROM q JOIN d ON q.k = d.k) SELECT k, n FROM j")
DEFINITIONS = table() + table("u") + sink() + sink("p") + sink("r")


def job_of(*inserts):
    return f"STATEMENT SET BEGIN {'; '.join(inserts)}; END"


def body(weir):
    job = Edited(weir, job_of(A, B), DEFINITIONS)
    join = "sink:r/cte:j/join"
    job.expect(job_of(A, B, JOINED.format("u")), join, "SEMANTIC", "rows that it gave before are not kept")
    # It has all of what is new itself, and of what is sent to it.
    job.expect(job_of(A, B, JOINED.format("fresh")), join, "NEW", f"NEW (seeded, 3 rows)  {join}", DEFINITIONS + table("fresh"))
    job.expect(job_of(A, B, JOINED.format("q")), join, "NEW", f"NEW (seeded, 3 rows)  {join}")


check(body)
