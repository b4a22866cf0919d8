"""Rows that a savepoint holds are files as they were written: a restore into a table of other directories, another format, or
other columns of records without names is refused, by EXPLAIN RESTORE, too. It lost them, or left what nobody could read."""
from weir import check, contains, equal

SOURCE = ("CREATE TABLE i (v INT, d STRING) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
          "'source.monitor-interval' = '20 ms');\nSET 'execution.checkpointing.interval' = '1 h';\n")
TABLE = "CREATE TABLE o ({}) {} WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = '{}'{});\n"
COLUMNS = "v INT, d STRING"
INSERT = "INSERT INTO o SELECT {} FROM i"
OTHERS = (
    ("the directory for each d is new", (COLUMNS, "PARTITIONED BY (d)", "out2", "csv", ""), "v, d"),
    ("the option format was csv, is json", (COLUMNS, "", "out2", "json", ""), "v, d"),
    ("the option csv.field-delimiter", (COLUMNS, "", "out2", "csv", ", 'csv.field-delimiter' = ';'"), "v, d"),
    ("the column e", (COLUMNS + ", e INT", "", "out2", "csv", ""), "v, d, v"),
)


def taken(weir, form):
    """A savepoint of a job that has committed nothing."""
    weir.write("in/1.csv", "1,a\n2,b\n")
    weir.ok(SOURCE + TABLE.format(COLUMNS, "", "out", form, "") + f"CREATE JOB j AS {INSERT.format('v, d')};\n"
            "WAIT FOR JOB j UNTIL IDLE;\nCANCEL JOB j WITH SAVEPOINT 'saved';")
    return next(weir.path("saved").iterdir())


def body(weir):
    saved = taken(weir, "csv")
    for words, table, values in OTHERS:
        tables = SOURCE + TABLE.format(*table)
        restore = f"RESTORE JOB k FROM '{saved}' ACCEPT CHANGES ('sink:o/sink.w') AS {INSERT.format(values)};"
        for statement, code in (("EXPLAIN " + restore, 0), (restore, 5)):
            done = weir.run(tables + statement)
            equal(done.code, code, done)
            contains(done.out + done.err, "2 rows that the savepoint holds are written as the former table has them", done)
            contains(done.out + done.err, words, done)
            contains(done.out + done.err, "refused", done)
        equal(weir.path("out2").exists(), False, words)
    weir.ok(SOURCE + TABLE.format(COLUMNS, "", "out2", "csv", "") +
            f"RESTORE JOB k FROM '{saved}' ACCEPT CHANGES ('sink:o/sink.w') AS {INSERT.format('v * 10, d')};\n"
            "WAIT FOR JOB k UNTIL IDLE;\nSTOP JOB k;")
    equal(weir.rows("out2"), ["1,a", "2,b"])
    # Records that name their columns may lack one.
    own = weir.apart("named")
    saved = taken(own, "json")
    own.ok(SOURCE + TABLE.format(COLUMNS + ", e INT", "", "out2", "json", "") +
           f"RESTORE JOB k FROM '{saved}' ACCEPT CHANGES ('sink:o/sink.w') AS {INSERT.format('v, d, v')};\n"
           "WAIT FOR JOB k UNTIL IDLE;\nSTOP JOB k;")
    equal(len(own.rows("out2")), 2)


check(body)
