#!/usr/bin/env python3
"""Which entries of a test run may be tried once more, alone: prints a pattern for `ctest -R`, or nothing.

usage: second_try.py LastTestsFailed.log

A machine that stands still for half a minute makes a client give up, a page slow, a rate look low. What is about
processes, clocks and screens may therefore be run again when nothing runs beside it; the run's end says so. Rows and
state know no clock: a storm, a text test, an edit or a model that failed has failed, and with it the run. So has a
run where more than MOST entries did.
"""
import re
import sys

BY_THE_CLOCK = re.compile(r"(shell|time|bench|examples|state|unit|findings|clients|kafka|mysql|postgres|s3|page|install|faults)(\..*)?$")
MOST = 6


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        failed = [line.split(":", 1)[1] for line in file.read().splitlines() if ":" in line]
    if failed and len(failed) <= MOST and all(BY_THE_CLOCK.match(name) for name in failed):
        print("^(" + "|".join(re.escape(name) for name in failed) + ")$")
    return 0


if __name__ == "__main__":
    sys.exit(main())
