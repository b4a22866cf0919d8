"""`table.local-time-zone` is a part of what an expression means that depends on it, and of tables and windows of instants."""
from edited import VERDICTS, Edited, sink, table
from weir import check, true


def body(weir):
    hour = "CAST(EXTRACT(HOUR FROM TO_TIMESTAMP_LTZ(CAST(v AS BIGINT) * 3600, 0)) AS INT)"
    query = "INSERT INTO s WITH m AS (SELECT k, {} AS x FROM t GROUP BY k) SELECT k, x FROM m"
    tables = table() + sink()
    job = Edited(weir, query.format(f"MAX({hour})"), tables)
    tokyo = tables + "SET 'table.local-time-zone' = 'Asia/Tokyo';\n"
    job.expect(query.format(f"MAX({hour})"), "sink:s/cte:m/agg", "SEMANTIC", "", tokyo)
    job.expect(query.format(f"MAX({hour})"), "", "FULL")


def without(weir):
    weir.directory = weir.directory / "without"
    weir.directory.mkdir()
    query = "INSERT INTO s WITH m AS (SELECT k, MAX(v) AS x FROM t GROUP BY k) SELECT k, x FROM m"
    job = Edited(weir, query)
    job.expect(query, "", "FULL", definitions=job.definitions + "SET 'table.local-time-zone' = 'Asia/Tokyo';\n")


LOCAL = "k STRING, v INT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts"
TOKYO = "SET 'table.local-time-zone' = 'Asia/Tokyo';\n"


def of_tables(weir):
    """Instants are read, cut into windows and written by it."""
    window = ("INSERT INTO s WITH m AS (SELECT k, COUNT(*) AS x FROM TABLE(TUMBLE(TABLE {}, DESCRIPTOR(ts), INTERVAL '1' DAY)) "
              "GROUP BY k, window_start, window_end) SELECT k, CAST(x AS INT) FROM m")
    rows = "INSERT INTO s WITH m AS (SELECT DISTINCT k, v, ts FROM {}) SELECT k, v, ts FROM m"
    instant = "CAST(TO_TIMESTAMP_LTZ(CAST(v AS BIGINT) * 3600000, 3) AS TIMESTAMP_LTZ(3))"
    computed = f"k STRING, v INT, ts AS {instant}, WATERMARK FOR ts AS ts"
    ends = "k STRING, x INT, at TIMESTAMP_LTZ(3)"
    cases = (
        ("read", table(columns=LOCAL), sink(), window.format("t"), "src:t", "the column ts was value 3 of a record in UTC, is"),
        ("windows", table(columns=computed), sink(), window.format("t"), "sink:s/cte:m/wagg", "the time zone was UTC, is Asia/Tokyo"),
        ("written", table(columns=computed), sink(columns=ends), rows.format("t"), "sink:s/sink.w", "the time zone was UTC"),
    )
    for name, source, target, query, uid, reason in cases:
        weir.directory = weir.directory.parent / name
        weir.directory.mkdir()
        weir.write("t/0.csv", "a,1,2026-01-01 00:00:01\nb,2,2026-01-01 00:00:02\n" if name == "read" else "a,1\nb,2\n")
        definitions = source + target
        weir.run(f"{definitions}CREATE JOB j AS {query};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT 'saved';")
        text = weir.run(f"{definitions}{TOKYO}EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT AS {query};").out
        found = {verdict_of: verdict for verdict, verdict_of in VERDICTS.findall(text)}
        true(found.get(uid) in ("SEMANTIC", "INCOMPATIBLE") and reason in text, f"{uid} is {found.get(uid)}: {reason}", text)
        text = weir.run(f"{definitions}EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT AS {query};").out
        true({verdict for verdict, _ in VERDICTS.findall(text)} == {"FULL"}, "not FULL in the same zone", text)


def every(weir):
    body(weir)
    without(weir)
    of_tables(weir)


check(every)
