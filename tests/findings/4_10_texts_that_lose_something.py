#!/usr/bin/env python3
"""Dates and times in files that would lose something as values of their columns are bad records, as with Flink."""
from weir import check, contains, equal

LOSES = (("DATE", "2026-01-01 17:30:00"), ("DATE", "2026-1"), ("DATE", "2026"), ("TIMESTAMP(3)", "2026-01-01T10:00:00+05:00"),
         ("TIMESTAMP(9)", "2026-01-01 10:00:00-01:00"), ("TIME", "10:00:00+05:00"))
LOSES_NOTHING = (("DATE", "2026-1-5", "2026-01-05"), ("TIMESTAMP(3)", "2026-01-01T10:00:00Z", "2026-01-01 10:00:00.000"),
                 ("TIMESTAMP(3)", "2026-01-01", "2026-01-01 00:00:00.000"), ("TIME", "10:00", "10:00:00"),
                 ("TIMESTAMP_LTZ(3)", "2026-01-01T10:00:00+05:00", "2026-01-01 05:00:00.000"))


def read(weir, form, kind, text):
    weir.write(f"t.{form}", f'{{"a": "{text}"}}\n' if form == "json" else f"{text}\n")
    return weir.run(f"CREATE TABLE t (a {kind}) WITH ('connector' = 'filesystem', 'path' = 't.{form}', 'format' = '{form}'); SELECT * FROM t;",
                    "--format", "csv")


def body(weir):
    for form in ("csv", "json"):
        for kind, text in LOSES:
            done = read(weir, form, kind, text)
            contains(done.err, f"E3005: Scan(t): file 't.{form}', line 1", (form, kind, text, done))
            contains(done.err, f"'{text}' is not a {kind}", (form, kind, text, done))
        for kind, text, value in LOSES_NOTHING:
            equal(read(weir, form, kind, text).out, f"a\n{value}\n", (form, kind, text))


check(body)
