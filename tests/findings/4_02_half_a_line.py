"""A watched file that grows: `4`, a pause, `2` and a line end are never the row 4 beside a row 2 that nobody reads.
Once settled it is as it is, and what comes later is an error that names it; a last line without an end waits for that
ten times as long, so that no row 4 is seen. Followed, it is the row 42."""
import signal
import time

from weir import check, contains, equal, true


def tables(weir, name, more=""):
    weir.path(f"{name}/in").mkdir(parents=True)
    return (f"CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{name}/in', "
            f"'source.monitor-interval' = '20 ms'{more});\n"
            f"CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{name}/o');\n"
            f"CREATE JOB {name} AS INSERT INTO o SELECT v FROM t;\n")


def stop(weir, child):
    child.send_signal(signal.SIGINT)
    return weir.end(child)


FAST = ("-D", "execution.checkpointing.interval=50 ms")


def wait_for_checkpoints(weir, child, data, more=3):
    """A row is visible with a checkpoint that may lie before the end of its file: without the file, the job of that one
    cannot know that there was no other row."""
    def newest():
        return max([int(path.name[len("chk-"):]) for path in weir.path(data).glob("jobs/*/checkpoints/chk-*")], default=0)
    first = newest()
    weir.wait_for(lambda: newest() >= first + more, f"{more} more checkpoints", child=child)


def half(weir):
    script = tables(weir, "half", ", 'source.settle-interval' = '300 ms'")
    weir.write("half/in/a.csv", "4")
    child = weir.start(script, *FAST, data="d0")
    time.sleep(1)
    weir.write("half/in/a.csv", "2\n", append=True)
    done = weir.end(child)
    equal(done.code, 4, done)
    contains(done.err, "E3006")
    contains(done.err, "a.csv")
    true(not weir.path("half/o").exists() or not weir.rows("half/o"), "no half of a line is a row")
    bounded = script.split("CREATE JOB")[0].replace(", 'source.monitor-interval' = '20 ms'", "").replace(
        ", 'source.settle-interval' = '300 ms'", "")
    contains(weir.ok(bounded + "SELECT v FROM t;", "--format", "csv", data="d0b").out, "42")


def grown(weir):
    script = tables(weir, "grown", ", 'source.settle-interval' = '100 ms'")
    path = weir.write("grown/in/a.csv", "4")
    child = weir.start(script, *FAST, data="d1")
    weir.wait_for(lambda: weir.rows("grown/o") == ["4"], "the row of what had settled", child=child)
    wait_for_checkpoints(weir, child, "d1")
    weir.write("grown/in/a.csv", "2\n", append=True)
    done = weir.end(child)
    equal(done.code, 4, done)
    contains(done.err, "E3006")
    contains(done.err, path.rsplit("/", 1)[1])
    contains(done.err, "source.follow")
    # Again, for as long as it is so; and on without the file.
    again = weir.run(script, *FAST, data="d1")
    contains(again.err, "E3006", again)
    weir.path("grown/in/a.csv").rename(weir.path("grown/away.csv"))
    weir.write("grown/in/b.csv", "7\n")
    weir.ok(script + "WAIT FOR JOB grown UNTIL IDLE; STOP JOB grown;", *FAST, data="d1")
    equal(weir.rows("grown/o"), ["4", "7"])


def settled(weir):
    """Within the interval it is one line."""
    script = tables(weir, "settled", ", 'source.settle-interval' = '1500 ms'")
    weir.write("settled/in/a.csv", "4")
    child = weir.start(script, *FAST, data="d2")
    try:
        child.wait(0.5)
    except Exception:  # pylint: disable=broad-except
        pass
    weir.write("settled/in/a.csv", "2\n", append=True)
    weir.wait_for(lambda: weir.rows("settled/o"), "a row", child=child)
    stop(weir, child)
    equal(weir.rows("settled/o"), ["42"])


def followed(weir):
    script = tables(weir, "followed", ", 'source.follow' = 'true'")
    weir.write("followed/in/a.csv", "1\n4")
    child = weir.start(script, *FAST, data="d3")
    weir.wait_for(lambda: weir.rows("followed/o") == ["1"], "the whole line", child=child)
    weir.write("followed/in/a.csv", "2\n5", append=True)
    weir.wait_for(lambda: len(weir.rows("followed/o")) > 1, "the line that was completed", child=child)
    equal(weir.rows("followed/o"), ["1", "42"])
    weir.kill(child)
    weir.write("followed/in/a.csv", "3\n", append=True)
    child = weir.start(script, *FAST, data="d3")
    weir.wait_for(lambda: len(weir.rows("followed/o")) > 2, "the line of after the kill", child=child)
    equal(stop(weir, child).code, 130)
    equal(weir.rows("followed/o"), ["1", "42", "53"])
    # Rotated while nobody looked: what was appended before is read, then the file that took its name.
    weir.write("followed/in/a.csv", "6\n", append=True)
    weir.path("followed/in/a.csv").rename(weir.path("followed/in/a.csv.1"))
    weir.write("followed/in/a.csv", "8\n")
    child = weir.start(script, *FAST, data="d3")
    weir.wait_for(lambda: len(weir.rows("followed/o")) > 4, "both files", child=child)
    # And while it looks; the writer of the old file goes on for a moment.
    weir.path("followed/in/a.csv").rename(weir.path("followed/in/a.csv.2"))
    weir.write("followed/in/a.csv", "10\n")
    weir.write("followed/in/a.csv.2", "9\n", append=True)
    weir.wait_for(lambda: len(weir.rows("followed/o")) > 6, "old and new", child=child)
    stop(weir, child)
    equal(weir.rows("followed/o"), sorted(["1", "42", "53", "6", "8", "9", "10"]))


def cut_while_followed(weir):
    script = tables(weir, "cut", ", 'source.follow' = 'true'")
    weir.write("cut/in/a.csv", "1\n2\n3\n")
    child = weir.start(script, *FAST, data="d4")
    weir.wait_for(lambda: len(weir.rows("cut/o")) == 3, "three rows", child=child)
    weir.write("cut/in/a.csv", "")
    done = weir.end(child)
    equal(done.code, 4, done)
    contains(done.err, "E3006")
    contains(done.err, "truncated")
    true("a.csv" in done.err, "the file's name", done)


def body(weir):
    half(weir)
    grown(weir)
    settled(weir)
    followed(weir)
    cut_while_followed(weir)


check(body)
