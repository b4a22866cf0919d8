#!/usr/bin/env python3
"""Which part of the long suites a commit runs: `./weirw slices` prints it.

usage: slices.py            what this commit runs
       slices.py --turn     the number that slices are counted by
       slices.py --others   a regular expression for ctest -E: tests whose turn is another commit's (turns.tsv)

A suite that is too long for every commit is cut into N slices (slices.tsv), and a commit runs the slice whose number is
the number of commits behind it, modulo N: N commits in a row run everything. Suites whose input is generated draw from
a seed that moves along (seed.py). WEIR_TEST_TURN holds the number of commits; without it a slice is drawn at random,
and printed.
"""
import os
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def git(*arguments):
    done = subprocess.run(["git", "-C", HERE, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def turn_of_commit():
    """(the number that slices are counted by, what it is)."""
    count = git("rev-list", "--count", "HEAD")
    if not count:
        return 0, "no git here: always the first slice"
    if git("rev-parse", "--is-shallow-repository") != "true":
        return int(count), f"{count} commits"
    # Of a history that is cut off the length stays the same from commit to commit.
    commit = git("rev-parse", "--short=7", "HEAD")
    return int(commit, 16), f"a shallow clone with {count} commits: slices follow from commit {commit}, in no order"


def turn():
    said = os.environ.get("WEIR_TEST_TURN", "")
    return int(said) if said else random.SystemRandom().randrange(1 << 20)


def table():
    """Suite -> (how many slices, what one is)."""
    rows = {}
    with open(os.path.join(HERE, "slices.tsv"), encoding="utf-8") as file:
        for line in file.read().splitlines()[1:]:
            suite, slices, what = line.split("\t")
            rows[suite] = (int(slices), what)
    return rows


def others():
    """Names of the tests that this turn leaves to the next commits. Rows of one length take turns among each other."""
    names, seen = [], {}
    with open(os.path.join(HERE, "turns.tsv"), encoding="utf-8") as file:
        for line in file.read().splitlines()[1:]:
            name, every = line.split("\t")
            place = seen[every] = seen.get(every, -1) + 1
            if (turn() + place) % int(every):
                names.append(name)
    return names


def is_full():
    """Whether everything is wanted."""
    return os.environ.get("WEIR_TEST_SLICE") == "full"


def number(suite):
    """The slice of a suite that this run is to do: from 0 to below how many there are. Prints it."""
    slices, _ = table()[suite]
    mine = turn() % slices
    print(f"slice {mine} of {slices} of {suite}", flush=True)
    return mine


def part(name, items, index, parts):
    """The index-th of `parts` parts of the items, which are mixed, but always in the same way."""
    places = list(range(len(items)))
    random.Random(name).shuffle(places)
    return [items[place] for place in sorted(places[index % parts::parts])]


def main():
    if sys.argv[1:] == ["--turn"]:
        print(turn_of_commit()[0])
        return 0
    if sys.argv[1:] == ["--others"]:
        print("^(" + "|".join(re.escape(name) for name in others()) + ")$")
        return 0
    count, said = turn_of_commit()
    print(said)
    rows = table()
    for suite, (slices, what) in rows.items():
        print(f"  {suite:22} slice {count % slices:3} of {slices:3}: {what}")
    os.environ.setdefault("WEIR_TEST_TURN", str(count))
    print(f"  left to the next commits: {' '.join(others())}")
    print(f"{max(slices for slices, _ in rows.values())} commits in a row run all of them; "
          f"generated input: seed {count + 1}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
