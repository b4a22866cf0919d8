"""A followed file that is rotated after it was found and before it is opened, as on a busy machine, is read, and so is the
one that has its name now: each once, also where the job is killed before it opens them."""
import time

from weir import check, equal

SCRIPT = ("CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{name}/in', 'source.follow' = 'true', "
          "'source.monitor-interval' = '10 ms', 'source.settle-interval' = '200 ms');\n"
          "CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{name}/out');\n"
          "CREATE FUNCTION slow(x INT) RETURNS INT AS 'slow.slow' LANGUAGE PYTHON;\n"
          "CREATE JOB {name} AS INSERT INTO o SELECT slow(v) AS v FROM t;\nWAIT FOR JOB {name} UNTIL FINISHED;")
SLOW = "import time\n\ndef slow(x):\n    open('asleep', 'w').close()\n    time.sleep(1)\n    return x\n"
OPTIONS = ("-D", "execution.checkpointing.interval=20 ms", "-D", "parallelism.default=1", "-D", "python.files=.")


def rotated(weir, name, killed):
    def rows():
        return weir.rows(f"{name}/out") if weir.path(f"{name}/out").exists() else []
    script = SCRIPT.format(name=name)
    weir.write(f"{name}/in/first.log", "0\n")
    child = weir.start(script, *OPTIONS)
    weir.wait_for(lambda: weir.path("asleep").exists(), "a call", child=child)
    for number in (1, 2):
        weir.write(f"{name}/in/app.log", f"{number}\n")
        time.sleep(0.2)  # it is found, and the task is still asleep
        weir.path(f"{name}/in/app.log").rename(weir.path(f"{name}/in/app.log.{number}"))
    weir.write(f"{name}/in/app.log", "3\n")
    if killed:
        weir.wait_for(rows, "the first row", child=child)
        equal(weir.kill(child).code, -9)
        child = weir.start(script, *OPTIONS)
    weir.wait_for(lambda: len(rows()) >= 4, "all rows", child=child)
    time.sleep(1)
    equal(sorted(rows()), ["0", "1", "2", "3"])
    equal(weir.kill(child).code, -9)
    weir.path("asleep").unlink()


def body(weir):
    weir.write("slow.py", SLOW)
    rotated(weir, "once", False)
    rotated(weir, "killed", True)


check(body)
