"""VALUES beside state: an unchanged RESTORE was refused, and the clause that it offered doubled the rows."""
from edited import Edited, folded
from weir import check, equal


def body(weir):
    query = "INSERT INTO s SELECT k, v FROM t WHERE k = 'none' UNION ALL SELECT * FROM (VALUES ('c', {}), ('d', 2)) AS c (k, x)"
    job = Edited(weir, query.format(1))
    job.expect(query.format(1), "", "FULL")
    job.restore(query.format(1))
    equal(folded(weir.rows("out-s")), ["c, 1", "d, 2"])
    text = job.explain(query.format(5))
    equal("The restore is refused" in text, True, text)
    job.restore("INSERT INTO s SELECT * FROM (VALUES ('c', 1), ('d', 2)) AS c (k, x) UNION ALL SELECT k, v FROM t WHERE k = 'none'")
    equal(folded(weir.rows("out-s")), ["c, 1", "d, 2"])


check(body)
