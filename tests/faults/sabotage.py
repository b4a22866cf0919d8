#!/usr/bin/env python3
"""Plants each defect of sabotages.tsv and sees that the suites which are said to find it do, and say what they found.

usage: sabotage.py --build DIRECTORY [--slice] [--only NAME] [--seed S] [--suite SUITE] [--jobs N] [--ledger]

A defect is one that WEIR_DEFECT names (runtime/fault_point.h). Every one has at least two suites. A suite has found it when
it ends with an error and names a test, a row or a file; an end that does not come in time, a crash without a word,
and a suite that fails without any defect, too, find nothing. A suite that draws its kills may miss one by chance: it
draws DRAWS times before it has not found it. Prints a table: what each suite said, and after how many seconds. Defects of the source without a row, and rows without a defect, fail, unless findings.tsv names them. --slice:
one defect a commit, as slices.py says, unless WEIR_TEST_SLICE=full. --suite runs another suite over all defects, to see
what it would find. Ends with 'files: N passed, N failed'.
"""
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import time

import crash_test

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402
import slices  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SECONDS, LEAST_DEFECTS, LEAST_SUITES, DRAWS = 900, 24, 2, 3
# What a suite prints about something that it has found.
NAMED = (re.compile(r"^(\S+:\d+): Failure$", re.M), re.compile(r"^\[  FAILED  \] (\w\S*\.\S+?),? ", re.M), re.compile(r"^FAILED[^:\n]*: (.+)", re.M),
         re.compile(r"^(?:FAIL|ERROR|FAILED):? +(test_\w+)", re.M), re.compile(r"^(\S+\.slt:\d+.*)", re.M))
NOTHING = re.compile(r"no end within|TIMEOUT|zero: ")


@dataclasses.dataclass(frozen=True)
class Suite:
    command: tuple
    slow: bool = False


def suites(build, seed):
    def unit(program, pattern="*"):
        return Suite((f"{build}/{program}", f"--gtest_filter={pattern}", "--gtest_fail_fast"))

    def script(path, *arguments):
        return Suite((sys.executable, str(ROOT / "tests" / path), *arguments), True)
    faulty = f"{build}/weir_faulty"
    return {
        "storm": script("faults/crash_test.py", "--weir", faulty, "--kills", "400", "--seed", str(seed)),
        "damage": script("faults/crash_test.py", "--weir", faulty, "--kills", "150", "--seed", str(seed), "--damage"),
        "objects": script("faults/crash_test.py", "--weir", faulty, "--kills", "80", "--seed", str(seed), "--objects"),
        "unaligned": script("faults/crash_test.py", "--weir", faulty, "--kills", "80", "--seed", str(seed), "--unaligned"),
        "recursion": script("faults/recursion_storm.py", "--weir", faulty, "--kills", "100", "--seed", str(seed)),
        "object_files": unit("faults_test", "ObjectFilesTest*"),
        "fallback": script("sql/evolve/fallback.py", "--weir", faulty),
        "recovery": unit("runtime_checkpoint_test", "Recovery*"),
        "walk": script("faults/walk.py", "--weir", faulty, "--walks", "8", "--seed", str(seed)),
        "savepoints": script("faults/savepoint_crash_test.py", "--weir", faulty, "--kills", "300", "--seed", str(seed)),
        "simulation": script("simulation/simulate.py", "--program", f"{build}/weir_simulation", "--seeds", "300"),
        "places": script("sql/evolve/places.py", "--weir", faulty),
        "sql": script("sql/run.py", "--weir", faulty, "--faulty", faulty, "--config", "tiny_memory", "--jobs", "2",
                      str(ROOT / "tests/sql/dedup")),
        "in-flight": script("sql/run.py", "--weir", faulty, "--faulty", faulty, "--config", "unaligned", "--jobs", "2",
                            str(ROOT / "tests/sql/dedup")),
        "sink-errors": script("faults/sink_errors.py", "--weir", faulty),
        "time": script("time/job_life_test.py", "--weir", faulty, "--seed", str(seed), "test_late_rows_stay_late_after_a_restore"),
        "findings-1": script("findings/run.py", "--weir", faulty, "--faulty", faulty, "^1_"),
        "findings-7": script("findings/run.py", "--weir", faulty, "--faulty", faulty, "^7_0[12367]"),
        "paths": script("faults/paths.py", "--weir", faulty, "--faulty", faulty, "--leading"),
        "forgeries": script("faults/forgeries.py", "--weir", faulty, "--faulty", faulty, "--count", "200", "--seed", str(seed)),
        "power": unit("faults_test", "PowerFailure*"),
        "storage": unit("state_test", "CheckpointStorage*:CheckpointDirectory*:CheckpointBug*"),
        "state": unit("state_test", "*Model*:*ListRuns*:MemoryImage*:CheckpointBug*:Backends/*:Savepoint*"),
        "savepoint-files": unit("state_test", "*Savepoint*:*Snapshot*"),
        "coordinator": unit("runtime_checkpoint_test"),
        "task": unit("runtime_task_test"),
        "connectors": unit("runtime_connectors_test", "*Sink*:*Source*:Partition*:RowFile*"),
        "shell": unit("shell_engine_test"),
        "catalog-files": unit("shell_engine_test", "DefinitionFile*:KeptForm*:DurableCatalog*"),
        "catalog": script("shell/catalog_test.py", "--weir", faulty),
        "copy": script("shell/copy_test.py", "--weir", faulty),
    }


