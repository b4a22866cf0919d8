#!/usr/bin/env python3
"""A new reader of a view that joins, with a condition of its own, had a join of its own that was NEW, with nothing in it, where without
the condition it is SEMANTIC: rows came out with NULL for a match that there is. And the join of the old reader got another name."""
from edited import VERDICTS, Edited, folded, sink, table
from weir import check, equal, true

COLUMNS = "k STRING, a INT, b INT"
VIEW = "CREATE TEMPORARY VIEW r AS SELECT l.k AS k, l.v AS a, u.w AS b FROM t AS l {} u ON l.k = u.k;\n"
TABLES = table() + table("u") + sink("p", columns=COLUMNS) + sink("q", columns=COLUMNS)
OLD = "INSERT INTO p SELECT k, a, b FROM r{};"
NEW = "INSERT INTO q SELECT k, a, b FROM r{};"
# The kind of join; the conditions of the old reader and of the new one; the verdict of the join of the new one.
CASES = (
    ("LEFT JOIN", "", " WHERE k > ''", "SEMANTIC"),
    ("LEFT JOIN", "", " WHERE a > 0", "SEMANTIC"),
    ("LEFT JOIN", " WHERE a > 0", "", "SEMANTIC"),
    ("LEFT JOIN", " WHERE a > 0", " WHERE a > 1", "SEMANTIC"),
    ("LEFT JOIN", "", " WHERE b > 0", "SEMANTIC"),     # an inner join, whose state is another one
    ("JOIN", "", " WHERE b > 0", "SEMANTIC"),
)


def together(*inserts):
    return f"STATEMENT SET BEGIN {' '.join(inserts)} END"


def of_joins(text):
    return {uid: verdict for verdict, uid in VERDICTS.findall(text) if "/join" in uid}


def body(weir):
    matches(weir)
    for how, before, now, verdict in CASES:
        old, new = OLD.format(before), NEW.format(now)
        job = Edited(weir, together(old), TABLES + VIEW.format(how))
        for both in (together(old, new), together(new, old)):
            text = job.explain(both)
            equal(sorted(of_joins(text).values()), ["FULL", verdict])
            true("The restore is allowed." not in text, "it is allowed", text)
            if not before:  # who reads the view as it is keeps the name, whoever reads it with a condition
                equal(of_joins(text)["view:r/join"], "FULL")
        job.run("DROP JOB j;")
    fewer(weir)


def matches(weir):
    """What is accepted knows the matches that came before."""
    job = Edited(weir, together(OLD.format("")), TABLES + VIEW.format("LEFT JOIN"), "a,1,1,x,2026-01-01 00:00:01\n")
    weir.write("t/1.csv", "a,2,2,x,2026-01-01 00:00:02\n")
    both = together(OLD.format(""), NEW.format(" WHERE k > ''"))
    job.restore(both, clauses="ACCEPT CHANGES ('view:r/join#2', 'sink:q/sink.w')")
    equal(folded(weir.rows("out-q")), ["a, 2, 1"])
    equal(folded(weir.rows("out-p")), ["a, 1, 1", "a, 2, 1"])
    job.run("DROP JOB j;")


def fewer(weir):
    """Without the new reader again the old one goes on."""
    old = OLD.format("")
    job = Edited(weir, together(old, NEW.format(" WHERE k > ''")), TABLES + VIEW.format("LEFT JOIN"))
    equal(of_joins(job.explain(together(old))), {"view:r/join": "FULL", "view:r/join#2": "DROP"})
    text = job.explain(together(NEW.format(" WHERE k > ''")))
    true("it was view:r/join#2" in text, "the new one does not go on alone", text)


check(body)
