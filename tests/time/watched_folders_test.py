#!/usr/bin/env python3
"""Watched folders give what the same files give when all are there, whatever the order in which things happen.

usage: watched_folders_test.py --weir PROGRAM [--cases N] [--seed S] [--points] [--defect NAME]

Each case is a query over two or three folders (windows, window joins, interval joins, LEFT ones, a union) whose
files come in the order of their times within a folder and by chance between folders, with pauses, kills, stops and
savepoints that go on as another job in between. The same files, all there, are read by the same query over bounded
tables: the rows must be the same. With time-out 0 an input that is empty for a while, as its files have not come or
were all read, must hold time back; in how many cases one was is printed. With --points the program (weir_faulty) is
also killed at named points, each start at another one; with --defect the program plants it
(weir_faulty), and the share of cases that notice is printed: at least nine in ten must. Ends with 'cases: N passed,
N failed'.
"""
import argparse
import collections
import gzip
import os
import random
import shutil
import signal
import sys
import tempfile
import time

from engine import Engine, lines_of
from event_time_test import BASE, interval, text_of

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402

COLUMNS = "k STRING, v INT, ts TIMESTAMP(3)"
# One key and time at the end of each folder closes every window of the rows before it, so that nothing is left open.
END = BASE + 10_000_000


def windowed(folder):
    return f"(SELECT * FROM TABLE(TUMBLE(TABLE {folder}, DESCRIPTOR(ts), INTERVAL '10' SECOND)))"


def window_join(kind):
    return ("w TIMESTAMP(3), k STRING, x INT, y INT",
            f"SELECT l.window_start, l.k, l.v, r.v FROM {windowed('f0')} l {kind} JOIN {windowed('f1')} r "
            "ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end")


def interval_join(kind):
    return ("k STRING, x INT, y INT",
            f"SELECT l.k, l.v, r.v FROM f0 l {kind} JOIN f1 r ON l.k = r.k AND r.ts BETWEEN l.ts - INTERVAL '5' SECOND "
            "AND l.ts + INTERVAL '5' SECOND")


QUERIES = {
    "window join": window_join("INNER"),
    "window left join": window_join("LEFT"),
    "interval join": interval_join("INNER"),
    "interval left join": interval_join("LEFT"),
    "window of a union": (
        "w TIMESTAMP(3), k STRING, n BIGINT, s BIGINT",
        "SELECT window_start, k, COUNT(*), SUM(v) FROM TABLE(HOP(TABLE u, DESCRIPTOR(ts), INTERVAL '5' SECOND, "
        "INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k"),
    "best of a window of a union": (
        "w TIMESTAMP(3), k STRING, v INT",
        "SELECT window_start, k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY "
        "v DESC) AS r FROM TABLE(TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '10' SECOND))) WHERE r = 1"),
}


# Where a start is killed; what only ends of jobs pass is left out.
POINTS = ("task.before_read", "task.before_barrier", "checkpoint.before_ack", "checkpoint.before_publish",
          "checkpoint.before_commit", "sink.before_rename", "recovery.before_commit", "recovery.after_commit")


class Folder:
    """Files that are still to come, in the order of their times."""

    def __init__(self, chance, name, delay):
        self.name, self.delay, self.files, self.come = name, delay, [], 0
        now = BASE
        for number in range(chance.randint(2, 6)):
            rows = []
            for _ in range(chance.choice((0, 1, 8, 30)) if number != 1 else 30):
                now += chance.choice((0, 100, 900, 4000))
                late = chance.randint(0, delay) if rows else 0  # never behind an earlier file's watermark
                rows.append((chance.choice("abc"), chance.randint(0, 999), now - late))
            now += delay + 1
            self.files.append((f"{number:03}.csv" + chance.choice(("", "", ".gz")), rows))
        self.files.append(("999.csv", [("end", 0, END)]))

    def left(self):
        return len(self.files) - self.come

    def put_next(self, directory):
        name, rows = self.files[self.come]
        self.come += 1
        path = os.path.join(directory, self.name)
        os.makedirs(path, exist_ok=True)
        hidden = os.path.join(path, "." + name)
        with (gzip.open if name.endswith(".gz") else open)(hidden, "wt", encoding="utf-8") as file:
            file.writelines(f"{key},{value},{text_of(at)}\n" for key, value, at in rows)
        os.rename(hidden, os.path.join(path, name))


