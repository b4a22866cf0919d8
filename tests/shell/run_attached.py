#!/usr/bin/env python3
"""Runs tests/shell a second time: another process has each test's data directory, and everything that the test starts
attaches to it.

usage: run_attached.py --weir PROGRAM [FILE…]

A quarter of the tests a commit, as slices.py says; with names of files, all of theirs. What must differ is in attached.tsv.
Ends with 'files: N passed, N failed'.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import slices  # noqa: E402

# The verbs of what a process does by itself, and tests of starts of many processes, are no sessions; nor are those that
# start servers, or look at what is left when a process ends (storage, sql, secret_references, and so on).
FILES = ("batch", "catalog", "copy", "enforcers", "evolve", "language", "script", "state", "table_options", "terminal")

MOST_EXCEPTIONS = 12


def exceptions():
    """File and test -> why it differs."""
    with open(os.path.join(HERE, "attached.tsv"), encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file][1:]
    return {(name, test): reason for name, test, reason in lines}


def tests_of(name):
    with open(os.path.join(HERE, f"{name}_test.py"), encoding="utf-8") as file:
        return re.findall(r"^def (test_\w+)", file.read(), re.M)


def main():
    weir, chosen = os.path.abspath(sys.argv[2]), sys.argv[3:]
    but = exceptions()
    unknown = [key for key in but if key[0] not in FILES or key[1] not in tests_of(key[0])]
    if unknown:
        sys.exit(f"attached.tsv names tests that there are not: {unknown}")
    if len(but) > MOST_EXCEPTIONS:
        sys.exit(f"attached.tsv has {len(but)} tests, more than {MOST_EXCEPTIONS}")
    every = [(name, test) for name in chosen or FILES for test in tests_of(name) if (name, test) not in but]
    if not chosen and not slices.is_full():
        every = slices.part("shell", every, slices.number("shell.attached"), 4)
    failed = 0
    for name, test in every:
        done = subprocess.run([sys.executable, os.path.join(HERE, f"{name}_test.py"), "--weir", weir, test], text=True,
                              capture_output=True, env=dict(os.environ, WEIR_SHELL_ATTACHED="yes"), check=False)
        if done.returncode != 0:
            failed += 1
            print(f"FAIL  {name} {test}\n{done.stdout}{done.stderr}")
    print(f"files: {len(every) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
