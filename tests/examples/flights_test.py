#!/usr/bin/env python3
"""examples/flights.sql against SQLite: its two sets of files and its final table, run once, run again, and killed
with SIGKILL at random times and run again.

usage: flights_test.py --weir build/weir [--kills N] [--seed S]
"""
import argparse
import csv
import io
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Small batches and frequent checkpoints: a kill then falls between many steps of the job.
SMALL = ["-D", "execution.checkpointing.interval=5 ms", "-D", "pipeline.batch-size=100"]

HOURLY = """
SELECT strftime('%Y-%m-%d %H:00:00.000', departure) AS h, origin, COUNT(*), SUM(delay > 15), AVG(delay), MAX(delay)
FROM flights GROUP BY h, origin"""
ROUTES = """
SELECT date(departure) AS d, origin, destination, COUNT(*), AVG(delay), SUM(distance)
FROM flights GROUP BY d, origin, destination"""
BUSIEST = """
SELECT origin, COUNT(*) AS n, ROUND(100.0 * SUM(delay > 15) / COUNT(*), 1), ROUND(AVG(delay), 2), MAX(delay)
FROM flights GROUP BY origin ORDER BY n DESC, origin LIMIT 10"""


def expected():
    """The rows of the three results, by SQLite."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE flights (departure TEXT, delay INTEGER, distance INTEGER, origin TEXT, destination TEXT)")
    with open(os.path.join(ROOT, "examples/data/flights.csv"), encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        database.executemany("INSERT INTO flights VALUES (?, ?, ?, ?, ?)", rows)
    return [database.execute(sql).fetchall() for sql in (HOURLY, ROUTES, BUSIEST)]


def cell(value):
    """Numbers by value: SQLite's last digit of a mean is not ours."""
    try:
        return f"{float(value):.10g}"
    except ValueError:
        return value


def normal(rows):
    return [tuple(cell(str(value)) for value in row) for row in rows]


def committed(folder, name):
    """The rows of the files that are there for readers: no name begins with a dot or an underscore."""
    path, rows = os.path.join(folder, "out/flights", name), []
    for file in sorted(os.listdir(path)):
        if not file.startswith((".", "_")):
            with open(os.path.join(path, file), encoding="utf-8", newline="") as lines:
                rows += csv.reader(lines)
    return rows


class Flights:
    def __init__(self, weir, folder):
        self.weir, self.folder = weir, folder
        self.statistics = os.path.join(folder, "statistics")
        os.makedirs(os.path.join(folder, "examples"))
        shutil.copytree(os.path.join(ROOT, "examples/data"), os.path.join(folder, "examples/data"))
        shutil.copy(os.path.join(ROOT, "examples/flights.sql"), os.path.join(folder, "examples"))

    def start(self, options):
        command = [self.weir, "run", "examples/flights.sql", "-q", "--no-progress", "--format", "csv",
                   "--data-dir", "data", "--statistics", self.statistics] + options
        return subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, options):
        """What the final SELECT prints."""
        process = self.start(options)
        out, error = process.communicate(timeout=120)
        if process.returncode != 0:
            raise AssertionError(f"exit {process.returncode}: {error}")
        return list(csv.reader(io.StringIO(out)))[1:]

    def restores(self):
        with open(self.statistics, encoding="utf-8") as file:
            return sum(int(line.split()[-1]) for line in file if line.startswith("restores "))

    def kill_after(self, seconds, options):
        """Whether the process still ran when it was killed."""
        process = self.start(options)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return process.returncode == -9


def compare(flights, table, wanted, when):
    """Messages about results that differ."""
    found = [("hourly", sorted(normal(committed(flights.folder, "hourly"))), sorted(normal(wanted[0]))),
             ("routes", sorted(normal(committed(flights.folder, "routes"))), sorted(normal(wanted[1]))),
             ("the busiest airports", normal(table), normal(wanted[2]))]
    return [f"{name} {when}: {len(actual)} rows, {len(rows)} expected; "
            f"only here {[r for r in actual if r not in rows][:3]}, missing {[r for r in rows if r not in actual][:3]}"
            for name, actual, rows in found if actual != rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    seed = seeds.draw(arguments.seed)
    chance = random.Random(seed)
    wanted, failures, kills, restores = expected(), [], 0, 0
    with tempfile.TemporaryDirectory(prefix="weir-flights-") as folder:
        flights = Flights(os.path.abspath(arguments.weir), folder)
        failures += compare(flights, flights.run([]), wanted, "on the first run")
        failures += compare(flights, flights.run([]), wanted, "on the second run")
        begin = time.monotonic()
        failures += compare(flights, flights.run(SMALL), wanted, "with many checkpoints")
        length = time.monotonic() - begin
        round_number = 0
        while round_number < arguments.kills or (restores == 0 and round_number < 50):
            round_number += 1
            for _ in range(chance.choice([1, 1, 2, 3])):
                kills += flights.kill_after(chance.uniform(0.02, length), SMALL)
            failures += compare(flights, flights.run(SMALL), wanted, f"after kills, round {round_number}")
            restores += flights.restores()
    print("\n".join(failures), end="\n" if failures else "")
    print(f"seed {seed}: {kills} kills, {restores} restores from a checkpoint, {len(failures)} differences")
    if kills == 0 or restores == 0:
        print("nothing was killed after a checkpoint")
    return 1 if failures or kills == 0 or restores == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
