#!/usr/bin/env python3
"""Savepoints of every format version are restored by every later build.

  golden.py --weir build/weir            restores all below tests/golden/*/savepoints
  golden.py --weir build/weir --write    makes those of this version that are not there yet

A golden savepoint was taken in a directory of its own, with relative paths, after the first half of the input. A
later build reads the second half and must come to what the model says. Never write one anew: a change of the
format gets a folder of its own.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from evolve import AVG, COUNT, ITEMS, MAX, MIN, SUM, events
from queries import Query, model

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "golden"
VERSION = "v1"
QUERIES = {
    "group": Query(kind="group", calls=(COUNT, SUM, MIN, MAX, AVG)),
    "group-distinct": Query(kind="group", calls=(COUNT, ITEMS)),
    "tumble": Query(kind="tumble", keys=("k", "g"), calls=(COUNT, SUM, MIN, MAX, AVG)),
    "tumble-distinct": Query(kind="tumble", calls=(ITEMS, COUNT)),
    "hop": Query(kind="hop", calls=(SUM, COUNT, MAX)),
}
LAYOUTS = [("canonical", "rocksdb"), ("native", "rocksdb"), ("native", "memory")]


def run(weir, directory, query, text):
    definitions = re.sub(r"'connector' = 'filesystem', 'path' = '\./out', 'format' = 'json'", "'connector' = 'print'",
                         query.definitions("."))
    (directory / "script.sql").write_text(definitions + text)
    done = subprocess.run([weir, "--data-dir", "data", "run", "script.sql"], cwd=directory, capture_output=True,
                          text=True, timeout=60, check=False)
    if done.returncode != 0:
        sys.exit(f"{text}\n{done.stdout}{done.stderr}")
    return done.stdout


def feed(directory, name, added):
    (directory / "in").mkdir(exist_ok=True)
    (directory / "in" / f"{name}.csv").write_text("".join(event.csv() + "\n" for event in added))


def write(weir, query, layout, backend, target, directory):
    feed(directory, "1", events(1, 60)[0])
    run(weir, directory, query, f"SET 'state.backend.type' = '{backend}';\nSET 'parallelism.default' = '2';\n"
        f"CREATE JOB j AS {query.insert()};\nWAIT FOR JOB j UNTIL IDLE;\n"
        f"SAVEPOINT JOB j TO 'saved' FORMAT {layout.upper()};\nSTOP JOB j;")
    shutil.copytree(next((directory / "saved").iterdir()), target)


def restored(weir, query, backend, saved, directory):
    """Rows that the restored job emits: of groups the last of each."""
    first, second = events(1, 60)
    feed(directory, "1", first)
    feed(directory, "2", second)
    output = run(weir, directory, query, f"SET 'state.backend.type' = '{backend}';\n"
                 f"RESTORE JOB j FROM '{saved}' AS {query.insert()};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
    got = {}
    width = len(query.keys) + (0 if query.kind == "group" else 1)
    for cells in re.findall(r"^\+[IU]\[(.*)\]$", output, re.M):
        cells = cells.split(", ")
        key = [cells[0][14:19]] + cells[1:width] if query.kind != "group" else cells[:width]
        got[tuple(key)] = [None if cell == "null" else float(cell) for cell in cells[width:]]
    _, new = model(query, query, first, second)
    want = {}
    for row in new:
        key = row[:width] if query.kind == "group" else (f"{row[0] // 60 % 60:02}:{row[0] % 60:02}", *row[1:width])
        want[key] = list(row[width:])
    if query.kind == "group":
        touched = {tuple(getattr(event, key) for key in query.keys) for event in second}
        want = {key: values for key, values in want.items() if key in touched}
    return got, want


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    failed = 0
    for name, query in QUERIES.items():
        for layout, backend in LAYOUTS:
            place = GOLDEN / VERSION / "savepoints" / f"{name}-{layout}-{backend}"
            if arguments.write and not place.exists():
                with tempfile.TemporaryDirectory(prefix="weir-golden-") as directory:
                    write(weir, query, layout, backend, place, pathlib.Path(directory))
            for saved in sorted(GOLDEN.glob(f"*/savepoints/{place.name}")):
                for reader in {backend, "rocksdb", "memory"} if layout == "canonical" else {backend}:
                    with tempfile.TemporaryDirectory(prefix="weir-golden-") as directory:
                        got, want = restored(weir, query, reader, saved, pathlib.Path(directory))
                    if got != want:
                        failed += 1
                        print(f"FAIL {saved} read by {reader}: got {got}\n  want {want}")
    print(f"golden savepoints: {failed} failed")
    return 1 if failed or not list(GOLDEN.glob("*/savepoints/*")) else 0


if __name__ == "__main__":
    sys.exit(main())
