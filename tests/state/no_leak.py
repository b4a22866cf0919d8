#!/usr/bin/env python3
"""Whether anything grows that must not: events without end over a bounded set of keys, whose state is dropped by
watermarks or by its time-to-live.

usage: no_leak.py --weir PROGRAM [--events N] [--only NAME]

One job with an operator of every kind that keeps rows runs over N NEXMark events (50 million; 5 unless
WEIR_TEST_SLICE=full), checkpointed every second. They come from one partition: of two that nothing holds together one
runs ahead, further the longer they run, and windows keep what it brought until the other has come as far. Ten times it prints the bytes of state, the resident memory of the
process and the bytes of the data directory. Each of them, and the state of each operator, must be level: at its
highest in the last third no more than half above its highest between a fifth and a half of the events. Half, because
what a time-to-live keeps follows the speed of the machine; a leak grows with the events and doubles.
"""
import argparse
import collections
import csv
import io
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../shell"))
from weir_shell import Scratch, Shell  # noqa: E402

TABLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench/nexmark/tables.sql")
SINK = "CREATE TABLE {name} ({columns}) WITH ('connector' = 'blackhole');\n"
# name -> (columns of the sink, query). Keys are bounded by MOD; `b` and `a` are bids and auctions.
BY_WATERMARK = {
    "tumbling": ("k BIGINT, n BIGINT, p BIGINT", """
        SELECT k, COUNT(*), MAX(price) FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '10' SECOND))
        GROUP BY window_start, window_end, k"""),
    "distincts": ("k BIGINT, n BIGINT", """
        SELECT k, COUNT(DISTINCT price) FROM TABLE(HOP(TABLE b, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND))
        GROUP BY window_start, window_end, k"""),
    "sessions": ("k BIGINT, n BIGINT", """
        SELECT k, COUNT(*) FROM TABLE(SESSION(TABLE b PARTITION BY k, DESCRIPTOR(ts), INTERVAL '2' SECOND))
        GROUP BY window_start, window_end, k"""),
    "intervals": ("k BIGINT, p BIGINT", """
        SELECT b.k, b.price FROM a JOIN b ON a.k = b.k AND b.ts BETWEEN a.ts AND a.ts + INTERVAL '3' SECOND"""),
    "window_ranks": ("k BIGINT, p BIGINT", """
        SELECT k, price FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '10' SECOND))
        QUALIFY ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY price DESC) <= 3"""),
    "window_joins": ("k BIGINT, p BIGINT", """
        SELECT x.k, y.price
        FROM (SELECT * FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '5' SECOND))) x
        JOIN (SELECT * FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '5' SECOND))) y
        ON x.k = y.k AND x.window_start = y.window_start AND x.window_end = y.window_end"""),
}
# Every value that they keep comes anew with the events, and goes a second after it was last written.
BY_TTL = {
    "groups": ("k BIGINT, n BIGINT", "SELECT k, COUNT(DISTINCT price) FROM b GROUP BY k"),
    "joins": ("k BIGINT, p BIGINT", "SELECT b.k, b.price FROM a JOIN b ON a.k = b.k AND a.category = MOD(b.price, 1000)"),
    "lasts": ("k BIGINT, p BIGINT", """
        SELECT k, price FROM b QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) = 1"""),
    "ranks": ("k BIGINT, p BIGINT", """
        SELECT k, price FROM b QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY price DESC) <= 3"""),
}
MOST_GROWTH = 1.5
SLACK = {"state": 16 << 20, "memory": 192 << 20, "directory": 256 << 20}  # what a short run still fills
Sample = collections.namedtuple("Sample", "rows state memory directory operators")


