#!/usr/bin/env python3
"""The start of a query compared each of its expressions with all before it, to compute equal ones once: an array of 100,000
elements took 85 s of a processor, 10,000 columns or arms of a CASE minutes, and neither --timeout nor a signal ended that."""
from weir import check, equal

ONE = "CREATE TABLE t (v BIGINT) WITH ('connector' = 'inline', 'rows' = '1');\n"


def times(count, between, part):
    return between.join(part.format(i) for i in range(count))


def body(weir):
    for query, expected in ((f"CARDINALITY(ARRAY[{times(100_000, ', ', '{}')}])", "100000"),
                            (f"CARDINALITY(ARRAY[{times(50_000, ', ', 'v + {}')}])", "50000"),
                            (f"CASE {times(25_000, ' ', 'WHEN v = {0} THEN {0}')} END", "1"),
                            (f"COALESCE({times(25_000, ', ', 'NULLIF(v, {})')})", "1"),
                            (f"{times(25_000, ', ', 'v + {0} AS c{0}')}", "25000")):
        weir.write("wide.sql", f"{ONE}SELECT {query} FROM t;\n")
        done = weir.end(weir.spawn([weir.program, "-q", "--no-progress", "--data-dir", "data", "--format", "csv", "run",
                                    "wide.sql"]), seconds=60)
        equal((done.code, done.out.strip().replace(",", "\n").split()[-1]), (0, expected), done.err[:500])


check(body)
