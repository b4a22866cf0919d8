"""A table whose path is written otherwise is the same one: the verdict said FULL, and the source, which knew its files by how
their paths were written, read them again and doubled every row."""
from weir import check, contains, equal

QUERY = "INSERT INTO s WITH m AS (SELECT k, SUM(v) AS x FROM t GROUP BY k) SELECT k, x FROM m"


def definitions(path):
    return (f"CREATE TABLE t (k STRING, v INT) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv', "
            "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\n"
            "CREATE TABLE s (k STRING, x BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'changelog');\n")


def body(weir):
    weir.write("t/0.csv", "a,1\nb,2\n")
    weir.path("x").mkdir()
    weir.ok(f"{definitions('t')}CREATE JOB j AS {QUERY};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT 'saved';")
    whole = 1
    spelled = ("./t", "t/", "x/../t", f"file://{weir.path('t')}", str(weir.path("t")), "t")
    for number, path in enumerate(spelled, start=1):
        weir.write(f"t/{number}.csv", "a,1\n")
        done = weir.ok(f"{definitions(path)}RESTORE JOB j FROM LATEST CHECKPOINT AS {QUERY};\nWAIT FOR JOB j UNTIL IDLE;\n"
                       "STOP JOB j WITH SAVEPOINT 'saved';")
        contains(done.out, "FULL     src:t")
        whole += 1
        equal([row for row in weir.rows("out") if row.startswith("+U[a")], [f"+U[a, {x}]" for x in range(2, whole + 1)], path)
    equal([row for row in weir.rows("out") if row.startswith("+I")], ["+I[a, 1]", "+I[b, 2]"])


check(body)
