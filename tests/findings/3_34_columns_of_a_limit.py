"""What reads an ORDER BY … LIMIT knows its columns by what they are, not by what they are called."""
from edited import Edited, folded, sink, table
from weir import check, equal, true

READERS = {
    "agg": ("INSERT INTO s SELECT k, SUM(x) FROM (SELECT k, {0} FROM t ORDER BY ts DESC LIMIT 6) AS l GROUP BY k", "sink:s/agg"),
    "join": ("INSERT INTO s SELECT l.k, l.x + u.v FROM (SELECT k, {0} FROM t ORDER BY ts DESC LIMIT 6) AS l JOIN u ON l.k = u.k "
             "AND l.y = u.w", "sink:s/join"),
    "rank": ("INSERT INTO s WITH r AS (SELECT k, x, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x, y) AS rn FROM (SELECT k, {0} "
             "FROM t ORDER BY ts DESC LIMIT 6) AS l) SELECT k, x FROM r WHERE rn <= 1", "sink:s/cte:r/topn"),
}
MORE = "a,1,9,x,2026-01-01 00:01:00\na,2,8,x,2026-01-01 00:01:01\nb,0,7,y,2026-01-01 00:01:02\n"


def body(weir):
    weir.write("more.csv", MORE)
    for number, (name, (query, uid)) in enumerate(READERS.items()):
        own = weir.apart(name)
        job = Edited(own, query.format("v AS x, w AS y"))
        for other in ("w AS x, v AS y", "w AS y, v * 10 AS x", "v + 1 AS x, w AS y"):
            text = job.explain(query.format(other))
            true("The restore is refused." in text and uid in text, f"{name}: {other} is free", text)
        # The same under other names is the same, and so are its rows.
        same = query.replace("l.x", "l.b").replace("l.y", "l.c").replace("SUM(x)", "SUM(b)").replace(
            "k, x, ROW", "k, b, ROW").replace("BY x, y", "BY b, c").replace("SELECT k, x FROM r", "SELECT k, b FROM r")
        same = same.format("v AS b, w AS c")
        job.expect(same, uid, "FULL")
        own.write("t/1.csv", MORE)
        job.restore(same)
        got = folded(own.rows("out-s"))
        job.run(table() + table("u") + sink(path="out-again") + f"CREATE JOB again{number} AS {query.format('v AS x, w AS y')};\n"
                f"WAIT FOR JOB again{number} UNTIL IDLE;\nSTOP JOB again{number};")
        equal(got, folded(own.rows("out-again")), name)


check(body)
