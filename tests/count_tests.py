#!/usr/bin/env python3
"""Closes a test run: adds up what ctest and the runners inside it report.

usage: count_tests.py LOG. Prints 'N passed, N failed' alone on the last line; exits 1 on a failure or
when nothing ran. A runner inside ctest that runs many files prints 'files: N passed, N failed'.
"""
import re
import sys


def main() -> int:
    text = open(sys.argv[1], encoding="utf-8", errors="replace").read()
    outcomes = re.findall(r"Test +#\d+: (\S+) \.*\**\s*(\*\*\*\S+|Passed|Failed)?", text)
    passed = sum(1 for _, outcome in outcomes if outcome == "Passed")
    failed = len(outcomes) - passed
    for more_passed, more_failed in re.findall(r"files: (\d+) passed, (\d+) failed", text):
        passed += int(more_passed)
        failed += int(more_failed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
