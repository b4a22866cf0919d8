#!/usr/bin/env python3
"""A decoder of JSON that had found no memory was given the next piece of the file, and wrote through a null pointer: the end
of the process (SIGSEGV), with all of its jobs. It is an error of the statement."""
import resource
import subprocess

from weir import Done, check, contains, equal

MIB = 1 << 20
ROWS, LENGTH = 4, 64 * MIB  # a decoder's index of one row takes 480 MiB
SQL = """CREATE TABLE h (id INT, t STRING) WITH ('connector' = 'filesystem', 'path' = 'huge.json', 'format' = 'json');
SET 'state.memory.limit' = '64 mb'; SET 'parallelism.default' = '2';
SELECT id, CHAR_LENGTH(t) AS n FROM h;
"""


def run_within(weir, mib):
    """Where the process may have so much address space."""
    child = subprocess.Popen(weir.command(SQL, "--format", "csv"), cwd=weir.directory, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB)))
    weir.started.append(child)
    out, err = child.communicate(timeout=120)
    return Done(child.returncode, out, err)


def body(weir):
    with open(weir.path("huge.json"), "w", encoding="ascii") as file:
        for row in range(ROWS):
            file.write(f'{{"id": {row}, "t": "')
            for _ in range(LENGTH // MIB):
                file.write("x" * MIB)
            file.write('"}\n')
    for mib in (1000, 1200):
        done = run_within(weir, mib)
        equal(done.code, 4, f"{mib} MiB: {done}")
        contains(done.err, "E4004", done)


check(body)
