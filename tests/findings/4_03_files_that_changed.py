"""A file that was cut or replaced below the position that a checkpoint has in it is an error that names it, bounded or
watched; put back, the job goes on and every row is there once. A copy of the file is the file."""
import shutil

from weir import check, contains, equal, true

ROWS = 400_000


def text(first):
    return "".join(f"{i}\n" for i in range(first, first + ROWS))


def script(name, more):
    return (f"CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{name}/in'{more});\n"
            f"CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{name}/o');\n"
            f"CREATE JOB {name} AS INSERT INTO o SELECT v FROM t;\n")


FAST = ("-D", "execution.checkpointing.interval=10 ms", "-D", "pipeline.batch-size=50", "-D", "pipeline.queue-size=1")


def stop_in_the_middle(weir, name, sql):
    """Killed when a checkpoint is committed, so that the rows which are there tell its position: some, and not all."""
    for attempt in range(20):
        killed = weir.run(sql, *FAST, data=f"{name}/data", env={"WEIR_KILL_AT": f"checkpoint.after_commit:{1 + attempt % 4}"}, faulty=True)
        if 0 < len(weir.rows(f"{name}/o")) < ROWS:
            return
        weir.run(f"DROP JOB {name};", data=f"{name}/data")
        shutil.rmtree(weir.path(f"{name}/o"), ignore_errors=True)
    true(False, "no checkpoint in the middle", killed)


def body(weir):
    for name, more in (("bounded", ""),
                       ("watched", ", 'source.monitor-interval' = '10 ms', 'source.settle-interval' = '0 s'")):
        sql = script(name, more)
        weir.write(f"{name}/in/a.csv", text(0))
        stop_in_the_middle(weir, name, sql)
        path = weir.path(f"{name}/in/a.csv")
        path.rename(weir.path(f"{name}/kept"))
        for what, contents in (("truncated", "1\n2\n"), ("replaced", text(7_000_000))):
            weir.write(f"{name}/in/a.csv", contents)
            done = weir.run(sql, *FAST, data=f"{name}/data")
            equal(done.code, 4, done)
            contains(done.err, "E3006", done)
            contains(done.err, what, done)
            contains(done.err, f"{name}/in/a.csv", done)
        path.unlink()
        shutil.copyfile(weir.path(f"{name}/kept"), path)
        weir.ok(sql + (f"WAIT FOR JOB {name} UNTIL IDLE; STOP JOB {name};" if more else ""), *FAST, data=f"{name}/data")
        equal(weir.rows(f"{name}/o"), sorted(str(i) for i in range(ROWS)))
    # What was read to its end is looked at, too.
    weir.write("watched/in/a.csv", text(9_000_000))
    done = weir.run(script("watched", more), *FAST, data="watched/data")
    contains(done.err, "replaced", done)


check(body)
