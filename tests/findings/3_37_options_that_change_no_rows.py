"""What a start does that misses a file, and when and in what portions files are read and written, is no change of a table.
What decides which rows a table has, or what they are, is one, by each option and with any value."""
from edited import Edited, sink, table
from weir import check


def body(weir):
    query = "INSERT INTO s SELECT k, v FROM t"
    options = {"sink.missing-committed": "fail", "sink.rolling-policy.file-size": "1 mb", "sink.rolling-policy.check-interval": "1 s"}
    job = Edited(weir, query, table() + sink())
    for key, value in options.items():
        job.expect(query, "", "FULL", "", table() + sink(**{key: value}))
    job.expect(query, "", "FULL", "", table(**{"source.settle-interval": "2 s"}) + sink())
    job.expect(query, "sink:s/sink.w", "SEMANTIC", "partition.default-name", table() + sink(**{"partition.default-name": "none"}))
    for key, value in {"csv.ignore-parse-errors": "true", "csv.allow-comments": "true", "csv.disable-quote-character": "true",
                       "csv.field-delimiter": ";", "csv.null-literal": "-", "csv.quote-character": "~",
                       "source.path.regex-pattern": ".*"}.items():
        job.expect(query, "src:t", "SEMANTIC", key, table(**{key: value}) + sink())


check(body)
