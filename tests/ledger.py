#!/usr/bin/env python3
"""What the long suites ran: tests/ledger.tsv, one row a run. `./weirw ledger` adds it up.

usage: ledger.py [--check]
A suite that is run with --ledger writes its row: suite, seed, commit, how many (kills, cases, edits: what ledger_targets.tsv
says), seconds, points fired of those there are. --check fails where the sum of a suite, or the number of its seeds, is
below its target, where a row is malformed, or names a commit that this history does not have.
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LEDGER, TARGETS = os.path.join(HERE, "ledger.tsv"), os.path.join(HERE, "ledger_targets.tsv")
COLUMNS = ("suite", "seed", "commit", "n", "seconds", "points fired")


def git(*arguments):
    done = subprocess.run(["git", "-C", HERE, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def record(suite, seed, count, seconds, points="-"):
    """Adds a row. The commit is the one that the tree was built from: `+` says that the tree had changes."""
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!tests/ledger.tsv")
    commit = (git("rev-parse", "--short=10", "HEAD") or "-") + ("+" if changed else "")
    row = (suite, seed, commit, count, round(seconds), points)
    with open(LEDGER, "a", encoding="utf-8") as file:
        file.write("\t".join(map(str, row)) + "\n")
    print("ledger: " + " ".join(map(str, row)))


def rows():
    with open(LEDGER, encoding="utf-8") as file:
        head, *lines = file.read().splitlines()
    if tuple(head.split("\t")) != COLUMNS:
        raise SystemExit(f"ledger.tsv: the columns are {', '.join(COLUMNS)}")
    found = []
    for number, line in enumerate(lines, start=2):
        cells = line.split("\t")
        if len(cells) != len(COLUMNS) or not cells[3].isdigit() or not cells[4].isdigit():
            raise SystemExit(f"ledger.tsv:{number}: malformed")
        found.append(cells)
    return found


def targets():
    """Suite -> (least n, least seeds, what n counts)."""
    with open(TARGETS, encoding="utf-8") as file:
        lines = file.read().splitlines()[1:]
    return {suite: (int(count), int(seeds), what) for suite, count, seeds, what in (line.split("\t") for line in lines)}


def unknown_commits(found):
    if not git("rev-parse", "HEAD") or git("rev-parse", "--is-shallow-repository") == "true":
        return
    for commit in sorted({cells[2].rstrip("+") for cells in found}):
        if not git("cat-file", "-t", commit):
            yield f"ledger.tsv: there is no commit {commit}"


def main():
    found, failed = rows(), []
    for suite, (count, least_seeds, what) in targets().items():
        mine = [cells for cells in found if cells[0] == suite]
        total, seeds = sum(int(cells[3]) for cells in mine), len({cells[1] for cells in mine})
        hours = sum(int(cells[4]) for cells in mine) / 3600
        print(f"{suite:24} {total:8} {what} of {count}, {seeds} seeds of {least_seeds}, {hours:.1f} h")
        if total < count or seeds < least_seeds:
            failed.append(f"{suite}: below its target")
    failed += [f"ledger.tsv: the suite {suite!r} has no target" for suite in sorted({cells[0] for cells in found} -
                                                                                   set(targets()))]
    failed += unknown_commits(found)
    for why in failed:
        print(f"FAILED: {why}")
    return 1 if failed and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
