#!/usr/bin/env python3
"""Closes a test run: adds up what ctest and the runners inside it report.

usage: count_tests.py LastTest.log. Prints 'N passed, N failed' alone on the last line; exits 1 on a
failure or when nothing ran. A runner that runs many files prints 'files: N passed, N failed', a gtest
program its own summary; a ctest entry with neither counts as one.
"""
import re
import sys


def count(entry: str) -> tuple[int, int]:
    files = re.findall(r"^files: (\d+) passed, (\d+) failed", entry, re.M)
    if files:
        return sum(int(p) for p, _ in files), sum(int(f) for _, f in files)
    passed = sum(int(n) for n in re.findall(r"^\[  PASSED  \] (\d+) test", entry, re.M))
    failed = sum(int(n) for n in re.findall(r"^\[  FAILED  \] (\d+) test", entry, re.M))
    return passed, failed


def main() -> int:
    text = open(sys.argv[1], encoding="utf-8", errors="replace").read()
    passed = failed = 0
    for entry in re.split(r"^-{20,}\n(?=.*Output:)|(?=^\d+/\d+ Testing: )", text, flags=re.M):
        if not re.search(r"^\d+/\d+ Testing: ", entry, re.M):
            continue
        p, f = count(entry)
        ok = re.search(r"^Test Passed\.", entry, re.M) is not None
        if p + f == 0:
            p, f = (1, 0) if ok else (0, 1)
        if not ok and f == 0:
            f = 1
        passed, failed = passed + p, failed + f
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
