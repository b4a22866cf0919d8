#!/usr/bin/env python3
"""An edit that changes the type which a sum is computed in was FULL where that does not show in what is added: a literal of another
type beside a small column or in a call, 2147483648 with its sign, a FLOAT and a DOUBLE in another order. Groups and filters went
on with others of the same words. What is computed alike goes on."""
from edited import Edited, folded, sink, table
from weir import check, equal

COLUMNS = "k STRING, sm SMALLINT, i INT, h FLOAT, q DOUBLE"
ROWS = "a,32000,1,0.3,0.1\nb,7,2147483647,0.3,0.1\n"
COUNTED = "INSERT INTO s SELECT k, COUNT(*) FROM t WHERE {} GROUP BY k"
KEYED = "INSERT INTO s SELECT {0}, COUNT(*) FROM t GROUP BY {0}"
SUMMED = "INSERT INTO s SELECT k, SUM({}) FROM t GROUP BY k"
# What is written, and what takes its place; whether they are the same.
EDITS = (
    ("sm * CAST(10 AS SMALLINT) > 0", "sm * 10 > 0", False),
    ("GREATEST(i, 0) + 2147483647 > 0", "GREATEST(i, CAST(0 AS BIGINT)) + 2147483647 > 0", False),
    ("MOD(i, 7) * 2147483647 > 0", "MOD(i, CAST(7 AS BIGINT)) * 2147483647 > 0", False),
    ("ARRAY[i, 0][1] + 2147483647 > 0", "ARRAY[i, CAST(0 AS BIGINT)][1] + 2147483647 > 0", False),
    ("-i + (-2147483648) > 0", "-i - 2147483648 > 0", False),
    ("i - 2147483648 + 1 > 0", "i - 2147483647 > 0", False),
    ("h + q < 0.40000001e0", "q + h < 0.40000001e0", False),
    ("h * 3e0 < 0.9e0", "3e0 * h < 0.9e0", False),
    ("i = CAST(2147483648 AS FLOAT)", "i = 2147483648e0", False),
    ("COALESCE(COALESCE(h, i), q) > 1", "COALESCE(h, i, q) > 1", False),
    ("sm * 10 > 0", "10 * sm > 0", True),
    ("i + 1 + 2 > 0", "i + 3 > 0", True),
    ("i - 2147483648 > 0", "i - 2147483649 + 1 > 0", True),
    ("i + CAST(4 AS BIGINT) > 0", "CAST(i AS BIGINT) + 4 > 0", True),
    ("h * 3 < 0.9e0", "3 * h < 0.9e0", True),
)
CHANGES = sink(columns="x STRING, n BIGINT")


def filters(weir):
    for before, after, same in EDITS:
        job = Edited(weir, COUNTED.format(before), table(columns=COLUMNS) + CHANGES, ROWS)
        job.expect(COUNTED.format(after), "sink:s/agg", "FULL" if same else "SEMANTIC", "")
        job.expect(COUNTED.format(before), "sink:s/agg", "FULL")
        job.run("DROP JOB j;")


def keys(weir):
    job = Edited(weir, KEYED.format("CAST(i - 2147483648 AS STRING)"), table(columns=COLUMNS) + CHANGES, ROWS)
    job.expect(KEYED.format("CAST(i + (-2147483648) AS STRING)"), "sink:s/agg", "INCOMPATIBLE", "")
    job.run("DROP JOB j;")
    # Another call is a new one, and the sink behind has been given others.
    job = Edited(weir, SUMMED.format("i - 2147483648"), table(columns=COLUMNS) + CHANGES, ROWS)
    job.expect(SUMMED.format("i + (-2147483648)"), "sink:s/sink.w", "SEMANTIC", "")
    job.run("DROP JOB j;")


def widened(weir):
    """A column of another width below the same words."""
    before, after = (table(columns=COLUMNS.replace("i INT", one)) + CHANGES for one in ("i INT", "i BIGINT"))
    for condition in ("i + 4 > 0", "GREATEST(i, 0) > 3", "COALESCE(i, 0) * 2 > 0", "i - 5 > 0", "h * 3 + i > 0"):
        job = Edited(weir, COUNTED.format(condition), before, ROWS)
        job.expect(COUNTED.format(condition), "sink:s/agg", "FULL", definitions=after)
        job.run("DROP JOB j;")


def goes_on(weir):
    """What is FULL has the rows of an uninterrupted run."""
    query = "INSERT INTO p SELECT k, COUNT(*) FROM t WHERE {} GROUP BY k"
    definitions = table(columns=COLUMNS) + sink("p", columns="x STRING, n BIGINT")
    job = Edited(weir, query.format("i - 2147483648 < 0"), definitions, ROWS)
    weir.write("t/1.csv", ROWS)
    job.restore(query.format("-2147483649 + i + 1 < 0"), definitions)
    equal(folded(weir.rows("out-p")), ["a, 2", "b, 2"])


def body(weir):
    for part in (filters, keys, widened, goes_on):
        part(weir)


check(body)
