#!/usr/bin/env python3
"""Closes a test run: adds up what ctest and the runners inside it report.

usage: count_tests.py LOG [LOG]. Logs are LastTest.log of ctest, the second of what was tried once more (second_try.py):
its entries count instead of the first's, and are named. Prints 'N passed, N failed, N skipped' alone on the last line;
exits 1 on a failure, on a skip that tests/skips.txt does not explain, or when nothing ran. A runner that runs many files prints
'files: N passed, N failed', a gtest program its own summary; a ctest entry with neither counts as one. Whoever skips a
test prints 'SKIPPED <test>: <why>', as gtest does in its own way.
"""
import fnmatch
import os
import re
import sys

SKIPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "skips.txt")


def known_skips():
    """Patterns of tests that may be skipped; each line has a reason behind a tab."""
    patterns = []
    with open(SKIPS, encoding="utf-8") as file:
        for number, line in enumerate(file.read().splitlines(), start=1):
            if not line or line.startswith("#"):
                continue
            pattern, tab, reason = line.partition("\t")
            if not tab or len(reason.split()) < 3:
                raise SystemExit(f"skips.txt:{number}: no reason for {pattern}")
            patterns.append(pattern)
    return patterns


def skips(entry):
    """Names of the tests that an entry of the log skipped. gtest tells each twice."""
    return sorted(set(re.findall(r"^\[  SKIPPED \] (\S+\.[^\s,]+)", entry, re.M))) + \
        re.findall(r"^SKIPPED ([^\s:]+): ", entry, re.M)


def count(entry):
    """(passed, failed) without the skipped."""
    files = re.findall(r"^files: (\d+) passed, (\d+) failed", entry, re.M)
    if files:
        return sum(int(p) for p, _ in files), sum(int(f) for _, f in files)
    passed = sum(int(n) for n in re.findall(r"^\[  PASSED  \] (\d+) test", entry, re.M))
    failed = sum(int(n) for n in re.findall(r"^\[  FAILED  \] (\d+) test", entry, re.M))
    return passed, failed


def entries(path):
    """Name -> what the log says of it."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    found = {}
    for entry in re.split(r"^-{20,}\n(?=.*Output:)|(?=^\d+/\d+ Testing: )", text, flags=re.M):
        name = re.search(r"^\d+/\d+ Testing: (.*)$", entry, re.M)
        if name:
            found[name.group(1)] = entry
    return found


def main():
    ran = entries(sys.argv[1])
    again = entries(sys.argv[2]) if len(sys.argv) > 2 else {}
    passed = failed = 0
    skipped, patterns = [], known_skips()
    for name, entry in again.items():
        alone = "passed" if re.search(r"^Test Passed\.", entry, re.M) else "failed"
        print(f"failed beside other tests, {alone} alone: {name}")
    for entry in {**ran, **again}.values():
        mine = skips(entry)
        p, f = count(entry)
        ok = re.search(r"^Test Passed\.", entry, re.M) is not None
        if p + f == 0:
            p, f = (1, 0) if ok else (0, 1)
        if not ok and f == 0:
            f = 1
        passed, failed, skipped = passed + p, failed + f, skipped + mine
    unexplained = [name for name in skipped if not any(fnmatch.fnmatchcase(name, one) for one in patterns)]
    for name in unexplained:
        print(f"skipped, and tests/skips.txt does not say why: {name}")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed or unexplained or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
