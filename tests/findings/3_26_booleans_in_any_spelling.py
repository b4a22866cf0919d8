"""BOOLEAN options of a table mean the same in every spelling that CREATE TABLE takes: 'TRUE' and ' true ' of
'csv.disable-quote-character' were accepted and ignored. What is no boolean is refused, with its place."""
from weir import check, contains, equal

SCRIPT = """CREATE TABLE t (a STRING, b INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in.csv',
  'csv.disable-quote-character' = '%s');
CREATE TABLE o (a STRING, b INT) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = 'out%d');
INSERT INTO o SELECT a, b FROM t;
"""


def body(weir):
    weir.write("in.csv", '"x,1\ny",2\n')
    for number, word in enumerate(("true", "TRUE", " True ")):
        weir.ok(SCRIPT % (word, number))
        equal(sorted(weir.rows(f"out{number}")), ['{"a":"\\"x","b":1}', '{"a":"y\\"","b":2}'], word)
    refused = weir.run(SCRIPT % ("yes", 9))
    equal(refused.code, 3, refused)
    contains(refused.err, "E2008")
    contains(refused.err, "write 'true' or 'false'")
    contains(refused.err, "2 |")


check(body)