class Case:
    def __init__(self, weir, seed, scratch, patience, points=()):
        self.chance, self.scratch, self.patience = random.Random(seed), scratch, patience
        self.points, self.aim = list(points), None
        self.kind = self.chance.choice(sorted(QUERIES))
        self.columns, self.query = QUERIES[self.kind]
        count = self.chance.choice((2, 3)) if "union" in self.kind else 2
        self.folders = [Folder(self.chance, f"f{i}", self.chance.choice((0, 1000, 3000))) for i in range(count)]
        self.engine = Engine(weir, scratch, **{"state.backend.type": self.chance.choice(("rocksdb", "memory"))})
        self.job, self.was_empty, self.events = 0, False, collections.Counter()
        for folder in self.folders:
            os.makedirs(os.path.join(scratch, "in", folder.name))

    def tables(self, where, watched, sink):
        extra = ", 'source.monitor-interval' = '5 ms', 'source.settle-interval' = '0 s'" if watched else ""
        text = "".join(
            f"CREATE TABLE {folder.name} ({COLUMNS}, WATERMARK FOR ts AS ts - {interval(folder.delay)}) WITH "
            f"('connector' = 'filesystem', 'format' = 'csv', 'path' = '{where}/{folder.name}'{extra});\n"
            for folder in self.folders)
        text += "CREATE VIEW u AS " + " UNION ALL ".join(f"SELECT * FROM {f.name}" for f in self.folders) + ";\n"
        return text + (f"CREATE TABLE o ({self.columns}) WITH ('connector' = 'filesystem', 'format' = 'csv', "
                       f"'path' = '{sink}');\n")

    def all_at_once(self):
        where, sink = os.path.join(self.scratch, "all"), os.path.join(self.scratch, "expected")
        for folder in self.folders:
            while folder.left():
                folder.put_next(where)
            folder.come = 0
        self.engine.run(self.tables(where, False, sink) + f"CREATE JOB bounded AS INSERT INTO o {self.query};\n")
        return closed(sink)

    def script(self):
        return (self.tables(os.path.join(self.scratch, "in"), True, os.path.join(self.scratch, "o")) +
                f"CREATE JOB j{self.job} AS INSERT INTO o {self.query};\n")

    def start(self):
        self.aim = None
        if self.points and self.chance.random() < 0.6:
            self.aim = self.chance.choice(self.points)
            os.environ["WEIR_KILL_AT"] = f"{self.aim}:{self.chance.randint(1, 6)}"
        self.engine.start(self.script(), parallelism__default=self.chance.choice((1, 1, 2, 3)))
        os.environ.pop("WEIR_KILL_AT", None)

    def savepoint(self):
        """Stopped with a savepoint, and gone on with as another job."""
        path = os.path.join(self.scratch, f"savepoints{self.job}")
        self.engine.run(self.script() + f"STOP JOB j{self.job} WITH SAVEPOINT '{path}';\nDROP JOB j{self.job};",
                        parallelism__default=self.chance.choice((1, 2)))
        saved = os.path.join(path, os.listdir(path)[0])
        self.job += 1
        tables, _ = self.script().split("CREATE JOB")
        self.engine.run(f"{tables}RESTORE JOB j{self.job} FROM '{saved}' AS INSERT INTO o {self.query};\n"
                        f"STOP JOB j{self.job};", parallelism__default=self.chance.choice((1, 2)))

    def interrupt(self):
        event = self.chance.choice(("go on", "go on", "kill", "stop", "savepoint"))
        self.events[event] += 1
        if self.aim is not None and event in ("stop", "savepoint"):
            self.engine.end(signal.SIGKILL)  # what waits at a point would be hit by the stop
            self.points, points = [], self.points
            self.start()
            self.points = points
        if event == "kill":
            self.engine.end(signal.SIGKILL)
        elif event in ("stop", "savepoint"):
            self.engine.stop()
        if event == "savepoint":
            self.savepoint()
        if event != "go on":
            self.start()

    def put(self, folder, count):
        for _ in range(min(count, folder.left())):
            folder.put_next(os.path.join(self.scratch, "in"))

    def let_it_read(self):
        """Until two checkpoints later: every file that has come was found, at an interval of 5 ms, and read."""
        time.sleep(0.05)
        seen, times = self.pointer(), 0
        deadline = time.monotonic() + 10
        while times < 2 and time.monotonic() < deadline and not self.died():
            time.sleep(0.01)
            newest = self.pointer()
            times += newest != seen
            seen = newest
        self.was_empty |= times == 2 and any(folder.left() for folder in self.folders)

    def pointer(self):
        """What tells the newest checkpoint of the jobs from others."""
        found = []
        for directory, _, names in os.walk(os.path.join(self.scratch, "data")):
            if "LATEST" in names:
                found.append(os.stat(os.path.join(directory, "LATEST")).st_mtime_ns)
        return max(found, default=0)

    def died(self):
        """Whether the program was killed at its point; then it runs again."""
        code = self.engine.running.poll()
        if code is None:
            return False
        if code != -signal.SIGKILL or self.aim is None:
            raise AssertionError(f"exit {code}\n" + self.engine.log())
        self.events[f"killed at {self.aim}"] += 1
        self.start()
        return True

    def watched(self, expected):
        """The rows that come, with chance in between; until they are as many as are expected."""
        sink = os.path.join(self.scratch, "o")
        self.start()
        # One folder is ahead, and was read, while the others are empty.
        ahead = self.chance.choice(self.folders)
        self.put(ahead, self.chance.randint(2, ahead.left() - 1))
        self.let_it_read()
        while any(folder.left() for folder in self.folders):
            left = [folder for folder in self.folders if folder.left()]
            folder = self.chance.choice(left[:self.chance.choice((1, len(left)))])
            self.put(folder, self.chance.choice((1, 1, 3)))
            if self.chance.random() < 0.15:
                self.let_it_read()
            else:
                time.sleep(self.chance.choice((0, 0, 0.03)))
            if self.died():
                continue
            if self.chance.random() < 0.25:
                self.interrupt()
        deadline = time.monotonic() + self.patience
        while closed(sink) != expected and time.monotonic() < deadline:
            self.died()
            time.sleep(0.02)
        self.engine.end(signal.SIGKILL) if self.points else self.engine.stop()
        return closed(sink)


