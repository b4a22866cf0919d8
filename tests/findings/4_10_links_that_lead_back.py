"""A symbolic link in a watched folder to that folder, or to one above it, had every file read forty times over; with two such links the
listing never ended."""
from weir import check, contains, equal, true

TABLE = "CREATE TABLE r (n INT) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'csv'{});\n"
WATCHED = ", 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s'"
JOB = ("CREATE TABLE w (n INT) WITH ('connector' = 'filesystem', 'path' = '{0}', 'format' = 'csv');\n"
       "CREATE JOB {0} AS INSERT INTO w SELECT n FROM r;\nWAIT FOR JOB {0} UNTIL IDLE;\nSTOP JOB {0};")


def body(weir):
    weir.write("s/a.csv", "1\n")
    weir.path("s/self").symlink_to(".")
    weir.ok(TABLE.format("s", WATCHED) + JOB.format("one"))
    equal(weir.rows("one"), ["1"])
    weir.write("r/a.csv", "1\n")
    weir.write("r/deep/er/b.csv", "2\n")
    weir.write("beside/c.csv", "3\n")
    weir.path("r/beside").symlink_to("../beside")
    for link, target in (("r/self", "."), ("r/deep/er/up", "../.."), ("beside/across", "../r")):
        weir.path(link).symlink_to(target)
    done = weir.ok(TABLE.format("r", WATCHED) + JOB.format("w"))
    equal(weir.rows("w"), ["1", "2", "3"], done)
    contains(done.err, "a link to a directory that it lies in", done)
    done = weir.ok(TABLE.format("r/**/*.csv", WATCHED) + JOB.format("g"))
    equal(weir.rows("g"), ["1", "2", "3"], done)
    # A table that is not watched leaves nothing out: it says what is wrong.
    done = weir.run(TABLE.format("r", "") + "SELECT * FROM r;")
    equal(done.code, 4, done)
    contains(done.err, "is a link to a directory that it lies in", done)
    true("too many levels" not in done.err.lower(), "no error of the system", done)


check(body)
