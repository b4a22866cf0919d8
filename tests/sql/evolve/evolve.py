#!/usr/bin/env python3
"""The scripts of edits.py under the configurations of tests/configs.

  evolve.py --weir build/weir --faulty build/weir_faulty                 all of them, as a user runs them
  evolve.py … --config NAME [--config NAME]…, or --config all            under these configurations
  evolve.py … --slice-configs       what CI runs: some under two of them, as slices.py says; with
                                    WEIR_TEST_SLICE=full all
  evolve.py … --only hop-wider      those whose name contains that

Backends, parallelisms and formats of savepoints change from script to script where a configuration leaves them open.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys

from edits import edits
from rules import ORDER, Outcome
from runner import Case, Failure, How

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from run import CONFIGS, Config  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
import slices  # noqa: E402

SLICED_CONFIGS, SLICED_EDITS = 11, 10  # into so many parts
TURNS = [(("rocksdb", "rocksdb"), (1, 2), "stop"), (("rocksdb", "memory"), (3, 1), "canonical"),
         (("memory", "rocksdb"), (2, 3), "stop"), (("memory", "memory"), (1, 1), "native"),
         (("rocksdb", "rocksdb"), (2, 1), "native")]


def how_of(config, number):
    """Under which circumstances the script of this number runs."""
    backends, parallelisms, take = TURNS[number % len(TURNS)]
    options = dict(config.options)
    if "state.backend.type" in options:
        backends = (options["state.backend.type"],) * 2
    if "parallelism.default" in options:
        parallelisms = (options["parallelism.default"],) * 2
    if "test.parallelisms" in config.test:
        chosen = config.test["test.parallelisms"].split()
        parallelisms = (chosen[number % len(chosen)], chosen[(number + 1) % len(chosen)])
    kills = ()
    if "test.kill" in config.test:
        chooser = random.Random(f"{config.name} {number}")
        points = config.test["test.kill-points"].split()
        kills = tuple(f"{chooser.choice(points)}:{chooser.randint(1, 4)}" for _ in range(int(config.test["test.kill"])))
        take = "stop"
    environment = (("WEIR_DELAY_AT", config.test["test.delay-at"]),) if "test.delay-at" in config.test else ()
    return How(backends, parallelisms, take, tuple(f"{key}={value}" for key, value in options.items()), kills, environment)


def applies(config, edit):
    """Without reuse, every reader of a table has a source of its own, with a name of its own: an edit that adds a
    reader gives the others new names, which the rules do not expect."""
    if config.options.get("table.optimizer.reuse-sub-plan-enabled") != "false":
        return True
    return all(len(re.findall(rf"\b(?:FROM|JOIN|TABLE) {table}\b", query.statement())) <= 1
               for query in (edit.before, edit.after) for table in ("events", "more"))


def choose(arguments):
    """Names of the configurations, and numbered edits."""
    every = sorted(name[:-5] for name in os.listdir(CONFIGS) if name.endswith(".conf"))
    chosen = [pair for pair in enumerate(edits()) if arguments.only in pair[1].name]
    if arguments.slice_configs and not slices.is_full():
        number = slices.number("evolve.edits")
        return (slices.part("configs", every, number, SLICED_CONFIGS),
                slices.part("edits", chosen, number // SLICED_CONFIGS, SLICED_EDITS))
    if arguments.slice_configs or arguments.config == ["all"]:
        return every, chosen
    return arguments.config or ["default"], chosen


def run(arguments, config, chosen):
    """Names of the scripts that fail under a configuration."""
    kills = 0

    def one(pair):
        case = Case(os.path.abspath(arguments.weir), pair[1], how_of(config, pair[0]),
                    arguments.faulty and os.path.abspath(arguments.faulty))
        try:
            case.run()
        except (Failure, subprocess.TimeoutExpired) as failure:
            return str(failure), case
        return None, case

    failed = []
    chosen = [pair for pair in chosen if applies(config, pair[1])]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for (_, edit), (why, case) in zip(chosen, pool.map(one, chosen)):
            kills += case.killed
            if why is not None:
                failed.append(edit.name)
                print(f"FAIL {edit.name} under {config.name}, {case.how}: {why}\n  before: {edit.before.statement()}\n"
                      f"  after:  {edit.after.statement()}\n", flush=True)
    print(f"{config.name}: {len(chosen) - len(failed)} of {len(chosen)} scripts" +
          (f", {kills} kills" if "test.kill" in config.test else ""))
    if "kills" in config.required and not kills:
        failed.append("no kill")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--faulty")
    parser.add_argument("--config", action="append")
    parser.add_argument("--slice-configs", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    arguments = parser.parse_args()
    names, chosen = choose(arguments)
    configs = [Config(name) for name in names]
    failed = [name for config in configs if config.options or config.test
              for name in run(arguments, config, chosen)]
    counts = collections.Counter(verdict for _, edit in chosen
                                 for verdict in set(Outcome(edit.before, edit.after, edit.mapping).rows.values()))
    print("scripts with: " + ", ".join(f"{name} {counts[name]}" for name in ORDER))
    passed = sum(applies(config, edit) for config in configs for _, edit in chosen) - len(failed)
    print(f"files: {passed} passed, {len(failed)} failed")
    return 1 if failed or passed <= 0 else 0


if __name__ == "__main__":
    sys.exit(main())
