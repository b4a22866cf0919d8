#!/usr/bin/env python3
"""--timeout and signals were only looked at once a statement was planned; a chain of filtered CTEs took minutes to plan, as
looking for a rank took every expression down the whole chain."""
import signal
import time

from weir import check, contains, equal, true

TABLE = "CREATE TABLE t (k INT, v BIGINT) WITH ('connector' = 'inline', 'rows' = '1, 1');\n"


def chain(levels):
    ctes = ", ".join(f"c{i} AS (SELECT k, v + 1 AS v FROM c{i - 1} WHERE v > {i})" for i in range(1, levels))
    return f"{TABLE}EXPLAIN WITH c0 AS (SELECT k, v FROM t), {ctes} SELECT * FROM c{levels - 1};"


def long_plan():
    sums = ", ".join(f"SUM(v + {i})" for i in range(8_000))
    return f"{TABLE}EXPLAIN SELECT {sums} FROM t GROUP BY k;"


def body(weir):
    contains(weir.ok(chain(150), seconds=60).out, "Scan")
    weir.write("long.sql", long_plan())
    command = [weir.program, "-q", "--no-progress", "--data-dir", "data", "run", "long.sql"]
    begun = time.monotonic()
    done = weir.end(weir.spawn([*command[:-2], "--timeout", "1", *command[-2:]]), seconds=60)
    equal((done.code, "Scan" in done.out), (124, False), done.err)
    child = weir.spawn(command)
    time.sleep(2)
    child.send_signal(signal.SIGINT)
    done = weir.end(child, seconds=60)
    equal((done.code, "Scan" in done.out), (130, False), done.err)
    true(time.monotonic() - begun < 60, "it went on")


check(body)
