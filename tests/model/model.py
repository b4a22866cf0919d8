#!/usr/bin/env python3
"""Checks the models of tests/model with spin: every state there is, and that planted bugs are found.

usage: model.py [--slice] [--large] [--only NAME] [--ledger]
A model (*.pml) is checked in all its states; then once with each BUG_… that it knows, which must be found. What its actions
mirror (`mirrors Class::Function, …`) must be functions of the source. --slice, for every commit: small parameters,
unless WEIR_TEST_SLICE=full; then, and otherwise, the states of all models together must be a million or more.
--large: beyond that. Prints the states of each; ends with 'files: N passed, N failed'.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
import ledger  # noqa: E402
import slices  # noqa: E402

SMALL, USUAL, LARGE = 0, 1, 2
# Parameters of each model by size.
PARAMETERS = {
    "commit": ({"EPOCHS": 4, "CRASHES": 2, "ABORTS": 2}, {"EPOCHS": 7, "CRASHES": 4, "ABORTS": 4},
               {"EPOCHS": 7, "CRASHES": 6, "ABORTS": 6}),
    "retention": ({"NAMES": 4, "CHECKPOINTS": 4, "CRASHES": 1}, {"NAMES": 6, "CHECKPOINTS": 5, "CRASHES": 1},
                  {"NAMES": 6, "CHECKPOINTS": 5, "CRASHES": 2}),
    "align": ({"ROWS": 2, "CHECKPOINTS": 2, "CRASHES": 1}, {}, {"ROWS": 4, "CHECKPOINTS": 4, "CRASHES": 3}),
    "output": ({}, {"EPOCHS": 7, "CRASHES": 6}, {"EPOCHS": 7, "CRASHES": 40}),
    "claim": ({}, {"CRASHES": 20}, {"CRASHES": 60}),
}
LEAST_STATES, LEAST_BUGS = 1_000_000, 8


def check(model, size, bug, scratch):
    """(states, what was wrong or None) of a model with one bug or none."""
    defines = [f"-D{key}={value}" for key, value in PARAMETERS[model][size].items()] + ([f"-D{bug}"] if bug else [])
    subprocess.run(["spin", "-a", *defines, str(HERE / f"{model}.pml")], cwd=scratch, check=True, capture_output=True)
    subprocess.run(["gcc", "-O1" if size == SMALL else "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=4000", "-o", "pan", "pan.c"], cwd=scratch,
                   check=True)
    said = subprocess.run(["./pan", "-m1000000"], cwd=scratch, capture_output=True, text=True, check=False).stdout
    states = re.search(r"(\d+) states, stored", said)
    errors = re.search(r"errors: (\d+)", said)
    if not states or not errors or "Search not completed" in said and errors.group(1) == "0":
        return 0, f"was not checked to its end:\n{said}"
    wrong = re.search(r"^pan:\d+: (.*)", said, re.M)
    return int(states.group(1)), wrong.group(1)[:100] if errors.group(1) != "0" else None


def mirrored(text):
    """Functions that the actions of a model are said to mirror."""
    for names in re.findall(r"mirrors ((?:\w+(?:::\w+)*(?:,\s+)?)+)", text):
        yield from (name.strip() for name in names.split(",") if name.strip())


def unknown_functions(names):
    """Those that the source does not define, as written or as a function of the class."""
    source = "\n".join(path.read_text(encoding="utf-8") for folder in ("runtime", "state", "shell")
                       for path in sorted((ROOT / folder).rglob("*.cc")))
    for name in sorted(set(names)):
        *classes, function = name.split("::")
        outside = re.search(rf"\b{name}\(", source)
        inside = classes and re.search(rf"\bclass {classes[-1]}\b.*?\b{function}\([^;{{]*\{{", source, re.S)
        free = not classes and re.search(rf"^\S.*\b{function}\(", source, re.M)
        if not (outside or inside or free):
            yield name


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--ledger", action="store_true")
    arguments = parser.parse_args()
    size = LARGE if arguments.large else SMALL if arguments.slice and not slices.is_full() else USUAL
    begun, failed, passed, all_states, all_bugs = time.monotonic(), [], 0, 0, 0
    for model in (name for name in PARAMETERS if arguments.only in name):
        text = (HERE / f"{model}.pml").read_text(encoding="utf-8")
        missing = [f"{model}: there is no function {name}" for name in unknown_functions(mirrored(text))]
        failed += missing
        with tempfile.TemporaryDirectory(prefix="weir-model-") as scratch:
            states, wrong = check(model, size, None, scratch)
            all_states += states
            print(f"{model}: {states} states" + (f", WRONG: {wrong}" if wrong else ""), flush=True)
            if wrong:
                failed.append(f"{model}: {wrong}")
            for bug in sorted(set(re.findall(r"BUG_\w+", text))):
                states, wrong = check(model, SMALL, bug, scratch)
                all_bugs += 1
                print(f"  {bug}: {'found after ' + str(states) + ' states: ' + wrong if wrong else 'NOT FOUND'}", flush=True)
                if wrong is None:
                    failed.append(f"{model}: {bug} is not found")
                passed += wrong is not None
        passed += 1
    if not arguments.only:
        if size != SMALL and all_states < LEAST_STATES:
            failed.append(f"{all_states} states, fewer than {LEAST_STATES}")
        if all_bugs < LEAST_BUGS:
            failed.append(f"{all_bugs} bugs, fewer than {LEAST_BUGS}")
    for why in failed:
        print(f"FAILED: {why}")
    print(f"{all_states} states, {all_bugs} bugs planted")
    if arguments.ledger:
        ledger.record("model", 0, all_states, time.monotonic() - begun)
    print(f"files: {passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
