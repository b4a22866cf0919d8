"""The jobs of the crash test: their input, their SQL, and what their output must be.

Expected rows are computed here, from the input, without the engine.
"""
import collections
import glob
import os
import random
import re
import shutil

from consumer import PART, Consumer, Wrong
from feeder import Feeder
from kinds import WINDOW_MILLIS, timestamp

KEYS = 300
DELAY_MILLIS = 5000  # of the watermark
# One row in so many is far behind the watermark: whoever forgets the time at a restore takes it for new.
LATE_EVERY = 5
FILES_THAT_COME = 20
CHANGE = re.compile(r"^(\+I|-U|\+U|-D)\[(.*)\]$")


# `watermark`: of its file before it. `late_at`: the same where the row is behind it, else before all time.
Row = collections.namedtuple("Row", "key value millis watermark late_at")


class Input:
    """Rows, in one file and in four: out of order by less than the watermark's delay, or late. Also changes, each of
    them twice, and what is left of them by key."""

    def __init__(self, directory, seed, rows):
        chance = random.Random(seed)
        os.makedirs(os.path.join(directory, "parts"))
        self.whole, self.parts = os.path.join(directory, "events.csv"), os.path.join(directory, "parts")
        self.rows, watermark = [], -1
        for i in range(rows):
            millis = DELAY_MILLIS + i * 50 - chance.randrange(0, DELAY_MILLIS, 2)
            if chance.randrange(LATE_EVERY) == 0:
                millis = max(0, millis - chance.randrange(3, 9) * WINDOW_MILLIS)
            self.rows.append(Row(chance.randrange(KEYS), chance.randint(-1000, 1000), millis, watermark,
                                 watermark if millis <= watermark else -1))
            watermark = max(watermark, millis - DELAY_MILLIS)
        self.lines = lines = [f"{row.key},{row.value},{timestamp(row.millis)}\n" for row in self.rows]
        with open(self.whole, "w", encoding="ascii") as file:
            file.writelines(lines)
        for part in range(4):
            with open(os.path.join(self.parts, f"{part}.csv"), "w", encoding="ascii") as file:
                file.writelines(lines[part::4])
        self.changes, self.upserted = os.path.join(directory, "upserts.txt"), {}
        with open(self.changes, "w", encoding="ascii") as file:
            file.writelines(line + "\n" for line in self.upserts())

    def upserts(self):
        """Changes that every tenth row makes of what its key has; updates self.upserted."""
        for row in self.rows[::10]:
            before = self.upserted.pop(row.key, None)
            if before is None:
                change = [f"+I[{row.key}, {row.value}]"]
            elif row.value % 7 == 0:
                change = [f"-D[{row.key}, {before}]"]
            else:
                change = [f"-U[{row.key}, {before}]", f"+U[{row.key}, {row.value}]"]
            if change[-1][0] == "+":
                self.upserted[row.key] = row.value
            yield from change * 2

    def windows(self):
        """Lines of the windowed aggregation -> 1."""
        groups = collections.defaultdict(list)
        for row in self.rows:
            start = row.millis // WINDOW_MILLIS * WINDOW_MILLIS
            if start + WINDOW_MILLIS - 1 > row.watermark:
                groups[start, row.key].append(row.value)
        return collections.Counter(
            f'{timestamp(start)},{key},{len(values)},{sum(values)},{max(values)}'
            for (start, key), values in groups.items())

    def totals(self):
        """Key -> the row of the updating aggregation after 1, 2, … rows of that key."""
        steps = collections.defaultdict(list)
        for key, value, *_ in self.rows:
            before = steps[key][-1] if steps[key] else (0, 0, value)
            steps[key].append((before[0] + 1, before[1] + value, min(before[2], value)))
        return {key: [f"{key}, {n}, {total}, {least}" for n, total, least in rows]
                for key, rows in steps.items()}


def parsed(change):
    """Kind and row of a line in the format 'changelog'."""
    match = CHANGE.match(change)
    if not match:
        raise Wrong(f"not a change: {change!r}")
    return match.groups()


