#!/usr/bin/env python3
"""Unit tests with the code that they are about under the sanitizers of addresses and of undefined behaviour, and with
the checks of its inner loops (DCHECK).

usage: rooms.py --build DIRECTORY [--room REGEX] [--slice] [--list] [--planted]

The rooms (libraries of CMakeLists.txt) that one program tests are taken 6 source files at a time, or as many as the
build compiles as one. These are compiled anew beside the build, with its flags but for the level of optimisation, and
linked into the program before the libraries, which stay as they are: so a part takes a minute or two, where everything
takes most of an hour (`./weirw check sanitizers`, which has the sanitizer of threads, too: that one must see all code).
The pool that recycles the memory of batches is compiled along, so that nothing is recycled. --slice: one part a commit,
of the longest programs with a share of their tests. --planted: a read behind its memory, an overflow, a leak and a
broken DCHECK must each be reported. Ends with 'files: N passed, N failed'.
"""
import argparse
import collections
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[1:1] = [str(ROOT / "tests"), str(ROOT / "tests/mutation")]
import programs  # noqa: E402
import slices  # noqa: E402

MOST_FILES = 4
SHARDS = {"state_test": 4, "runtime_operators_test": 2}  # of programs that run for minutes, where a commit runs a part
FOLDERS = ("runtime/", "state/", "planner/", "shell/", "conf/")
POOL = "runtime/base/buffer_pool.cc"
TARGET = re.compile(r"CMakeFiles/(\w+)\.dir/")
TOGETHER = re.compile(r"CMakeFiles/(\w+)\.dir/Unity/")  # files of a room that the build compiles as one
# Rooms whose tests are not called as they are.
TESTS = {"shell_jobs": "shell_engine_test", "shell_savepoints": "shell_engine_test", "shell_session": "shell_engine_test",
         "shell_statements": "shell_engine_test", "shell_text": "shell_output_test", "shell_cli": None}
FLAGS = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-DWEIR_SANITIZED",
         "-DWEIR_DCHECKS", "-w",
         "-U__SANITIZE_ADDRESS__")  # by which Abseil's containers would be others than in the objects that stay
REPORT = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|internal check failed")
SECONDS = 900
DEFECTS = {  # what is put behind a file's text: a test of gtest that must be reported
    "a read behind its memory": "TEST(Planted, Read) { std::vector<int> a(4); volatile int at = 4; EXPECT_EQ(a.data()[at], 0); }",
    "an overflow": "TEST(Planted, Overflow) { volatile int most = 2147483647; EXPECT_LT(most + 1, 0); }",
    "a leak": "TEST(Planted, Leak) { volatile auto* gone = new int(1); EXPECT_NE(gone, nullptr); gone = nullptr; }",
    "a broken DCHECK": "TEST(Planted, Dcheck) { volatile int one = 1; WEIR_DCHECK(one == 2); }",
}


def test_of(build, room):
    """The program with a room's unit tests; None where it has none of its own."""
    if room in TESTS:
        return TESTS[room]
    while room:
        if any(f"/{room}_test.dir/" in f"/{command}" for command in build.commands.values()):
            return f"{room}_test"
        room = room.rpartition("_")[0]
    return None


def sources_of(build, unit):
    """The files of ours that one call of the compiler reads as its source."""
    if not TOGETHER.search(unit):
        return [unit] if unit.startswith(FOLDERS) else []
    text = (ROOT / unit).read_text(encoding="utf-8")
    files = [build.below(path) for path in re.findall(r'#include "([^"]+)"', text)]
    return [path for path in files if path.startswith(FOLDERS)]


def divided(build, units):
    """Parts of up to MOST_FILES source files, but for what the build compiles as one."""
    part = []
    for unit in units:
        if part and sum(len(sources_of(build, of)) for of in [*part, unit]) > MOST_FILES:
            yield part
            part = []
        part.append(unit)
    if part:
        yield part


def parts(build):
    """[(program, part, source files)]: what there is to run."""
    files, left = collections.defaultdict(set), set(tracked())
    for unit, command in build.commands.items():
        room, sources = TARGET.search(command), sources_of(build, unit)
        if room and sources:
            left -= set(sources)
            test = test_of(build, room[1])
            if test:
                files[test].add(unit)
    if left:
        raise SystemExit(f"FAILED: the build compiles none of {', '.join(sorted(left)[:10])}")
    return [(test, at + 1, part) for test, units in sorted(files.items())
            for at, part in enumerate(divided(build, sorted(units)))]


def tracked():
    """The source files of the engine."""
    done = subprocess.run(["git", "ls-files", *(f"{folder}*.cc" for folder in FOLDERS)], cwd=ROOT, stdout=subprocess.PIPE,
                          text=True, check=True)
    # But for a module that is not compiled everywhere, and never where sanitizers are.
    return [path for path in done.stdout.split() if not path.endswith("/arrow_files.cc")]


def command_of(build, unit, source, made):
    """The compiler's command for a source file under sanitizers: without the precompiled header, which knows no sanitizer."""
    words = shlex.split(build.commands[unit])
    words[-1], words[words.index("-o") + 1] = str(source), str(made)
    at = words.index("-include") if "-include" in words else None
    if at is not None and "pch" in words[at + 1]:
        del words[at:at + 2]
    words = [word for word in words if not re.fullmatch(r"-O\d|-Werror|-Winvalid-pch", word)]
    return [words[0], *FLAGS, *words[1:]]


