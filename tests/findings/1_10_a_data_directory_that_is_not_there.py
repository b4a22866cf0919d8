"""A job whose data directory is not there, or is another one, begins anew, and its output doubled without a word. What it had
committed lies beside that output, and is said now; a job of another name, or one that goes on, is told nothing."""
from weir import check, contains, equal, true

SQL = ("CREATE TABLE s (n INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = "
       "'20 ms', 'source.settle-interval' = '0 s');\n"
       "CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n")
WORDS = "NOTICE: job j: it begins anew, and {} has output of another job of this name"


def run(weir, data, name="j"):
    return weir.ok(f"{SQL}CREATE JOB {name} AS INSERT INTO o SELECT n FROM s;\nWAIT FOR JOB {name} UNTIL IDLE;\nSTOP JOB {name};",
                   data=data)


def body(weir):
    weir.write("in/0.csv", "1\n2\n")
    true("begins anew" not in run(weir, "data").err, "said of a first start")
    true("begins anew" not in run(weir, "data").err, "said of a job that goes on")
    true("begins anew" not in run(weir, "other", "k").err, "said of another name")
    contains(run(weir, "third").err, WORDS.format(weir.path("out").resolve()))
    runs_again(weir)


def runs_again(weir):
    """A job that has finished is run anew: its output is its own, also where the record of the run before last is gone."""
    once = ("CREATE TABLE s (n INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');\n"
            "CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'once', 'format' = 'csv');\n"
            "CREATE JOB f AS INSERT {} o SELECT n FROM s;\nWAIT FOR JOB f UNTIL FINISHED;\n")
    true("begins anew" not in weir.ok(once.format("INTO")).err, "said of the first run")
    for _ in range(3):
        done = weir.ok(once.format("INTO"))
        contains(done.err, f"job f: it begins anew, and {weir.path('once').resolve()} has output of its last run", done)
        contains(done.err, "empty", done)
        true("another job" not in done.err and "not in this data directory" not in done.err, "it is its own", done)
    true("begins anew" not in weir.ok(once.format("OVERWRITE")).err, "said of a run that replaces the rows")
    equal(sorted(weir.rows("once")), ["1", "2"])


check(body)
