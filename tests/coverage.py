#!/usr/bin/env python3
"""What the tests run of the source: `./weirw coverage` builds for it, runs the tests, and calls this.

usage: coverage.py --build DIRECTORY [--lines] | --table
Prints lines and branches covered by folder, and every line of checkpoint, restore and commit code that nothing ran, with
its text; those whose reason coverage.tsv gives (file, text of the line, reason) stand apart. Reported, not required: a
figure is no aim. --lines lists the lines of all other files, too. --table: only whether coverage.tsv still speaks of lines
that there are, each once and with a reason, which needs no such build.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
FOLDERS = ("runtime", "state", "planner", "shell", "conf")
# Where a line that was never run may lose rows.
CRITICAL = ("runtime/checkpoint/", "runtime/task/execution", "runtime/task/barrier_aligner", "runtime/task/split_assigner",
            "runtime/connectors/filesystem/file_sink", "runtime/connectors/filesystem/partition_commit",
            "runtime/file_system", "state/checkpoint/", "state/files/", "state/disk/rocksdb_",
            "shell/engine/jobs/", "shell/engine/savepoints/", "shell/engine/statements/execute_restore",
            "shell/engine/statements/execute_savepoints")


def measured(build):
    """gcovr's records of the source files, without generated ones."""
    command = ["gcovr", "--root", str(ROOT), "--json", "--exclude-throw-branches", "--gcov-ignore-parse-errors",
               *(f"--filter={folder}/" for folder in FOLDERS), str(build)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    files = [file for file in json.loads(done.stdout)["files"] if file["file"].startswith(FOLDERS)]
    for file in files:
        file["lines"] = [line for line in file["lines"] if not line["gcovr/noncode"]]
    return files


def reasons():
    """(file, text of the line) -> why nothing runs it."""
    lines = (HERE / "coverage.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {(path, text): reason for path, text, reason in (line.split("\t") for line in lines)}


def wrong_rows():
    """What is wrong with coverage.tsv."""
    rows = [line.split("\t") for line in (HERE / "coverage.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    for number, row in enumerate(rows, start=2):
        if len(row) != 3 or not all(row):
            yield f"coverage.tsv:{number}: a row is a file, the text of a line, and the reason why nothing runs it"
        elif not row[0].startswith(CRITICAL):
            yield f"coverage.tsv:{number}: {row[0]} is not checkpoint, restore or commit code"
        elif not (ROOT / row[0]).exists() or row[1] not in map(str.strip, (ROOT / row[0]).read_text(encoding="utf-8").splitlines()):
            yield f"coverage.tsv:{number}: {row[0]} has no line {row[1]!r}"
        elif rows.index(row) != number - 2:
            yield f"coverage.tsv:{number}: twice"


def percent(part, whole):
    return f"{100 * part / whole:5.1f} %" if whole else "    -  "


def never_run(file):
    """(number, text) of lines."""
    text = (ROOT / file["file"]).read_text(encoding="utf-8").splitlines()
    counts = collections.Counter()
    for line in file["lines"]:
        counts[line["line_number"]] += line["count"]
    return [(number, text[number - 1].strip()) for number, count in sorted(counts.items())
            if count == 0 and number <= len(text)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build-coverage"))
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    if arguments.table:
        wrong = list(wrong_rows())
        print("\n".join(f"FAILED: {why}" for why in wrong) or "coverage.tsv: every row speaks of a line that there is")
        return 1 if wrong else 0
    files, known = measured(os.path.abspath(arguments.build)), reasons()
    sums = collections.defaultdict(lambda: [0, 0, 0, 0])
    for file in files:
        lines = {line["line_number"]: line["count"] for line in file["lines"]}
        branches = [branch["count"] for line in file["lines"] for branch in line["branches"]]
        critical = ["critical"] if file["file"].startswith(CRITICAL) else []
        for place in [os.path.dirname(file["file"]), "all", *critical]:
            for index, value in enumerate((sum(c > 0 for c in lines.values()), len(lines),
                                           sum(c > 0 for c in branches), len(branches))):
                sums[place][index] += value
    for place, (line, lines, branch, branches) in sorted(sums.items()):
        print(f"{place:32} lines {percent(line, lines)} of {lines:6}   branches {percent(branch, branches)} of {branches:6}")
    open_lines = explained = 0
    for file in files:
        if not arguments.lines and not file["file"].startswith(CRITICAL):
            continue
        for number, text in never_run(file):
            reason = known.get((file["file"], text))
            explained += reason is not None
            open_lines += reason is None
            print(f"{file['file']}:{number}: {text}" + (f"    [{reason}]" if reason else ""))
    print(f"{open_lines} lines were never run and nobody says why; of {explained} others coverage.tsv does")
    return 0 if files else 1


if __name__ == "__main__":
    sys.exit(main())