def compiled(build, unit, scratch, source=None):
    made = scratch / (unit.replace("/", "_") + ".o")
    failure = programs.run(command_of(build, unit, source or ROOT / unit, made), build, SECONDS)
    if failure:
        raise SystemExit(f"FAILED to compile {unit} under sanitizers:\n{failure[-3000:]}")
    return build.object_of(unit), str(made)


def linked(build, test, objects, scratch):
    """The test's program with these objects in the place of the build's."""
    words = shlex.split(build.link_command(test))
    program = scratch / test
    words[words.index("-o") + 1] = str(program)
    first = next(at for at, word in enumerate(words) if word.endswith(".o"))
    before = [made for path, made in objects.items() if path not in words]
    words = [objects.get(word, word) for word in words]
    failure = programs.run([*words[:first], "-fsanitize=address,undefined", *before, *words[first:]], build, SECONDS)
    if failure:
        raise SystemExit(f"FAILED to link {test} under sanitizers:\n{failure[-3000:]}")
    return program


def run(program, *arguments, shard="0/1"):
    """What it said, and whether it passed; a shard is a part of its tests."""
    environment = {**os.environ,
                   "GTEST_SHARD_INDEX": shard.split("/")[0], "GTEST_TOTAL_SHARDS": shard.split("/")[1],
                   "WEIR_POOL_SANITIZED": "1",  # for tests that are not themselves compiled so
                   "ASAN_OPTIONS": "detect_stack_use_after_return=1:abort_on_error=1:detect_leaks=1",
                   "LSAN_OPTIONS": f"suppressions={ROOT}/tests/lint/leaks.supp:print_suppressions=0",
                   "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
    with tempfile.TemporaryDirectory(prefix="weir-room-") as directory:
        environment["TMPDIR"] = directory
        try:
            done = subprocess.run([str(program), "--gtest_brief=1", *arguments], cwd=ROOT, env=environment, text=True,
                                  errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as late:
            return f"{late.stdout}\nno end after {SECONDS} s", False
    return done.stdout, done.returncode == 0 and not REPORT.search(done.stdout)


def objects_of(build, units, scratch):
    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(lambda unit: compiled(build, unit, scratch), sorted({*units, POOL})))


def named(build, test, part, units):
    files = [path for unit in units for path in sources_of(build, unit)]
    return f"{test} {part}: {len(files)} files from {files[0]} to {files[-1]}"


def check(build, test, part, units, shard="0/1"):
    with tempfile.TemporaryDirectory(prefix="weir-sanitized-", dir=build.directory) as scratch:
        scratch = pathlib.Path(scratch)
        said, good = run(linked(build, test, objects_of(build, units, scratch), scratch), shard=shard)
    of = "" if shard == "0/1" else f", tests {shard}"
    print(f"{named(build, test, part, units)}{of}: {'passed' if good else 'FAILED'}", flush=True)
    if not good:
        at = REPORT.search(said)
        print(said[max(at.start() - 500, 0):at.start() + 6000] if at else said[-6000:])
    return good


def unit_of(build, path):
    """What the build compiles a source file as: by itself, or together with others."""
    for unit in build.commands:
        if unit == path or (TOGETHER.search(unit) and path in (ROOT / unit).read_text(encoding="utf-8")):
            return unit
    raise SystemExit(f"FAILED: the build compiles no {path}")


def planted(build):
    """How many of the defects are reported, each behind the text of one small test."""
    path = "tests/unit/runtime/base/plain_path_test.cc"
    unit = unit_of(build, path)
    text = '#include "runtime/base/check.h"\n' + (ROOT / path).read_text(encoding="utf-8")
    missed = 0
    for name, defect in DEFECTS.items():
        with tempfile.TemporaryDirectory(prefix="weir-sanitized-", dir=build.directory) as scratch:
            scratch = pathlib.Path(scratch)
            source = scratch / "planted_test.cc"
            source.write_text(f"{text}\n{defect}\n", encoding="utf-8")
            objects = dict([compiled(build, unit, scratch, source)])
            said, good = run(linked(build, "runtime_base_test", objects, scratch), "--gtest_filter=Planted.*")
        print(f"{name}: {'NOT REPORTED' if good else REPORT.search(said)[0] if REPORT.search(said) else said[-500:]}", flush=True)
        missed += good or not REPORT.search(said)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--room", default="")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--planted", action="store_true")
    arguments = parser.parse_args()
    build = programs.Build(ROOT, os.path.abspath(arguments.build))
    if arguments.planted:
        missed = planted(build)
        print(f"files: {len(DEFECTS) - missed} passed, {missed} failed")
        return 1 if missed else 0
    runs = [part for part in parts(build) if re.search(arguments.room, part[0])]
    if arguments.list:
        for test, part, units in runs:
            print(named(build, test, part, units))
        return 0
    if arguments.slice and not slices.is_full():
        shares = [(*part, f"{shard}/{of}") for part in runs for of in [SHARDS.get(part[0], 1)] for shard in range(of)]
        if len(shares) > slices.table()["sanitized.rooms"][0]:
            raise SystemExit(f"FAILED: {len(shares)} parts are more than slices.tsv knows")
        runs = [shares[slices.number("sanitized.rooms") % len(shares)]]
    failed = sum(not check(build, *part) for part in runs)
    print(f"files: {len(runs) - failed} passed, {failed} failed")
    return 1 if failed or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
