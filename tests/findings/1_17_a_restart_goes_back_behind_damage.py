#!/usr/bin/env python3
"""A job that is restarted in its process goes back behind a checkpoint that was damaged meanwhile, as one that is started anew
does, says so, and may not where the option forbids it."""
import shutil
import subprocess

from weir import check, contains, equal, true

SQL = ("CREATE TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
       "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\n"
       "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
       "SET 'execution.state-recovery.fallback' = '{}';\n"
       "CREATE JOB j AS INSERT INTO o SELECT DISTINCT a FROM s;\n")
OPTIONS = {"execution.checkpointing.interval": "50 ms", "execution.checkpointing.num-retained": "5",
           "restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "1",
           "restart-strategy.fixed-delay.delay": "6 s"}


def checkpoints(weir):
    return sorted(weir.path("data").glob("jobs/*/checkpoints/chk-*/_metadata"), key=lambda path: int(path.parent.name[4:]))


def rot_newest(weir):
    """Damages the newest checkpoint, and gives its number."""
    newest = checkpoints(weir)[-1].parent
    rot = max((path for path in newest.iterdir() if path.is_file() and path.name != "_metadata"), key=lambda path: path.stat().st_size)
    data = bytearray(rot.read_bytes())
    data[len(data) // 2] ^= 1
    rot.unlink()
    rot.write_bytes(bytes(data))
    return newest.name[4:]


def life(weir, fallback):
    """A job whose sink's directory is away while a row comes; meanwhile its newest checkpoint rots."""
    weir.write("in/0.csv", "0\n")
    options = [option for key, value in OPTIONS.items() for option in ("-D", f"{key}={value}")]
    with open(weir.path("log"), "w", encoding="utf-8") as log:
        child = subprocess.Popen(weir.command(SQL.format(fallback), *options), cwd=weir.directory, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=log)
    weir.started.append(child)
    weir.wait_for(lambda: weir.rows("out") == ["0"], "the first row", child=child)
    # Of several checkpoints the last ones committed nothing.
    first = len(checkpoints(weir)) and int(checkpoints(weir)[-1].parent.name[4:])
    weir.wait_for(lambda: int(checkpoints(weir)[-1].parent.name[4:]) > first + 3, "checkpoints", child=child)
    weir.path("out").rename(weir.path("away"))
    weir.path("out").write_text("a file")
    weir.write("in/1.csv", "1\n")
    weir.wait_for(lambda: "in 6000 ms, because: " in weir.path("log").read_text(encoding="utf-8"), "the failure", child=child)
    rotten = rot_newest(weir)
    weir.path("out").unlink()
    weir.path("away").rename(weir.path("out"))
    return child, rotten


def body(weir):
    child, rotten = life(weir, "if-safe")
    weir.wait_for(lambda: weir.rows("out") == ["0", "1"], "the second row", child=child)
    log = weir.path("log").read_text(encoding="utf-8")
    contains(log, f"chk-{rotten}: ", "it is said")
    contains(log, "so that none comes twice", "so is that it is safe")
    true((weir.path("data") / "jobs").exists() and list(weir.path("data").glob(f"jobs/*/checkpoints/chk-{rotten}/passed-over")),
         "it is noted", log)
    # It goes on with numbers that nobody had.
    newest = int(rotten)
    weir.wait_for(lambda: int(checkpoints(weir)[-1].parent.name[4:]) > newest + 3, "further checkpoints", child=child)
    weir.kill(child)
    goes_on = weir.start(SQL.format("if-safe"))
    weir.write("in/2.csv", "2\n")
    weir.wait_for(lambda: weir.rows("out") == ["0", "1", "2"], "a third row, by another process", child=goes_on)
    weir.kill(goes_on)


    for name in ("in", "out", "data"):
        shutil.rmtree(weir.path(name))
    child, rotten = life(weir, "never")
    equal(child.wait(60), 4)
    contains(weir.path("log").read_text(encoding="utf-8"), f"chk-{rotten}", "what is damaged")


check(body)
