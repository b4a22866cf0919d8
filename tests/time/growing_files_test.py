#!/usr/bin/env python3
"""Files of watched folders that grow, are rotated, cut and replaced: whole lines or an error that names the file.

usage: growing_files_test.py --weir PROGRAM [--cases N] [--seed S] [--defect NAME]

A writer appends lines in pieces that end anywhere, to several files, with pauses; the program reads them meanwhile, and
is killed, stopped and started at other parallelisms in between. Half of the cases follow the files, which are rotated
as logrotate does and begun anew as well: each line comes once, whole. In the others a file counts once it has settled: a pause beyond
the interval is an error with its name, and so is in all cases a file that is cut, replaced or (settled) appended to
after it was read; one that is copied, wherever it lies, or touched is as before, and so is one that got the inode of a
rotated file that was removed, and was rotated then. Half of those that follow are slow: a file is found, and may be
rotated, long before it is opened; some follow more files than have a reader open at a time. At no time is anything visible that is not a whole line. With
--defect the program plants it (weir_faulty), and the share of cases that notice is printed: one at least must, as a
case meets one kind of change. Ends with 'cases: N passed, N failed'.
"""
import argparse
import collections
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time

from engine import Engine, lines_of

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402

SETTLE = 1.2  # seconds
MANY = 100  # files: more than each of three tasks keeps open
LONG = 10_000  # lines: longer than what is hashed of a file's beginning
READ_OUT = 1.5  # of followed files, whose interval is a fifth of that
SLOW = """import time

def slow(x):
    open("asleep", "w").close()
    time.sleep(0.4)
    return x
"""
BEYOND = 2.0  # a pause that is longer for sure, and far from ten times as long


