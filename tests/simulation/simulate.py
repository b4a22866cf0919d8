#!/usr/bin/env python3
"""Runs weir_simulation: whole engines, a thread at a time, on virtual time (tests/simulation/README.md).

usage: simulate.py --program PATH [--seeds N] [--first N] [--slice] [--planted] [--ledger]
--slice    the seeds of this commit (tests/slices.py): the next commit runs the next ones
--planted  plants each defect of DEFECTS, and fails unless a seed finds it, in the words that belong to it;
           with --slice those of this commit
With WEIR_DEFECT a defect is planted: then exit code 1 says that a seed found it (tests/faults/sabotage.py).
"""
import argparse
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402
import slices  # noqa: E402

SEEDS_A_SLICE = 120
REPEAT = 6  # every so many seeds run twice, and must run alike: 20 of a slice
# Defect -> (what the simulation says of it, how many seeds may be needed).
DEFECTS = {
    "missing-fsync": (r"is missing|has gone|too often|come to|E7001|E4002|E7004", 300),
    "no-recommit-on-restore": (r"is missing|has gone|come to", 300),
    "offset-off-by-one": (r"is missing|too often|come to", 60),
    "publish-before-durable": (r"E7001|E4002|is missing|too often", 300),
    "output-not-synced": (r"is missing|has gone|too often|come to", 60),
    "pointer-not-synced": (r"E7004|is missing|too often|has gone", 300),
    "commit-before-published": (r"too often|come to", 300),
    "committables-lost-on-abort": (r"is missing", 300),
    "split-forgotten": (r"is missing|too often|come to", 300),
    "rows-held-past-barrier": (r"is missing|too often|come to", 60),
    "abandoned-epoch-dropped": (r"neither persisted nor abandoned", 300),
    "row-past-barrier": (r"is missing|too often|come to", 60),
    "attempt-reused": (r"cannot become visible|is missing", 20),
    "state-not-synced": (r"E7001|E7004", 60),
    "sink-directory-not-synced": (r"is missing|has gone|too often|come to", 300),
    "drop-key-group-at-rescale": (r"is missing|come to|too often", 300),
}


def simulate(program, *arguments):
    """(whether it passed, what it printed)."""
    run = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    return run.returncode == 0, run.stdout + run.stderr


def one_planted(program, defect, first, seeds):
    """Whether the defect went unnoticed."""
    found, output = simulate(program, "--defect", defect, "--first", first, "--seeds", seeds)
    said = next((line for line in output.splitlines() if line.startswith("seed ")), "")
    print(f"FAILED: {said}" if found else output)
    return not found


def planted(program, of_this_commit):
    defects = list(DEFECTS)
    if of_this_commit and not slices.is_full():
        parts = slices.table()["simulation.planted"][0]
        defects = slices.part("simulation.planted", defects, slices.number("simulation.planted"), parts)
    failed = 0
    for defect in defects:
        words, seeds = DEFECTS[defect]
        found, output = simulate(program, "--defect", defect, "--seeds", seeds)
        said = next((line for line in output.splitlines() if line.startswith("seed ")), "nothing")
        named = found and re.search(words, said) is not None
        failed += not named
        after = re.search(r"after (\d+) seeds", output)
        print(f"{'ok  ' if named else 'FAIL'} {defect:28} {after.group(0) if after else '':18} {said[:150]}", flush=True)
    print(f"files: {len(defects) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--ledger", action="store_true")
    options = parser.parse_args()
    if options.planted:
        return planted(options.program, options.slice)
    first, seeds = options.first, options.seeds
    if options.slice:
        first, seeds = slices.turn() * SEEDS_A_SLICE + 1, SEEDS_A_SLICE
    print(f"seeds {first} to {first + seeds - 1}", flush=True)
    if os.environ.get("WEIR_DEFECT"):
        return 0 if one_planted(options.program, os.environ["WEIR_DEFECT"], first, seeds) else 1
    begun = time.monotonic()
    code = subprocess.run([options.program, "--first", str(first), "--seeds", str(seeds), "--repeat", str(REPEAT)],
                          check=False).returncode
    if options.ledger and code == 0:
        ledger.record("simulate", first, seeds, time.monotonic() - begun)
    return code


if __name__ == "__main__":
    sys.exit(main())
