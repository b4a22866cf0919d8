#!/usr/bin/env python3
"""Jobs over input that grows, is stopped, killed, rescaled: nothing is lost, read twice or fired twice.

usage: job_life_test.py --weir PROGRAM [--seed S] [--rounds N] [TEST…]

Ends with 'tests: N passed, N failed'; the seed is printed.
"""
import argparse
import collections
import csv
import gzip
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import model
from engine import Engine, lines_of, wait_until
from event_time_test import BASE, text_of

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seed as seeds  # noqa: E402

PARALLELISMS = (1, 2, 3, 7)


def table(name, columns, options):
    pairs = ", ".join(f"'{key}' = '{value}'" for key, value in options.items())
    return f"CREATE TABLE {name} ({columns}) WITH ({pairs});\n"


class Inputs:
    """A directory of CSV files (k, v, ts) that grows."""

    def __init__(self, scratch, chance):
        self.path, self.chance, self.rows = os.path.join(scratch, "in"), chance, []
        os.makedirs(self.path)

    def add(self, rows, name=None, modified=None):
        if name is None:
            name = f"{self.chance.randrange(10**9):09}{len(self.rows)}.csv"  # of its own, whatever is drawn
        hidden = os.path.join(self.path, "." + name)
        with (gzip.open if name.endswith(".gz") else open)(hidden, "wt", encoding="utf-8") as file:
            file.writelines(f"{row.key},{row.value},{text_of(row.time)}\n" for row in rows)
        if modified is not None:
            os.utime(hidden, (modified, modified))
        os.rename(hidden, os.path.join(self.path, name))
        self.rows += rows

    def random_rows(self, count, base=BASE):
        return [model.Row(self.chance.choice("abcdefgh"), len(self.rows) * 1000 + i,
                          base + i * 40 - self.chance.randint(0, 3000)) for i in range(count)]

    def table(self, monitor=None, delay="'2' SECOND", extra=None):
        options = {"connector": "filesystem", "format": "csv", "path": self.path, **(extra or {})}
        if monitor:  # files come by rename, whole
            options.setdefault("source.settle-interval", "0 s")
            options["source.monitor-interval"] = monitor
        return table("t", f"k STRING, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL {delay}", options)


def sink(name, columns, scratch, form="csv"):
    return table(name, columns, {"connector": "filesystem", "format": form, "path": os.path.join(scratch, name)})


def equal(actual, expected, what):
    actual, expected = collections.Counter(actual), collections.Counter(expected)
    if actual != expected:
        missing, extra = expected - actual, actual - expected
        raise AssertionError(f"{what}: {sum(missing.values())} missing {list(missing.items())[:5]}, "
                             f"{sum(extra.values())} too many {list(extra.items())[:5]}")


def csv_rows(rows):
    return [f"{row.key},{row.value}" for row in rows]


