#!/usr/bin/env python3
"""Whether every C++ file is as clang-format (.clang-format) writes it.

usage: format.py
"""
import os
import pathlib
import subprocess
import sys

import lint

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def main():
    files = list(lint.sources(ROOT, (*lint.TOP, "tests", "bench"), (".h", ".cc")))
    parts = [files[at::os.cpu_count()] for at in range(os.cpu_count())]
    running = [subprocess.Popen(["clang-format-14", "--dry-run", "--Werror", *part], cwd=ROOT) for part in parts]
    failed = [child.wait() for child in running]
    print(f"format: {len(files)} files")
    return 1 if any(failed) else 0


if __name__ == "__main__":
    sys.exit(main())
