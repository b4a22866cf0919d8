#!/usr/bin/env python3
"""Columns of a CSV file with a header are found by their names, and were compared by their places: the same table with its
columns in another order was SEMANTIC. Text without a zone is still read in the session's."""
from edited import COLUMNS, ROWS, Edited, sink, table
from weir import check

NAMED = {"csv.header": "true"}


def body(weir):
    query = "INSERT INTO s SELECT k, v FROM t"
    weir.write("t/named.csv", "k,v,w,g,ts\n" + ROWS)
    turned = COLUMNS.replace("v INT, w INT", "w INT, v INT")
    job = Edited(weir, query, table("t", **NAMED).replace("'path' = 't'", "'path' = 't/named.csv'") + sink())

    def named(columns):
        return table("t", columns, **NAMED).replace("'path' = 't'", "'path' = 't/named.csv'") + sink()

    job.expect(query, "", "FULL", "", named(turned))
    job.expect(query, "", "FULL", "", named("more INT, " + turned.replace("g STRING, ", "")))
    job.expect(query, "src:t", "SEMANTIC", "the column v was the value of its name, is value 3 of a record",
               named(turned).replace(", 'csv.header' = 'true'", ""))
    local = COLUMNS.replace("g STRING", "i TIMESTAMP_LTZ(3)")
    home, weir.directory = weir.directory, weir.directory / "local"
    weir.directory.mkdir()
    weir.write("t/named.csv", "k,v,w,i,ts\n" + ROWS.replace(",x,", ",2026-01-01 00:00:00,").replace(",y,", ",2026-01-01 00:00:00,"))
    job = Edited(weir, query, named(local))
    job.expect(query, "", "FULL", "", named(local.replace("v INT, w INT", "w INT, v INT")))
    job.expect(query, "src:t", "SEMANTIC", "the column i was the value of its name in UTC",
               "SET 'table.local-time-zone' = 'Asia/Tokyo';\n" + named(local))
    weir.directory = home


check(body)
