"""What LAG and LEAD give where there is no row is in what was made of them so far: another default was MIGRATE, and all
above FULL."""
from edited import Edited
from weir import check

QUERY = ("INSERT INTO s SELECT k, CAST(SUM(d) AS INT) FROM (SELECT k, {0} OVER (PARTITION BY k ORDER BY ts) AS d FROM t) AS q "
         "GROUP BY k")
UID = "sink:s/t:q/over"


def body(weir):
    for number, (before, others) in enumerate((
            ("LAG(v, 1, 0)", ("LAG(v)", "LAG(v, 1, v)", "LAG(v, 1, w)")),
            ("LAG(v, 1, w)", ("LAG(v, 1, v)", "LAG(v)")),
            ("LAG(v)", ("LAG(v, 1, v)",)))):
        own = weir.apart(str(number))
        job = Edited(own, QUERY.format(before))
        job.expect(QUERY.format(before), "", "FULL")
        for after in others:
            job.expect(QUERY.format(after), UID, "SEMANTIC", "where there is no row, is")


check(body)
