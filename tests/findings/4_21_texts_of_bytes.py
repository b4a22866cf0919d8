"""Text that is made of bytes is UTF-8, with U+FFFD for what is none, as DECODE and Flink say it: CAST kept the bytes, so that JSON and
CSV were written that nobody could read, and a table of errors whose records were not UTF-8 was such a file. A message cut in the
middle of a character was, too."""
from weir import check, contains, equal

BAD = "CREATE TABLE bad (raw {}, place STRING, message STRING) WITH ('connector' = 'filesystem', 'path' = 'bad', 'format' = 'json');\n"
TABLES = ("SET 'table.dml-sync' = 'true';\nCREATE TABLE t (id INT, s STRING) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
          "'errors.table' = 'bad');\nCREATE TABLE o (id INT, s STRING) WITH ('connector' = 'filesystem', 'path' = 'o', 'format' = 'csv');\n")


def written(weir):
    return b"".join(file.read_bytes() for file in weir.path("bad").iterdir() if file.name.startswith("part")).decode()


def body(weir):
    done = weir.ok("SELECT CAST(CAST(x'ff41c3' AS STRING) AS BYTES), CAST(CAST(x'e282' AS VARCHAR(3)) AS BYTES), CAST(x'c3a9' AS STRING);\n"
                   "SELECT CAST(CAST(b AS STRING) AS BYTES), CAST(CAST(CAST(b AS CHAR(3)) AS STRING) AS BYTES) FROM (VALUES (x'ff41')) AS v (b);\n"
                   "SELECT CAST(URL_DECODE('%ffA%C3%A9%c3') AS BYTES);",
                   "--format", "csv")
    values = [line for line in done.out.splitlines() if not line.startswith("EXPR")]
    equal(values, ["x'efbfbd41efbfbd',x'efbfbd',é", "x'efbfbd41',x'efbfbd4120'", "x'efbfbd41c3a9efbfbd'"], done)
    for name, raw, records, messages in (
            ("text", "STRING", b"1,a\n\xff\xfe,b\n3,\xffc\n8,ok\n", ["'��' is not a INT"]),
            ("bytes", "BYTES", b"1,a\n\xff\xfe,b\n8,ok\n", ["'��' is not a INT"]),
            ("long", "STRING", ("a" + "é" * 40 + ",x\n1,ok\n").encode(), ["'a" + "é" * 29 + "…' is not a INT"])):
        own = weir.apart(name)
        own.path("in").mkdir()
        own.path("in/a.csv").write_bytes(records)
        own.ok(BAD.format(raw) + TABLES + "INSERT INTO o SELECT * FROM t;")
        for message in messages:
            contains(written(own), message)
        read = own.ok(BAD.format(raw) + "SELECT message FROM bad;")
        contains(read.out, messages[0][:10], read)


check(body)
