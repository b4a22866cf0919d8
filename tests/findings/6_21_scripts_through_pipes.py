#!/usr/bin/env python3
"""A script that comes through a pipe was waited for in open(2) and read(2): neither --timeout nor a signal ended that, only
SIGKILL. Nothing of a part of a script is executed."""
import os
import signal
import subprocess
import threading
import time

from weir import check, contains, equal


def command(weir, *words):
    return [weir.program, "-q", "--no-progress", "--data-dir", "data", *words]


def ends(weir, code, *words, sent=None):
    """With this exit code, soon, and without a row."""
    child = weir.spawn(command(weir, *words))
    if sent:
        time.sleep(1)
        child.send_signal(sent)
    done = weir.end(child, seconds=20)
    equal((done.code, done.out), (code, ""), done)


def body(weir):
    pipe = str(weir.path("pipe"))
    os.mkfifo(pipe)
    source = weir.write("source.sql", f"SOURCE '{pipe}';")
    for writer in (False, True):
        held = os.open(pipe, os.O_RDWR) if writer else -1
        if writer:
            os.write(held, b"SELECT 1;\n")
        for words in (("run", pipe), ("run", source), ("check", pipe)):
            ends(weir, 124, words[0], "--timeout", "1", *words[1:])
        for sent, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            ends(weir, code, "run", pipe, sent=sent)
        if writer:
            os.close(held)
    # Whoever comes late and writes in pieces is waited for.
    child = weir.spawn(command(weir, "--format", "csv", "run", pipe))

    def write():
        time.sleep(0.5)
        with open(pipe, "w", encoding="utf-8") as file:
            for piece in ("SELECT ", "'all of it' ", "AS a;\n"):
                file.write(piece)
                file.flush()
                time.sleep(0.3)

    threading.Thread(target=write).start()
    contains(weir.end(child).out, "all of it")
    given = subprocess.run(["bash", "-c", f"{weir.program} -q --format csv --data-dir data run <(echo \"SELECT 'it' AS a;\")"],
                           cwd=weir.directory, capture_output=True, text=True, timeout=30, check=False)
    contains(given.stdout, "it", given)


check(body)
