#!/usr/bin/env python3
"""Clang's thread-safety analysis of every file that has a lock: what a lock guards (runtime/base/thread_safety.h) is
touched by nobody without it. Its warnings fail. --slice takes the files whose turn it is (slices.py).

usage: locks.py --generated DIRECTORY [--removed N] [--seed S] [--slice]

A lock that says nowhere what it guards fails as well, unless a comment says what it is for; one of the standard
library's is lint.py's matter. With --removed N: N locks, drawn from all, are taken out, one at a time, and three in
four must be noticed.
"""
import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import lint

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402
import slices  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OWN = ("runtime/mutex.h", "runtime/base/leaf_mutex.h", "runtime/base/thread_safety.h")
# One that is not constant is waited with or let go: without it the file does not compile.
LOCKED = re.compile(r"^ *const (?:MutexLock|LeafLock) \w+\([^;]*\);\n", re.M)
USES = re.compile(r"\b(?:MutexLock|LeafLock|WEIR_GUARDED_BY)\b")
DECLARED = re.compile(r"^ *(?:mutable |static )?(?:Mutex|LeafMutex) (\w+);(.*)$", re.M)
WARNING = re.compile(r"^(.*?:\d+):\d+: (?:warning|error): (.*)$", re.M)
# As the build's precompiled header has them.
ASSUMED = ("algorithm", "functional", "map", "memory", "optional", "span", "string", "string_view", "utility", "variant",
           "vector", "fmt/format.h")


def units(texts):
    """The source files that see a lock: their own, or their header's."""
    for path, text in texts.items():
        header = path.removesuffix(".cc") + ".h"
        if path.endswith(".cc") and (USES.search(text) or USES.search(texts.get(header, ""))):
            yield path


def arguments(generated, before=()):
    """Those with which clang reads a source file; includes are looked for in `before` first."""
    # What is generated is nobody's to judge.
    includes = [argument for folder in (*before, ROOT) for argument in ("-I", str(folder))] + ["-isystem", str(generated)]
    assumed = [argument for header in ASSUMED for argument in ("-include", header)]
    return ["-x", "c++", "-std=c++20", "-fno-char8_t", "-isystem", "/usr/include/antlr4-runtime", "-isystem", "/usr/include/postgresql",
            *includes, *assumed]


def analysed(unit, generated, before=()):
    """What clang says of a file; its includes are looked for in `before` first."""
    folder = next((folder for folder in before if (pathlib.Path(folder) / unit).exists()), ROOT)
    command = ["clang++-14", "-fsyntax-only", "-Wno-everything", "-Wthread-safety", *arguments(generated, before),
               str(pathlib.Path(folder) / unit)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    found = [f"{place}: {what}" for place, what in WARNING.findall(done.stderr)]
    return found or ([f"{unit}: {done.stderr.strip()[:400]}"] if done.returncode else [])


def unsaid(texts):
    """Locks of which nobody says what they guard."""
    for path, text in texts.items():
        if path in OWN:
            continue
        for name, comment in DECLARED.findall(text):
            said = re.search(rf"WEIR_\w+\((?:\w+(?:\.|->))?{name}\)", text) or "//" in comment
            if not said and re.search(rf"^ +static \w+ {name};", text, re.M) is None:
                yield f"{path}: what {name} guards is not said"


def remove(number, path, text, match, generated):
    """Whether clang misses one lock."""
    with tempfile.TemporaryDirectory(prefix="weir-locks-") as scratch:
        copy = pathlib.Path(scratch) / path
        copy.parent.mkdir(parents=True)
        copy.write_text(text[:match.start()] + text[match.end():], encoding="utf-8")
        found = analysed(path, generated, (scratch,))
    noticed = any("requires holding" in what for what in found)
    line = text.count("\n", 0, match.start()) + 1
    print(f"  {number}: without the lock of {path}:{line}: {'noticed' if noticed else 'NOT NOTICED'}", flush=True)
    return noticed


def removals(texts, count, seed, generated):
    """(path, text, place) of locks, drawn."""
    all_locks = [(path, text, match) for path, text in texts.items() if path not in OWN for match in LOCKED.finditer(text)]
    for path, text, match in random.Random(seed).sample(all_locks, min(count, len(all_locks))):
        yield path, text, match, generated


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generated", required=True)
    parser.add_argument("--removed", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slice", action="store_true")
    asked = parser.parse_args()
    texts = {path: lint.read(ROOT, path) for path in lint.sources(ROOT, lint.TOP, (".h", ".cc"))}
    seed = seeds.draw(asked.seed)
    generated = os.path.abspath(asked.generated)
    wrong = list(unsaid(texts))
    noticed = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        chosen = sorted(units(texts))
        if asked.slice and not slices.is_full():
            chosen = slices.part("lint.locks", chosen, slices.number("lint.locks"), slices.table()["lint.locks"][0])
        for found in pool.map(lambda unit: analysed(unit, generated), chosen):
            wrong += found
        if asked.removed:
            print(f"seed {seed}")
            noticed = list(pool.map(lambda job: remove(job[0], *job[1]),
                                    enumerate(removals(texts, asked.removed, seed, generated), 1)))
            print(f"{sum(noticed)} of {len(noticed)} removed locks noticed")
            if sum(noticed) * 4 < len(noticed) * 3:
                wrong.append("fewer than three in four removed locks are noticed")
    for line in wrong:
        print(line)
    print(f"locks: {len(chosen)} files, {len(wrong)} violations")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
