#!/usr/bin/env python3
"""Runs the text tests of tests/sql (format: slt.py) under configurations of tests/configs.

usage: run.py --weir PROGRAM [--faulty PROGRAM] [--config NAME]... [--slice-configs] [--jobs N]
              [FILE…]

Every query runs in a process of its own, after the statements above it. A configuration (a file of
`key: value` lines, see tests/configs/README.md) gives options, and may turn each SELECT into a job that
is killed and continued. Prints what each configuration did; a counter that must not be zero and is
fails the run. --slice-configs takes all configurations but the default when WEIR_TEST_SLICE=full, else
some of them over a part of the files, as slices.py says. Ends with 'files: N passed, N failed'.
"""
import argparse
import collections
import concurrent.futures
import glob
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import slt

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../faults"))
import jobs as recorded  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import changelog_text  # noqa: E402
import owner  # noqa: E402
import slices  # noqa: E402

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")
CONFIGS = os.path.normpath(os.path.join(HERE, "../configs"))
TIMEOUT = 120
SLICED_CONFIGS, SLICED_FILES = 5, 12  # into so many parts


DOUBLE = re.compile(r"-?\d+\.\d{12,}(E-?\d+)?|-?\d\.\d{11,}E-?\d+")


def sums_agree(actual, expected):
    """Whether all rows are the same but for the last digits of DOUBLEs: how those are added up depends on how
    the rows are spread, and their squares cancel out."""
    if len(actual) != len(expected):
        return False
    for a, b in zip(actual, expected):
        if DOUBLE.sub("", a) != DOUBLE.sub("", b):
            return False
        pairs = zip((m.group() for m in DOUBLE.finditer(a)), (m.group() for m in DOUBLE.finditer(b)))
        if any(not math.isclose(float(x), float(y), rel_tol=1e-6) for x, y in pairs):
            return False
    return True


# Of EXPLAIN CHANGELOG_MODE.
KINDS = {"I": "+I", "UB": "-U", "UA": "+U", "D": "-D"}
QUERY = re.compile(r"\s*(SELECT|WITH|VALUES|\()", re.I)


class Failure(Exception):
    pass


class Config:
    """A file of tests/configs: engine options, and keys of the runner that begin with 'test.'."""

    def __init__(self, name):
        self.name = name
        self.options, self.test = {}, {}
        with open(os.path.join(CONFIGS, name + ".conf"), encoding="utf-8") as file:
            for line in file:
                line = line.split("#")[0].strip()
                if line:
                    key, value = (part.strip() for part in line.split(":", 1))
                    (self.test if key.startswith("test.") else self.options)[key] = value

    def arguments(self):
        out = ["-D", "execution.checkpointing.interval=0 ms"]
        for key, value in self.options.items():
            out += ["-D", f"{key}={value}"]
        return out

    @property
    def exact_order(self):
        return self.test.get("test.exact-order") == "true"

    @property
    def required(self):
        return self.test.get("test.required", "").split()


