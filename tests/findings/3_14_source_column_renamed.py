"""A source column that is called otherwise lost the state of all that reads it; WITH STATE MAPPING says which one it was."""
from edited import COLUMNS, Edited, folded, sink, table
from weir import check, contains, equal

MAPPING = "WITH STATE MAPPING ('src:t.v' TO 'src:t.value')"


def body(weir):
    query = ("STATEMENT SET BEGIN INSERT INTO s WITH m AS (SELECT k, SUM({0}) AS x FROM t WHERE {0} > 1 GROUP BY k) SELECT k, x "
             "FROM m; INSERT INTO s2 WITH r AS (SELECT k, {0}, ROW_NUMBER() OVER (PARTITION BY k ORDER BY {0} DESC) AS rn FROM t) "
             "SELECT k, {0} FROM r WHERE rn <= 1; END")
    job = Edited(weir, query.format("v"), table() + sink() + sink("s2"))
    after = table(columns=COLUMNS.replace("v INT", "`value` INT")) + sink() + sink("s2")
    renamed = query.format("`value`")
    text = job.explain(renamed, after)
    contains(text, "The restore is refused.")
    job.expect(renamed, "", "FULL", definitions=after, clauses=MAPPING)
    weir.write("t/1.csv", "a,100,1,x,2026-01-01 00:01:00\n")
    before = {row.split(", ")[0]: int(row.split(", ")[1]) for row in folded(weir.rows("out-s"))}
    job.restore(renamed, after, MAPPING)
    now = {row.split(", ")[0]: int(row.split(", ")[1]) for row in folded(weir.rows("out-s"))}
    equal(now, {**before, "a": before["a"] + 100})
    contains(folded(weir.rows("out-s2")), "a, 100")
    job.expect(renamed, "", "FULL", definitions=after)
    wrong = job.run(f"{after}EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT WITH STATE MAPPING ('src:t.none' TO 'src:t.value') "
                    f"AS {renamed};")
    contains(wrong.out, "the table has no such column")
    wrong = job.run(f"{after}EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT WITH STATE MAPPING ('src:t.value' TO 'src:t.w', "
                    f"'src:t.g' TO 'src:t.w') AS {renamed};")
    contains(wrong.out, "two columns are mapped to")


check(body)
