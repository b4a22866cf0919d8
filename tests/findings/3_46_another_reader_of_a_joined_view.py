#!/usr/bin/env python3
"""A view that joins was one node for those of its readers that group or rank, and another one for each that does neither. So what a
condition makes of the join (LEFT with a condition on the right is an inner join) hung on who else read the view: with a new reader
the join of the others was INCOMPATIBLE, or the new one had a join of its own that missed the rows of open windows."""
from edited import VERDICTS, Edited, sink, table
from weir import check, true

VIEW = "CREATE TEMPORARY VIEW r AS SELECT l.k AS k, l.v AS a, u.w AS b FROM t AS l LEFT JOIN u ON l.k = u.k;\n"
DEFINITIONS = (table() + table("u") + sink("p", columns="k STRING, a INT, b INT") + sink("c", columns="k STRING, a INT, b INT") +
               sink("m", columns="k STRING, a INT, b INT") + VIEW)
PLAIN = "INSERT INTO p SELECT k, a, b FROM r WHERE b BETWEEN 1 AND {};"
COUNTED = "INSERT INTO c SELECT k, MAX(a), MAX(b) FROM r WHERE b BETWEEN 1 AND {} GROUP BY k;"
RANKED = ("INSERT INTO m SELECT k, a, b FROM (SELECT k, a, b, ROW_NUMBER() OVER (PARTITION BY k ORDER BY a, b) AS n FROM r "
          "WHERE b BETWEEN 1 AND {}) AS q WHERE n <= 1;")


def together(*inserts):
    return f"STATEMENT SET BEGIN {' '.join(inserts)} END"


def body(weir):
    for first, second, third in ((PLAIN, COUNTED, RANKED), (COUNTED, RANKED, PLAIN), (RANKED, PLAIN, COUNTED)):
        job = Edited(weir, together(first.format(5)), DEFINITIONS)
        for more in ((second,), (third,), (second, third)):
            text = job.explain(together(first.format(5), *(one.format(5) for one in more)))
            joins = {name: verdict for verdict, name in VERDICTS.findall(text) if "/join" in name}
            true(set(joins.values()) == {"FULL"} and len(joins) == 1, f"{joins} of {first} and {more}", text)
        # With another condition it is another join, which misses what came before, and the first one stays what it was.
        text = job.explain(together(first.format(5), second.format(3)))
        joins = sorted(verdict for verdict, name in VERDICTS.findall(text) if "/join" in name)
        true(joins == ["FULL", "SEMANTIC"], f"{joins} of {first} and {second}", text)
        job.run("DROP JOB j;")


check(body)
