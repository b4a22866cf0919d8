"""A join key, on both sides or on one, or a DECIMAL key that became wider goes on under the bytes that it had."""
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


def one_side(weir, narrow, wide):
    """The other side's key is cast to the type that both have then, and meets the rows that were kept."""
    weir.directory = weir.directory.parent / wide.replace(" ", "")
    weir.directory.mkdir()
    before, after = (COLUMNS.replace("v INT", f"v {of}") for of in (narrow, wide))
    query = "INSERT INTO s SELECT a.k, b.w FROM t AS a JOIN u AS b ON a.v = b.v"
    job = Edited(weir, query, table(columns=before) + table("u", before) + sink())
    definitions = table(columns=after) + table("u", before) + sink()
    job.expect(query, "", "FULL", definitions=definitions)
    weir.write("t/1.csv", "new,7,1,x,2026-01-01 00:01:00\n")
    weir.write("u/1.csv", "z,99,5,x,2026-01-01 00:01:00\n")
    job.restore(query, definitions)
    found = folded(weir.rows("out-s"))
    equal([row for row in found if row.startswith("new")], ["new, 1", "new, 3"], found)


def every(weir):
    body(weir)
    join(weir)
    one_side(weir, "INT", "BIGINT")
    one_side(weir, "DECIMAL(5, 1)", "DECIMAL(12, 1)")


check(every)
