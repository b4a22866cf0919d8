"""A savepoint of before files had an identity and a table goes on: what it had read is not read again, what comes is."""
import os
import shutil

from weir import check, contains, equal

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden/v1-file-positions")


def body(weir):
    shutil.copytree(os.path.join(GOLDEN, "in"), weir.path("in"))
    shutil.copytree(os.path.join(GOLDEN, "savepoint"), weir.path("savepoint"))
    weir.write("in/c.csv", "4,2024-01-01 00:00:13\n5,2024-01-01 00:00:31\n")
    memory = ("-D", "state.backend.type=memory")
    until_idle = "WAIT FOR JOB files UNTIL IDLE; DESCRIBE JOB files; STOP JOB files;"
    done = weir.ok("EXPLAIN RESTORE JOB files FROM 'savepoint';", *memory)
    contains(done.out, "FULL", done)
    for parallelism in (1, 2):
        done = weir.ok(f"RESTORE JOB files FROM 'savepoint';\n{until_idle}", *memory, "-D",
                       f"parallelism.default={parallelism}")
        contains(done.out, "Files of src:t: 3 seen, 0 waiting, 0 skipped", done)
        equal(weir.rows("o"), ["2024-01-01 00:00:10.000,2"], "the window that b.csv had begun")
        # Its own checkpoint has them in the table; and one that was cut since is noticed.
        weir.write("in/a.csv", "1,2024-01-01 00:00:01\n")
        done = weir.run("RESTORE JOB files FROM LATEST CHECKPOINT;\nWAIT FOR JOB files UNTIL IDLE;", *memory)
        contains(done.err, "E3006", done)
        contains(done.err, "in/a.csv", done)
        shutil.copyfile(os.path.join(GOLDEN, "in/a.csv"), weir.path("in/a.csv"))
        weir.ok("DROP JOB files;")
        shutil.rmtree(weir.path("o"))


check(body)
