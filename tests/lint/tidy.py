#!/usr/bin/env python3
"""clang-tidy (.clang-tidy) of the C++ files that the last commit and changes without a commit touch.

usage: tidy.py --generated DIRECTORY [--count N] [--seed S] [--since COMMIT] [FILE…]

A file takes some eight seconds: N of them, drawn where there are more (6 when nothing is said; 0: all). A changed header
stands for the source file of its name. `./weirw check` looks at the whole tree.
"""
import argparse
import concurrent.futures
import os
import pathlib
import random
import subprocess
import sys

import lint
import locks

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def touched(since):
    """The source files that git says were changed; none where there is no history."""
    names = []
    for arguments in (("HEAD",), (since, "HEAD")):
        done = subprocess.run(["git", "diff", "--name-only", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        names += done.stdout.split()
    # Clang 14 rejects a header of ANTLR's; `./weirw check` has another in its place.
    every = {path for path in lint.sources(ROOT, lint.TOP, (".cc",)) if not path.startswith("planner/parse/")
             and not path.endswith("/arrow_files.cc")}  # whose headers need not be there
    return sorted({path.removesuffix(".h") + ".cc" if path.endswith(".h") else path for path in names} & every)


def judged(path, generated):
    """What clang-tidy says of a file, or nothing."""
    command = ["clang-tidy-14", "--quiet", path, "--", *locks.arguments(generated), "-march=native"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip() or (done.stderr.strip() if done.returncode else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generated", required=True)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--since", default="HEAD~1")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    seed = seeds.draw(arguments.seed)
    files = changed = arguments.files or touched(arguments.since)
    if 0 < arguments.count < len(changed):
        files = random.Random(seed).sample(changed, arguments.count)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda path: judged(path, os.path.abspath(arguments.generated)), files))
    print("\n".join(text for text in found if text) or f"nothing to say of {', '.join(files) or 'nothing'}")
    print(f"tidy: {len(files)} of {len(changed)} changed files, seed {seed}, {sum(map(bool, found))} with warnings")
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
