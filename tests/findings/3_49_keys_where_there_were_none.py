#!/usr/bin/env python3
"""EXPLAIN RESTORE called an operator FULL that had kept all rows in one place and has keys now, and RESTORE refused it with an error
of the state."""
from edited import Edited, sink, table
from weir import check, true

SESSION = ("INSERT INTO s SELECT COUNT(*), 1 FROM SESSION(TABLE t{}, DESCRIPTOR(ts), INTERVAL '1' MINUTE) "
           "GROUP BY window_start, window_end{}")
OVER = "INSERT INTO s SELECT COUNT(*) OVER ({}ORDER BY ts), 1 FROM t"
FIRST = "INSERT INTO s SELECT v, 1 FROM (SELECT *, ROW_NUMBER() OVER ({}ORDER BY {}) AS r FROM t) WHERE r {}"
# Without keys, with them, and of which operator.
EDITS = (
    ("INSERT INTO s SELECT COUNT(*), 1 FROM t", "INSERT INTO s SELECT COUNT(*), 1 FROM t GROUP BY k", "sink:s/agg"),
    (SESSION.format("", ""), SESSION.format(" PARTITION BY k", ", k"), "sink:s/wagg"),
    (OVER.format(""), OVER.format("PARTITION BY k "), "sink:s/over"),
    (FIRST.format("", "v", "<= 2"), FIRST.format("PARTITION BY k ", "v", "<= 2"), "~topn"),
    (FIRST.format("", "ts", "= 1"), FIRST.format("PARTITION BY k ", "ts", "= 1"), "~dedup"),
)


def body(weir):
    definitions = table() + sink(columns="x BIGINT, n INT")
    for without, keyed, uid in EDITS:
        for before, after in ((without, keyed), (keyed, without)):
            job = Edited(weir, before, definitions)
            text = job.explain(after)
            true("The restore is allowed." not in text, "it is allowed", text)
            true(not any(line.startswith("FULL") and uid in line for line in text.splitlines()), f"{uid} is FULL", text)
            job.run("DROP JOB j;")


check(body)
