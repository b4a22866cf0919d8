"""EXPLAIN, EXPLAIN RESTORE and RESTORE refuse what a table's format cannot read or write, with one reason: EXPLAIN RESTORE
promised what RESTORE then refused. The job goes on with what it had."""
from weir import check, contains, equal

TABLE = ("CREATE TABLE {name} (a INT, b STRING{more}) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{name}'"
         "{options});\n")
WATCHED = ", 'source.monitor-interval' = '50 ms', 'source.settle-interval' = '50 ms'"
QUERY = "INSERT INTO o SELECT a, b FROM t"
# How the tables are made anew, and the reason.
EDITS = (
    (", m MAP<STRING, INT>", "", "Scan(t): columns of type MAP<STRING, INT> in the csv format are not supported yet"),
    ("", ", 'csv.null-literal' = 'a,b'", "Sink(o): a NULL that is written as 'csv.null-literal' says would not be read as one"),
)


def tables(more="", options=""):
    return (TABLE.format(name="t", more=more, options=WATCHED) + TABLE.format(name="o", more="", options=options)
            + TABLE.format(name="u", more=more, options="") + TABLE.format(name="w", more="", options=options))


def body(weir):
    weir.write("t/1.csv", "1,x\n")
    weir.write("u/1.csv", "1,x\n")
    for number, (more, options, reason) in enumerate(EDITS):
        job = f"RESTORE JOB j{number} FROM LATEST CHECKPOINT AS {QUERY};"
        done = weir.run(tables() + f"CREATE JOB j{number} AS {QUERY};\nSTOP JOB j{number};")
        equal(done.code, 0, done)
        edited = tables(more, options)
        done = weir.run(edited + f"EXPLAIN {job}")
        equal(done.code, 0, done)
        contains(done.out, f"The restore is refused: {reason}")
        for statement in (job, "EXPLAIN INSERT INTO w SELECT a, b FROM u;"):
            done = weir.run(edited + statement)
            equal(done.code, 3, done)
            contains(done.err, reason.split(": ", 1)[1])
        done = weir.run(tables() + f"EXPLAIN {job}")
        contains(done.out, "FULL")
        equal("refused" in done.out, False, done)


check(body)
