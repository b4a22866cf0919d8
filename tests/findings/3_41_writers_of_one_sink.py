#!/usr/bin/env python3
"""Of INSERTs into one sink, two over one table: with the third added or removed the writers of the others went on with each
other's state, so that rows came twice, and rows that were not committed yet were lost. They go by what they mean."""
from edited import Edited, VERDICTS, sink, table
from weir import check, equal, true

A = "INSERT INTO s WITH q AS (SELECT k, SUM(v) AS n FROM t GROUP BY k) SELECT k, n, 'sum' FROM q"
B = "INSERT INTO s WITH z AS (SELECT k, MAX(v) AS n FROM u GROUP BY k) SELECT k, n, 'max' FROM z"
C = "INSERT INTO s WITH p AS (SELECT k, MIN(v) AS n FROM u GROUP BY k) SELECT k, n, 'min' FROM p"
DEFINITIONS = (table() + table("u") + sink(columns="k STRING, n INT, what STRING")
               + "SET 'execution.checkpointing.interval' = '1 h';\n")


def job_of(*inserts):
    return f"STATEMENT SET BEGIN {'; '.join(inserts)}; END"


def given(weir):
    """Rows of each kind, of whole files."""
    found = [line.rpartition(", ")[2].rstrip("]") for path in weir.path("out-s").rglob("part-*")
             for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("+I")]
    return {what: found.count(what) for what in sorted(set(found))}


def body(weir):
    home = weir.directory
    for number, (before, after, clauses) in enumerate((
            ((A, B), (A, B, C), ""), ((A, B), (C, B, A), ""), ((A, B, C), (A, B), "ALLOW NON RESTORED STATE"),
            ((A, B, C), (C, A), "ALLOW NON RESTORED STATE"))):
        weir.directory = home / f"job-{number}"
        weir.directory.mkdir()
        job = Edited(weir, job_of(*before), DEFINITIONS)
        text = job.explain(job_of(*after), clauses=clauses)
        kept = [word for word, uid in VERDICTS.findall(text) if "sink.w" in uid]
        equal(sorted(kept), sorted(["FULL"] * min(len(before), len(after)) + ["NEW" if len(after) > 2 else "DROP"]), text)
        true("The restore is allowed." in text, "it is not allowed", text)
        was = given(weir)
        job.restore(job_of(*after), clauses=clauses)
        now = given(weir)
        equal({what: now[what] for what in was}, was, text)
    weir.directory = home


check(body)
