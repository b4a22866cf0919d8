#!/usr/bin/env python3
"""Part of a result is never printed as if it were all of it."""
import signal
import time

from weir import check, contains, equal

SLOW = ("CREATE TABLE s (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50', 'number-of-rows' = '100000', "
        "'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '100000');\n")


def body(weir):
    for form, query in (("box", "SELECT a FROM s;"), ("csv", "SELECT COUNT(*) AS n FROM s;"), ("json", "SELECT a FROM s;"),
                        ("markdown", "SELECT COUNT(*) AS n FROM s;")):
        done = weir.run(SLOW + query, "--format", form, "--timeout", "2 s")
        equal(done.code, 124, done)
        equal(done.out, "", (form, query))
        contains(done.err, "the SELECT was cut short after", (form, query))
    child = weir.start(SLOW + "SELECT COUNT(*) AS n FROM s;")
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    done = weir.end(child)
    equal((done.code, done.out), (130, ""), done)
    # One that ends in time is whole.
    equal(weir.ok("SELECT 1 AS a;", "--format", "csv", "--timeout", "30").out, "a\n1\n")


check(body)
