#!/usr/bin/env python3
"""Of two readers of a table one got a hint OPTIONS that says what is in it: its table was NEW, and read from the start below
an aggregate that was FULL, whose sums doubled. The aggregate is SEMANTIC."""
from edited import Edited, sink, table
from weir import check

DEFINITIONS = table() + sink(columns="k STRING, n INT") + sink("p", columns="k STRING, n INT")
QUERY = "STATEMENT SET BEGIN INSERT INTO s SELECT k, SUM(v) FROM t GROUP BY k; INSERT INTO p SELECT k, SUM(w) FROM t{} GROUP BY k; END"


def body(weir):
    job = Edited(weir, QUERY.format(""), DEFINITIONS)
    job.expect(QUERY.format(""), "", "FULL")
    job.expect(QUERY.format(" /*+ OPTIONS('csv.null-literal' = 'zzz') */"), "sink:p/agg", "SEMANTIC", "is kept here")


check(body)
