#!/usr/bin/env python3
"""Programs that must not compile, so that what the types of state/row forbid stays forbidden.

The *.cc beside this are compiled without making anything: all together as they are, which must pass, and each with
-DWRONG, which must fail where `// error: REGEX` stands above a line, by an error of that line that the expression is
found in, and by no error of another line. So a program that is refused for another reason than its own fails the test.

usage: run.py [--compiler CXX]...
"""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../.."))
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-I", ROOT, "-fsyntax-only"]
EXPECTED = re.compile(r"^\s*// error: (.*)$", re.M)
ERROR = re.compile(r"^([^\s:]+):(\d+):\d+: (?:fatal )?error: (.*)$", re.M)


def compiled(compiler, program, *flags):
    """Whether it compiles, and what the compiler says."""
    run = subprocess.run([compiler, *FLAGS, *flags, "-x", "c++", "-"], input=program, capture_output=True, text=True,
                         check=False, env={**os.environ, "LC_ALL": "C"})
    return run.returncode == 0, run.stderr


def together(paths):
    return "".join(f'#include "{path}"\n' for path in paths)


def judged(compiler, path):
    """What is wrong with a program, or None."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    expected = list(EXPECTED.finditer(text))
    if len(expected) != 1:
        return f"has {len(expected)} lines '// error: REGEX', not one"
    line = text.count("\n", 0, expected[0].start(1)) + 2
    passes, said = compiled(compiler, together([path]), "-DWRONG")
    if passes:
        return f"compiles, though line {line} is wrong"
    errors = ERROR.findall(said)
    if all(place == path and int(number) == line for place, number, _ in errors) and any(
            re.search(expected[0].group(1), message) for _, _, message in errors):
        return None
    return f"is not refused by line {line} with '{expected[0].group(1)}':\n{said}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", action="append", default=[])
    compilers = parser.parse_args().compiler or ["c++"]
    programs = sorted(glob.glob(os.path.join(HERE, "*.cc")))
    jobs = [(compiler, path) for compiler in compilers for path in programs]
    for compiler in compilers:
        passes, said = compiled(compiler, together(programs))
        if not passes:
            print(f"without their wrong lines the programs do not compile with {compiler}:\n{said}")
            return 1
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(lambda job: judged(*job), jobs))
    failed = 0
    for (compiler, path), verdict in zip(jobs, verdicts):
        if verdict:
            failed += 1
            print(f"{os.path.relpath(path, ROOT)} with {compiler}: {verdict}")
    print(f"compile_fail: {len(jobs) - failed} of {len(jobs)} programs are refused as they should be")
    return 1 if failed or len(programs) < 6 else 0


if __name__ == "__main__":
    sys.exit(main())
