"""A followed file that was empty, rotated and removed: a new one that gets its inode, and is empty at first, is read."""
import os
import time

from weir import check, equal

SCRIPT = ("CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in', 'source.follow' = 'true', "
          "'source.monitor-interval' = '10 ms', 'source.settle-interval' = '200 ms');\n"
          "CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'o');\n"
          "CREATE JOB j AS INSERT INTO o SELECT v FROM t;\nWAIT FOR JOB j UNTIL FINISHED;")
FAST = ("-D", "execution.checkpointing.interval=20 ms")


def body(weir):
    weir.write("in/other.log", "0\n")
    weir.write("in/app.log", "")
    inode = os.stat(weir.path("in/app.log")).st_ino
    child = weir.start(SCRIPT, *FAST)
    weir.wait_for(lambda: weir.path("o").exists() and weir.rows("o") == ["0"], "a row", child=child)
    weir.path("in/app.log").rename(weir.path("in/app.log.1"))
    time.sleep(1)  # it is read out then
    weir.path("in/app.log.1").unlink()
    weir.write("in/app.log", "")  # as a rule with the inode that is free
    time.sleep(0.5)
    weir.write("in/app.log", "1\n", append=True)
    about = f"the inode was {inode}, is {os.stat(weir.path('in/app.log')).st_ino}"
    weir.wait_for(lambda: weir.rows("o") == ["0", "1"], f"the row of the new file; {about}", child=child)
    weir.kill(child)
    weir.write("in/app.log", "2\n", append=True)
    child = weir.start(SCRIPT, *FAST)
    weir.wait_for(lambda: weir.rows("o") == ["0", "1", "2"], f"the row behind the kill; {about}", child=child)
    equal(weir.kill(child).code, -9)


check(body)
