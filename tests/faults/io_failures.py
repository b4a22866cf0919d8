#!/usr/bin/env python3
"""Runs the k-th failure of every kind of system call for all k (io_failure_test.cc), or a part of them.

usage: io_failures.py --program FAULTS_TEST [--part I/N] [--ledger]
--part: the I-th of N parts of the cases (0/1: all of them, which takes hours).
"""
import argparse
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--ledger", action="store_true")
    arguments, begun = parser.parse_args(), time.monotonic()
    done = subprocess.run([arguments.program, "--gtest_filter=IoFailure*"], stdout=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "WEIR_TEST_SLICE": "full", "WEIR_TEST_PART": arguments.part})
    print(done.stdout, end="")
    cases = re.search(r"^(\d+) cases, in (\d+) of them a call failed", done.stdout, re.M)
    if arguments.ledger and cases and done.returncode == 0:
        ledger.record("io-failures", arguments.part, cases.group(1), time.monotonic() - begun, f"{cases.group(2)}/{cases.group(1)}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
