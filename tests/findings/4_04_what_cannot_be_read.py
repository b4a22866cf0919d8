"""lost+found, a pipe and, where rights count, a file without them in a watched folder are left alone, counted and said."""
import os

from weir import check, contains, equal


def body(weir):
    weir.write("in/a.csv", "1\n")
    weir.write("in/lost+found/b.csv", "2\n")
    os.mkfifo(weir.path("in/pipe"))
    table = "CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in'{});\n"
    skipped = 2
    if os.geteuid() != 0:
        os.chmod(weir.write("in/closed.csv", "3\n"), 0)
        skipped = 3
    done = weir.ok(table.format(", 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s'") +
                   "CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'o');\n"
                   "CREATE JOB j AS INSERT INTO o SELECT v FROM t;\n"
                   "WAIT FOR JOB j UNTIL IDLE; DESCRIBE JOB j; STOP JOB j;")
    equal(weir.rows("o"), ["1"])
    contains(done.out, f"Files of src:t: 1 seen, 0 waiting, {skipped} skipped", done)
    contains(done.out, "in/")
    contains(done.err, f"{skipped} skipped files: table t: in/", done)
    contains(done.err, "lost+found: the file system's own directory; in/pipe: neither a file nor a directory", done)
    # Bounded: lost+found is no table's, and all else must be readable.
    os.unlink(weir.path("in/pipe"))
    if os.geteuid() != 0:
        os.unlink(weir.path("in/closed.csv"))
    equal(weir.ok(table.format("") + "SELECT v FROM t;", "--format", "csv").out.split(), ["v", "1"])


check(body)
