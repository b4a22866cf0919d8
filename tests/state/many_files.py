#!/usr/bin/env python3
"""More files than any list of metadata holds: read by a job that is killed and restored, and promised by one checkpoint.

usage: many_files.py --weir WEIR [--files N] [--committables N] [--seed S] [--slice] [--ledger]

A watched folder gets --files files of one line, half of them before the job starts; the job is killed at random times,
goes on at another parallelism each time, and has each row once in the end, with metadata that is as small as at the
beginning. Then a job writes one row into each of --committables partitions, so that one checkpoint promises so many
files; it is killed as that checkpoint is committed, and goes on. --slice is short. All lies below TMPDIR, which needs
an inode and a half for each. A million files, as the nightly run has them: --files 1000000 --ledger.
"""
import argparse
import collections
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402

FILES_OF_A_DIRECTORY = 1000
METADATA_BYTES = 40_000
SECONDS, FILES_A_SECOND = 900, 300  # what a start may take: so many, and more for each file


class Wrong(Exception):
    pass


class Trial:
    def __init__(self, weir, scratch, seed, most):
        self.weir, self.scratch, self.chance = weir, pathlib.Path(scratch), random.Random(seed)
        self.kills, self.seconds = 0, SECONDS + most // FILES_A_SECOND
        if os.statvfs(scratch).f_favail < most * 3 // 2:
            raise Wrong(f"{scratch} has {os.statvfs(scratch).f_favail} inodes left")

    def command(self, data, sql, parallelism):
        return [self.weir, "-q", "--no-progress", "--data-dir", str(self.scratch / data), "-D",
                f"parallelism.default={parallelism}", "--no-catalog", "-c", sql]

    def ended(self, data, sql, parallelism=2):
        done = subprocess.run(self.command(data, sql, parallelism), capture_output=True, text=True, timeout=self.seconds,
                              cwd=self.scratch, check=False)
        if done.returncode != 0:
            raise Wrong(f"exit {done.returncode}: {sql}\n{done.stderr[-2000:]}")
        return done.stdout

    def killed(self, data, sql, parallelism, when, longest=0.5):
        """Starts it, and kills it at most `longest` seconds after `when` is true."""
        child = subprocess.Popen(self.command(data, sql, parallelism), cwd=self.scratch, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + self.seconds
        while not when():
            if child.poll() is not None:
                raise Wrong(f"it ended by itself: {child.stderr.read()[-2000:]}")
            if time.monotonic() > deadline:
                child.kill()
                raise Wrong("nothing to kill it at")
            time.sleep(min(0.02, longest))
        time.sleep(self.chance.uniform(0, longest))
        child.kill()
        child.communicate()
        self.kills += 1

    def newest(self, data):
        """Metadata of the newest checkpoint; None before the first."""
        found = list((self.scratch / data).rglob("chk-*/_metadata"))
        return max(found, key=lambda path: int(path.parent.name[4:])) if found else None

    def rows(self, out):
        found = collections.Counter()
        for path in (self.scratch / out).rglob("part-*.csv"):
            found.update(path.read_text().split())
        return found

    def expect(self, out, count):
        found = self.rows(out)
        if found != collections.Counter(str(i) for i in range(count)):
            twice = [row for row, times in found.items() if times > 1]
            raise Wrong(f"{out}: {len(found)} rows of {count}, twice {twice[:5]}")

    # --- many files are read ----------------------------------------------------------------------

    def put(self, first, last):
        for i in range(first, last):
            folder = self.scratch / "in" / str(i // FILES_OF_A_DIRECTORY)
            if i % FILES_OF_A_DIRECTORY == 0 or i == first:
                folder.mkdir(parents=True, exist_ok=True)
            (folder / f".{i}").write_text(f"{i}\n")
            os.rename(folder / f".{i}", folder / f"{i}.csv")

    def read(self, files):
        sql = ("CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in', "
               "'source.monitor-interval' = '200 ms', 'source.settle-interval' = '0 s');\n"
               "CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'out');\n"
               "SET 'execution.checkpointing.interval' = '500 ms';\nCREATE JOB j AS INSERT INTO o SELECT v FROM t;\n")
        self.put(0, files // 2)
        begun, seen = time.monotonic(), None
        for step in range(3):
            self.killed("read", sql, self.chance.choice([1, 2, 3]), lambda: self.newest("read") not in (None, seen))  # noqa: B023
            seen = self.newest("read")
            self.put(files // 2 + step * files // 6, min(files, files // 2 + (step + 1) * files // 6))
        self.put(files // 2 + 3 * (files // 6), files)
        told = self.ended("read", sql + "WAIT FOR JOB j UNTIL IDLE;\nDESCRIBE JOB j;\nSTOP JOB j;", 3)
        if f"{files} seen, 0 waiting, 0 skipped" not in told:
            raise Wrong(told)
        self.expect("out", files)
        self.put(files, files + 1)
        self.ended("read", sql + "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;", 1)
        self.expect("out", files + 1)
        size = self.newest("read").stat().st_size
        if size > METADATA_BYTES:
            raise Wrong(f"metadata has {size} bytes")
        print(f"{files} files read in {time.monotonic() - begun:.0f} s, {self.kills} kills, metadata of {size} bytes", flush=True)

    # --- many files are promised ------------------------------------------------------------------

    def promise(self, count):
        (self.scratch / "numbers.csv").write_text("".join(f"{i}\n" for i in range(count)))
        sql = ("CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'numbers.csv');\n"
               "CREATE TABLE o (v INT, p INT) PARTITIONED BY (p) WITH ('connector' = 'filesystem', 'format' = 'csv', "
               "'path' = 'parts');\nSET 'execution.checkpointing.interval' = '1 h';\n"
               "CREATE JOB j AS INSERT INTO o SELECT v, v AS p FROM t;\n")
        before, begun = self.kills, time.monotonic()
        parts = self.scratch / "parts"
        # Its last checkpoint promises everything: some are visible, and some are not yet. Few are committed in no time.
        self.killed("promise", sql, 2, lambda: any(parts.rglob("part-*.csv")), longest=count / 200_000)
        if "FINISHED" not in self.ended("promise", "SHOW JOBS;"):  # it would begin anew
            self.ended("promise", sql)
        self.expect("parts", count)
        print(f"{count} files promised by one checkpoint in {time.monotonic() - begun:.0f} s, {self.kills - before} kills", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--files", type=int, default=66_000)
    parser.add_argument("--committables", type=int, default=100_000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--ledger", action="store_true")
    arguments = parser.parse_args()
    if arguments.slice and os.environ.get("WEIR_TEST_SLICE") != "full":
        arguments.files, arguments.committables = 2400, 1500
    seed = seeds.draw(arguments.seed or 0)
    print(f"seed {seed}")
    scratch = tempfile.mkdtemp(prefix="weir-many-files-")
    begun, wrong = time.monotonic(), None
    try:
        trial = Trial(os.path.abspath(arguments.weir), scratch, seed, max(arguments.files, arguments.committables))
        trial.read(arguments.files)
        trial.promise(arguments.committables)
    except Wrong as error:
        wrong = error
        print(f"FAILED: {wrong}")
    if arguments.ledger and not wrong:
        ledger.record("many_files", seed, arguments.files + arguments.committables, time.monotonic() - begun,
                      f"{trial.kills}")
    shutil.rmtree(scratch, ignore_errors=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
