"""A followed file that was open and empty when the job was killed, and was removed then: its successor is read once."""
import os

from weir import check, equal

SCRIPT = ("CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in', 'source.follow' = 'true', "
          "'source.monitor-interval' = '10 ms', 'source.settle-interval' = '200 ms');\n"
          "CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'o');\n"
          "CREATE JOB j AS INSERT INTO o SELECT v FROM t;\nWAIT FOR JOB j UNTIL FINISHED;")
FAST = ("-D", "execution.checkpointing.interval=20 ms")


def body(weir):
    weir.write("in/app.log", "")
    child = weir.start(SCRIPT, *FAST)
    for line in ("0", "1"):  # two checkpoints that know of the empty file
        weir.write("in/other.log", f"{line}\n", append=True)
        weir.wait_for(lambda last=line: weir.path("o").exists() and last in weir.rows("o"), "a row", child=child)
    equal(weir.kill(child).code, -9)
    weir.write("new", "2\n")  # another inode
    os.replace(weir.path("new"), weir.path("in/app.log"))
    child = weir.start(SCRIPT, *FAST)
    weir.wait_for(lambda: "2" in weir.rows("o"), "the row of the new file", child=child)
    weir.write("in/other.log", "3\n", append=True)
    weir.wait_for(lambda: "3" in weir.rows("o"), "the row behind it", child=child)
    equal(sorted(weir.rows("o")), ["0", "1", "2", "3"])
    equal(weir.kill(child).code, -9)


check(body)
