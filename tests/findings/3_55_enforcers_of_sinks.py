"""What a sink cuts, fills or leaves out is written otherwise than what was: an enforcer that was switched on, or a column
that is NOT NULL now under one that drops, was FULL, and rows of before could never be taken back."""
from edited import Edited, sink, table
from weir import check

QUERY = "INSERT INTO s SELECT k, CAST(SUM(v) AS INT) FROM t GROUP BY k"
UID = "sink:s/sink.w"
LENGTHS = "SET 'table.exec.sink.type-length-enforcer' = '{}';\n"
DROPS = "SET 'table.exec.sink.not-null-enforcer' = '{}';\n"


def body(weir):
    short, required = sink(columns="k VARCHAR(3), x INT"), sink(columns="k VARCHAR(3), x INT NOT NULL")
    job = Edited(weir, QUERY, table() + short)
    job.expect(QUERY, "", "FULL")
    job.expect(QUERY, "", "FULL", definitions=LENGTHS.format("IGNORE") + DROPS.format("ERROR") + table() + short)
    job.expect(QUERY, UID, "SEMANTIC", "values were written with: as they come; and are with: lengths TRIM_PAD",
               definitions=LENGTHS.format("TRIM_PAD") + table() + short)
    # Nothing is NOT NULL there, so that nothing is dropped.
    job.expect(QUERY, "", "FULL", definitions=DROPS.format("DROP") + table() + short)
    job.expect(QUERY, "", "FULL", definitions=table() + required)
    job.expect(QUERY, UID, "SEMANTIC", "rows with NULL in no column were left out, and in x are now",
               definitions=DROPS.format("DROP") + table() + required)


check(body)
