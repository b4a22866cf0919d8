"""A join key (on both sides) or a DECIMAL key that became wider goes on under the bytes that it had."""
from edited import COLUMNS, Edited, folded, sink, table
from weir import check, equal


def body(weir):
    narrow, wide = (COLUMNS.replace("v INT", f"v {of}") for of in ("DECIMAL(5, 1)", "DECIMAL(12, 1)"))
    query = "INSERT INTO s WITH m AS (SELECT v, COUNT(*) AS n FROM t GROUP BY v) SELECT CAST(v AS STRING), CAST(n AS INT) FROM m"
    job = Edited(weir, query, table(columns=narrow) + sink())
    after = table(columns=wide) + sink()
    job.expect(query, "", "FULL", definitions=after)
    weir.write("t/1.csv", "a,7,1,x,2026-01-01 00:01:00\n")
    job.restore(query, after)
    equal("7.0, 3" in folded(weir.rows("out-s")) or "7.0, 2" in folded(weir.rows("out-s")), True, weir.rows("out-s"))


def join(weir):
    weir.directory = weir.directory / "join"
    weir.directory.mkdir()
    query = "INSERT INTO s SELECT a.k, b.w FROM t AS a JOIN u AS b ON a.v = b.v"
    job = Edited(weir, query, table() + table("u") + sink())
    wide = COLUMNS.replace("v INT", "v BIGINT")
    job.expect(query, "sink:s/join", "FULL", definitions=table(columns=wide) + table("u", wide) + sink())


def both(weir):
    body(weir)
    join(weir)


check(both)
