"""The jobs of the crash test: their input, their SQL, and what their output must be.

Expected rows are computed here, from the input, without the engine.
"""
import collections
import os
import random
import re

KEYS = 300
WINDOW_MILLIS = 120_000
DELAY_MILLIS = 5000  # of the watermark
# One row in so many is far behind the watermark: whoever forgets the time at a restore takes it for new.
LATE_EVERY = 5
PART = re.compile(r"part-([0-9a-f]+)-(\d+)-(\d+)-(\d+)\.(\w+)$")
CHANGE = re.compile(r"^(\+I|-U|\+U|-D)\[(.*)\]$")


class Wrong(Exception):
    """The output is not what it must be."""


def timestamp(millis, digits=3):
    second, minute, hour = millis // 1000 % 60, millis // 60_000 % 60, millis // 3_600_000
    return f"1970-01-01 {hour:02d}:{minute:02d}:{second:02d}" + (f".{millis % 1000:03d}" if digits else "")


class Input:
    """Rows (key, value, millis), in one file and in four: out of order by less than the watermark's delay, or
    late."""

    def __init__(self, directory, seed, rows):
        chance = random.Random(seed)
        os.makedirs(os.path.join(directory, "parts"))
        self.whole, self.parts = os.path.join(directory, "events.csv"), os.path.join(directory, "parts")
        self.rows = []
        for i in range(rows):
            millis = DELAY_MILLIS + i * 50 - chance.randrange(DELAY_MILLIS)
            if chance.randrange(LATE_EVERY) == 0:
                millis = max(0, millis - chance.randrange(3, 9) * WINDOW_MILLIS)
            self.rows.append((chance.randrange(KEYS), chance.randint(-1000, 1000), millis))
        lines = [f"{k},{v},{timestamp(t)}\n" for k, v, t in self.rows]
        with open(self.whole, "w", encoding="ascii") as file:
            file.writelines(lines)
        for part in range(4):
            with open(os.path.join(self.parts, f"{part}.csv"), "w", encoding="ascii") as file:
                file.writelines(lines[part::4])

    def windows(self):
        """Lines of the windowed aggregation -> 1."""
        groups = collections.defaultdict(list)
        watermark = -1
        for key, value, millis in self.rows:
            start = millis // WINDOW_MILLIS * WINDOW_MILLIS
            if start + WINDOW_MILLIS - 1 > watermark:
                groups[start, key].append(value)
            watermark = max(watermark, millis - DELAY_MILLIS)
        return collections.Counter(
            f'{timestamp(start, 0)}.000,{key},{len(values)},{sum(values)},{max(values)}'
            for (start, key), values in groups.items())

    def totals(self):
        """Key -> the row of the updating aggregation after 1, 2, … rows of that key."""
        steps = collections.defaultdict(list)
        for key, value, _ in self.rows:
            before = steps[key][-1] if steps[key] else (0, 0, value)
            steps[key].append((before[0] + 1, before[1] + value, min(before[2], value)))
        return {key: [f"{key}, {n}, {total}, {least}" for n, total, least in rows]
                for key, rows in steps.items()}


