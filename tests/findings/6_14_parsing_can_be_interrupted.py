#!/usr/bin/env python3
"""--timeout and signals were not looked at while a script was cut into statements and a statement was parsed."""
import os
import signal
import time

from weir import check, contains, equal, true


def seconds_until_ended(weir, command, stop_after=None):
    """What it left, how long it ran, and how long it computed: other work on the machine makes only the first longer."""
    computed, begun = os.times().children_user, time.monotonic()
    child = weir.spawn(command)
    if stop_after:
        time.sleep(stop_after)
        child.send_signal(signal.SIGINT)
    return weir.end(child), time.monotonic() - begun, os.times().children_user - computed


def body(weir):
    # The second one fails, once all have been looked for.
    weir.write("long.sql", "SELECT 1;\n" + "EXPLAIN SELECT a + 1 FROM missing /* ; */ WHERE b > 2;\n" * 300_000)
    command = [weir.program, "-q", "--no-progress", "--data-dir", "data", "run", "long.sql"]
    runs = [seconds_until_ended(weir, command) for _ in range(2)]
    for done, *_ in runs:
        contains(done.err, "missing", done)
    whole, computed = (min(seconds) for seconds in zip(*(seconds for _, *seconds in runs)))
    done, _, until_stopped = seconds_until_ended(weir, command, whole / 8)
    equal(done.code, 130, done)
    contains(done.err, "interrupted")
    true(until_stopped < computed * 0.6, f"{until_stopped} of {computed} s")
    done, *_ = seconds_until_ended(weir, [*command[:-2], "--timeout", f"{round(whole * 125)} ms", *command[-2:]])
    equal(done.code, 124, done)
    contains(done.err, "interrupted")


check(body)