class Runner:
    def __init__(self, weir, faulty):
        self.weir, self.faulty = weir, faulty
        self.counters = collections.defaultdict(collections.Counter)

    def command(self, config, program, scratch):
        return [program, "-q", "--no-progress", "--format", "changelog", "--conf", BARE,
                "--data-dir", os.path.join(scratch, "data")] + config.arguments()

    def run(self, config, script, scratch, program=None, env=None):
        environment = dict(os.environ, **(env or {}))
        command = self.command(config, program or self.weir, scratch)
        command += ["--statistics", os.path.join(scratch, "report")]
        if "test.attached" in config.test:
            with owner.Owner(self.weir, os.path.join(scratch, "data"), scratch, ["--conf", BARE]) as attached_to:
                done = self.execute(command, script, scratch, environment)
                self.counters[config.name]["sessions"] += attached_to.process.poll() is None
        else:
            done = self.execute(command, script, scratch, environment)
        self.collect(config, scratch)
        return done

    @staticmethod
    def execute(command, script, scratch, environment):
        try:
            return subprocess.run(command, input=script, text=True,
                                  capture_output=True, timeout=TIMEOUT, cwd=scratch, env=environment, check=False)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"no end within {TIMEOUT} s") from error

    def collect(self, config, scratch):
        """Adds up what the process said it did (lines 'name count')."""
        path = os.path.join(scratch, "report")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    name, count = line.rsplit(" ", 1)
                    self.counters[config.name][name] += int(count)
            os.remove(path)

    def check(self, config, block, prefix, scratch):
        script = "".join(statement + "\n" for statement in prefix)
        if block.kind == "statement error":
            self.check_error(self.run(config, script + block.sql, scratch), block)
        # Files of the changelog format hold TIMESTAMP_LTZ in UTC, the shell shows the session's zone.
        elif "test.kill" in config.test and "local-time-zone" not in script \
                and not re.match(r"\s*(EXPLAIN|SHOW|DESCRIBE|DESC|SET|HELP)\b", block.sql, re.I):
            self.check_killed(config, block, script, scratch)
        else:
            explained = "test.changelog-mode" in config.test and QUERY.match(block.sql)
            explain = f"EXPLAIN CHANGELOG_MODE {block.sql.rstrip().rstrip(';')};\n" if explained else ""
            done = self.run(config, script + explain + block.sql, scratch)
            if done.returncode != 0:
                raise Failure(f"exit {done.returncode}: {done.stderr.strip()}")
            self.compare(config, block, done.stdout)
            if explained:
                self.check_kinds(config, done.stdout)

    def check_kinds(self, config, output):
        """Kinds of changes that the explained plan did not announce."""
        announced = re.search(r"^Collect\(.*\bchangelog: ([A-Z]+(?:,[A-Z]+)*)", output, re.M)
        if not announced:
            raise Failure(f"EXPLAIN CHANGELOG_MODE says no kinds:\n{output}")
        seen = {change[:2] for change in changes_of(output)}
        wrong = seen - {KINDS[name] for name in announced.group(1).split(",")}
        if wrong:
            raise Failure(f"gives {', '.join(sorted(wrong))}, where the plan says {announced.group(1)}")
        self.counters[config.name]["kinds"] += len(seen)

    @staticmethod
    def check_error(done, block):
        if done.returncode == 0:
            raise Failure(f"no error, but:\n{done.stdout}")
        if done.returncode < 0 or "internal check" in done.stderr:
            raise Failure(f"crashed: {done.stderr}")
        for pattern in block.expected:
            if not re.search(pattern, done.stderr):
                raise Failure(f"the error does not match {pattern!r}:\n{done.stderr}")

    def compare(self, config, block, output):
        changes = changes_of(output)
        if block.kind == "query changelog" and config.exact_order:
            actual, expected = changes, block.expected
        else:
            actual = slt.fold(changes)
            changelog = block.kind == "query changelog"
            expected = slt.fold(block.expected) if changelog else sorted(block.expected)
        actual, expected = [normal(row) for row in actual], [normal(row) for row in expected]
        if block.kind != "query changelog" or not config.exact_order:
            actual, expected = sorted(actual), sorted(expected)
        if actual != expected and not (config.name != "default" and sums_agree(actual, expected)):
            raise Failure("expected:\n  " + "\n  ".join(expected) + "\nactual:\n  " + "\n  ".join(actual))

    def check_killed(self, config, block, script, scratch):
        """The SELECT as a job into a file, killed at a named point again and again, continued each time."""
        out = os.path.join(scratch, "out")
        job = (f"{script}SET 'pipeline.name' = 'killed';\nSET 'restart-strategy.type' = 'none';\n"
               f"CREATE TABLE killed_result WITH ('connector' = 'filesystem', 'path' = '{out}', "
               f"'format' = 'changelog') AS\n{block.sql}")
        kills, points = int(config.test["test.kill"]), config.test["test.kill-points"].split()
        chance = random.Random(f"{config.name}{block.sql}")
        parallelisms = config.test.get("test.parallelisms", "").split() or [None]
        for attempt in range(kills + 1):
            env = {"WEIR_DELAY_AT": config.test.get("test.delay-at", "")}
            if attempt < kills:
                env["WEIR_KILL_AT"] = f"{chance.choice(points)}:{chance.randint(1, 3)}"
            parallelism = parallelisms[attempt % len(parallelisms)]
            prefix = f"SET 'parallelism.default' = '{parallelism}';\n" if parallelism else ""
            if attempt > 0 and len(parallelisms) > 1 and has_checkpoint(scratch):
                self.counters[config.name]["rescales"] += 1
            done = self.run(config, prefix + job, scratch, self.faulty, env)
            if done.returncode not in (0, -9):
                raise Failure(f"exit {done.returncode}: {done.stderr.strip()}")
            self.counters[config.name]["kills"] += done.returncode == -9
            if done.returncode == 0 or has_finished(scratch):
                break
        lines = []
        for name in sorted(os.listdir(out)) if os.path.isdir(out) else []:
            if not name.startswith("."):
                with open(os.path.join(out, name), encoding="utf-8") as file:
                    lines.append(file.read())
        self.compare_files(config, block, "".join(lines))

    @staticmethod
    def compare_files(config, block, output):
        """Files of several tasks have no order among them: only the sum of the changes counts."""
        totals = collections.Counter()
        for change in changes_of(output):
            kind, row = slt.CHANGE.match(changelog_text.bare(change)).groups()
            totals[normal(row)] += 1 if kind in ("+I", "+U") else -1
        actual = sorted(row for row, count in totals.items() for _ in range(count))
        negative = [row for row, count in totals.items() if count < 0]
        changelog = block.kind == "query changelog"
        expected = sorted(normal(r) for r in (slt.fold(block.expected) if changelog else block.expected))
        if negative or (actual != expected and not sums_agree(actual, expected)):
            raise Failure("expected:\n  " + "\n  ".join(expected) + "\nactual:\n  " + "\n  ".join(actual) +
                          (f"\ntaken away too often: {negative}" if negative else ""))

    def run_file(self, config, path):
        test = slt.parse(path)
        if test.only() and config.name not in test.only():
            return []
        failures, prefix = [], []
        for block in test.blocks:
            scratch = tempfile.mkdtemp(prefix="weir-slt-")
            try:
                if block.kind == "statement ok":
                    prefix.append(block.sql)
                else:
                    self.check(config, block, prefix, scratch)
            except (Failure, ValueError) as error:
                failures.append(f"{path}:{block.line} [{config.name}]\n{block.sql}\n{error}\n")
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        return failures


