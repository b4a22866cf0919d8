"""Relative paths of tables went with the working directory: started elsewhere, a job went on with other folders (FULL), and
rows were missing or came again without a word. Refused now, and a restore says which folder it was; where the working
directory itself, or the data directory, was moved, the job goes on as before."""
from weir import check, contains, equal, true

SQL = ("CREATE TABLE s (n INT) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'csv', 'source.monitor-interval' = "
       "'20 ms', 'source.settle-interval' = '0 s');\n"
       "CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'csv');\n")
JOB = "CREATE JOB j AS INSERT INTO o SELECT n FROM s;\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;"
RESTORE = "RESTORE JOB j FROM LATEST CHECKPOINT {}AS INSERT INTO o SELECT n FROM s;"


def begin(weir, source="in", sink="out"):
    for place in ("a", "b"):
        weir.write(f"{place}/in/{place}.csv", "1\n2\n")
        weir.path(f"{place}/out").mkdir(exist_ok=True)
    return SQL.format(source, sink) + JOB


def refused(weir):
    job, data = begin(weir), weir.path("data")
    weir.ok(job, cwd="a", data=data)
    equal(weir.rows("a/out"), ["1", "2"])
    done = weir.run(job, cwd="b", data=data)
    equal(done.code, 5, done)
    contains(done.err, f"below {weir.path('a')} and would be below {weir.path('b')} now")
    equal(weir.rows("b/out"), [], "something was written elsewhere")
    weir.write("a/in/more.csv", "3\n")
    weir.ok(job, cwd="a", data=data)
    equal(weir.rows("a/out"), ["1", "2", "3"], "it goes on where it began")


def restored(weir):
    data = weir.path("data")
    weir.ok(begin(weir), cwd="a", data=data)
    said = weir.ok(SQL.format("in", "out") + "EXPLAIN " + RESTORE.format(""), cwd="b", data=data).out
    contains(said, f"the option path was {weir.path('a/in')}, is {weir.path('b/in')}: files that were not read before are read from the start")
    equal(weir.run(SQL.format("in", "out") + RESTORE.format(""), cwd="b", data=data).code, 5, said)
    accepted = RESTORE.format("ACCEPT CHANGES ('src:s', 'sink:o/sink.w') ")
    weir.ok(SQL.format("in", "out") + accepted + "\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;", cwd="b", data=data)
    equal(weir.rows("b/out"), ["1", "2"], "accepted, it reads what is there")


def absolute(weir):
    data = weir.path("data")
    job = begin(weir, weir.path("a/in"), weir.path("a/out"))
    weir.ok(job, cwd="a", data=data)
    weir.write("a/in/more.csv", "3\n")
    weir.ok(job, cwd="b", data=data)
    equal(weir.rows("a/out"), ["1", "2", "3"], "absolute paths do not mind")


def moved(weir):
    """The working directory under another name; and all of it, with the data directory below."""
    for data in (weir.path("data"), "data"):
        weir.ok(begin(weir), cwd="a", data=data)
        weir.path("a").rename(weir.path("c"))
        weir.write("c/in/more.csv", "3\n")
        weir.ok(SQL.format("in", "out") + JOB, cwd="c", data=data)
        true("3" in weir.rows("c/out"), "what is new is read")
        weir.path("c").rename(weir.path(f"c-{data == 'data'}"))


def body(weir):
    home = weir.directory.resolve()
    for number, case in enumerate((refused, restored, absolute, moved)):
        weir.directory = home / str(number)
        weir.directory.mkdir()
        case(weir)


check(body)