def closed(sink):
    """The rows of a sink, but those of the last ones' times, which no later row closes."""
    return collections.Counter(line for line in lines_of(sink) if ",end," not in f",{line},")


def check_case(weir, seed, patience, defect, points):
    """What is wrong with the case, or None; and the case."""
    scratch = tempfile.mkdtemp(prefix="weir-folders-")
    case = Case(weir, seed, scratch, patience, points)
    wrong = None
    try:
        expected = case.all_at_once()
        if defect:
            os.environ["WEIR_DEFECT"] = defect
        try:
            seen = case.watched(expected)
        finally:
            os.environ.pop("WEIR_DEFECT", None)
        missing, extra = expected - seen, seen - expected
        if missing or extra:
            wrong = (f"{sum(missing.values())} of {sum(expected.values())} rows missing {list(missing)[:3]}, "
                     f"{sum(extra.values())} too many {list(extra)[:3]}")
    except AssertionError as error:
        wrong = str(error)
    finally:
        if case.engine.running is not None and case.engine.running.poll() is None:
            case.engine.end(signal.SIGKILL)
    if wrong is None or defect:
        shutil.rmtree(scratch, ignore_errors=True)
    return wrong, case


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--seed", type=int, default=seeds.draw())
    parser.add_argument("--points", action="store_true")
    parser.add_argument("--defect", help="planted in every start that watches; cases must fail")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    failed, empty, events, kinds = 0, 0, collections.Counter(), collections.Counter()
    for number in range(arguments.cases):
        seed = f"{arguments.seed} {number}"
        wrong, case = check_case(arguments.weir, seed, 3 if arguments.defect else 30, arguments.defect,
                                 POINTS if arguments.points else ())
        empty += case.was_empty
        events += case.events
        kinds[case.kind] += 1
        failed += wrong is not None
        if wrong and not arguments.defect:
            print(f"FAILED {number} (seed {arguments.seed}): {case.kind}, {dict(case.events)}, files in "
                  f"{case.scratch}\n{wrong}", flush=True)
    print(f"an input was empty for a while in {empty} of {arguments.cases} cases; {dict(events)}; {dict(kinds)}")
    if arguments.defect:
        print(f"{arguments.defect} is noticed in {failed} of {arguments.cases} cases")
        return 0 if failed * 10 >= arguments.cases * 9 else 1
    print(f"cases: {arguments.cases - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
