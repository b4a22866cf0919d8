#!/usr/bin/env python3
"""What a table is, a third time: another type of a sink's column, and columns of a positional lookup table in another order
were compared by nobody, so that one output held 1 and 1.00, and rows that were kept had been found in another column."""
from edited import Edited, sink, table
from weir import check

TIMED = "k STRING, v INT, w INT, g STRING, ts TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR ts AS ts"
NAMES = "CREATE TABLE names ({}) WITH ('connector' = 'filesystem', 'path' = 'names.csv', 'format' = '{}');\n"
JOINED = "SELECT e.k, n.title FROM t AS e JOIN names FOR SYSTEM_TIME AS OF e.p AS n ON e.k = n.id"


def written(weir):
    for form in ("csv", "json", "changelog"):
        weir.directory = weir.directory / form
        weir.directory.mkdir()
        query = "INSERT INTO s SELECT k, v FROM t"
        job = Edited(weir, query, table() + sink(format=form))
        job.expect(query, "", "FULL")
        job.expect(query, "", "FULL", "", table() + sink(columns="k STRING NOT NULL, x INT", format=form))
        for name in ("BIGINT", "DOUBLE", "DECIMAL(12, 2)"):
            job.expect(query, "sink:s/sink.w", "SEMANTIC", f"the column x was INT, is {name}",
                       table() + sink(columns=f"k STRING, x {name}", format=form))


def looked_up(weir):
    def definitions(columns, form="csv"):
        return table(columns=TIMED) + NAMES.format(columns, form) + sink(columns="k STRING, x STRING")

    weir.write("names.csv", "a,Anna,x\nb,Bea,y\n")
    first, turned = "id STRING, title STRING, more STRING", "id STRING, more STRING, title STRING"
    moved = "the column names.title was value 2 of a record, is value 3 of a record"
    home = weir.directory
    for number, (query, uid) in enumerate((
            (f"INSERT INTO s {JOINED}", "sink:s/sink.w"),
            (f"INSERT INTO s WITH j AS ({JOINED} UNION ALL SELECT k, g FROM t) SELECT DISTINCT k, title FROM j",
             "sink:s/distinct"),
            (f"INSERT INTO s WITH l AS ({JOINED}), j AS (SELECT l.k, l.title FROM l JOIN t ON l.k = t.k) SELECT k, title FROM j",
             "sink:s/cte:j/join"))):
        weir.directory = home / f"looked-up-{number}"
        weir.directory.mkdir()
        weir.write("names.csv", "a,Anna,x\nb,Bea,y\n")
        job = Edited(weir, query, definitions(first))
        job.expect(query, "", "FULL")
        job.expect(query, uid, "SEMANTIC", moved, definitions(turned))
        job.expect(query, "", "FULL", "", definitions(first + ", last STRING"))


def body(weir):
    home = weir.directory
    for case in (written, looked_up):
        weir.directory = home
        case(weir)


check(body)
