#!/usr/bin/env python3
"""A signal or --timeout whose last checkpoint fails ends with 4, and says why; with room it is 124, 130, 143."""
import signal

from weir import check, contains, equal

SQL = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
       "'source.monitor-interval' = '20 ms');\n"
       "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'out{n}', 'format' = 'csv');\n"
       "SET 'execution.checkpointing.interval' = '1 h';\n"
       "CREATE JOB j{n} AS INSERT INTO o SELECT a FROM s;\nCHECKPOINT JOB j{n};\nSELECT 'begun';\n")


def break_checkpoints(weir, n):
    """A file where the job's checkpoints are to be; where they were, they still are, beside it."""
    path = weir.path(f"ck{n}")
    path.rename(weir.path(f"ck{n}.away"))
    path.write_text("no directory")


def end(weir, n, sent, breaks):
    options = ["-D", f"execution.checkpointing.dir={weir.path(f'ck{n}')}"]
    if sent is None:
        options += ["--timeout", "6"]
    child = weir.start(SQL.format(n=n), *options)
    weir.wait_for(lambda: "begun" in child.stdout.readline(), "the checkpoint", child=child)
    if breaks:
        break_checkpoints(weir, n)
    if sent is not None:
        child.send_signal(sent)
    return weir.end(child)


def body(weir):
    weir.write("in/a.csv", "1\n2\n")
    turns = ((None, 124), (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129))
    for n, (sent, code) in enumerate(turns):
        equal(end(weir, f"good{n}", sent, False).code, code)
        done = end(weir, f"bad{n}", sent, True)
        equal(done.code, 4, done)
        contains(done.err, f'"jbad{n}" ends without a last checkpoint', done)
    equal(weir.rows("outgood0"), ["1", "2"])


check(body)
