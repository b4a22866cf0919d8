"""Two columns that have each other's names now, below accumulators that look for their values."""
from edited import COLUMNS, ROWS, Edited, folded, sink, table
from weir import check, contains, equal


def body(weir):
    query = ("INSERT INTO s WITH latest AS (SELECT k, g, v, w, ROW_NUMBER() OVER (PARTITION BY g, k ORDER BY ts DESC) AS rn FROM t), "
             "m AS (SELECT k, MAX({0}) AS x, MAX({1}) AS m, MIN({1}) FILTER (WHERE {0} > 1) AS y, COUNT(DISTINCT {0}) AS z FROM latest "
             "WHERE rn <= 2 GROUP BY k) SELECT k, x * 1000 + m * 100000 + COALESCE(y, 0) * 10 + CAST(z AS INT) FROM m")
    other = query.replace("k, g, v, w,", "k, g, w, v,")
    job = Edited(weir, query.format("v", "w"))
    after = table(columns=COLUMNS.replace("v INT, w INT", "w INT, v INT")) + sink()
    swapped = other.format("w", "v")
    mapping = "WITH STATE MAPPING ('src:t.v' TO 'src:t.w', 'src:t.w' TO 'src:t.v')"
    contains(job.explain(swapped, after), "The restore is refused.")
    job.expect(swapped, "", "FULL", definitions=after, clauses=mapping)
    more = "a,1,9,x,2026-01-01 00:01:00\na,2,8,x,2026-01-01 00:01:01\nb,0,7,y,2026-01-01 00:01:02\n"
    weir.write("t/1.csv", more)
    job.restore(swapped, after, mapping)
    got = folded(weir.rows("out-s"))
    weir.write("again/0.csv", ROWS + more)
    job.run(table(path="again") + sink(path="out-again") + f"CREATE JOB again AS {query.format('v', 'w')};\n"
            "WAIT FOR JOB again UNTIL IDLE;\nSTOP JOB again;")
    equal(got, folded(weir.rows("out-again")))


check(body)
