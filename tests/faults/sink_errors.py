#!/usr/bin/env python3
"""A sink that cannot write never counts as one that has: what the disk refuses fails the job, and what was committed stays.

usage: sink_errors.py --weir WEIR_FAULTY
The refusal is the system's own: no file may be larger than a limit (RLIMIT_FSIZE), or somebody takes the right to write
into the directory away just before the commit. The first run must fail and say why; a second one without that must come
to all rows, each once. Ends with 'files: N passed, N failed'.
"""
import argparse
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

ROWS, LIMIT = 400_000, 1 << 16
NOBODY = 65534
SCRIPT = """
SET 'state.backend.type' = 'memory';
SET 'parallelism.default' = '1';
SET 'restart-strategy.type' = 'none';
SET 'execution.checkpointing.interval' = '{interval}';
CREATE TABLE numbers (n BIGINT, t STRING) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');
CREATE TABLE out (n BIGINT, t STRING) {partitions}WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = '{layout}');
CREATE JOB copy AS INSERT INTO out SELECT n, t FROM numbers;
WAIT FOR JOB copy UNTIL FINISHED;
"""
CASES = [(layout, partitions, interval) for layout in ("csv", "json") for partitions in ("", "PARTITIONED BY (t) ")
         for interval in ("1 h", "50 ms")]


def limited():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))


def nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def rows(directory):
    """Lines that readers see."""
    return [line for path in sorted(directory.rglob("part-*")) for line in path.read_text(encoding="utf-8").splitlines()]


def attempt(weir, layout, partitions, interval):
    """None, or what was wrong."""
    with tempfile.TemporaryDirectory(prefix="weir-sink-errors-") as scratch:
        directory = pathlib.Path(scratch)
        (directory / "in").mkdir()
        (directory / "in/a.csv").write_text("".join(f"{n},text\n" for n in range(ROWS)))
        script = SCRIPT.format(layout=layout, partitions=partitions, interval=interval)
        command = [weir, "-q", "--no-progress", "--data-dir", "data", "--no-catalog", "-c", script]
        run = dict(cwd=directory, capture_output=True, text=True, timeout=120, check=False)
        done = subprocess.run(command, preexec_fn=limited, **run)
        seen = rows(directory / "out")
        if done.returncode == 0 and len(seen) < ROWS:
            return f"the job is said to have finished, and {ROWS - len(seen)} rows are missing"
        if done.returncode == 0:
            return "the limit did not hold: nothing was tested"
        if "ile too large" not in done.stderr:
            return f"the error does not say what the matter is: {done.stderr}"
        done = subprocess.run(command, **run)
        seen = rows(directory / "out")
        if done.returncode != 0 or len(seen) != ROWS or len(set(seen)) != ROWS:
            return f"afterwards: exit {done.returncode}, {len(seen)} rows, {len(set(seen))} different: {done.stderr}"
        left = [path.name for path in (directory / "out").rglob(".*.inprogress")]
        return f"files of the run that failed are left: {left[0]}" if left else None


def refused_commit(weir):
    """None, or what was wrong with a commit that may not rename."""
    with tempfile.TemporaryDirectory(prefix="weir-sink-errors-") as scratch:
        directory = pathlib.Path(scratch)
        for name in ("in", "out", "data"):
            (directory / name).mkdir()
        for path in (directory, *directory.iterdir()):
            path.chmod(0o777)
        (directory / "in/a.csv").write_text("".join(f"{n},text\n" for n in range(1000)))
        script = SCRIPT.format(layout="csv", partitions="", interval="1 h")
        command = [weir, "-q", "--no-progress", "--data-dir", "data", "--no-catalog", "-c", script]
        log = directory / "log"
        waiting = {**os.environ, "WEIR_FAULT_LOG": str(log), "WEIR_DELAY_AT": "checkpoint.before_commit:2000000"}
        with subprocess.Popen(command, cwd=directory, env=waiting, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, preexec_fn=nobody) as child:
            deadline = time.monotonic() + 60
            while not (log.exists() and "checkpoint.before_commit" in log.read_text(encoding="ascii")):
                if child.poll() is not None or time.monotonic() > deadline:
                    child.kill()
                    return f"no commit was tried: {child.communicate()}"
                time.sleep(0.02)
            (directory / "out").chmod(0o555)
            _, errors = child.communicate(timeout=60)
        seen = rows(directory / "out")
        if child.returncode == 0:
            return f"the job is said to have finished, and {1000 - len(seen)} rows are missing"
        if "ermission denied" not in errors:
            return f"the error does not say what the matter is: {errors}"
        (directory / "out").chmod(0o777)
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False,
                              preexec_fn=nobody)
        seen = rows(directory / "out")
        if done.returncode != 0 or sorted(seen) != sorted(f"{n},text" for n in range(1000)):
            return f"afterwards: exit {done.returncode}, {len(seen)} rows: {done.stderr}"
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    weir = os.path.abspath(parser.parse_args().weir)
    found = [(" ".join(case), attempt(weir, *case)) for case in CASES]
    if os.geteuid() == 0:
        found.append(("refused commit", refused_commit(weir)))
    else:
        print("SKIPPED sink_errors.refused_commit: only root can become somebody else")
    failed = 0
    for case, wrong in found:
        failed += wrong is not None
        if wrong:
            print(f"FAILED: {case}: {wrong}")
    print(f"files: {len(found) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
