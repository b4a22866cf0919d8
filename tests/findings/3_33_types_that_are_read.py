#!/usr/bin/env python3
"""Another type of a column that is read was FULL throughout, where nothing of it is kept: v > w of numbers counted other rows
as v > w of texts, on top of the counts so far."""
from edited import COLUMNS, Edited, sink, table
from weir import check

TIMED = "k STRING, v INT, w INT, g STRING, ts TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR ts AS ts"
NAMES = "CREATE TABLE names (id STRING, n {}) WITH ('connector' = 'filesystem', 'path' = 'names.csv', 'format' = 'csv');\n"


# Of a ROW, and what is within it, the fields count that both have.
NESTED = "ROW<`a b` ARRAY<{}>, m MAP<STRING, {}>>"
NESTED_EDITS = (("INT", "BIGINT", "FULL"), ("INT", "STRING", "SEMANTIC"), ("BIGINT", "INT", "SEMANTIC"),
                ("INT", "INT NOT NULL", "FULL"), ("DECIMAL(6, 2)", "DECIMAL(8, 2)", "FULL"),
                ("DECIMAL(6, 2)", "DECIMAL(8, 1)", "SEMANTIC"), ("TIMESTAMP(3)", "TIMESTAMP(0)", "SEMANTIC"))


def nested(weir):
    def definitions(text):
        return table(columns=f"k STRING, v {text}", format="json") + sink()

    home = weir.directory
    query = "INSERT INTO s SELECT k, CARDINALITY(v.m) FROM t WHERE CARDINALITY(v.`a b`) > 0"
    for number, (old, new, verdict) in enumerate(NESTED_EDITS):
        weir.directory = home / f"nested-{number}"
        weir.directory.mkdir()
        job = Edited(weir, query, definitions(NESTED.format("INT", old)), rows="")
        said = f"MAP<STRING, {old}>>, is ROW" if verdict != "FULL" else ""
        job.expect(query, "src:t", verdict, said, definitions(NESTED.format("INT", new)))
        if number == 0:
            more = NESTED.format("INT", old).replace("m MAP", "`more, ``m` INT, m MAP")
            job.expect(query, "", "FULL", "", definitions(more))
    weir.directory = home


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
    nested(weir)
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