def table():
    """Defect -> the suites that find it."""
    lines = (HERE / "sabotages.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {defect: names.split() for defect, _, names in (line.split("\t") for line in lines)}


def mismatches(rows):
    """What is wrong with the table."""
    findings = (ROOT / "tests/findings/findings.tsv").read_text(encoding="utf-8").splitlines()[1:]
    elsewhere = {plant for line in findings for plant in line.split("\t")[3].split()}
    # A broker, a database or an object store is needed to find them (--plants of the tests in these folders).
    for plants in ("tests/kafka/plants.tsv", "tests/postgres/plants.tsv", "tests/postgres/cdc_plants.tsv", "tests/mysql/plants.tsv",
                   "tests/s3/plants.tsv"):
        elsewhere |= {line.split("\t")[0] for line in (ROOT / plants).read_text(encoding="utf-8").splitlines()[1:]}
    source = set(crash_test.planted())
    yield from (f"{name} is planted in the source and in no table" for name in sorted(source - set(rows) - elsewhere))
    yield from (f"{name} is not planted in the source" for name in sorted(set(rows) - source))
    yield from (f"{name} has fewer than {LEAST_SUITES} suites" for name, of in rows.items() if len(set(of)) < LEAST_SUITES)
    if len(rows) < LEAST_DEFECTS:
        yield f"only {len(rows)} defects"


def empty_patterns(suite):
    """Parts of a unit suite's filter that no test has: it would find less than it seems to."""
    program, *rest = suite.command
    patterns = [argument.partition("=")[2].split(":") for argument in rest if argument.startswith("--gtest_filter=")]
    for pattern in (one for of in patterns for one in of):
        tests = subprocess.run((program, f"--gtest_filter={pattern}", "--gtest_list_tests"), stdout=subprocess.PIPE, text=True,
                               check=True).stdout
        if not re.search(r"^  \w", tests, re.M):
            yield pattern


def run(suite, defect):
    """(what was found or None, what was said, seconds)."""
    begun = time.monotonic()
    environment = {**os.environ, "WEIR_TEST_SLICE": "short"}
    environment.pop("WEIR_DEFECT", None)
    if defect:
        environment["WEIR_DEFECT"] = defect
    try:
        done = subprocess.run(suite.command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None, f"no end within {SECONDS} s", time.monotonic() - begun
    seconds = time.monotonic() - begun
    if done.returncode == 0:
        return None, "passes", seconds
    found = [match.group(1) for pattern in NAMED for match in pattern.finditer(done.stdout)
             if not NOTHING.search(match.group(0))]
    return (found[0] if found else None), "fails, and says not why" if not found else "", seconds


def draws(suite):
    """The suite, and the same with other seeds if it has one."""
    yield suite
    if "--seed" in suite.command:
        at = suite.command.index("--seed") + 1
        for more in range(1, DRAWS):
            seed = str(int(suite.command[at]) + more)
            yield dataclasses.replace(suite, command=(*suite.command[:at], seed, *suite.command[at + 1:]))


def judge(defect, names, all_suites, broken):
    """Lines of the table for a defect, and whether enough suites found it."""
    lines, catches = [], 0
    for name in names:
        seconds = 0
        for drawn in draws(all_suites[name]):
            found, said, more = run(drawn, defect)
            seconds += more
            if found:
                break
        if found and name not in broken:
            catches += 1
        lines.append(f"  {defect:28} {name:16} {seconds:5.0f} s  {'found: ' + found[:150] if found else 'NOT FOUND: ' + said}")
    return lines, catches


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--suite")
    parser.add_argument("--seed", type=int, default=seeds.draw())
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--ledger", action="store_true")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    all_suites, rows, begun = suites(os.path.abspath(arguments.build), arguments.seed), table(), time.monotonic()
    wrong = list(mismatches(rows))
    chosen = [name for name in rows if arguments.only in name]
    if arguments.slice and not slices.is_full():
        chosen = slices.part("sabotage", chosen, slices.number("sabotage"), slices.table()["sabotage"][0])
    wanted = {name: [arguments.suite] if arguments.suite else rows[name] for name in chosen}
    used = sorted({suite for of in wanted.values() for suite in of})
    wrong += [f"no test of {name} is called {pattern}" for name in used for pattern in empty_patterns(all_suites[name])]
    broken = set()
    if not arguments.slice or slices.is_full():
        for name in (name for name in used if not all_suites[name].slow):  # the others run by themselves, next to this
            found, said, seconds = run(all_suites[name], None)
            print(f"  {'(nothing planted)':28} {name:16} {seconds:5.0f} s  {said or f'FAILS: {found}'}", flush=True)
            if said != "passes":
                broken.add(name)
    passed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        work = [pool.submit(judge, name, wanted[name], all_suites, broken) for name in chosen]
        for name, one in zip(chosen, work):
            lines, catches = one.result()
            print("\n".join(lines), flush=True)
            passed += catches == len(wanted[name])
            if catches < len(wanted[name]):
                wrong.append(f"{name}: found by {catches} of {len(wanted[name])}")
    wrong += [f"{name} fails without any defect" for name in sorted(broken)]
    for why in wrong:
        print(f"FAILED: {why}")
    if arguments.ledger:
        ledger.record("sabotage", arguments.seed, passed, time.monotonic() - begun, f"{passed}/{len(rows)}")
    print(f"files: {passed} passed, {len(wrong)} failed")
    return 1 if wrong or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
