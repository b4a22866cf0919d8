#!/usr/bin/env python3
"""Runs the numbered tests of what was found from outside, five at a time: most of what they do is to wait.

usage: run.py --weir WEIR [--faulty WEIR_FAULTY] [--planted] [REGEX]
A test is tests/findings/<section>_<nn>_<what>.py, or .slt; REGEX chooses by name. Prints what each failure said and
'files: N passed, N failed'. findings.tsv must name every test, and only tests and suites that there are. --planted: plants
the old defects that findings.tsv says this finds (those of a slice, unless WEIR_TEST_SLICE=full), each of which must make
its test fail, and not by a time that is over.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import slices  # noqa: E402

NAME = re.compile(r"\d+_\d\d_\w+\.(py|slt)$")
COLUMNS = ("finding", "test", "suite", "plant", "median effort", "note")
SECONDS = 300
AT_ONCE = 5
TOO_LATE = re.compile(r"no end within|not within \d+ s")  # which finds nothing


def tests():
    return sorted((path for path in HERE.iterdir() if NAME.match(path.name)),
                  key=lambda path: [int(part) for part in path.name.split("_")[:2]])


def entry(line, number, known):
    """What is wrong with a row of findings.tsv; adds its test to `known`."""
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        return f"findings.tsv:{number}: {len(cells)} cells, not {len(COLUMNS)}"
    finding, test, suite, *_ = cells
    if not finding or not suite:
        return f"findings.tsv:{number}: a finding has a text, and a suite that finds it"
    if not NAME.match(test) or not (HERE / test).exists():
        return f"findings.tsv:{number}: there is no test {test!r}"
    program = suite.split()[0]
    if not (ROOT / program).exists():
        return f"findings.tsv:{number}: there is no suite {program!r}"
    known.add(test)
    return None


def table():
    """What is wrong with findings.tsv."""
    head, *lines = (HERE / "findings.tsv").read_text(encoding="utf-8").splitlines()
    if tuple(head.split("\t")) != COLUMNS:
        yield f"findings.tsv:1: the columns are {', '.join(COLUMNS)}"
    known = set()
    for number, line in enumerate(lines, start=2):
        wrong = entry(line, number, known)
        if wrong:
            yield wrong
    for path in tests():
        if path.name not in known:
            yield f"findings.tsv: no row for {path.name}"


def planted():
    """(defect, its test) of the rows whose suite this is."""
    for line in (HERE / "findings.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        _, test, suite, plant, *_ = line.split("\t")
        if suite.split()[0] == "tests/findings/run.py" and plant != "-":
            yield plant, HERE / test


def run(path, arguments, defect=None):
    """None, or what the test said when it failed."""
    if path.suffix == ".slt":
        command = [sys.executable, str(ROOT / "tests/sql/run.py"), str(path)]
    else:
        command = [sys.executable, str(path)]
    program = arguments.faulty if defect else arguments.weir
    command += ["--weir", program] + (["--faulty", arguments.faulty] if arguments.faulty else [])
    environment = {**os.environ, **({"WEIR_DEFECT": defect} if defect else {})}
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              env=environment, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        return f"no end within {SECONDS} s\n{error.output or ''}"
    return f"exit {done.returncode}\n{done.stdout}" if done.returncode != 0 else None


def sliced(suite, chosen, arguments):
    """This commit's part of them, unless some were named or all are wanted."""
    if arguments.regex or slices.is_full():
        return chosen
    return slices.part(suite, chosen, slices.number(suite), slices.table()[suite][0])


def run_all(arguments):
    """What failed, and how many tests passed."""
    chosen = sliced("findings", [path for path in tests() if re.search(arguments.regex, path.name)], arguments)
    failures = [("findings.tsv", wrong) for wrong in table()]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(lambda path: run(path, arguments), chosen))
    failures += [(path.name, text) for path, text in zip(chosen, said) if text]
    return failures, said.count(None)


def run_planted(arguments):
    """What was not found, and how many were."""
    chosen = [(defect, path) for defect, path in planted() if re.search(arguments.regex, path.name)]
    chosen = sliced("findings.planted", chosen, arguments)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(lambda one: run(one[1], arguments, one[0]), chosen))
    failures = [(path.name, f"{defect} is planted, and is not found: {text or 'it passes'}")
                for (defect, path), text in zip(chosen, said) if not text or TOO_LATE.search(text)]
    return failures, len(chosen) - len(failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--faulty")
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("regex", nargs="?", default="")
    arguments = parser.parse_args()
    arguments.weir = os.path.abspath(arguments.weir)
    arguments.faulty = arguments.faulty and os.path.abspath(arguments.faulty)
    failures, passed = run_planted(arguments) if arguments.planted else run_all(arguments)
    for name, text in failures:
        print(f"FAILED {name}: {text}")
    print(f"files: {passed} passed, {len(failures)} failed")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
