#!/usr/bin/env python3
"""HOP of 1 ms over 365 days took all memory for one row. So many windows are an error that says how many; as many as
there may be cost no memory."""
import resource

from weir import check, contains, equal, true

ONE = """CREATE TABLE one (v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline',
  'rows' = '1, 2026-01-01 00:00:00');
"""


def windows(function, *lengths):
    return f"TABLE({function}(TABLE one, DESCRIPTOR(ts), {', '.join(f'INTERVAL {length}' for length in lengths)}))"


def body(weir):
    for table in (windows("HOP", "'0.001' SECOND", "'365' DAY"), windows("CUMULATE", "'0.001' SECOND", "'365' DAY")):
        for query in (f"SELECT COUNT(*) FROM {table} GROUP BY window_start, window_end;", f"SELECT * FROM {table};"):
            done = weir.run(ONE + query)
            true(done.code in (3, 4), "another exit code", done)
            contains(done.err, "E2010", done)
            contains(done.err, "31536000000 windows", done)
    done = weir.run(ONE + "SELECT COUNT(*) FROM one GROUP BY HOP(ts, INTERVAL '0.001' SECOND, INTERVAL '365' DAY);")
    contains(done.err, "31536000000 windows", done)
    # 262,800 windows of a row, aggregated and bare.
    many = windows("HOP", "'2' MINUTE", "'365' DAY")
    for query in (f"SELECT COUNT(*) FROM (SELECT COUNT(*) AS c FROM {many} GROUP BY window_start, window_end);",
                  f"SELECT COUNT(*) FROM (SELECT v, window_start FROM {many});"):
        equal(weir.ok(ONE + query, "--format", "csv").out.split()[-1], "262800")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    true(peak < 150, f"{peak} MiB")


check(body)
