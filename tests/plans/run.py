#!/usr/bin/env python3
"""Checks what EXPLAIN says: plans as text, and uids that must not change.

usage: run.py --weir build/weir [--update] [FILE.plan...]

A file holds blocks; each begins with a line `@kind`, its text follows.

    @setup                       statements before every other block of the file
    @plan [key=value …]          statements, then ---- and what they print (rewritten by --update)
    @uids NAME [key=value …]     an EXPLAIN STATE; all blocks of one NAME list the same uids, operators and keys
    @more NAME [key=value …]     lists those of NAME and others
    @other NAME [key=value …]    does not list the same as NAME

key=value sets an option of the session. Plans are made for a parallelism of 2 unless they say otherwise.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")

HERE = os.path.dirname(os.path.abspath(__file__))


class Block:
    def __init__(self, head, line):
        words = head[1:].split()
        self.kind, self.line = words[0], line
        self.options = [word for word in words[1:] if "=" in word]
        names = [word for word in words[1:] if "=" not in word]
        self.name = names[0] if names else ""
        self.head, self.sql, self.expected = head, [], None

    def add(self, line):
        if line == "----" and self.expected is None:
            self.expected = []
        else:
            (self.sql if self.expected is None else self.expected).append(line)

    def text(self):
        lines = [self.head] + strip(self.sql)
        return lines + ["----"] + strip(self.expected or []) if self.kind == "plan" else lines


def strip(lines):
    """Without blank lines at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def parse(path):
    header, blocks = [], []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file.read().split("\n"), 1):
            if line.startswith("@"):
                blocks.append(Block(line, number))
            elif blocks:
                blocks[-1].add(line)
            else:
                header.append(line)
    return header, blocks


def explain(weir, setup, block):
    """What weir prints, and its error text."""
    with tempfile.TemporaryDirectory(prefix="weir-plan-") as folder:
        command = [weir, "-q", "--no-progress", "--format", "changelog", "--conf", BARE, "--data-dir", folder]
        for option in ["parallelism.default=2"] + block.options:
            command += ["-D", option]
        script = "\n".join(setup) + "\n" + "\n".join(block.sql)
        done = subprocess.run(command, input=script, text=True, capture_output=True, timeout=60, check=False, cwd=folder)
    return done.stdout, done.stderr if done.returncode else ""


def uids(output):
    """(uid, operator, key) of every row of EXPLAIN STATE."""
    rows = re.findall(r"^\+I\[(.*)\]$", output, re.M)
    cells = [row.split(", ") for row in rows]
    # uid, stability, where the name is from, line, operator, key …: the columns before the key hold no commas
    return sorted((c[0], c[4], c[5]) for c in cells)


def check_uids(block, found, names):
    if block.kind == "uids":
        wanted = names.setdefault(block.name, found)
        return None if found == wanted else f"lists\n  {found}\nbut the first of {block.name!r}\n  {wanted}"
    wanted = names[block.name]
    if block.kind == "more":
        missing = [row for row in wanted if row not in found]
        return f"lacks {missing}" if missing or len(found) == len(wanted) else None
    return f"lists the same as {block.name!r}: {found}" if found == wanted else None


def check(weir, path, update):
    """Failures of one file."""
    header, blocks = parse(path)
    setup, names, failures = [], {}, []
    for block in blocks:
        if block.kind == "setup":
            setup += block.sql
            continue
        output, error = explain(weir, setup, block)
        failure = f"failed: {error}" if error else None
        if failure is None and block.kind == "plan":
            actual = strip(output.split("\n"))
            if update:
                block.expected = actual
            elif actual != strip(block.expected or []):
                failure = "expected:\n" + "\n".join(strip(block.expected or [])) + "\nactual:\n" + "\n".join(actual)
        elif failure is None:
            found = uids(output)
            failure = check_uids(block, found, names) if found else f"no uids in: {output}"
        if failure:
            failures.append(f"{path}:{block.line} {block.head}\n{failure}\n")
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(strip(header) + ["\n" + "\n".join(block.text()) for block in blocks]) + "\n")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    files = arguments.files or sorted(os.path.join(HERE, n) for n in os.listdir(HERE) if n.endswith(".plan"))
    bad = 0
    for path in files:
        failures = check(os.path.abspath(arguments.weir), path, arguments.update)
        bad += bool(failures)
        print("\n".join(failures), end="")
    print(f"files: {len(files) - bad} passed, {bad} failed")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
