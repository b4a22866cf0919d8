"""A followed file that was renamed and cut while nobody read: the error names it as it is called now, and not the file
that has its old name. What lies at the old name and is a copy of it is read on."""
import os
import shutil

from weir import check, contains, equal

SCRIPT = ("CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{0}/in', 'source.follow' = 'true', "
          "'source.monitor-interval' = '10 ms', 'source.settle-interval' = '200 ms');\n"
          "CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{0}/o');\n"
          "CREATE JOB j AS INSERT INTO o SELECT v FROM t;\nWAIT FOR JOB j UNTIL IDLE; STOP JOB j;")


def read_and_renamed(weir, name):
    weir.write(f"{name}/in/app.log", "1\n2\n3\n")
    weir.ok(SCRIPT.format(name), data=f"{name}/data")
    renamed = weir.path(f"{name}/in/app-1.log")
    weir.path(f"{name}/in/app.log").rename(renamed)
    return renamed


def body(weir):
    renamed = read_and_renamed(weir, "cut")
    os.truncate(renamed, 4)
    weir.write("cut/in/app.log", "4\n")
    done = weir.run(SCRIPT.format("cut"), data="cut/data")
    equal(done.code, 4, done)
    contains(done.err, "E3006", done)
    contains(done.err, "cut/in/app-1.log has 4 bytes, 6 of it were read", done)
    weir.write("cut/in/app-1.log", "1\n2\n3\n")
    weir.ok(SCRIPT.format("cut"), data="cut/data")
    equal(weir.rows("cut/o"), ["1", "2", "3", "4"])

    renamed = read_and_renamed(weir, "copied")
    shutil.copyfile(renamed, weir.path("copied/in/app.log"))
    renamed.unlink()
    weir.write("copied/in/app.log", "4\n", append=True)
    weir.ok(SCRIPT.format("copied"), data="copied/data")
    equal(weir.rows("copied/o"), ["1", "2", "3", "4"])


check(body)
