"""An alias below OVER is no change: it was SEMANTIC, for a reason that ended in nothing."""
from edited import Edited
from weir import check

OVER = "INSERT INTO s SELECT k, CAST({1} OVER (PARTITION BY k ORDER BY ts{2}) AS INT) FROM {0}"
CALLS = (("SUM({})", " ROWS 2 PRECEDING"), ("SUM({})", ""), ("LAG({}, 1, 0)", ""), ("MAX({} + 1)", " RANGE INTERVAL '4' SECOND PRECEDING"))


def body(weir):
    for number, (call, frame) in enumerate(CALLS):
        own = weir.apart(str(number))
        plain = OVER.format("t", call.format("v"), frame)
        aliased = OVER.format("(SELECT k, v AS v2, ts FROM t) AS q", call.format("v2"), frame)
        job = Edited(own, plain)
        job.expect(aliased, "", "FULL")
        other = OVER.format("(SELECT k, w AS v2, ts FROM t) AS q", call.format("v2"), frame)
        assert "The restore is allowed." not in job.explain(other) or "PARTIAL" in job.explain(other), other
        job.restore(aliased)
        job.expect(plain, "", "FULL")


check(body)
