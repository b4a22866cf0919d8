#!/usr/bin/env python3
"""A column widened below an expression that shows its type was FULL: CAST(ts AS STRING) of a TIMESTAMP(3) has three digits, of a
TIMESTAMP(6) six, so that every key was there twice. So was a ROW with its fields in another order below what takes it as a whole.
What reads fields by their names, or a value that does not change, goes on."""
from edited import Edited, folded, sink, table
from weir import check, equal

TIMES = "k STRING, v {v}, ts {ts}, c TIME({c}), f {f}, d {d}"
TIME_ROWS = "".join(f"{'ab'[i % 2]},{i},2026-01-01 00:00:{i:02},00:00:{i:02},{i}.5,{i}.25\n" for i in range(1, 9))
BEFORE = {"v": "INT", "ts": "TIMESTAMP(3)", "c": 0, "f": "FLOAT", "d": "DECIMAL(10, 2)"}
ROWS = "".join(f'{{"k": "{"ab"[i % 2]}", "r": {{"a": {i}, "b": {i * 10}}}}}\n' for i in range(1, 8))
COUNTED = "INSERT INTO s SELECT {0}, COUNT(*) FROM t GROUP BY {0}"
SUMMED = "INSERT INTO s SELECT {0}, COUNT(*) FROM t GROUP BY k"
# An expression, what is widened, what becomes of the groups.
WIDENED = (
    ("CAST(ts AS STRING)", {"ts": "TIMESTAMP(6)"}, "INCOMPATIBLE", "with ts TIMESTAMP(3)"),
    ("CONCAT('x', CAST(c AS STRING))", {"c": 3}, "INCOMPATIBLE", "with c TIME(0)"),
    ("JSON_OBJECT('t' VALUE ts)", {"ts": "TIMESTAMP(6)"}, "INCOMPATIBLE", "with ts TIMESTAMP(6)"),
    ("CAST(CAST(f AS DECIMAL(20, 10)) AS STRING)", {"f": "DOUBLE"}, "INCOMPATIBLE", "with f FLOAT"),
    ("TYPEOF(v)", {"v": "BIGINT"}, "INCOMPATIBLE", "with v INT"),
    ("CAST(1 / d AS STRING)", {"d": "DECIMAL(20, 2)"}, "INCOMPATIBLE", "with / of scale"),
    ("CAST(v AS STRING)", {"v": "BIGINT"}, "FULL", ""),
    ("CAST(d AS STRING)", {"d": "DECIMAL(20, 2)"}, "FULL", ""),
    ("DATE_FORMAT(ts, 'HH:mm:ss')", {"ts": "TIMESTAMP(6)"}, "FULL", ""),
    ("IF(ts > TIMESTAMP '2026-01-01 00:00:03', 'late', k)", {"ts": "TIMESTAMP(6)"}, "FULL", ""),
)
EXCHANGED = (
    ("CAST(r AS STRING)", COUNTED, "INCOMPATIBLE"),
    ("JSON_STRING(r)", COUNTED, "INCOMPATIBLE"),
    ("IF(r = ROW(2, 20), 'two', 'other')", COUNTED, "INCOMPATIBLE"),
    ("CAST(SUM(CAST(r AS ROW<x INT, y INT>).y) AS STRING)", SUMMED, "SEMANTIC"),
    ("CAST(SUM(r.b) AS STRING)", SUMMED, "FULL"),
    ("IF(r IS NULL, 'none', k)", COUNTED, "FULL"),
)
CHANGES = sink(columns="x STRING, n BIGINT")


def widened(weir):
    for expression, change, verdict, reason in WIDENED:
        definitions = [table(columns=TIMES.format(**one)) + CHANGES for one in (BEFORE, BEFORE | change)]
        query = COUNTED.format(expression)
        job = Edited(weir, query, definitions[0], TIME_ROWS)
        job.expect(query, "sink:s/agg", verdict, reason, definitions=definitions[1])
        job.expect(query, "sink:s/agg", "FULL")
        job.run("DROP JOB j;")


def exchanged(weir):
    before, after = (table(columns=f"k STRING, r ROW<{fields}>", format="json") for fields in ("a INT, b INT", "b INT, a INT"))
    for expression, query, verdict in EXCHANGED:
        job = Edited(weir, query.format(expression), before + CHANGES, ROWS)
        job.expect(query.format(expression), "sink:s/agg", verdict, "" if verdict == "FULL" else "with r ROW<`a` BIGINT, `b` BIGINT>",
                   definitions=after + CHANGES)
        job.run("DROP JOB j;")
    # A sink takes fields by their places.
    for names, verdict in (("a INT, b INT", "SEMANTIC"), ("p INT, q INT", "SEMANTIC")):
        out = sink(columns=f"k STRING, r ROW<{names}>", format="json")
        job = Edited(weir, "INSERT INTO s SELECT k, r FROM t", before + out, ROWS)
        job.expect("INSERT INTO s SELECT k, r FROM t", "sink:s/sink.w", verdict, "with r ROW<", definitions=after + out)
        job.run("DROP JOB j;")


def zones(weir):
    """Numbers of seconds are the same instants in every zone, and an hour is as long; texts are not."""
    definitions = table(columns=TIMES.format(**BEFORE)) + CHANGES
    for expression, verdict in (("IF(TO_TIMESTAMP_LTZ(v, 0) + INTERVAL '1' HOUR > TO_TIMESTAMP_LTZ(3603, 0), 'late', k)", "FULL"),
                                ("IF(TO_TIMESTAMP_LTZ(CAST(ts AS STRING)) > TO_TIMESTAMP_LTZ(3603, 0), 'late', k)", "INCOMPATIBLE")):
        query = COUNTED.format(expression)
        job = Edited(weir, query, definitions, TIME_ROWS)
        job.expect(query, "sink:s/agg", verdict, definitions="SET 'table.local-time-zone' = 'Asia/Tokyo';\n" + definitions)
        job.run("DROP JOB j;")


def goes_on(weir):
    """What is FULL has the rows of an uninterrupted run."""
    query = "INSERT INTO p SELECT DATE_FORMAT(ts, 'HH:mm:ss'), COUNT(*) FROM t GROUP BY DATE_FORMAT(ts, 'HH:mm:ss')"
    before, after = (table(columns=TIMES.format(**BEFORE | {"ts": ts})) + sink("p", columns="x STRING, n BIGINT")
                     for ts in ("TIMESTAMP(3)", "TIMESTAMP(6)"))
    job = Edited(weir, query, before, TIME_ROWS)
    weir.write("t/1.csv", TIME_ROWS)
    # That its digits were cut is for the reader to accept.
    job.restore(query, after, "ACCEPT CHANGES ('src:t')")
    equal(folded(weir.rows("out-p")), [f"00:00:{i:02}, 2" for i in range(1, 9)])


def body(weir):
    for part in (widened, exchanged, zones, goes_on):
        part(weir)


check(body)