def script(events, only):
    with open(TABLES, encoding="ascii") as file:
        text = file.read().replace("${events}", str(events)).replace("${partitions}", "1")
    text += """
CREATE VIEW b AS SELECT MOD(auction, 20000) AS k, price, `dateTime` AS ts FROM bid;
CREATE VIEW a AS SELECT MOD(id, 20000) AS k, category, `dateTime` AS ts FROM auction;
SET 'table.exec.state.ttl' = '1 s';
SET 'pipeline.name' = 'level';
"""
    queries = {name: query for name, query in {**BY_WATERMARK, **BY_TTL}.items() if only in name}
    for name, (columns, _) in queries.items():
        text += SINK.format(name=name, columns=columns)
    inserts = "".join(f"INSERT INTO {name} {query};\n" for name, (_, query) in queries.items())
    return text + f"EXECUTE STATEMENT SET BEGIN\n{inserts}END;\n"


def resident(process):
    with open(f"/proc/{process}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) << 10


def directory_bytes(path):
    """Bytes on disk, a file of several names once. Files may go while they are counted."""
    seen, total = set(), 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                facts = os.stat(os.path.join(folder, name))
            except FileNotFoundError:
                continue
            if facts.st_ino not in seen:
                seen.add(facts.st_ino)
                total += facts.st_size
    return total


def sample(shell, data):
    """What the job is like now; None when it has ended."""
    screen = shell.ask("DESCRIBE JOB level;")
    state = re.search(r"Job level \(\w+\): (\w+).* ([\d,]+) rows read", screen)
    if state is None or state.group(1) not in ("RUNNING", "FINISHED"):
        raise SystemExit(f"no_leak: the job failed:\n{screen}")
    if state.group(1) == "FINISHED":
        return None
    table = csv.DictReader(io.StringIO(screen[screen.index("uid,operator"):]))
    operators = {row["uid"]: int(row["state bytes"]) for row in table if row["state bytes"]}
    return Sample(int(state.group(2).replace(",", "")), sum(operators.values()), resident(shell.child),
                  directory_bytes(data), operators)


def observe(events, only):
    with Scratch() as scratch:
        path, data = scratch.write("level.sql", script(events, only)), os.path.join(scratch.path, "data")
        shell = Shell(scratch, "--data-dir", data, "--format", "csv", "-D", "execution.checkpointing.interval=1s",
                      columns=1000)
        shell.ask(f"SOURCE '{path}';")
        samples, printed = [], 0
        while (now := sample(shell, data)) is not None:
            samples.append(now)
            if now.rows * 10 // events > printed:
                printed = now.rows * 10 // events
                print(f"{now.rows:>12,} events: state {now.state >> 10:>9,} KiB, resident {now.memory >> 20:>6,} MiB, "
                      f"data directory {now.directory >> 20:>6,} MiB", flush=True)
            time.sleep(0.2)
        shell.leave()
    return samples


def growth(samples, events, value, slack):
    """The highest value of the last third and of the early part, and whether it is level."""
    early = [value(s) for s in samples if events * 0.2 <= s.rows <= events * 0.5]
    late = [value(s) for s in samples if s.rows >= events * 0.67]
    if not early or not late:
        raise SystemExit(f"no_leak: {len(samples)} samples are too few; more events are needed")
    return max(early), max(late), max(late) <= max(early) * MOST_GROWTH + slack


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    full = os.environ.get("WEIR_TEST_SLICE") == "full"
    parser.add_argument("--events", type=int, default=50_000_000 if full else 5_000_000)
    parser.add_argument("--only", default="", help="queries whose name contains that")
    arguments = parser.parse_args()
    events = arguments.events
    samples = observe(events, arguments.only)
    values = {name: (lambda s, n=name: getattr(s, n), slack) for name, slack in SLACK.items()}
    for uid in samples[-1].operators:
        if any(s.operators.get(uid) for s in samples):
            values[uid] = (lambda s, u=uid: s.operators.get(u, 0), SLACK["state"])
    failed = 0
    for name, (value, slack) in values.items():
        early, late, level = growth(samples, events, value, slack)
        failed += not level
        print(f"{'level ' if level else 'GROWS '} {name:<40} {early:>14,} bytes early, {late:>14,} bytes late")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
