#!/usr/bin/env python3
"""Another type of a column that is read was FULL throughout, where nothing of it is kept: v > w of numbers counted other rows
as v > w of texts, on top of the counts so far."""
from edited import COLUMNS, Edited, sink, table
from weir import check

TIMED = "k STRING, v INT, w INT, g STRING, ts TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR ts AS ts"
NAMES = "CREATE TABLE names (id STRING, n {}) WITH ('connector' = 'filesystem', 'path' = 'names.csv', 'format' = 'csv');\n"


def body(weir):
    query = "INSERT INTO s SELECT k, CAST(COUNT(*) AS INT) FROM t WHERE v > w GROUP BY k"
    job = Edited(weir, query)
    for name, verdict in (("BIGINT", "FULL"), ("SMALLINT", "SEMANTIC"), ("STRING", "SEMANTIC"), ("DOUBLE", "SEMANTIC")):
        said = f"the type of the column v was INT, is {name}" if verdict != "FULL" else ""
        changed = COLUMNS.replace("v INT, w INT", f"v {name}, w {name}")
        job.expect(query, "src:t", verdict, said, table(columns=changed) + table("u") + sink())
    coarse = COLUMNS.replace("TIMESTAMP(3)", "TIMESTAMP(0)")
    job.expect(query, "src:t", "SEMANTIC", "the type of the column ts was TIMESTAMP(3), is TIMESTAMP(0)",
               table(columns=coarse) + table("u") + sink())
    home, weir.directory = weir.directory, weir.directory / "looked-up"
    weir.directory.mkdir()
    weir.write("names.csv", "a,10\nb,9\n")
    def definitions(name):
        return table(columns=TIMED) + NAMES.format(name) + sink()

    job = Edited(weir, "INSERT INTO s SELECT e.k, e.v FROM t AS e JOIN names FOR SYSTEM_TIME AS OF e.p AS n ON e.k = n.id",
                 definitions("INT"))
    job.expect(job.before, "", "FULL", "", definitions("BIGINT"))
    job.expect(job.before, "sink:s/sink.w", "SEMANTIC", "the type of the column names.n was INT, is STRING", definitions("STRING"))
    weir.directory = home


check(body)
