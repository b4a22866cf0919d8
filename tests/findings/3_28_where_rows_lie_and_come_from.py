"""What a table is, once more: the directories that rows lie in (PARTITIONED BY) and whether it is watched were compared by
nobody, so that committed rows vanished for readers, new ones were taken for other columns, or were not read at all. And what
was put out for good: of closed windows, of an interval that is narrower now."""
from edited import COLUMNS, Edited, sink, table
from weir import check

PLAIN = "CREATE TABLE {} ({}) {}WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'csv'{});\n"
WATCHED = ", 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s'"


def written(weir):
    def definitions(divided=""):
        return table() + PLAIN.format("s", "k STRING, v INT", divided, "out-s", "")

    query = "INSERT INTO s SELECT k, v FROM t"
    edited = Edited(weir, query, definitions())
    edited.expect(query, "sink:s/sink.w", "SEMANTIC", "the directory for each k is new", definitions("PARTITIONED BY (k) "))
    edited.expect(query, "", "FULL")


def read(weir):
    """k comes from a directory, from a record, from another directory."""
    def definitions(divided, columns="k INT, v INT, w INT"):
        return PLAIN.format("d", columns, divided, "d", WATCHED) + sink("s", "s INT")

    weir.write("d/k=1/0", "10,20\n")
    query = "INSERT INTO s SELECT SUM(v) FROM d"
    edited = Edited(weir, query, definitions("PARTITIONED BY (k) "))
    edited.expect(query, "", "FULL")
    edited.expect(query, "src:d", "SEMANTIC", "the column k was the name of a directory, is value 1 of a record",
                  definitions("PARTITIONED BY (w) "))
    edited.expect(query, "src:d", "SEMANTIC", "the directory for each k is gone", definitions(""))


def unwatched(weir):
    query = "INSERT INTO s SELECT k, v FROM t"
    edited = Edited(weir, query, table() + sink("s"))
    for interval in ("", ", 'source.monitor-interval' = '0 s'"):
        once = PLAIN.format("t", COLUMNS, "", "t", interval) + sink("s")
        edited.expect(query, "src:t", "SEMANTIC", "it read files as they come: what has come since the savepoint is not read", once)


def unfollowed(weir):
    query = "INSERT INTO s SELECT k, v FROM t"
    watched = ", 'source.monitor-interval' = '50 ms'"
    edited = Edited(weir, query, PLAIN.format("t", COLUMNS, "", "t", watched + ", 'source.follow' = 'true'") + sink("s"))
    edited.expect(query, "src:t", "SEMANTIC", "it read lines as they come: a file that has grown since the savepoint fails the job",
                  PLAIN.format("t", COLUMNS, "", "t", watched) + sink("s"))


def put_out(weir):
    windows = ("INSERT INTO s SELECT k, x FROM (SELECT k, v AS x, ROW_NUMBER() OVER (PARTITION BY window_start, window_end "
               "ORDER BY v DESC, w) AS rn FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '4' SECOND))) WHERE rn <= {}")
    edited = Edited(weir, windows.format(2))
    uid = next(line.split()[1] for line in edited.explain(windows.format(1)).splitlines() if " WindowRank " in line)
    edited.expect(windows.format(1), uid, "SEMANTIC", "the last rank was 2, is 1: of closed windows it stays")


def body(weir):
    home = weir.directory
    for number, case in enumerate((written, read, unwatched, unfollowed, put_out)):
        weir.directory = home / str(number)
        weir.directory.mkdir()
        case(weir)


check(body)
