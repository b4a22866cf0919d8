#!/usr/bin/env python3
"""`./weirw bench scale`: how the cost of a query grows with cores, events and state beyond its memory.

For each query: processor time an event at parallelism 1 and 2, at each number of events (state grows with it: q17
keeps 0.06 keys an event, q18 0.29), and with the largest number at limits on memory for state of the whole state, a
half and a quarter. What costs work in proportion has the same figure everywhere. Medians of --runs interleaved runs.
"""
import argparse
import os
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402

COLUMNS = ("query", "what", "events", "parallelism", "ns CPU/event", "times the first", "events/s, by clock",
           "state MB", "peak MB")


def run(options, query, events, parallelism, limit_mb=None):
    data = os.path.join(options.scratch, f"weir-nexmark-{events}-2")
    command = [options.program, "--sql", bench.HERE, "--query", query, "--events", str(events), "--parallelism",
               str(parallelism), "--data", data, "--checkpoint", str(options.checkpoint)]
    if limit_mb is not None:
        command += ["--memory-limit-mb", str(limit_mb)]
    return bench.call(command, cwd=bench.ROOT)


def cases(options, query):
    """(what, events, parallelism, memory limit as a share of the state or None)"""
    counts = [int(n) for n in options.events.split(",")]
    for parallelism in (1, 2):
        yield "cores", counts[0], parallelism, None
    for events in counts[1:]:
        yield "events", events, 2, None
    for share in (1.0, 0.5, 0.25):
        yield f"memory for {share:.0%} of the state", counts[-1], 2, share


def figures(results, events):
    return (statistics.median(r["cpu_s"] * 1e9 / events for r in results),
            statistics.median(events / r["wall_s"] for r in results),
            max(r["state_mb"] for r in results), max(r["peak_mb"] for r in results))


def measure(options, query):
    state_mb, first = 0.0, None
    for what, events, parallelism, share in cases(options, query):
        if share is not None and state_mb < 8:
            print(f"| {query} | {what} | - | - | too little state to limit | | | {state_mb:.1f} | |")
            continue
        limit = None if share is None else max(1, int(state_mb * share))
        results = [run(options, query, events, parallelism, limit) for _ in range(options.runs)]
        cost, rate, state, peak = figures(results, events)
        state_mb = state_mb if share is not None else state
        first = first or cost
        print(f"| {query} | {what} | {events:,} | {parallelism} | {cost:.0f} | {cost / first:.2f} | {rate / 1e6:.2f} M | "
              f"{state:.1f} | {peak:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="weirw bench scale", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(bench.ROOT, "build", "bench_nexmark"), help=argparse.SUPPRESS)
    parser.add_argument("--queries", default="q0,q5,q17,q18")
    parser.add_argument("--events", default="1000000,10000000", help="the least first, as in 1000000,10000000,50000000")
    parser.add_argument("--checkpoint", type=bench.interval, default=1000, help="1s, 100ms, off")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scratch", default="/tmp")
    options = parser.parse_args()
    for events in options.events.split(","):
        bench.call([options.program, "--make-files", "--events", events, "--parallelism", "2", "--data",
                    os.path.join(options.scratch, f"weir-nexmark-{events}-2")])
    print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
    for query in options.queries.split(","):
        measure(options, query)


if __name__ == "__main__":
    main()
