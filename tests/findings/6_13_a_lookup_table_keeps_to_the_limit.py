#!/usr/bin/env python3
"""A table that rows are looked up in lay whole in the memory of every subtask, whatever the limit, and neither --timeout nor
signals ended its loading."""
import os
import signal
import time

from weir import check, equal, true

ROWS = 400_000
LIMIT, SLACK = 8, 256
FACTS = f"""CREATE TABLE facts (id BIGINT, p AS PROCTIME()) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000',
  'number-of-rows' = '{ROWS}', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{ROWS}');
"""
KNOWN = "CREATE TABLE known (k BIGINT, name STRING) WITH ('connector' = 'filesystem', 'path' = 'known.csv', 'format' = 'csv');\n"
ENDLESS = """CREATE TABLE known (k BIGINT, name STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '100000000000',
  'rows-per-second' = '100000000000');
"""
QUERY = """SELECT COUNT(*) AS n, COUNT(k) AS found, SUM(CHAR_LENGTH(name)) AS letters
FROM facts LEFT JOIN known FOR SYSTEM_TIME AS OF facts.p ON facts.id = known.k;"""


def peak(weir, *options):
    """(standard output, MiB at the highest)."""
    command = weir.command(FACTS + KNOWN + QUERY, "--format", "csv", "-D", f"state.memory.limit={LIMIT} mb", *options)
    child = weir.spawn(command)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    equal(child.returncode, 0, child.stderr.read())
    return out, usage.ru_maxrss // 1024


def body(weir):
    # Of every fourth row there is none, of every fifth a second one.
    lines = [f"{i},{'x' * 100}{i:07}\n" for i in range(1, ROWS + 1) if i % 4]
    weir.write("known.csv", "".join(lines) + "".join(lines[::5]))
    found = len(lines) + len(lines[::5])
    out, mib = peak(weir, "-D", "parallelism.default=4")
    equal(out.splitlines()[-1], f"{found + ROWS // 4},{found},{found * 107}")
    true(mib <= LIMIT + SLACK + 60, f"{mib} MiB")  # 60: what an idle process has, and more

    begun = time.monotonic()
    done = weir.run(FACTS + ENDLESS + QUERY, "--timeout", "1")
    equal(done.code, 124, done)
    child = weir.start(FACTS + ENDLESS + "CREATE TABLE hole (n BIGINT, name STRING) WITH ('connector' = 'blackhole');"
                       "CREATE JOB j AS INSERT INTO hole SELECT id, name FROM facts JOIN known FOR SYSTEM_TIME AS OF "
                       "facts.p ON facts.id = known.k;")
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    equal(weir.end(child, seconds=60).code, 130)
    true(time.monotonic() - begun < 60, "it went on")


check(body)