INLINED, INLINED_BYTES = "20 kb", 20 << 10  # Flink's default
# 'state.memory.limit': enough, or so little that rows are spilled between two checkpoints.
MEMORIES = ("0", "0", "16 kb", "256 kb")


class Job:
    """One job in a directory of its own: 'windows', 'totals' and `kinds` (kinds.py) over one file in one statement
    set, or with `parts` without the windows, of four files that are read side by side; then no kind is timed. With
    `watched`, a source of chance, the parts come one after the other into a folder that the job watches. With
    `overtaken` barriers may overtake rows; with `two_phases` its plan is the same in starts where they may not, so that
    those rows have a place."""

    def __init__(self, directory, source, backend, overwrite, parts, kinds, watched=None, overtaken=False):
        self.directory, self.parts, self.overwrite, self.kinds = directory, parts, overwrite, kinds
        self.changes = source.changes
        self.data, self.out = os.path.join(directory, "root/data"), os.path.join(directory, "root/out")
        self.backend = backend
        self.path = source.parts if parts else source.whole
        self.seen = {}
        self.settings, self.places = "", []  # of its checkpoints (places.py)
        self.store = None  # or the object store that they are in
        self.memory = "0"  # for state: without a limit of its own
        self.interval = "15 ms"  # between checkpoints
        self.overtaken = overtaken
        self.two_phases = overtaken
        self.unaligned = False  # whether barriers overtake rows in the next start
        self.incremental = "true"
        self.inlined = "0"  # the size of files that are kept in metadata
        self.cwd = os.path.dirname(directory)
        self.relative = False  # whether the table that is read is said below the working directory
        self.retained, self.fallback = 1, "if-safe"  # checkpoints, and whether a damaged one is passed over
        self.repeated = set()  # files whose rows a start has said that it writes once more
        self.broken = set()  # inodes of small files that places.py broke
        self.consumer = None  # or whoever takes files away
        os.makedirs(os.path.join(self.out, "windows"))
        self.feeder = None
        if watched:
            self.path = os.path.join(directory, "in")
            step = len(source.lines) // FILES_THAT_COME + 1
            self.feeder = Feeder(self.path, ["".join(source.lines[at:at + step]) for at in range(0, len(source.lines), step)],
                                 watched, 0.3)
        if overwrite:
            with open(os.path.join(self.out, "windows", "old.csv"), "w", encoding="ascii") as file:
                file.write("what was there before\n")

    def keep_in(self, store):
        """Its checkpoints are in the object store (object_store.py)."""
        self.store, self.settings = store, store.settings()
        self.places.append(store.place)

    def script(self, parallelism, restore=False):
        """What a user types, or with `restore` the same by RESTORE, from the newest checkpoint."""
        insert = "INSERT OVERWRITE" if self.overwrite else "INSERT INTO"
        windows = "" if self.parts else f"""
{insert} windows
SELECT window_start, k, COUNT(*), SUM(v), MAX(v)
FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '2' MINUTE)) GROUP BY window_start, window_end, k;"""
        definitions, inserts = zip(*(kind.insert(self.out) for kind in self.kinds))
        watched = ", 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s'" if self.feeder else ""
        end = "WAIT FOR JOB crash UNTIL IDLE;\nSTOP JOB crash;\n" if self.feeder else ""
        path = os.path.relpath(self.path, self.cwd) if self.relative else self.path
        phases = "SET 'table.optimizer.agg-phase-strategy' = 'TWO_PHASE';\n" if self.two_phases else ""
        settings = f"""
SET 'parallelism.default' = '{parallelism}';
SET 'state.backend.type' = '{self.backend}';
SET 'state.memory.limit' = '{self.memory}';
SET 'execution.checkpointing.interval' = '{self.interval}';
SET 'execution.checkpointing.incremental' = '{self.incremental}';
SET 'execution.checkpointing.data-inline-threshold' = '{self.inlined}';
SET 'execution.checkpointing.num-retained' = '{self.retained}';
SET 'execution.state-recovery.fallback' = '{self.fallback}';
SET 'pipeline.batch-size' = '64';
SET 'restart-strategy.type' = 'none';
SET 'pipeline.name' = 'crash';
SET 'table.exec.source.cdc-events-duplicate' = 'true';
SET 'table.exec.sink.upsert-materialize' = 'FORCE';
SET 'execution.checkpointing.unaligned.enabled' = '{str(self.unaligned).lower()}';
{phases}{self.settings}
"""
        if restore:
            return f"{settings}RESTORE JOB crash FROM LATEST CHECKPOINT;\n{end}"
        return f"""{settings}
CREATE TABLE events (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
  WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv'{watched});
CREATE TABLE windows (w TIMESTAMP(3), k INT, n BIGINT, s BIGINT, m BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '{self.out}/windows', 'format' = 'csv');
CREATE TABLE totals (k INT, n BIGINT, s BIGINT, m BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '{self.out}/totals', 'format' = 'changelog');
CREATE TABLE upserts (k INT, v BIGINT, PRIMARY KEY (k) NOT ENFORCED)
  WITH ('connector' = 'filesystem', 'path' = '{self.changes}', 'format' = 'changelog');
{"".join(definitions)}EXECUTE STATEMENT SET BEGIN{windows}
INSERT INTO totals SELECT k, COUNT(*), SUM(v), MIN(v) FROM events GROUP BY k;
{"".join(inserts)}END;
{end}"""

    def has_all_input(self):
        """Whether what ends now has seen everything."""
        return self.feeder is None or self.feeder.done()

    def remove(self):
        if self.feeder:
            self.feeder.stop()
        shutil.rmtree(self.directory)

    # --- what is on disk --------------------------------------------------------------------------

    def checkpoints(self):
        """Directories of the job's checkpoints that there are; one, once it was started, unless it was told others."""
        jobs = os.path.join(self.data, "jobs")
        names = os.listdir(jobs) if os.path.isdir(jobs) else []
        paths = [os.path.join(jobs, name, "checkpoints") for name in names]
        paths += [os.path.join(place, name) for place in self.places for name in names]
        return [path for path in paths if os.path.isdir(path)]

    def has_checkpoint(self):
        return any(glob.glob(os.path.join(path, "chk-*", "_metadata")) for path in self.checkpoints())

    def has_published(self):
        """Whether a checkpoint was named as the one to go on from: one that is whole but not named may not be found."""
        return any(os.path.exists(os.path.join(path, "LATEST")) for path in self.checkpoints())

    def has_rows_in_flight(self):
        """Whether the newest checkpoint holds rows that its barrier has overtaken."""
        newest = max((os.path.dirname(found) for path in self.checkpoints()
                      for found in glob.glob(os.path.join(path, "chk-*", "_metadata"))),
                     key=lambda path: int(path.rsplit("-", 1)[1]), default="")
        return os.path.exists(os.path.join(newest, "channels.bin"))

    def has_committed(self):
        """Whether readers see output of it: then it must never begin anew by itself."""
        return any(PART.match(name) for _, _, names in os.walk(self.out) for name in names)

    def has_uncommitted(self):
        """Whether a completed checkpoint promises files that nobody has renamed yet."""
        for path in self.checkpoints():
            latest = os.path.join(path, "LATEST")
            if not os.path.exists(latest):
                continue
            with open(latest, encoding="ascii") as file:
                lines = file.read().split("\n")
            if len(lines) < 3 and os.stat(latest).st_ino in self.broken:
                continue  # by us, and no start has come so far as to mend it
            if len(lines) < 3:
                raise Wrong(f"a pointer that is not whole: {latest}: {lines}")
            number = lines[1]
            metadata = os.path.join(path, f"chk-{number}", "_metadata")
            if not os.path.exists(metadata):
                continue
            with open(metadata, "rb") as file:
                promised = re.findall(rb"v2 file \d+\t\t(part-[0-9a-f]+-\d+-\d+-\d+)\.", file.read())
            names = {f".{name.decode()}.inprogress" for name in promised}
            if any(names & set(files) for _, _, files in os.walk(self.out)):
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
        files, texts = {}, {}
        for entry in os.listdir(directory) if os.path.isdir(directory) else []:
            if entry.startswith(".") or entry.endswith(".gz"):  # packed ones were taken
                continue
            with open(os.path.join(directory, entry), encoding="ascii") as file:
                texts[entry] = file.read()
        taken = self.consumer.taken if self.consumer else {}
        texts |= {os.path.basename(path): text for path, text in taken.items() if os.path.dirname(path) == directory}
        for entry, text in texts.items():
            match = PART.match(entry)
            if not match and not (entry == "old.csv" and self.overwrite):
                raise Wrong(f"a strange file: {name}/{entry}")
            if not match:
                continue
            if not text.endswith("\n"):
                raise Wrong(f"a partial file: {name}/{entry}: {text[-40:]!r}")
            if self.seen.setdefault((name, entry), text) != text:
                raise Wrong(f"a file changed after it was visible: {name}/{entry}")
            if os.path.join(directory, entry) not in self.repeated:
                files[tuple(int(part) for part in match.groups()[1:4])] = text.split("\n")[:-1]
        names = {name for name, _ in self.seen}
        lost = [key for key in self.seen if key[0] == name and key[1] not in texts]
        if lost and name in names:
            raise Wrong(f"a visible file is gone: {lost[0]}")
        if self.overwrite and files and os.path.exists(os.path.join(directory, "old.csv")) and name == "windows":
            raise Wrong("the files that are overwritten stand beside those that overwrite them")
        return files

    # --- checks -----------------------------------------------------------------------------------

    def check(self, windows, totals, expected, complete):
        """What is visible is a part of what must be in the end; with `complete`, all of it. `expected`: by kind."""
        self.check_rows("windows", collections.Counter() if self.parts else windows, complete)
        self.check_totals(self.visible("totals"), totals, complete)
        if complete:
            self.check_nothing_left()
        for kind in self.kinds:
            if kind.timed:
                self.check_rows(kind.name, expected[kind.name], complete)
            else:
                self.check_changes(kind, expected[kind.name], complete)

    def check_nothing_left(self):
        """Files in progress of starts that were killed are gone once the job has ended."""
        for directory, _, names in os.walk(self.out):
            left = [name for name in names if name.endswith(".inprogress")]
            if left:
                raise Wrong(f"a file of an earlier start is left: {directory}/{left[0]}")

    def check_rows(self, name, expected, complete):
        """Rows that are each given once."""
        actual = collections.Counter(line for lines in self.visible(name).values() for line in lines)
        surplus = actual - expected
        if surplus:
            raise Wrong(f"{sum(surplus.values())} rows of {name} too many, such as {next(iter(surplus))!r}")
        missing = expected - actual
        if complete and missing:
            raise Wrong(f"{sum(missing.values())} rows of {name} are missing, such as {next(iter(missing))!r}")

    def check_changes(self, kind, expected, complete):
        """Nothing is taken back that is not there, and what is left over in the end is what must be."""
        held = collections.Counter()
        of_key = {}
        files = self.visible(kind.name)
        for attempt in sorted(files):
            for change, row in map(parsed, files[attempt]):
                if kind.upserts and change in ("+I", "+U"):
                    held[of_key.pop(row.split(",")[0], None)] = 0
                    of_key[row.split(",")[0]] = row
                held[row] += 1 if change in ("+I", "+U") else -1
                if held[row] < 0:
                    raise Wrong(f"{kind.name} takes away what is not there: {row!r}")
        if not complete:
            return
        for what, rows in (("too many", held - expected), ("missing", expected - held)):
            if rows:
                raise Wrong(f"{sum(rows.values())} rows of {kind.name} {what} in the end, such as {next(iter(rows))!r}")

    def check_totals(self, files, totals, complete):
        """Changes of a key follow each other over attempts; its rows are those after some of its input."""
        current = {}
        for attempt in sorted(files):
            for line in files[attempt]:
                kind, row = parsed(line)
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
    """The state in a job record (shell/engine/jobs/job_record.cc)."""
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