# --- files that appear ----------------------------------------------------------------------------------
def test_files_that_appear_are_read_once(weir, scratch, chance):
    """Random files, some dated back, between stops, kills and rescalings."""
    inputs = Inputs(scratch, chance)
    script = inputs.table("10 ms") + sink("o", "k STRING, v BIGINT", scratch) + "CREATE JOB j AS INSERT INTO o SELECT k, v FROM t;\n"
    engine = Engine(weir, scratch)
    ends = collections.Counter()
    for _ in range(8):
        engine.start(script, parallelism__default=chance.choice(PARALLELISMS))
        for _ in range(chance.randint(0, 4)):
            modified = chance.choice((None, 1, time.time() - 3600, time.time() + 3600))
            inputs.add(inputs.random_rows(chance.choice((0, 1, 50, 3000))), modified=modified)
            time.sleep(chance.choice((0, 0.02, 0.1)))
        if chance.random() < 0.5:
            time.sleep(0.15)
            ends["stop"] += engine.stop()
        else:
            ends["kill"] += engine.end(signal.SIGKILL) != 0
        seen = collections.Counter(lines_of(os.path.join(scratch, "o")))
        if seen - collections.Counter(csv_rows(inputs.rows)):
            raise AssertionError("rows are visible twice or come from nowhere")
    engine.run(script + "WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    equal(lines_of(os.path.join(scratch, "o")), csv_rows(inputs.rows), f"after {dict(ends)}")


READING = ("SHOW JOBS;", "SHOW CHECKPOINTS FOR JOB j;", "DESCRIBE RECOVERY OF JOB j;", "DESCRIBE JOB j;",
           "SHOW CREATE JOB j;", "SHOW SAVEPOINTS;", "EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT;", "HELP;")


def tree_of(directory):
    """Path -> bytes of every file below; None for a directory."""
    found = {}
    for folder, folders, names in os.walk(directory):
        found.update({os.path.join(folder, name): None for name in folders})
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                found[os.path.join(folder, name)] = file.read()
    return found


def damaged(data, chance):
    """Takes away, cuts or changes one small file of the data directory: its path, and what it had."""
    path = chance.choice([path for path in tree_of(data) if path.endswith(("/LATEST", "/NEXT-ID", "/job"))])
    with open(path, "rb") as file:
        whole = file.read()
    os.remove(path)
    # It may have been emptied before, by a job that was killed before it wrote another.
    flipped = whole[:10] + bytes(byte ^ 4 for byte in whole[10:11]) + whole[11:]
    bad = chance.choice((None, "directory", b"", whole[:-1], flipped))
    if bad == "directory":
        os.mkdir(path)
    elif bad is not None:
        with open(path, "wb") as file:
            file.write(bad)
    return path, whole


def test_statements_that_read_change_nothing(weir, scratch, chance):
    """Wherever a job was killed, and whatever small file is lost: no byte of the data directory; then it goes on."""
    inputs = Inputs(scratch, chance)
    script = inputs.table("10 ms") + sink("o", "k STRING, v BIGINT", scratch) + "CREATE JOB j AS INSERT INTO o SELECT k, v FROM t;\n"
    engine = Engine(weir, scratch)
    data = os.path.join(scratch, "data")
    engine.run(script + "WAIT FOR JOB j UNTIL CHECKPOINT; STOP JOB j;")
    for _ in range(8):
        inputs.add(inputs.random_rows(chance.choice((1, 50, 3000))))
        engine.start(script)
        time.sleep(chance.uniform(0.05, 0.3))
        engine.end(signal.SIGKILL)
        path, whole = damaged(data, chance)
        for statement in chance.sample(READING, 3):
            before = tree_of(data)
            engine.run(statement)
            changed = {name for name in before.keys() | tree_of(data).keys() if before.get(name) != tree_of(data).get(name)}
            if changed:
                raise AssertionError(f"{statement} beside a damaged {path} changed {sorted(changed)[:5]}")
        if os.path.isdir(path):  # nothing can be written in its place
            os.rmdir(path)
        if path.endswith("/job"):  # its job would be refused; beside the other two it goes on
            with open(path, "wb") as file:
                file.write(whole)
    engine.run(script + "WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    equal(lines_of(os.path.join(scratch, "o")), csv_rows(inputs.rows), "after all that was lost")


def test_idle_means_that_everything_was_read(weir, scratch, chance):
    """Also what appeared a moment ago and no periodic look has found; in both phases."""
    inputs = Inputs(scratch, chance)
    inputs.add(inputs.random_rows(20_000))
    for phase in ("ONE_PHASE", "TWO_PHASE"):
        script = (inputs.table("1 h") + sink("o", "k STRING, n BIGINT", scratch, "changelog") +
                  f"CREATE JOB {phase} AS INSERT INTO o SELECT k, COUNT(*) FROM t GROUP BY k;\n")
        engine = Engine(weir, scratch)
        engine.options["table.optimizer.agg-phase-strategy"] = phase
        for _ in range(4):
            shutil.rmtree(os.path.join(scratch, "o"), ignore_errors=True)
            out, _ = engine.run(script + f"WAIT FOR JOB {phase} UNTIL IDLE; DESCRIBE JOB {phase}; CANCEL JOB {phase};",
                                parallelism__default=chance.choice(PARALLELISMS))
            figures = [line.split(",") for line in out.splitlines() if line.startswith("src:t")]
            if not figures or str(len(inputs.rows)) not in figures[0]:
                raise AssertionError(f"not everything was read: {out}")


def test_windows_over_files_that_appear_fire_once(weir, scratch, chance):
    """Which rows of late files are kept is a matter of timing; that a window fires once, with no row twice, not."""
    inputs = Inputs(scratch, chance)
    script = (inputs.table("10 ms") + sink("o", "s TIMESTAMP(3), e TIMESTAMP(3), k STRING, n BIGINT, m BIGINT", scratch) +
              "CREATE JOB j AS INSERT INTO o SELECT window_start, window_end, k, COUNT(*), MAX(v) FROM TABLE(HOP("
              "TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k;\n")
    engine = Engine(weir, scratch)
    for turn in range(8):
        engine.start(script, parallelism__default=chance.choice(PARALLELISMS))
        for part in range(chance.randint(1, 3)):
            inputs.add(inputs.random_rows(300, BASE + turn * 8000 + part * 3000))
            time.sleep(chance.choice((0, 0.05)))
        time.sleep(0.1)
        engine.stop() if chance.random() < 0.5 else engine.end(signal.SIGKILL)
    inputs.add([model.Row("z", 0, BASE + 10_000_000)])
    engine.run(script + "WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    groups, _ = model.window_groups([(inputs.rows, 10**12)], model.Window(10_000, 5000, 0), lambda row: True)
    seen = collections.Counter()
    for line in lines_of(os.path.join(scratch, "o")):
        start, end, key, count, greatest = line.split(",")
        seen[start, end, key] += 1
        values = [values for (s, e, k), values in groups.items() if (text_of(s)[:19], k) == (start[:19], key)]
        if not values or int(count) > len(values[0]) or int(greatest) not in values[0]:
            raise AssertionError(f"a window has what was never read: {line}")
    if not seen or max(seen.values()) > 1:
        raise AssertionError(f"windows fired twice: {[key for key, count in seen.items() if count > 1][:5]}")
    if len({key[0] for key in seen}) < 8:
        raise AssertionError("hardly any window fired")


def test_late_rows_stay_late_after_a_restore(weir, scratch, chance):
    """B13: a window fires, a checkpoint, a restore, then rows for it and for one that is open yet."""
    inputs = Inputs(scratch, chance)
    at = lambda key, seconds: model.Row(key, 1, BASE + int(seconds * 1000))
    script = (inputs.table("10 ms") + sink("o", "s TIMESTAMP(3), k STRING, n BIGINT", scratch) +
              "CREATE JOB j AS INSERT INTO o SELECT window_start, k, COUNT(*) FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), "
              "INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k;\n")
    engine = Engine(weir, scratch)
    finish = "WAIT FOR JOB j UNTIL IDLE; STOP JOB j;"
    inputs.add([at("a", 1), at("a", 7), at("a", 18)], "1.csv")  # watermark 16: windows to 15 have fired
    engine.run(script + finish, parallelism__default=chance.choice(PARALLELISMS))
    before = lines_of(os.path.join(scratch, "o"))
    inputs.add([at("a", 2), at("a", 12), at("b", 3), at("a", 40)], "2.csv")  # of 12, the window 10-20 is open
    engine.run(script + finish, parallelism__default=chance.choice(PARALLELISMS))
    late = engine.statistics()["late_rows"]
    after = collections.Counter(lines_of(os.path.join(scratch, "o"))) - collections.Counter(before)
    name = lambda seconds: text_of(BASE + seconds * 1000)
    equal(before, [f"{name(-5)},a,1", f"{name(0)},a,2", f"{name(5)},a,1"], "before the restore")
    equal(after.elements(), [f"{name(10)},a,2", f"{name(15)},a,1"], "after the restore")
    if late != 2:
        raise AssertionError(f"{late} late rows after the restore, expected 2")


def test_late_rows_are_counted_across_restores(weir, scratch, chance):
    """DESCRIBE JOB goes on counting where the killed job was."""
    inputs = Inputs(scratch, chance)
    at = lambda key, seconds: model.Row(key, 1, BASE + int(seconds * 1000))
    script = (inputs.table("10 ms") + sink("o", "s TIMESTAMP(3), n BIGINT", scratch) +
              "CREATE JOB j AS INSERT INTO o SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), "
              "INTERVAL '5' SECOND)) GROUP BY window_start, window_end;\n")
    engine = Engine(weir, scratch)
    inputs.add([at("a", 1), at("a", 60), at("b", 2), at("b", 3)], "1.csv")
    for turn in range(3):
        engine.run(script + "WAIT FOR JOB j UNTIL IDLE; STOP JOB j;", parallelism__default=chance.choice(PARALLELISMS))
        if engine.statistics()["late_rows"] != 2 + 2 * turn:
            raise AssertionError(f"turn {turn}: {engine.statistics()['late_rows']} late rows, expected {2 + 2 * turn}")
        inputs.add([at("c", 4), at("c", 100 + turn), at("d", 5)], f"2-{turn}.csv")


def test_state_expires(weir, scratch, chance):
    """table.exec.state.ttl: a group that nobody writes to is forgotten, also over a kill; one that is written to is kept."""
    inputs = Inputs(scratch, chance)
    row = lambda key: model.Row(key, 1, BASE)
    engine = Engine(weir, scratch, **{"table.exec.state.ttl": "6 s"})
    shown = lambda: lines_of(os.path.join(scratch, "o"))
    script = counting_job(inputs, scratch)

    def add(keys):
        count = len(shown())
        inputs.add([row(key) for key in keys])
        wait_until(lambda: len(shown()) > count, "the change is visible")
        return [line for line in shown()[count:]]

    engine.start(script, parallelism__default=chance.choice(PARALLELISMS))
    add(["a", "b"])
    begin = time.monotonic()
    while time.monotonic() - begin < 9:  # only b lives on
        time.sleep(1)
        add(["b"])
        if chance.random() < 0.2:
            engine.end(signal.SIGKILL)
            engine.start(script, parallelism__default=chance.choice(PARALLELISMS))
    add(["a"])
    add(["b"])
    engine.stop()
    lines = shown()
    if sorted(lines).count("+I[a, 1]") != 2 or any("a, 2" in line for line in lines):
        raise AssertionError(f"a was not forgotten: {lines}")
    if lines.count("+I[b, 1]") != 1:
        raise AssertionError(f"b was forgotten: {lines}")


def test_an_idle_source_lets_windows_fire(weir, scratch, chance):
    """One table has nothing more to say; a window of the union fires when it is idle, which without a time-out is never."""
    inputs = Inputs(scratch, chance)
    inputs.add([model.Row("a", 1, BASE), model.Row("a", 1, BASE + 30_000)])
    os.makedirs(os.path.join(scratch, "empty"))
    quiet = table("quiet", "k STRING, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts",
                  {"connector": "filesystem", "format": "csv", "path": os.path.join(scratch, "empty"),
                   "source.monitor-interval": "10 ms"})
    script = (inputs.table("10 ms") + quiet + "CREATE VIEW u AS SELECT * FROM t UNION ALL SELECT * FROM quiet;\n" +
              sink("o", "s TIMESTAMP(3), n BIGINT", scratch) +
              "CREATE JOB j AS INSERT INTO o SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE u, DESCRIPTOR(ts), "
              "INTERVAL '10' SECOND)) GROUP BY window_start, window_end;\n")
    engine = Engine(weir, scratch)
    engine.run(script + "WAIT FOR JOB j UNTIL IDLE; STOP JOB j;", parallelism__default=chance.choice(PARALLELISMS))
    equal(lines_of(os.path.join(scratch, "o")), [], "windows without a time-out")
    engine.start(script, parallelism__default=chance.choice(PARALLELISMS), **{"table.exec.source.idle-timeout": "50 ms"})
    wait_until(lambda: lines_of(os.path.join(scratch, "o")), "a window fires")
    engine.stop()
    equal(lines_of(os.path.join(scratch, "o")), [f"{text_of(BASE)},1"], "windows")


def test_thousands_of_files(weir, scratch, chance):
    """More partitions of time than file descriptors."""
    inputs = Inputs(scratch, chance)
    for i in range(1500):
        inputs.add([model.Row("a", i, BASE + chance.randint(0, 9999)), model.Row("b", i, BASE + 10_000)])
    script = inputs.table() + ("SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), "
                               "INTERVAL '10' SECOND)) GROUP BY window_start, window_end;\n")
    engine = Engine(weir, scratch)
    engine.command = lambda options, command=engine.command: ["prlimit", "--nofile=300", *command(options)]
    out, _ = engine.run(script, parallelism__default=2)
    equal(out.splitlines()[1:], [f"{text_of(BASE)},1500", f"{text_of(BASE + 10_000)},1500"], "windows")


def test_a_file_that_is_gone_is_missed(weir, scratch, chance):
    """Several files as one partition: without the one at which the job stopped it does not go on."""
    inputs = Inputs(scratch, chance)
    for i in range(3):
        inputs.add([model.Row("a", v, BASE) for v in range(150_000)], f"{i}.csv", 1_700_000_000 + i)
    script = (inputs.table(extra={"source.time-domain": "table"}) + sink("o", "v BIGINT", scratch) +
              "CREATE JOB j AS INSERT INTO o SELECT v FROM t;\n")
    engine = Engine(weir, scratch)
    engine.options["pipeline.batch-size"] = 3
    for wait in (0.3, 0.2, 0.15, 0.1, 0.05) * 4:
        engine.start(script)
        time.sleep(wait)
        engine.stop()
        seen = len(lines_of(os.path.join(scratch, "o")))
        if 0 < seen < len(inputs.rows):
            break
        engine.run("DROP JOB IF EXISTS j;")
        shutil.rmtree(os.path.join(scratch, "o"), ignore_errors=True)
    current = os.path.join(inputs.path, f"{seen // 150_000}.csv")
    os.rename(current, os.path.join(scratch, "gone"))
    _, errors = engine.run(script, expect=4)
    if "E4002" not in errors or current not in errors:
        raise AssertionError(errors)
    os.rename(os.path.join(scratch, "gone"), current)
    engine.run(script)
    equal(lines_of(os.path.join(scratch, "o")), [str(row.value) for row in inputs.rows], "when it was put back")


# --- stop and continue ----------------------------------------------------------------------------------
def fold(lines):
    """The table that changes like '+I[a, 1]' lead to; retracting what is not there is a failure."""
    rows = collections.Counter()
    for line in lines:
        kind, row = line[:2], line[2:]
        rows[row] += 1 if kind in ("+I", "+U") else -1
    if min(rows.values(), default=0) < 0:
        raise AssertionError(f"a row was retracted that is not there: {[r for r, n in rows.items() if n < 0][:3]}")
    return +rows


def test_rescaling_a_stopped_job_changes_nothing(weir, scratch, chance):
    """Windows, an updating aggregate and a copy in one job; stopped, continued at 1, 2, 3 and 7."""
    inputs = Inputs(scratch, chance)
    shape = chance.choice(("three", "gz", "big"))
    if shape == "big":  # several threads decode it
        inputs.add(inputs.random_rows(300_000))
        assert os.path.getsize(os.path.join(inputs.path, os.listdir(inputs.path)[0])) > 9 << 20
    for i in range(0 if shape == "big" else 3):
        inputs.add(inputs.random_rows(60_000), f"{i}.csv.gz" if shape == "gz" else None)

    def script(suffix):
        return (inputs.table() + sink("w" + suffix, "s TIMESTAMP(3), k STRING, n BIGINT, v BIGINT", scratch) +
                sink("g" + suffix, "r BIGINT, n BIGINT, v BIGINT", scratch, "changelog") +
                sink("c" + suffix, "k STRING, v BIGINT", scratch) +
                f"CREATE JOB j{suffix} AS STATEMENT SET BEGIN\n"
                f"INSERT INTO w{suffix} SELECT window_start, k, COUNT(*), SUM(v) FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), "
                "INTERVAL '2' SECOND, INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k;\n"
                f"INSERT INTO g{suffix} SELECT v / 5000, COUNT(*), SUM(v) FROM t GROUP BY v / 5000;\n"
                f"INSERT INTO c{suffix} SELECT k, v FROM t WHERE v % 7 = 1;\nEND;\n")

    engine = Engine(weir, scratch)
    engine.run(script("0"), parallelism__default=2)
    stops = 0
    for turn in range(40):
        # What is no part of the state's layout may be another at each start.
        engine.options["table.optimizer.agg-phase-strategy"] = chance.choice(("ONE_PHASE", "TWO_PHASE", "AUTO"))
        engine.options["pipeline.batch-size"] = chance.choice((100, 512))
        engine.options["pipeline.queue-size"] = chance.choice((1, 8))
        engine.start(script("1"), parallelism__default=3 if turn == 0 else chance.choice(PARALLELISMS))
        time.sleep(chance.uniform(0.02, 0.15))
        if not engine.stop():
            break
        stops += 1
    else:
        engine.run(script("1"), parallelism__default=7)
    visible = lambda name: lines_of(os.path.join(scratch, name))
    equal(visible("w1"), visible("w0"), f"windows, {shape}, {stops} stops")
    equal(visible("c1"), visible("c0"), f"copies, {stops} stops")
    equal(fold(visible("g1")).elements(), fold(visible("g0")).elements(), f"groups, {shape}, {stops} stops")
    if stops == 0:
        raise AssertionError("the job was never stopped")


# --- processing time ------------------------------------------------------------------------------------
def test_processing_time_counts_every_row_once(weir, scratch, chance):
    """Windows by the clock: where a row falls is open, that it falls into as many windows as it must is not."""
    inputs = Inputs(scratch, chance)
    source = table("t", "k STRING, v BIGINT, ts STRING, p AS PROCTIME()",
                   {"connector": "filesystem", "format": "csv", "path": inputs.path, "source.monitor-interval": "10 ms"})
    script = (source + sink("o", "s TIMESTAMP(3), k STRING, n BIGINT", scratch) +
              sink("h", "s TIMESTAMP(3), n BIGINT", scratch) + "CREATE JOB j AS STATEMENT SET BEGIN\n"
              "INSERT INTO o SELECT window_start, k, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(p), "
              "INTERVAL '0.2' SECOND(1, 1))) GROUP BY window_start, window_end, k;\n"
              "INSERT INTO h SELECT window_start, COUNT(*) FROM TABLE(HOP(TABLE t, DESCRIPTOR(p), "
              "INTERVAL '0.2' SECOND(1, 1), INTERVAL '0.4' SECOND(1, 1))) GROUP BY window_start, window_end;\nEND;\n")
    script = script.replace("SECOND(1, 1)", "SECOND")
    engine = Engine(weir, scratch)
    for turn in range(4):
        engine.start(script, parallelism__default=chance.choice(PARALLELISMS))
        inputs.add(inputs.random_rows(chance.choice((1, 500))))
        time.sleep(chance.uniform(0.1, 0.3))
        engine.stop() if turn % 2 else engine.end(signal.SIGKILL)
        time.sleep(chance.choice((0, 0.5)))  # timers are overdue at the restore
    engine.start(script)
    counts = lambda name, column: sum(int(line.split(",")[column]) for line in lines_of(os.path.join(scratch, name)))
    wait_until(lambda: counts("o", 2) >= len(inputs.rows) and counts("h", 1) >= 2 * len(inputs.rows), "all windows fired")
    engine.stop()
    if (counts("o", 2), counts("h", 1)) != (len(inputs.rows), 2 * len(inputs.rows)):
        raise AssertionError(f"{counts('o', 2)} and {counts('h', 1)} counted of {len(inputs.rows)} rows")
    fired = collections.Counter(line.rsplit(",", 1)[0] for line in lines_of(os.path.join(scratch, "o")))
    if max(fired.values()) > 1:
        raise AssertionError(f"a window fired twice: {fired.most_common(3)}")


def test_the_clock_moves_on(weir, scratch, chance):
    """Over unbounded input CURRENT_TIMESTAMP is that of the record, not that of the start."""
    inputs = Inputs(scratch, chance)
    source = table("t", "k STRING, v BIGINT, ts STRING, p AS PROCTIME()",
                   {"connector": "filesystem", "format": "csv", "path": inputs.path, "source.monitor-interval": "10 ms"})
    script = (source + sink("o", "k STRING, p TIMESTAMP_LTZ(3), c TIMESTAMP_LTZ(3), l TIMESTAMP(3)", scratch) +
              "CREATE JOB j AS INSERT INTO o SELECT k, p, CURRENT_TIMESTAMP, LOCALTIMESTAMP FROM t;\n")
    engine = Engine(weir, scratch)
    engine.start(script)
    for count in (1, 2):
        inputs.add([model.Row(f"r{count}", 1, BASE)])
        wait_until(lambda: len(lines_of(os.path.join(scratch, "o"))) == count, "the row is visible")
        time.sleep(0.3)
    engine.stop()
    first, second = (line.split(",")[1:] for line in sorted(lines_of(os.path.join(scratch, "o"))))
    if any(before >= after for before, after in zip(first, second)):
        raise AssertionError(f"a clock stands still: {first}, {second}")


# --- checkpoints ----------------------------------------------------------------------------------------
def counting_job(inputs, scratch, monitor="10 ms"):
    return (inputs.table(monitor) + sink("o", "k STRING, n BIGINT", scratch, "changelog") +
            "CREATE JOB j AS INSERT INTO o SELECT k, COUNT(*) FROM t GROUP BY k;\n")


def test_options_that_contradict_each_other(weir, scratch, chance):
    inputs = Inputs(scratch, chance)
    inputs.add(inputs.random_rows(10))
    engine = Engine(weir, scratch)
    prefix = "execution.checkpointing."
    for options, words in (({"min-pause": "1 s", "max-concurrent-checkpoints": 2}, ("min-pause", "max-concurrent-checkpoints")),
                           ({"unaligned.enabled": "true", "mode": "AT_LEAST_ONCE"}, ("unaligned.enabled", "mode")),
                           ({"unaligned.enabled": "true", "max-concurrent-checkpoints": 2},
                            ("unaligned.enabled", "max-concurrent-checkpoints")),
                           ({"max-concurrent-checkpoints": 0}, ("max-concurrent-checkpoints",)),
                           ({"num-retained": 0}, ("num-retained",))):
        _, errors = engine.run(counting_job(inputs, scratch), expect=(1, 3),
                               **{(prefix + key): value for key, value in options.items()})
        for word in words:
            if prefix + word not in errors:
                raise AssertionError(f"{options}: the error does not name {word}: {errors}")


def test_pauses_and_concurrency(weir, scratch, chance):
    """Checkpoints follow each other as the options say; at-least-once loses nothing."""
    inputs = Inputs(scratch, chance)
    inputs.add(inputs.random_rows(5000))
    # `apart`: seconds from one to the next, at least.
    for options, least, apart in (({"interval": "10 ms"}, 3, 0.01), ({"interval": "10 ms", "min-pause": "200 ms"}, 1, 0.2),
                                  ({"interval": "10 ms", "max-concurrent-checkpoints": 4}, 3, 0.01),
                                  ({"interval": "10 ms", "mode": "AT_LEAST_ONCE"}, 3, 0.01)):
        shutil.rmtree(os.path.join(scratch, "o"), ignore_errors=True)
        engine = Engine(weir, scratch)
        script = counting_job(inputs, scratch) + ("WAIT FOR JOB j UNTIL IDLE;\n" if chance.random() < 0.5 else "")
        engine.start(script, parallelism__default=2, **{"execution.checkpointing." + k: v for k, v in options.items()})
        begun = time.monotonic()
        time.sleep(0.8)
        engine.stop()
        took, done = time.monotonic() - begun, engine.statistics()["checkpoints"]
        # One before it was begun to be timed, one at the end, and one on the way.
        if not least <= done <= took / apart + 3:
            raise AssertionError(f"{options}: {done} checkpoints in {took:.2f} s")
        total = fold(lines_of(os.path.join(scratch, "o")))
        if sum(int(row[1:-1].split(", ")[1]) for row in total.elements()) != len(inputs.rows):
            raise AssertionError(f"{options}: {total}")
        engine.run("DROP JOB j;")


def test_a_corrupt_checkpoint_is_never_opened(weir, scratch, chance):
    """One byte of a file is wrong: exit code 4, E7001, the file's name; and what it was works again when put back."""
    inputs = Inputs(scratch, chance)
    inputs.add(inputs.random_rows(5000))
    engine = Engine(weir, scratch)
    script = counting_job(inputs, scratch)
    engine.run(script + "WAIT FOR JOB j UNTIL IDLE; STOP JOB j;", parallelism__default=2)
    files = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(scratch, "data"))
             for name in names if name.endswith(".sst") or name == "_metadata" or name.startswith(("MANIFEST", "CURRENT"))]
    kinds = {re.sub(r"\d+", "", os.path.basename(path)) for path in files}
    if "_metadata" not in kinds or not any(kind.endswith(".sst") for kind in kinds):
        raise AssertionError(f"no files to spoil: {files}")
    for path in files:
        with open(path, "rb") as file:
            whole = file.read()
        place = chance.randrange(len(whole))
        for spoiled in (whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1:],
                        whole[:place], None):
            if spoiled is None:
                os.remove(path)
            else:
                with open(path, "wb") as file:
                    file.write(spoiled)
            _, errors = engine.run(script, expect=(4, 5))
            # A checkpoint without metadata was never complete: then none is found, and that is said.
            gone = spoiled is None and path.endswith("_metadata")
            named = os.path.basename(os.path.dirname(os.path.dirname(path))) if gone else os.path.basename(path).lstrip("_")
            if ("E7004" if gone else "E7001") not in errors or named not in errors:
                raise AssertionError(f"{path}: the error should name the file: {errors}")
        with open(path, "wb") as file:
            file.write(whole)
    engine.run(script + "WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    total = fold(lines_of(os.path.join(scratch, "o")))
    if sum(int(row[1:-1].split(", ")[1]) for row in total.elements()) != len(inputs.rows):
        raise AssertionError(f"after the file was put back: {total}")


def test_bad_records_are_not_retried(weir, scratch, chance):
    inputs = Inputs(scratch, chance)
    inputs.add(inputs.random_rows(1000))
    with open(os.path.join(inputs.path, "bad.csv"), "w", encoding="utf-8") as file:
        file.write("a,not a number,2024-01-01 00:00:00\n")
    engine = Engine(weir, scratch)
    _, errors = engine.run(counting_job(inputs, scratch, None).replace("COUNT(*)", "COUNT(v)"), expect=4)
    if "bad.csv" not in errors or engine.statistics()["restarts"] != 0:
        raise AssertionError(f"{errors}, {engine.statistics()}")


def test_uids_of_a_checkpoint_are_those_of_the_plan(weir, scratch, chance):
    inputs = Inputs(scratch, chance)
    inputs.add(inputs.random_rows(10))
    query = "INSERT INTO o SELECT k, COUNT(*) FROM t GROUP BY k"
    script = inputs.table("10 ms") + sink("o", "k STRING, n BIGINT", scratch, "changelog")
    engine = Engine(weir, scratch)
    out, _ = engine.run(script + f"EXPLAIN STATE {query};")
    uids = set(re.findall(r"(?:src|wm|sink):[a-z0-9_:/@+()]*", out))
    engine.run(script + f"CREATE JOB j AS {query};\nWAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    metadata = [os.path.join(folder, "_metadata") for folder, _, names in os.walk(os.path.join(scratch, "data"))
                if "_metadata" in names]
    with open(metadata[0], "rb") as file:
        held = file.read().decode("latin-1")
    missing = [uid for uid in uids if uid not in held]
    if not uids or missing:
        raise AssertionError(f"{missing} of {uids} are not in the checkpoint")


def test_a_full_disk_fails_checkpoints_not_the_job(weir, scratch, chance):
    """Or the job, where no failure is tolerated; what was freed in time is used again."""
    small = os.path.join(scratch, "small")
    os.makedirs(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=False,
                      capture_output=True).returncode != 0:
        print("   (no disk could be mounted: left out)")
        return
    try:
        inputs = Inputs(scratch, chance)
        inputs.add([model.Row(f"{i}-{chance.getrandbits(200)}", i, BASE) for i in range(40_000)])
        script = counting_job(inputs, scratch, None)
        options = {"execution.checkpointing.dir": small, "restart-strategy.failure-rate.delay": "1 ms",
                   "execution.checkpointing.interval": "50 ms"}
        engine = Engine(weir, scratch)
        _, errors = engine.run(script, expect=4, **options)
        shown = fold(lines_of(os.path.join(scratch, "o")))  # of early checkpoints, which a slow run has room for
        if "No space left" not in errors or engine.statistics()["restarts"] != 3 or len(shown) >= len(inputs.rows):
            raise AssertionError(f"{errors}, {engine.statistics()}")
        engine.run("DROP JOB j;")
        options["execution.checkpointing.tolerable-failed-checkpoints"] = 1_000_000
        out, errors = engine.run(script + "WAIT FOR JOB j UNTIL IDLE; WAIT FOR JOB j UNTIL FINISHED TIMEOUT INTERVAL "
                                 "'1' SECOND;", expect=(3, 4), **options)
        engine.start(script, **options)
        time.sleep(0.5)
        if engine.running.poll() is not None:
            raise AssertionError("the job did not go on")
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        if engine.running.wait(30) != 0:
            raise AssertionError("the job did not finish when there was room")
        if len(fold(lines_of(os.path.join(scratch, "o")))) != len(inputs.rows):
            raise AssertionError("rows are missing")
    finally:
        if engine.running is not None and engine.running.poll() is None:
            engine.running.kill()
            engine.running.wait()
        subprocess.run(["umount", small], check=False)


def test_a_disk_that_is_full_for_a_moment_restarts_the_job(weir, scratch, chance):
    """The sink cannot write: the job restarts within the process, from its last checkpoint, until it can."""
    small = os.path.join(scratch, "o")
    os.makedirs(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", small], check=False,
                      capture_output=True).returncode != 0:
        print("   (no disk could be mounted: left out)")
        return
    try:
        inputs = Inputs(scratch, chance)
        inputs.add([model.Row(f"{i}-{chance.getrandbits(200)}", i, BASE) for i in range(40_000)])
        script = (inputs.table() + sink("o", "k STRING, v BIGINT, n BIGINT", scratch) +
                  "CREATE JOB j AS INSERT INTO o SELECT k, MAX(v), COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), "
                  "INTERVAL '1' HOUR)) GROUP BY window_start, window_end, k;\n")
        engine = Engine(weir, scratch)
        engine.start(script, parallelism__default=2, **{"restart-strategy.type": "fixed-delay",
                                                        "restart-strategy.fixed-delay.delay": "200 ms",
                                                        "restart-strategy.fixed-delay.attempts": 50})
        deadline = time.monotonic() + 30
        while os.statvfs(small).f_bavail > 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(1)
        if engine.running.poll() is not None:
            raise AssertionError("the job gave up")
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        if engine.running.wait(30) != 0:
            raise AssertionError("the job did not finish when there was room")
        equal(lines_of(small), [f"{row.key},{row.value},1" for row in inputs.rows], "after the restarts")
        if engine.statistics()["restarts"] == 0:
            raise AssertionError("it was never restarted")
    finally:
        if engine.running is not None and engine.running.poll() is None:
            engine.running.kill()
            engine.running.wait()
        subprocess.run(["umount", small], check=False)


def test_checkpoints_that_time_out(weir, scratch, chance):
    inputs = Inputs(scratch, chance)
    inputs.add(inputs.random_rows(100_000))
    prefix = "execution.checkpointing."
    script = inputs.table("10 ms").replace("k STRING, v BIGINT", "k STRING, v BIGINT, w AS k || CAST(v AS STRING)") + (
        sink("o", "k STRING, n BIGINT", scratch, "changelog") +
        "CREATE JOB j AS INSERT INTO o SELECT w, COUNT(*) FROM t GROUP BY w;\n")
    options = {prefix + "timeout": "1 ms", prefix + "interval": "5 ms"}
    engine = Engine(weir, scratch)
    out, _ = engine.run(script + "WAIT FOR JOB j UNTIL IDLE; DESCRIBE JOB j; CANCEL JOB j; DROP JOB j;",
                        **options, **{prefix + "tolerable-failed-checkpoints": 1_000_000})
    failed = re.search(r"(\d+) failed", out)
    if not failed or int(failed.group(1)) == 0 or "execution.checkpointing.timeout" not in out:
        raise AssertionError(f"no checkpoint timed out: {out}")
    _, errors = engine.run(script, expect=4, **options, **{"restart-strategy.type": "none"})
    if "E7003" not in errors or "execution.checkpointing.timeout" not in errors:
        raise AssertionError(errors)


def counts_said(errors, what):
    return sum(int(count) for count in re.findall(rf"^\S+ \S+ j: (\d+) {what}s?\b", errors, re.MULTILINE))


def counts_described(out, column):
    lines = list(csv.reader(out.splitlines()))
    head = next(line for line in lines if "uid" in line)
    return sum(int(line[head.index(column)]) for line in lines if len(line) == len(head) and line[0] != "uid")


def test_what_was_said_adds_up(weir, scratch, chance):
    """Late rows and skipped records: what was said over all processes of a job is what DESCRIBE JOB counts."""
    inputs = Inputs(scratch, chance)
    engine = Engine(weir, scratch, **{"execution.checkpointing.interval": "1 h"})
    script = inputs.table("10 ms", extra={"csv.ignore-parse-errors": "true"}) + sink("o", "k STRING, n BIGINT", scratch) + (
        "CREATE JOB j AS INSERT INTO o SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' "
        "SECOND)) GROUP BY window_start, window_end, k;\nWAIT FOR JOB j UNTIL IDLE;\nDESCRIBE JOB j;\nSTOP JOB j;\n")
    said, bad = collections.Counter(), 0
    for turn in range(chance.rounds + 1):
        inputs.add(inputs.random_rows(200, BASE + turn * 8000))
        with open(os.path.join(inputs.path, f"bad{turn}.csv"), "w", encoding="utf-8") as file:
            more = chance.randint(0, 5)
            file.write("no row\n" * more)
            bad += more
        out, errors = engine.run(script, parallelism__default=chance.choice(PARALLELISMS))
        for column, what in (("late", "late row"), ("skipped", "skipped record")):
            said[column] += counts_said(errors, what)
            if said[column] != counts_described(out, column):
                raise AssertionError(f"turn {turn}: {said[column]} {what}s were said\n{out}\n{errors}")
    if said["late"] == 0 or said["skipped"] != bad:
        raise AssertionError(f"{said}, {bad} bad records")


def test_a_shared_scan_is_read_once(weir, scratch, chance):
    """And a union reads each of its three tables."""
    inputs = Inputs(scratch, chance)
    inputs.add(inputs.random_rows(5000))
    tables = inputs.table("1 h") + "".join(
        inputs.table("1 h").replace("TABLE t ", f"TABLE t{i} ") for i in range(3))
    blackhole = "".join(table(f"b{i}", "k STRING, n BIGINT", {"connector": "blackhole"}) for i in range(3))
    engine = Engine(weir, scratch)
    for parallelism in PARALLELISMS:
        out, _ = engine.run(
            tables + blackhole + "CREATE JOB s AS STATEMENT SET BEGIN\n"
            "INSERT INTO b0 SELECT k, COUNT(*) FROM t GROUP BY k;\nINSERT INTO b1 SELECT k, v FROM t;\n"
            "INSERT INTO b2 SELECT k, SUM(v) FROM t WHERE v > 10 GROUP BY k;\nEND;\n"
            "CREATE JOB u AS INSERT INTO b0 SELECT k, COUNT(*) FROM (SELECT * FROM t0 UNION ALL SELECT * FROM t1 "
            "UNION ALL SELECT * FROM t2) AS x GROUP BY k;\nWAIT FOR JOB s UNTIL IDLE; WAIT FOR JOB u UNTIL IDLE;\n"
            "DESCRIBE JOB s; DESCRIBE JOB u; CANCEL JOB s; CANCEL JOB u; DROP JOB s; DROP JOB u;",
            parallelism__default=parallelism)
        scans = {row[0]: int(row[5]) for row in (line.split(",") for line in out.splitlines()) if row[0].startswith("src:")}
        if scans != {"src:t": 5000, "src:t0": 5000, "src:t1": 5000, "src:t2": 5000}:
            raise AssertionError(f"parallelism {parallelism}: {scans}\n{out}")


# --- ends -----------------------------------------------------------------------------------------------
def test_starts_and_ends_never_hang(weir, scratch, chance):
    """Small queues, a full pipe: STOP, CANCEL and the script's end, at any moment."""
    inputs = Inputs(scratch, chance)
    for _ in range(3):
        inputs.add(inputs.random_rows(4000))
    engine = Engine(weir, scratch)
    for turn in range(chance.rounds):
        name = f"j{turn}"
        monitor = chance.choice((None, "5 ms"))
        statements = []
        for i in range(10):
            ending = chance.choice(("STOP", "CANCEL"))
            pause = chance.choice(("", f"CHECKPOINT JOB {name}x{i};\n"))
            statements.append(f"CREATE JOB {name}x{i} WITH ('pipeline.queue-size' = '1', 'pipeline.batch-size' = '"
                              f"{chance.choice((1, 7, 100))}', 'parallelism.default' = '{chance.choice(PARALLELISMS)}') AS "
                              f"INSERT INTO o SELECT k, COUNT(*), MAX(v) FROM t GROUP BY k;\n{pause}{ending} JOB {name}x{i};\n"
                              f"DROP JOB {name}x{i};\n")
        script = inputs.table(monitor or "1 h") + table("o", "k STRING, n BIGINT, v BIGINT", {"connector": "blackhole"})
        engine.run(script + "".join(statements))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=seeds.draw())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("tests", nargs="*")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    names = [name for name in globals() if name.startswith("test_")]
    failed = 0
    chosen = [name for name in names if not arguments.tests or any(word in name for word in arguments.tests)]
    for name in chosen:
        scratch = tempfile.mkdtemp(prefix="weir-life-")
        chance = random.Random(f"{arguments.seed} {name}")
        chance.rounds = arguments.rounds
        start = time.monotonic()
        try:
            globals()[name](arguments.weir, scratch, chance)
            print(f"ok {name} ({time.monotonic() - start:.1f} s)", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"FAILED {name} (seed {arguments.seed}), files in {scratch}\n{traceback.format_exc()}", flush=True)
            continue
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"tests: {len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
