"""Too strict: what says the same in other words is FULL; another path says that its files are read from the start."""
import os

from edited import Edited, sink, table
from weir import check


def body(weir):
    query = "INSERT INTO s WITH r AS (SELECT k, {n}, ROW_NUMBER() OVER (PARTITION BY k ORDER BY {n} DESC) AS rn FROM " \
            "(SELECT k, {x} FROM t {where}) AS i) SELECT k, {n} FROM r WHERE rn <= 2"
    plain = query.format(x="v AS x", n="x", where="WHERE v > 2")
    job = Edited(weir, plain)
    for x, n, where in (("v AS x", "x", "WHERE 2 < v"), ("v AS x", "x", "WHERE v > 2 AND 1 = 1"), ("v AS z", "z", "WHERE v > 2"),
                        ("v AS x", "x", "WHERE v > 1 + 1")):
        job.expect(query.format(x=x, n=n, where=where), "", "FULL")
    for path in ("./t", "t/", "x/../t", os.path.join(os.path.realpath(weir.directory), "t")):
        job.expect(plain, "", "FULL", definitions=table(path=path) + table("u") + sink())
    weir.write("other/0.csv", "")
    job.expect(plain, "src:t", "SEMANTIC", "read from the start", definitions=table(path="other") + table("u") + sink())
    job.expect(query.format(x="v AS x", n="x", where="WHERE v > 3"), "sink:s/cte:r/topn", "SEMANTIC")


def join(weir):
    weir.directory = weir.directory / "join"
    weir.directory.mkdir()
    query = "INSERT INTO s SELECT a.k, a.v FROM {}"
    job = Edited(weir, query.format("t AS a JOIN u AS b ON a.k = b.k"))
    job.expect(query.format("u AS b JOIN t AS a ON b.k = a.k"), "", "FULL")
    job.expect(query.format("u AS b JOIN t AS a ON b.k = a.g"), "sink:s/join", "INCOMPATIBLE")


def lookup(weir):
    """A file that is looked up has no operator of its own: the aggregate above answers for its path."""
    weir.directory = weir.directory.parent / "lookup"
    weir.directory.mkdir()
    weir.write("names.csv", "1,10\n")
    weir.write("others.csv", "1,20\n")
    query = ("INSERT INTO s WITH m AS (SELECT e.k, SUM(n.n) AS x FROM (SELECT *, PROCTIME() AS p FROM t) AS e LEFT JOIN names FOR "
             "SYSTEM_TIME AS OF e.p AS n ON e.v = n.id GROUP BY e.k) SELECT k, x FROM m")

    def names(path):
        return (table() + table("u") + sink() + "CREATE TABLE names (id INT, n INT) WITH ('connector' = 'filesystem', "
                f"'path' = '{path}', 'format' = 'csv');\n")

    job = Edited(weir, query, names("names.csv"))
    for path in ("names.csv", "./names.csv", "t/../names.csv", os.path.join(os.path.realpath(weir.directory), "names.csv")):
        job.expect(query, "", "FULL", definitions=names(path))
    job.expect(query, "sink:s/cte:m/agg", "SEMANTIC", "the lookup names was", definitions=names("others.csv"))


def every(weir):
    body(weir)
    join(weir)
    lookup(weir)


check(every)
