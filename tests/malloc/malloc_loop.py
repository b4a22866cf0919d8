#!/usr/bin/env python3
"""The malloc loop (tests/malloc/main.cc) over parser, formats, planner, operators and checkpoints.

usage: malloc_loop.py --program WEIR_MALLOC [--slice] [--most N] [--targets REGEX] [--ledger]
Every allocation of every target fails once; --most N: N of each target, evenly. --slice: a few of each, others for every
commit. Exit 1 when one ended the process, hung, was answered otherwise or, under the address sanitizer, left a leak.
"""
import argparse
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import ledger  # noqa: E402

SLICE = 3  # of each target, in each commit


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--targets", default=".*")
    parser.add_argument("--ledger", action="store_true")
    arguments = parser.parse_args()
    seed = int(os.environ.get("WEIR_TEST_SEED", "1"))
    most = SLICE if arguments.slice else arguments.most
    environment = dict(os.environ)
    supp = f"suppressions={ROOT}/tests/lint/leaks.supp:print_suppressions=0"
    environment["LSAN_OPTIONS"] = environment.get("LSAN_OPTIONS", supp)
    scratch = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
    begun = time.monotonic()
    command = [os.path.abspath(arguments.program), "--targets", arguments.targets, "--most", str(most), "--seed", str(seed),
               "--scratch", scratch]
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    runs = targets = 0
    for line in child.stdout:
        print(line, end="", flush=True)
        found = re.search(r" allocations +(\d+) runs ", line)
        if found:
            targets += 1
            runs += int(found.group(1))
    code = child.wait()
    print(f"{targets} targets, {runs} runs, seed {seed}")
    if code == 0 and targets == 0:
        sys.exit("malloc_loop: no target has that name")
    if code == 0 and arguments.ledger:
        ledger.record("malloc", seed, runs, time.monotonic() - begun)
    sys.exit(1 if code else 0)


main()
