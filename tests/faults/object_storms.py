#!/usr/bin/env python3
"""Runs the storms with checkpoints and savepoints in an object store (object_store.py): one of them, or all.

usage: object_storms.py --weir WEIR_FAULTY [--slice]
--slice runs the one whose turn it is, unless WEIR_TEST_SLICE=full.
"""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import slices  # noqa: E402

STORMS = (("crash_test.py",), ("crash_test.py", "--unaligned"), ("pairs_test.py",), ("savepoint_crash_test.py",),
          ("recursion_storm.py",), ("server_storm.py",), ("crash_test.py", "--damage"), ("walk.py",))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--slice", action="store_true")
    arguments = parser.parse_args()
    chosen = STORMS
    if arguments.slice and not slices.is_full():
        chosen = (STORMS[slices.number("crash.objects")],)
    failed = []
    for script, *more in chosen:
        print(" ".join((script, *more)), flush=True)
        done = subprocess.run([sys.executable, os.path.join(HERE, script), "--weir", arguments.weir, "--slice", "--objects",
                               *more], check=False)
        if done.returncode != 0:
            failed.append(script)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
