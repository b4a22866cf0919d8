"""What was read is in a table of state: _metadata of a job that has read 3,000 files is as small as of one that has read
300, nothing is read twice after a restore, at another parallelism too, and DESCRIBE JOB counts all."""
import os

from weir import check, contains, equal, true


def newest(weir):
    found = weir.path("data").rglob("_metadata")
    return max(found, key=lambda path: path.stat().st_mtime)


def body(weir):
    sql = ("CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in', "
           "'source.monitor-interval' = '1 h', 'source.settle-interval' = '0 s');\n"
           "CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'o');\n"
           "CREATE JOB j AS INSERT INTO o SELECT v FROM t;\n")
    os.makedirs(weir.path("in"))
    sizes, count = [], 0
    for upto, parallelism in ((300, 1), (3000, 2), (3001, 3)):
        while count < upto:
            weir.write(f"in/{count:05}.csv", f"{count}\n")
            count += 1
        done = weir.ok(sql + "WAIT FOR JOB j UNTIL IDLE; DESCRIBE JOB j; STOP JOB j;", "-D",
                       f"parallelism.default={parallelism}")
        contains(done.out, f"{upto} seen, 0 waiting, 0 skipped", done)
        equal(weir.rows("o"), sorted(str(i) for i in range(upto)), f"after {upto}")
        sizes.append(newest(weir).stat().st_size)
    true(max(sizes) < 20_000, "metadata grows with the files read", sizes)


check(body)
