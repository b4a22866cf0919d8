#!/usr/bin/env python3
"""Which part of the long suites a commit runs: `./weirw slices` prints it.

usage: slices.py            what this commit runs
       slices.py --turn     the number that slices are counted by
       slices.py --others   a regular expression for ctest -E: tests whose turn is another commit's (turns.tsv)

A suite that is too long for every commit is cut into N slices (slices.tsv), and a commit runs the slice whose number is
the number of commits behind it, modulo N: N commits in a row run everything. What is still too long comes in one of M
turns only (turns.tsv), and then with its next slice. Suites whose input is generated draw from a seed that moves along
(seed.py). WEIR_TEST_TURN holds the number of commits; without it a slice is drawn at random, and printed.
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


def turns():
    """Test -> (it runs in one of so many turns, which of them). Tests of one length take turns among each other."""
    rows, seen = {}, {}
    with open(os.path.join(HERE, "turns.tsv"), encoding="utf-8") as file:
        for line in file.read().splitlines()[1:]:
            name, every = line.split("\t")
            place = seen[every] = seen.get(every, -1) + 1
            rows[name] = (int(every), -place % int(every))
    return rows


def others(number):
    """Names of the tests that this turn leaves to the next commits."""
    return [name for name, (every, rest) in turns().items() if number % every != rest]


def is_full():
    """Whether everything is wanted."""
    return os.environ.get("WEIR_TEST_SLICE") == "full"


def slice_of(suite, number):
    """The slice of a suite that a turn is to do. A test that has not every turn counts its own: with those of all, one
    in two of an even number of slices would never come."""
    every, _ = turns().get(suite, (1, 0))
    return number // every % table()[suite][0]


def number(suite):
    """The slice of a suite that this run is to do: from 0 to below how many there are. Prints it."""
    mine = slice_of(suite, turn())
    print(f"slice {mine} of {table()[suite][0]} of {suite}", flush=True)
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
        print("^(" + "|".join(re.escape(name) for name in others(turn())) + ")$")
        return 0
    count, said = turn_of_commit()
    print(said)
    rows = table()
    for suite, (slices, what) in rows.items():
        print(f"  {suite:22} slice {slice_of(suite, count):3} of {slices:3}: {what}")
    print(f"  left to the next commits: {' '.join(others(count))}")
    print(f"{max(slices * turns().get(suite, (1, 0))[0] for suite, (slices, _) in rows.items())} commits in a row run "
          f"all of them; generated input: seed {count + 1}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
