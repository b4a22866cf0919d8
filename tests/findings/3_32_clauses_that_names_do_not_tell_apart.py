#!/usr/bin/env python3
"""Of clauses that names do not tell apart, an edit or the end of one gave the others other ordinals, and so each the state
of another: three were SEMANTIC where one had been changed, and who accepted that had wrong counts."""
import collections

from edited import Edited, folded, sink, table
from weir import check, equal


def counts(*least):
    return "INSERT INTO s " + " UNION ALL ".join(f"SELECT k, COUNT(*) FROM t WHERE v > {one} GROUP BY k" for one in least)


def counted(lines, least):
    """The rows of one of them."""
    found = collections.Counter(line.split(",")[0] for line in lines.splitlines() if int(line.split(",")[1]) > least)
    return [f"{key}, {count}" for key, count in found.items()]


def body(weir):
    definitions = table() + sink(columns="k STRING, n BIGINT")
    job = Edited(weir, counts(0, 1, 2), definitions)

    def verdicts(after):
        lines = [line.split() for line in job.explain(after).splitlines() if " GroupAggregate " in line]
        return sorted(words[0] for words in lines)

    for gone in ((1, 2), (0, 2), (0, 1)):
        equal(verdicts(counts(*gone)), ["DROP", "FULL", "FULL"], gone)
    for other in range(3, 9):
        equal(verdicts(counts(other, 1, 2)), ["FULL", "FULL", "SEMANTIC"], other)
    after = counts(0, 2)
    said = job.explain(after)
    dropped = next(line.split()[1] for line in said.splitlines() if line.startswith("DROP"))
    weir.write("t/1.csv", "a,9,9,x,2026-01-01 00:01:00\nb,9,9,x,2026-01-01 00:01:00\nc,9,9,x,2026-01-01 00:01:00\n")
    job.restore(after, clauses=f"ALLOW DROP ('{dropped}') ACCEPT CHANGES ('sink:s/sink.w')")
    first, second = (weir.path(f"t/{name}.csv").read_text() for name in (0, 1))
    # What the one that is gone had given is never taken back, as was said.
    want = counted(first + second, 0) + counted(first + second, 2) + counted(first, 1)
    equal(folded(weir.rows("out-s")), sorted(want), said)


check(body)
