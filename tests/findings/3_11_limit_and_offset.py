"""ORDER BY … LIMIT/OFFSET: nothing was compared; 3 rows became 5, OFFSET and DESC for ASC without a word, and rows were lost."""
from edited import Edited, folded
from weir import check, equal


def body(weir):
    query = "INSERT INTO s WITH m AS (SELECT k, v FROM t ORDER BY {}, k, w LIMIT {}) SELECT k, v FROM m"
    job = Edited(weir, query.format("v DESC", 3))
    uid = "sink:s/cte:m/sort"
    job.expect(query.format("v DESC", 3), "", "FULL")
    job.expect(query.format("v DESC", 5), uid, "INCOMPATIBLE", "the last rank was 3, is 5: rows behind it were not kept")
    job.expect(query.format("v DESC", "3 OFFSET 1"), uid, "INCOMPATIBLE", "the last rank was 3, is 4")
    job.expect(query.format("v", 3), uid, "INCOMPATIBLE", "the order was v DESC, k, w, is v, k, w")
    job.expect(query.format("v DESC", 2), uid, "FULL", "the last rank was 3, is 2")
    weir.write("t/1.csv", "z,100,1,x,2026-01-01 00:01:00\n")
    job.restore(query.format("v DESC", 2))
    equal(folded(weir.rows("out-s")), ["b, 9", "z, 100"])


def updates(weir):
    """Over rows that are taken back all are kept: more of them are there."""
    weir.directory = weir.directory / "updates"
    weir.directory.mkdir()
    query = "INSERT INTO s WITH g AS (SELECT k, SUM(v) AS x FROM t GROUP BY k), m AS (SELECT k, x FROM g ORDER BY x DESC, k " \
            "LIMIT {}) SELECT k, x FROM m"
    job = Edited(weir, query.format(1))
    job.expect(query.format(3), "sink:s/cte:m/sort", "FULL")
    job.restore(query.format(3))
    equal(len(folded(weir.rows("out-s"))), 3)


def both(weir):
    body(weir)
    updates(weir)


check(both)
