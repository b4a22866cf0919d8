"""A window of HOP or CUMULATE gives rows several times. Where nobody reads its bounds, another window was FULL, though
all above counts its rows otherwise often."""
from edited import Edited
from weir import check, true

HOP = "TABLE(HOP(TABLE t, DESCRIPTOR({2}), INTERVAL '{0}' SECOND, INTERVAL '{1}' SECOND))"
CUMULATE = "TABLE(CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '{0}' SECOND, INTERVAL '{1}' SECOND))"
BEFORE = HOP.format(5, 10, "ts")
# What stands in its place, and whether rows come as often.
WINDOWS = {
    HOP.format(5, 20, "ts"): False,
    HOP.format(10, 20, "ts"): True,  # as often, at other bounds
    CUMULATE.format(5, 10): False,
    "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))": False,
    "t": False,
}
# Name -> query over {0}, and the operator of which it is said.
READERS = {
    "sink": ("INSERT INTO s SELECT k, v FROM {0}", "sink:s/sink.w"),
    "group": ("INSERT INTO s SELECT k, CAST(COUNT(*) AS INT) FROM {0} GROUP BY k", "sink:s/agg"),
    "branch": ("INSERT INTO s SELECT k, CAST(COUNT(*) AS INT) FROM (SELECT k FROM {0} UNION ALL SELECT k FROM u) AS b GROUP BY k",
               "sink:s/agg"),
    "join": ("INSERT INTO s SELECT a.k, a.v FROM {0} AS a JOIN u ON a.k = u.k", "sink:s/join"),
    "ranks": ("INSERT INTO s SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS rn FROM {0}) AS r "
              "WHERE rn <= 2", "sink:s/t:r/topn"),
}


def body(weir):
    for number, (name, (query, uid)) in enumerate(READERS.items()):
        own = weir.apart(str(number))
        job = Edited(own, query.format(BEFORE))
        text = job.explain(query.format(BEFORE))
        true("The restore is allowed." in text, f"{name}: unchanged", text)
        for window, alike in WINDOWS.items():
            text = job.explain(query.format(window))
            true(("The restore is allowed." in text) == alike, f"{name}: {window}", text)
            if not alike:
                true(any(line.split()[1:2] == [uid] and "windows gave its rows 2 times by ts, of table t" in line
                         for line in text.splitlines()), f"{name}: no reason at {uid}", text)
    job = Edited(weir, READERS["group"][0].format(BEFORE))
    job.restore(READERS["group"][0].format("t"), code=5)
    job.restore(READERS["group"][0].format("t"), clauses="ACCEPT CHANGES ('sink:s/agg')")


check(body)
