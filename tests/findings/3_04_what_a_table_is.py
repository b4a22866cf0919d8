"""Columns of a positional format in another order, METADATA FROM another key, sink columns added, INTO and OVERWRITE."""
from edited import COLUMNS, Edited, sink, table
from weir import check


def body(weir):
    query = "INSERT INTO s SELECT k, v FROM t"
    job = Edited(weir, query, table() + sink(format="csv"))
    turned = COLUMNS.replace("v INT, w INT", "w INT, v INT")
    job.expect(query, "src:t", "SEMANTIC", "the column v was value 2 of a record, is value 3 of a record",
               table(columns=turned) + sink(format="csv"))
    more = COLUMNS.replace("g STRING, ts TIMESTAMP(3)", "g STRING, ts TIMESTAMP(3), more STRING")
    job.expect(query, "", "FULL", definitions=table(columns=more) + sink(format="csv"))
    wider = sink(columns="k STRING, x INT, y INT", format="csv")
    job.expect("INSERT INTO s SELECT k, v, w FROM t", "sink:s/sink.w", "SEMANTIC", "the column y = w is new", table() + wider)
    job.expect("INSERT OVERWRITE s SELECT k, v FROM t", "sink:s/sink.w", "SEMANTIC", "the write was INTO, is OVERWRITE")


def metadata(weir):
    weir.directory = weir.directory / "metadata"
    weir.directory.mkdir()
    with_key = COLUMNS.replace("g STRING", "g STRING, m {} METADATA FROM '{}'")
    query = "INSERT INTO s SELECT k, v FROM t WHERE m IS NOT NULL"
    path, size = (table(columns=with_key.format(*of)) + sink() for of in (("STRING", "file.path"), ("STRING", "file.name")))
    job = Edited(weir, query, path)
    job.expect(query, "src:t", "SEMANTIC", "the column m was metadata 'file.path', is metadata 'file.name'", size)


def both(weir):
    body(weir)
    metadata(weir)


check(both)
