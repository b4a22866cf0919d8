#!/usr/bin/env python3
"""A quote that is never closed ignored 'csv.ignore-parse-errors', and bytes that are no UTF-8 went from CSV into a JSON
file that nobody could read."""
import json

from weir import check, contains, equal, true


def table(weir, name, skip):
    return f"""CREATE TABLE r (a INT, t STRING) WITH ('connector' = 'filesystem', 'path' = '{weir.path(name)}',
      'format' = 'csv', 'csv.ignore-parse-errors' = '{str(skip).lower()}');
    CREATE TABLE o (a INT, t STRING) WITH ('connector' = 'filesystem', 'path' = '{weir.path("out-" + name)}', 'format' = 'json');
    """


def body(weir):
    weir.write("quote/a.csv", '1,one\n2,"never closed\n3,three\n4,four\n')
    done = weir.run(table(weir, "quote", False) + "SELECT * FROM r;")
    true(done.code in (3, 4), "another exit code", done)
    contains(done.err, "line 2", done)
    rows = weir.ok(table(weir, "quote", True) + "SELECT a, t FROM r;", "--format", "json").out
    equal([json.loads(line)["a"] for line in rows.splitlines() if line.startswith("{")], [1, 3, 4])
    weir.path("bytes").mkdir()
    weir.path("bytes/a.csv").write_bytes(b"1,fine\n2,caf\xe9\n3,caf\xc3\xa9\n")
    done = weir.run(table(weir, "bytes", False) + "INSERT INTO o SELECT a, t FROM r;")
    true(done.code in (3, 4), "another exit code", done)
    contains(done.err, "line 2", done)
    contains(done.err, "UTF-8", done)
    weir.ok(table(weir, "bytes", True).replace("out-bytes", "out-skipped") + "INSERT INTO o SELECT a, t FROM r;", data="skipping")
    equal([json.loads(line) for line in weir.rows("out-skipped")], [{"a": 1, "t": "fine"}, {"a": 3, "t": "café"}])


check(body)
