"""Files that are followed and were rotated: copies of them, under whatever name, are read on and not once more; one that
was read out and is cut then is an error that names it; and one that got the inode of a file that was removed is known
beside the files that had it before."""
import os
import shutil
import time

from weir import check, contains, equal

SCRIPT = ("CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in', 'source.follow' = 'true', "
          "'source.monitor-interval' = '10 ms', 'source.settle-interval' = '200 ms');\n"
          "CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'o');\n"
          "CREATE JOB j AS INSERT INTO o SELECT v FROM t;\n")
LIVE = SCRIPT + "WAIT FOR JOB j UNTIL IDLE; STOP JOB j;"
FAST = ("-D", "execution.checkpointing.interval=20 ms")


def body(weir):
    log = weir.path("in/app.log")

    def append(text):
        with open(log, "a", encoding="ascii") as file:
            file.write(text)

    def expect(last, what):
        wanted.append(str(last))
        weir.ok(LIVE, *FAST)
        equal(weir.rows("o"), sorted(wanted), what)

    wanted = []
    log.parent.mkdir()
    child = weir.start(SCRIPT + "WAIT FOR JOB j UNTIL FINISHED;", *FAST)
    for number, (first, rotated) in enumerate(((1, "app.log.1"), (3, "app-20261122.log"), (5, None))):
        append(f"{first}\n{first + 1}\n")
        wanted += [str(first), str(first + 1)]
        weir.wait_for(lambda: len(weir.rows("o")) == 2 * number + 2, "rows", child=child)  # noqa: B023
        if rotated:
            log.rename(weir.path(f"in/{rotated}"))
            time.sleep(1)  # it is read out then
    weir.kill(child)

    os.truncate(weir.path("in/app.log.1"), 2)
    done = weir.run(LIVE, *FAST)
    equal(done.code, 4, done)
    contains(done.err, "E3006", done)
    contains(done.err, "app.log.1", done)
    weir.path("in/app.log.1").write_text("1\n2\n")

    for path in sorted(weir.path("in").iterdir()):
        shutil.copyfile(path, weir.path("copy"))
        weir.path("copy").rename(path)
    append("7\n")
    expect(7, "copied to another disk")
    weir.path("in/app.log.1").unlink()

    # The inode of app.log.1 is free: as a rule the next file gets it.
    weir.write("in/next.log", "8\n")
    child = weir.start(SCRIPT + "WAIT FOR JOB j UNTIL FINISHED;", *FAST)
    weir.wait_for(lambda: "8" in weir.rows("o"), "rows", child=child)
    weir.path("in/next.log").rename(weir.path("in/next.log.1"))
    time.sleep(1)
    weir.kill(child)
    wanted.append("8")
    append("9\n")
    expect(9, "an inode that was used again")


check(body)
