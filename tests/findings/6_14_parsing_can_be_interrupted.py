#!/usr/bin/env python3
"""--timeout and signals were not looked at while a script was cut into statements and a statement was parsed."""
import signal
import time

from weir import check, contains, equal, true


def seconds_until_ended(weir, command, stop_after=None):
    begun = time.monotonic()
    child = weir.spawn(command)
    if stop_after:
        time.sleep(stop_after)
        child.send_signal(signal.SIGINT)
    return weir.end(child), time.monotonic() - begun


def body(weir):
    # The second one fails, once all have been looked for.
    weir.write("long.sql", "SELECT 1;\n" + "EXPLAIN SELECT a + 1 FROM missing /* ; */ WHERE b > 2;\n" * 300_000)
    command = [weir.program, "-q", "--no-progress", "--data-dir", "data", "run", "long.sql"]
    done, whole = seconds_until_ended(weir, command)
    contains(done.err, "missing", done)
    seconds = whole
    for _ in range(3):  # the machine may be slow for once
        done, took = seconds_until_ended(weir, command, whole / 8)
        equal(done.code, 130, done)
        contains(done.err, "interrupted")
        seconds = min(seconds, took)
        if seconds < whole * 0.6:
            break
    true(seconds < whole * 0.6, f"{seconds} of {whole} s")
    done, _ = seconds_until_ended(weir, [*command[:-2], "--timeout", f"{round(whole * 125)} ms", *command[-2:]])
    equal(done.code, 124, done)
    contains(done.err, "interrupted")


check(body)
