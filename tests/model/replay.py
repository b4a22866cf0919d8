#!/usr/bin/env python3
"""Does in the model of commits (commit.pml) what simulated engines did (tests/simulation, weir_simulation --protocol).

usage: replay.py --program WEIR_SIMULATION [--seeds N] [--first N] [--slice] [--ledger]
Each seed is a trace: what the engine's files show of checkpoints and commits in all lives of a job. It must be one that
the model can go, step by step. Then engines with a planted defect: of each at least one trace must be one that the model
cannot go. Traces end where they go beyond what the model holds. Ends with 'files: N passed, N failed', a trace each.
"""
import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import ledger  # noqa: E402
import slices  # noqa: E402

EPOCHS = 30
SEEDS, SEEDS_A_SLICE, LEAST_EVENTS = 200, 20, 4
EVENTS = {"life": 1, "begin": 2, "sync": 3, "metadata": 4, "pointer": 5, "sure": 6, "commit": 7, "crash": 8, "end": 9}
SINKS = {"windows": 0, "totals": 1}
# Of these there is a trace that the model cannot go among these seeds.
PLANTED = {"commit-before-published": range(1, 40), "output-not-synced": range(1, 40),
           "publish-before-durable": range(1, 40), "no-recommit-on-restore": range(12, 120)}


def core(name):
    """Of a file in progress and of the same when it is visible."""
    return name.lstrip(".").split(".")[0]


def numbered(lines):
    """(event, number, sink) of each line. A file is of the checkpoint that was begun before it was synced."""
    found, begun, of, lives = [], 0, {}, 0
    for line in lines:
        what, *rest = line.split()
        number = sink = 0
        if what == "life":
            if lives:
                found.append((EVENTS["crash"], 0, 0))
            lives, begun = lives + 1, 0
        if what in ("sync", "commit"):
            sink, name = SINKS[rest[0]], core(rest[1])
            if what == "sync":
                of[name] = begun
            number = of.get(name, 0)
        elif rest:
            number = int(rest[0])
            begun = number if what == "begin" else begun
        if number > EPOCHS:
            break
        found.append((EVENTS[what], number, sink))
    return found + [(EVENTS["end"], 0, 0)]


def traces(program, first, seeds, scratch, defect=""):
    """Seed -> its events."""
    path = pathlib.Path(scratch) / "protocol"
    path.unlink(missing_ok=True)
    command = [program, "--first", str(first), "--seeds", str(seeds), "--protocol", str(path)]
    subprocess.run(command + (["--defect", defect] if defect else []), capture_output=True, check=False)
    by_seed = collections.defaultdict(list)
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith("seed "):
            seed = int(line[5:])
        else:
            by_seed[seed].append(line)
    return {seed: numbered(lines) for seed, lines in by_seed.items()}


def build(scratch):
    """The model as a program that replays the file `trace` beside it."""
    subprocess.run(["spin", "-a", "-DREPLAY", f"-DEPOCHS={EPOCHS}", str(HERE / "commit.pml")], cwd=scratch, check=True,
                   capture_output=True)
    subprocess.run(["gcc", "-O1", "-w", "-DSAFETY", f"-I{HERE}", "-o", "pan", "pan.c"], cwd=scratch, check=True)


def replays(events, scratch):
    """None, or how far the model got."""
    (pathlib.Path(scratch) / "trace").write_text("".join(f"{a} {b} {c}\n" for a, b, c in events), encoding="ascii")
    done = subprocess.run(["./pan", "-E", "-m100000"], cwd=scratch, capture_output=True, text=True, check=False)
    if re.search(r"assertion violated .*seen==9", done.stdout):
        return None
    return done.stdout.strip().splitlines()[0] if "pan:1:" in done.stdout else "no step of the model is the next one"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--ledger", action="store_true")
    arguments, started = parser.parse_args(), time.monotonic()
    program = os.path.abspath(arguments.program)
    first, seeds = arguments.first, arguments.seeds
    if arguments.slice and not slices.is_full():
        first, seeds = slices.turn() * SEEDS_A_SLICE + 1, SEEDS_A_SLICE
    failed, passed, steps, crashes = [], 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="weir-replay-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as scratch:
        build(scratch)
        for seed, events in traces(program, first, seeds, scratch).items():
            wrong = replays(events, scratch)
            passed += wrong is None
            steps += len(events)
            crashes += sum(event[0] == EVENTS["crash"] for event in events)
            if wrong:
                failed.append(f"seed {seed} does not replay: {wrong}")
        for defect, tried in PLANTED.items():
            found = next((seed for seed in tried if replays(traces(program, seed, 1, scratch, defect)[seed], scratch)), None)
            print(f"  {defect}: " + (f"seed {found} does not replay" if found else "EVERY TRACE REPLAYS"), flush=True)
            if found is None:
                failed.append(f"{defect}: every trace replays")
    if not steps > LEAST_EVENTS * seeds or not crashes:
        failed.append(f"{steps} steps, {crashes} crashes: nothing to replay")
    for why in failed:
        print(f"FAILED: {why}")
    if arguments.ledger:
        ledger.record("model.replay", first, passed, time.monotonic() - started)
    print(f"seeds {first} to {first + seeds - 1}: {steps} steps, {crashes} crashes")
    print(f"files: {passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
