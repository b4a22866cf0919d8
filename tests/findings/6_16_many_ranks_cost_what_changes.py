#!/usr/bin/env python3
"""Top-N read every row of a partition with every batch, and where rows come by key, once for every row: 100,000 ranks of a
million rows took 7 s of processor time, 10,000 ranks of 200,000 updates 15 s. It takes less than one."""
import resource

from weir import check, equal, true


def numbers(rows):
    return f"""CREATE TABLE n (v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '{rows}',
  'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '{rows}');
"""


def seconds():
    """Of the processor, that all children so far have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def body(weir):
    def result_of(rows, query, most):
        begun = seconds()
        out = weir.ok(f"{numbers(rows)}SELECT COUNT(*) AS c, SUM(v) AS s FROM ({query}) AS t;", "--format", "csv", seconds=200).out
        true(seconds() - begun < most, f"{seconds() - begun:.1f} s for {query}")
        return out.split()[-1]

    scattered = "MOD(v * 7919, 1000003)"
    first = sorted(range(1, 1_000_001), key=lambda v: v * 7919 % 1000003)[:100_000]
    for function in ("ROW_NUMBER", "RANK"):
        ranked = f"SELECT v, {function}() OVER (ORDER BY {scattered}) AS r FROM n"
        equal(result_of(1_000_000, f"SELECT v FROM ({ranked}) WHERE r <= 100000", 4), f"100000,{sum(first)}")
    # Rows come by key, and get better ranks with every batch.
    counts = "SELECT MOD(v, 20000) AS k, COUNT(*) AS v FROM n GROUP BY MOD(v, 20000)"
    ranked = f"SELECT v, ROW_NUMBER() OVER (ORDER BY v DESC) AS r FROM ({counts}) AS g"
    equal(result_of(210_000, f"SELECT v FROM ({ranked}) WHERE r <= 12000", 4), f"12000,{10_000 * 11 + 2_000 * 10}")


check(body)