class Job:
    """One job in a directory of its own: 'windows' and 'totals' over one file in one statement set, or with
    `parts` only the totals, of four files that are read side by side."""

    def __init__(self, directory, source, backend, overwrite, parts):
        self.directory, self.parts, self.overwrite = directory, parts, overwrite
        self.data, self.out = os.path.join(directory, "root/data"), os.path.join(directory, "root/out")
        self.backend = backend
        self.path = source.parts if parts else source.whole
        self.seen = {}
        os.makedirs(os.path.join(self.out, "windows"))
        if overwrite:
            with open(os.path.join(self.out, "windows", "old.csv"), "w", encoding="ascii") as file:
                file.write("what was there before\n")

    def script(self, parallelism):
        insert = "INSERT OVERWRITE" if self.overwrite else "INSERT INTO"
        windows = "" if self.parts else f"""
{insert} windows
SELECT window_start, k, COUNT(*), SUM(v), MAX(v)
FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '2' MINUTE)) GROUP BY window_start, window_end, k;"""
        return f"""
SET 'parallelism.default' = '{parallelism}';
SET 'state.backend.type' = '{self.backend}';
SET 'execution.checkpointing.interval' = '15 ms';
SET 'pipeline.batch-size' = '64';
SET 'restart-strategy.type' = 'none';
SET 'pipeline.name' = 'crash';
CREATE TABLE events (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
  WITH ('connector' = 'filesystem', 'path' = '{self.path}', 'format' = 'csv');
CREATE TABLE windows (w TIMESTAMP(3), k INT, n BIGINT, s BIGINT, m BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '{self.out}/windows', 'format' = 'csv');
CREATE TABLE totals (k INT, n BIGINT, s BIGINT, m BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '{self.out}/totals', 'format' = 'changelog');
EXECUTE STATEMENT SET BEGIN{windows}
INSERT INTO totals SELECT k, COUNT(*), SUM(v), MIN(v) FROM events GROUP BY k;
END;
"""

    # --- what is on disk --------------------------------------------------------------------------

    def checkpoints(self):
        """Directories of the job's checkpoints; one, once it was started."""
        jobs = os.path.join(self.data, "jobs")
        return [os.path.join(jobs, name, "checkpoints") for name in os.listdir(jobs)] if os.path.isdir(jobs) else []

    def has_checkpoint(self):
        return any(os.path.exists(os.path.join(path, "LATEST")) for path in self.checkpoints())

    def has_uncommitted(self):
        """Whether a completed checkpoint promises files that nobody has renamed yet."""
        for path in self.checkpoints():
            latest = os.path.join(path, "LATEST")
            if not os.path.exists(latest):
                continue
            with open(latest, encoding="ascii") as file:
                number = file.read().split("\n")[1]
            metadata = os.path.join(path, f"chk-{number}", "_metadata")
            if not os.path.exists(metadata):
                continue
            with open(metadata, "rb") as file:
                promised = re.findall(rb"v1 file ([^\t]*?\.inprogress)\t", file.read())
            if any(os.path.exists(name.decode()) for name in promised):
                return True
        return False

    def finished(self):
        """Whether the record of the job says so: it would begin anew."""
        jobs = os.path.join(self.data, "jobs")
        for name in os.listdir(jobs) if os.path.isdir(jobs) else []:
            record = os.path.join(jobs, name, "job")
            if os.path.exists(record):
                with open(record, "rb") as file:
                    return recorded_state(file.read()) == FINISHED
        return False

    def visible(self, name):
        """(attempt, subtask, number) -> lines, of the files that a reader of the directory sees."""
        directory = os.path.join(self.out, name)
        files = {}
        for entry in os.listdir(directory) if os.path.isdir(directory) else []:
            if entry.startswith("."):
                continue
            with open(os.path.join(directory, entry), encoding="ascii") as file:
                text = file.read()
            match = PART.match(entry)
            if not match and not (entry == "old.csv" and self.overwrite):
                raise Wrong(f"a strange file: {name}/{entry}")
            if not match:
                continue
            if not text.endswith("\n"):
                raise Wrong(f"a partial file: {name}/{entry}: {text[-40:]!r}")
            if self.seen.setdefault((name, entry), text) != text:
                raise Wrong(f"a file changed after it was visible: {name}/{entry}")
            files[tuple(int(part) for part in match.groups()[1:4])] = text.split("\n")[:-1]
        names = {name for name, _ in self.seen}
        lost = [key for key in self.seen if key[0] == name and not os.path.exists(os.path.join(directory, key[1]))]
        if lost and name in names:
            raise Wrong(f"a visible file is gone: {lost[0]}")
        if self.overwrite and files and os.path.exists(os.path.join(directory, "old.csv")) and name == "windows":
            raise Wrong("the files that are overwritten stand beside those that overwrite them")
        return files

    # --- checks -----------------------------------------------------------------------------------

    def check(self, windows, totals, complete):
        """What is visible is a part of what must be in the end; with `complete`, all of it."""
        actual = collections.Counter(line for lines in self.visible("windows").values() for line in lines)
        if self.parts:
            windows = collections.Counter()
        surplus = actual - windows
        if surplus:
            raise Wrong(f"{sum(surplus.values())} rows of windows too many, such as {next(iter(surplus))!r}")
        missing = windows - actual
        if complete and missing:
            raise Wrong(f"{sum(missing.values())} rows of windows are missing, such as {next(iter(missing))!r}")
        self.check_changes(self.visible("totals"), totals, complete)

    def check_changes(self, files, totals, complete):
        """Changes of a key follow each other over attempts; its rows are those after some of its input."""
        current = {}
        for attempt in sorted(files):
            for line in files[attempt]:
                match = CHANGE.match(line)
                if not match:
                    raise Wrong(f"not a change: {line!r}")
                kind, row = match.groups()
                key = int(row.split(",")[0])
                if kind in ("-U", "-D"):
                    if current.pop(key, None) != row:
                        raise Wrong(f"takes away what is not there: {line!r}")
                    continue
                if key in current:
                    raise Wrong(f"adds a second row of its key: {line!r} beside {current[key]!r}")
                current[key] = row
                count = int(row.split(",")[1])
                expected = totals[key][count - 1] if count <= len(totals[key]) else None
                if count > len(totals[key]) or (not self.parts and row != expected):
                    raise Wrong(f"a wrong total: {row!r}, not {expected!r}")
        final = {key: rows[-1] for key, rows in totals.items()}
        if complete and current != final:
            key = next(key for key in final if current.get(key) != final[key])
            raise Wrong(f"the final total differs: {current.get(key)!r}, not {final[key]!r}")


FINISHED = 2


def recorded_state(record):
    """The state in a job record (shell/job_record.cc)."""
    at = 12

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = record[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def skip():
        nonlocal at
        size = varint()
        at += size

    for _ in range(3):
        skip()
    for _ in range(varint()):
        skip()
    for _ in range(varint() * 2):
        skip()
    return varint()
