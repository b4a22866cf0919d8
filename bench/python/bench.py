#!/usr/bin/env python3
"""`./weirw bench python`: what a function in Python costs, beside the same function written in SQL and beside a plain
loop of numpy over the same batches.

usage: bench.py --weir PROGRAM [--rows N] [--rounds N]

Each side computes all rows on one thread; the engine's sides are measured as the time of a job less that of one that
reads the same columns. Prints nanoseconds a row, and what a batch costs beyond the loop.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time

BATCH = 4096
MODULE = """
import numpy

def number(x):
    return numpy.sqrt(x * x + 1.0)

def text(s):
    return [value + "!" for value in s.tolist()]
"""
SETUP = """
CREATE TABLE t (x DOUBLE, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '{rows}', 'rows-per-second' = '1000000000',
  'fields.s.length' = '12', 'fields.x.min' = '0', 'fields.x.max' = '1000');
CREATE TABLE number_out (v DOUBLE) WITH ('connector' = 'blackhole');
CREATE TABLE text_out (v STRING) WITH ('connector' = 'blackhole');
CREATE FUNCTION number(x DOUBLE) RETURNS DOUBLE AS 'measured.number' LANGUAGE PYTHON;
CREATE FUNCTION text(s STRING) RETURNS STRING AS 'measured.text' LANGUAGE PYTHON;
INSERT INTO {sink}_out SELECT {expression} FROM t;
"""
# Kind -> how each side says it.
SIDES = {"number": {"nothing": "x", "sql": "SQRT(x * x + 1.0E0)", "python": "number(x)"},
         "text": {"nothing": "s", "sql": "s || '!'", "python": "`text`(s)"}}
LOOPS = """
import sys, time
import numpy
sys.path.insert(0, sys.argv[1])
import measured
rows, kind, batch = int(sys.argv[2]), sys.argv[3], 4096
if kind == "number":
    data = numpy.arange(batch, dtype="f8")
else:
    data = numpy.array([f"text{i:08}" for i in range(batch)], dtype=object)
call = getattr(measured, kind)
start = time.perf_counter()
for _ in range(rows // batch):
    call(data)
print(time.perf_counter() - start)
"""


def run(command, cwd, text=None):
    start = time.perf_counter()
    done = subprocess.run(command, input=text, text=True, capture_output=True, cwd=cwd, check=False, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr}")
    return time.perf_counter() - start, done.stdout


def engine(options, scratch, kind, side, rows):
    text = SETUP.format(rows=rows, sink=kind, expression=SIDES[kind][side])
    command = [options.weir, "-q", "--no-progress", "--data-dir", os.path.join(scratch, "data"), "-D", "parallelism.default=1",
               "-D", f"python.files={scratch}", "-D", f"pipeline.batch-size={BATCH}"]
    return run(command, scratch, text)[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    options.weir = os.path.abspath(options.weir)
    print(f"{'':8} {'SQL':>10} {'Python':>10} {'numpy':>10}   a batch of {BATCH} beyond the loop")
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as scratch:
        with open(os.path.join(scratch, "measured.py"), "w", encoding="utf-8") as file:
            file.write(MODULE)
        for kind, sides in SIDES.items():
            least = {}
            for _ in range(options.rounds):
                # A few rows cost the start of processes, which is taken off.
                for side in sides:
                    took = engine(options, scratch, kind, side, options.rows) - engine(options, scratch, kind, side, BATCH)
                    least[side] = min(took, least.get(side, took))
                loop = float(run(["/usr/bin/python3", "-I", "-c", LOOPS, scratch, str(options.rows), kind], scratch)[1])
                least["numpy"] = min(loop, least.get("numpy", loop))
            nanos = {side: 1e9 * took / options.rows for side, took in least.items()}
            sql, python = (nanos[side] - nanos["nothing"] for side in ("sql", "python"))
            beyond = (python - nanos["numpy"]) * BATCH / 1e6
            print(f"{kind:8} {sql:7.1f} ns {python:7.1f} ns {nanos['numpy']:7.1f} ns   {beyond:.3f} ms")


if __name__ == "__main__":
    main()