def has_checkpoint(scratch):
    return bool(glob.glob(os.path.join(scratch, "data/jobs/*/checkpoints/LATEST")))


def has_finished(scratch):
    """Whether a job died after its end was recorded: started again it would begin anew."""
    for path in glob.glob(os.path.join(scratch, "data/jobs/*/job")):
        with open(path, "rb") as file:
            if recorded.recorded_state(file.read()) == recorded.FINISHED:
                return True
    return False


def changes_of(output):
    """Lines of the changelog format; a line that does not begin a change continues the one before."""
    changes = []
    for line in output.split("\n"):
        if re.match(r"(\+I|-U|\+U|-D)\[", line):
            changes.append(line)
        elif line and changes:
            changes[-1] += "\n" + line
    return changes


FRACTION = re.compile(r"(\d\d:\d\d:\d\d)\.(\d*?)0+(?!\d)")
INSTANT = re.compile(r"(\d\d:\d\d:\d\d(?:\.\d+)?)Z")


def normal(row):
    """Fractions of seconds without trailing zeros: Flink's texts and ours differ in nothing else. Files mark
    instants with a Z, the shell shows them in the session's zone."""
    row = INSTANT.sub(r"\1", row)
    return FRACTION.sub(lambda m: m.group(1) + ("." + m.group(2) if m.group(2) else ""), row)


def find_files(paths):
    found = []
    for path in paths or [HERE]:
        if os.path.isdir(path):
            for directory, _, names in os.walk(path):
                found += [os.path.join(directory, name) for name in names if name.endswith(".slt")]
        else:
            found.append(path)
    return sorted(found)


def choose(arguments):
    """Names of the configurations to run, and the files."""
    files = find_files(arguments.files)
    every = sorted(name[:-5] for name in os.listdir(CONFIGS) if name.endswith(".conf"))
    if arguments.slice_configs:
        every.remove("default")
        if slices.is_full():
            return every, files
        number = slices.number("sql.configs")
        return (slices.part("configs", every, number, SLICED_CONFIGS),
                slices.part("files", files, number // SLICED_CONFIGS, SLICED_FILES))
    if arguments.slice and not slices.is_full():
        files = slices.part("default", files, slices.number("sql.default"), slices.table()["sql.default"][0])
    return every if arguments.config == ["all"] else arguments.config or ["default"], files


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--faulty")
    parser.add_argument("--config", action="append")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--slice-configs", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    names, files = choose(arguments)
    runner = Runner(os.path.abspath(arguments.weir), arguments.faulty and os.path.abspath(arguments.faulty))
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for name in names:
            config = Config(name)
            bad = 0
            for failures in pool.map(lambda path, c=config: runner.run_file(c, path), files):
                bad += bool(failures)
                print("".join(failures), end="")
            counters = runner.counters[name]
            missing = [key for key in config.required if counters[key] == 0]
            did = ", ".join(f"{key} {count}" for key, count in sorted(counters.items()))
            print(f"{name}: {len(files) - bad} of {len(files)} files; {did or 'nothing counted'}")
            for key in missing:
                print(f"{name}: {key} is zero")
            failed += bad + len(missing)
            passed += len(files) - bad
    print(f"files: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