class Case:
    def __init__(self, weir, seed, scratch, patience):
        self.chance, self.scratch, self.patience = random.Random(seed), scratch, patience
        self.follow = self.chance.random() < 0.5
        self.engine = Engine(weir, scratch, **{"restart-strategy.type": "none",
                                               "state.backend.type": self.chance.choice(("rocksdb", "memory"))})
        self.folder, self.sink = os.path.join(scratch, "in"), os.path.join(scratch, "out")
        os.makedirs(self.folder)
        self.number = self.chance.randint(100_000, 200_000)  # of six digits: no part of a line is another one
        self.wanted, self.rest = set(), {}  # rest: path -> what is still to be appended
        self.did, self.files = collections.Counter(), 0
        # The first file is a long one, and is the one that changes.
        self.long = not self.follow and self.chance.random() < 0.3
        self.slow = self.follow and self.chance.random() < 0.5
        if self.slow:
            with open(os.path.join(scratch, "slow.py"), "w", encoding="ascii") as file:
                file.write(SLOW)
            self.engine.options["python.files"] = scratch

    def script(self):
        how = ("'source.follow' = 'true', 'source.settle-interval' = '300 ms'" if self.follow
               else f"'source.settle-interval' = '{int(SETTLE * 1000)} ms'")
        return (f"CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{self.folder}', "
                f"'source.monitor-interval' = '10 ms', {how});\n"
                f"CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{self.sink}');\n"
                + ("CREATE FUNCTION slow(x INT) RETURNS INT AS 'slow.slow' LANGUAGE PYTHON;\n" if self.slow else "")
                + f"CREATE JOB j AS INSERT INTO o SELECT {'slow(v) AS v' if self.slow else 'v'} FROM t;\n")

    # --- the writer -------------------------------------------------------------------------------

    def lines(self, count):
        text = ""
        for _ in range(count):
            self.number += self.chance.randint(1, 9)
            self.wanted.add(str(self.number))
            text += f"{self.number}\n"
        return text

    def new_file(self):
        path = os.path.join(self.folder, f"{self.files}.csv")
        self.rest[path] = self.lines(LONG if self.long and self.files == 0 else self.chance.randint(3, 30))
        self.files += 1
        return path

    def append(self, path, text):
        with open(path, "a", encoding="ascii") as file:
            file.write(text)

    def append_piece(self, path):
        """Up to anywhere in what is left; whether that is all."""
        cut = self.chance.randint(1, len(self.rest[path]))
        self.append(path, self.rest[path][:cut])
        self.rest[path] = self.rest[path][cut:]
        return not self.rest[path]

    def new_whole_file(self):
        path = self.new_file()
        while not self.append_piece(path):
            pass
        return path

    # --- the reader -------------------------------------------------------------------------------

    def start(self):
        self.engine.start(self.script(), parallelism__default=self.chance.choice((1, 1, 2) if self.slow else (1, 2, 3)))

    def interrupt(self):
        event = self.chance.choice(("go on", "kill", "stop"))
        self.did[event] += 1
        if event == "go on":
            return
        if event == "kill":
            self.engine.end(signal.SIGKILL)
        else:
            self.engine.stop()
        self.start()

    def check_visible(self):
        rows = collections.Counter(lines_of(self.sink))
        if any(count > 1 for count in rows.values()):
            raise AssertionError(f"rows come twice: {rows.most_common(3)}")
        if not rows.keys() <= self.wanted:
            raise AssertionError(f"not whole lines: {sorted(rows.keys() - self.wanted)[:3]}")
        return rows

    def await_all(self):
        deadline = time.monotonic() + self.patience
        while True:
            rows = self.check_visible()
            if rows.keys() == self.wanted:
                return
            if self.engine.running.poll() is not None:
                raise AssertionError(f"it ended\n{self.engine.log()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.wanted - rows.keys())} of {len(self.wanted)} rows are missing")
            time.sleep(0.02)

    def await_error(self, path):
        """E3006 with the name of the file, and exit 4; now, or at the next start where nothing runs."""
        if self.engine.running is None:
            self.start()
        deadline = time.monotonic() + self.patience
        while self.engine.running.poll() is None:
            self.check_visible()
            if time.monotonic() > deadline:
                raise AssertionError(f"no error: {path}")
            time.sleep(0.02)
        log, code = self.engine.log(), self.engine.running.returncode
        self.engine.running = None
        if code != 4 or "E3006" not in log or os.path.basename(path) not in log:
            raise AssertionError(f"exit {code}, and no E3006 of {path}\n{log}")
        self.check_visible()

    # --- cases ------------------------------------------------------------------------------------

    def followed(self):
        open_files = [self.new_file() for _ in range(self.chance.randint(1, 3))]
        if not self.slow and self.chance.random() < 0.4:
            self.did["many"] += 1
            for _ in range(MANY):
                self.new_whole_file()
        while open_files:
            path = self.chance.choice(open_files)
            if self.append_piece(path):
                open_files.remove(path)
                if self.chance.random() < 0.5:
                    self.rotate(path)
                    if self.chance.random() < 0.2:
                        self.rotate_empty(path)
                    self.rest[path] = self.lines(self.chance.randint(1, 9))
                    open_files.append(path)
            time.sleep(self.chance.choice((0, 0, 0.03, 0.4)))
            self.check_visible()
            if self.chance.random() < 0.15:
                self.interrupt()
            if self.slow and self.chance.random() < 0.3:
                self.rotate_unopened()

    def rotate(self, path):
        """What it is called then."""
        self.did["rotated"] += 1
        number = self.did["rotated"]
        rotated = self.chance.choice((f"{path}.{number}", f"{path[:-4]}-{number}.csv"))
        os.rename(path, rotated)
        return rotated

    def rotate_empty(self, path):
        """One without a line is rotated, read out and removed; the next gets its inode, and is empty at first."""
        self.append(path, "")
        time.sleep(0.4)
        empty = self.rotate(path)
        time.sleep(READ_OUT)
        os.remove(empty)
        self.append(path, "")
        time.sleep(0.4)
        self.did["rotated empty"] += 1

    def rotate_unopened(self):
        """A file is found while its reader is busy with another one, rotated, and its name used again."""
        asleep = os.path.join(self.scratch, "asleep")
        if os.path.exists(asleep):
            os.remove(asleep)
        self.new_whole_file()
        deadline = time.monotonic() + 1  # no call may come at once: it has just been started
        while not os.path.exists(asleep) and time.monotonic() < deadline:
            time.sleep(0.01)
        path = self.new_whole_file()
        time.sleep(0.05)
        self.rotate(path)
        self.append(path, self.lines(2))
        self.did["rotated unopened"] += 1

    def settled(self):
        """The file that grew beyond the interval, or None."""
        paused = self.new_file() if not self.long and self.chance.random() < 0.5 else None
        paths = [self.new_file() for _ in range(self.chance.randint(1, 3))]
        for path in paths:
            while not self.append_piece(path):
                pass
        if paused is None:
            self.interrupt()
            return None
        cut = self.rest[paused].rindex("\n", 0, -1) + self.chance.randint(2, 5)  # within the last line
        self.append(paused, self.rest[paused][:cut])
        time.sleep(BEYOND)
        self.check_visible()
        self.append(paused, self.rest[paused][cut:])
        self.did["grown after it had settled"] += 1
        return paused

    def change(self):
        """Something that must be noticed, to a file that was read; its path. None for what is nothing to notice."""
        names = [name for name in sorted(os.listdir(self.folder)) if not name.startswith(".")]
        rotated = [name for name in names if not re.fullmatch(r"\d+\.csv", name)]
        path = os.path.join(self.folder, self.chance.choice(rotated if rotated and self.chance.random() < 0.6 else names))
        how = self.chance.choice(("cut", "replaced", "copied", "touched") + (("inode",) if self.follow else ("grown",)))
        if self.long:
            path, how = os.path.join(self.folder, "0.csv"), self.chance.choice(("replaced", "replaced", "copied"))
        self.did[how] += 1
        if how == "inode":
            return self.use_inode_again(path)
        with open(path, encoding="ascii") as file:
            text = file.read()
        if self.chance.random() < 0.5 or (self.follow and how in ("replaced", "copied")):
            self.engine.stop()
        if how == "cut":
            os.truncate(path, len(text) // 2)
        elif how == "grown":
            self.append(path, self.lines(1))
        elif how == "replaced" and not self.follow:
            self.replace(path, text[:-2] + ("1" if text[-2] != "1" else "2") + "\n")
        elif how == "touched":
            os.utime(path)
        else:
            how = "copied"
            self.replace(path, text)
        if how in ("copied", "touched"):
            return None
        return path

    def use_inode_again(self, path):
        """A file is rotated, read out and removed; the next one, which may get its inode, is rotated and read out, too."""
        time.sleep(READ_OUT)
        rotated = self.rotate(path)
        time.sleep(READ_OUT)
        inode = os.stat(rotated).st_ino
        os.remove(rotated)
        path = self.new_whole_file()
        self.did["the same inode"] += os.stat(path).st_ino == inode
        self.await_all()
        self.rotate(path)
        time.sleep(READ_OUT)
        self.engine.stop()

    def replace(self, path, text):
        hidden = os.path.join(self.folder, ".new")
        with open(hidden, "w", encoding="ascii") as file:
            file.write(text)
        os.rename(hidden, path)

    def go(self):
        self.start()
        grown = self.followed() if self.follow else self.settled()
        if grown:
            return self.await_error(grown)
        self.await_all()
        changed = self.change()
        if changed:
            return self.await_error(changed)
        if self.engine.running is None:
            self.start()
        self.new_whole_file()
        return self.await_all()


def check_case(weir, seed, patience, defect):
    """What is wrong with the case, or None; and the case."""
    scratch = tempfile.mkdtemp(prefix="weir-growing-")
    case = Case(weir, seed, scratch, patience)
    wrong = None
    if defect:
        os.environ["WEIR_DEFECT"] = defect
    try:
        case.go()
    except AssertionError as error:
        wrong = str(error)
    finally:
        os.environ.pop("WEIR_DEFECT", None)
        if case.engine.running is not None:
            case.engine.end(signal.SIGKILL)
    if wrong is None or defect:
        shutil.rmtree(scratch, ignore_errors=True)
    return wrong, case


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--cases", type=int, default=8)
    parser.add_argument("--seed", type=int, default=seeds.draw())
    parser.add_argument("--defect", help="planted in every start; cases must fail")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    failed, first, did = 0, 0, collections.Counter()
    for number in range(arguments.cases):
        wrong, case = check_case(arguments.weir, f"{arguments.seed} {number}", 8 if arguments.defect else 40,
                                 arguments.defect)
        did += case.did
        failed += wrong is not None
        if wrong and not first:
            first = number + 1
        if wrong and not arguments.defect:
            print(f"FAILED {number} (seed {arguments.seed}): {dict(case.did)}, files in {case.scratch}\n{wrong}", flush=True)
    print(dict(did))
    if arguments.defect:
        print(f"{arguments.defect} is noticed in {failed} of {arguments.cases} cases, first in case {first}")
        return 0 if failed else 1
    print(f"cases: {arguments.cases - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
