#!/usr/bin/env python3
"""Every script of examples/recipes prints what its last comment says, and docs/recipes.md lists them all.

usage: recipes_test.py --weir build/weir [REGEX]
Results over flights.csv were compared with SQLite's, the others are small enough to be seen by eye. What a script prints
before that is not compared. Ends with 'files: N passed, N failed'.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEAST = 20
SECONDS = 120


def wanted(text):
    """The lines behind '-- prints', the last comment."""
    return "".join(line[3:] + "\n" for line in text.partition("\n-- prints\n")[2].splitlines())


def run(weir, path):
    """What is wrong; "" where nothing is."""
    with tempfile.TemporaryDirectory(prefix="weir-recipe-") as scratch:
        os.symlink(ROOT / "examples", os.path.join(scratch, "examples"))
        done = subprocess.run([weir, "--format", "csv", str(path)], cwd=scratch, stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=SECONDS, check=False)
    expected = wanted(path.read_text(encoding="utf-8"))
    if not expected:
        return "it says not what it prints"
    if done.returncode != 0 or not done.stdout.endswith(expected):
        return f"exit code {done.returncode}, prints\n{done.stdout}{done.stderr}instead of\n{expected}"
    return ""


def listed(paths):
    """What docs/recipes.md lacks, or names without need."""
    text = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
    names = set(re.findall(r"examples/recipes/(\w+\.sql)", text))
    return names ^ {path.name for path in paths}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("regex", nargs="?", default="")
    arguments = parser.parse_args()
    paths = sorted((ROOT / "examples/recipes").glob("*.sql"))
    chosen = [path for path in paths if re.search(arguments.regex, path.name)]
    failures = []
    for path in chosen:
        found = run(os.path.abspath(arguments.weir), path)
        if found:
            failures.append(path.name)
            print(f"{path.name}: {found}")
    if listed(paths) or len(paths) < LEAST:
        failures.append("docs/recipes.md")
        print(f"docs/recipes.md and examples/recipes differ: {sorted(listed(paths))}, {len(paths)} recipes")
    print(f"files: {len(chosen) + 1 - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
