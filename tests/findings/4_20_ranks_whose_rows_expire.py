"""A Top-N with a time-to-live takes nothing back that it did not give: rows that it showed expired alone, and those behind them took
their ranks without a word, until they were taken back. Over updates and, with the rank, over inserts."""
from weir import check, equal

SOURCE = ("SET 'table.exec.state.ttl' = '2250 ms';\nCREATE TABLE t (i INT) WITH ('connector' = 'datagen', 'rows-per-second' = '2', "
          "'fields.i.kind' = 'sequence', 'fields.i.start' = '1', 'fields.i.end' = '8');\n")
SUMS = ("SELECT g, SUM(v) AS s FROM (SELECT CASE i WHEN 1 THEN 'A' WHEN 2 THEN 'B' WHEN 3 THEN 'C' WHEN 6 THEN 'C' END AS g, "
        "CASE i WHEN 1 THEN 40 WHEN 2 THEN 30 WHEN 3 THEN 20 ELSE 5 END AS v FROM t) WHERE g IS NOT NULL GROUP BY g")
VALUES = ("SELECT 1 AS g, CASE i WHEN 1 THEN 4 WHEN 3 THEN 3 WHEN 4 THEN 2 WHEN 7 THEN 5 END AS s FROM t WHERE i IN (1, 3, 4, 7)")


def fold(lines):
    """The rows that the changes leave; what is taken back must be there."""
    rows = []
    for line in lines:
        kind, row = line[:2], line[2:]
        if kind in ("+I", "+U"):
            rows.append(row)
        else:
            equal(row in rows, True, f"{line} takes back what was not given: {lines}")
            rows.remove(row)
    return rows


def body(weir):
    for columns, rows in (("g, s", SUMS), ("g, s", VALUES), ("s, rn", VALUES)):
        done = weir.ok(f"{SOURCE}SELECT {columns} FROM (SELECT g, s, ROW_NUMBER() OVER (ORDER BY s DESC) AS rn FROM ({rows})) WHERE rn <= 2;",
                       "--format", "changelog")
        changes = [line for line in done.out.splitlines() if line[:2] in ("+I", "+U", "-U", "-D")]
        equal(len(changes) >= 2, True, done)
        fold(changes)


check(body)
