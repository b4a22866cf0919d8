"""What a query must emit when its old text folded the first half of the input and its new text the second.
Written from first principles; never calls weir.

An accumulator that both texts know by name goes on; another starts empty. A row is late for a window that has been
emitted, and for one whose end the watermark of its own file has passed.
"""
import collections
import random

from queries import INTEGERS, Event

NEVER = float("-inf")
UNKNOWN = object()  # the result of an aggregate that was fed retractions of rows that it never saw


def events(seed, count=60, files=2, leap=4):
    """Table -> the rows of its files, of which each belongs to a phase: in order but for a second, and a few
    that are far too late for windows. The last file ends with a row that closes every other window."""
    made = {}
    for table in ("events", "more"):
        chooser = random.Random(f"{seed} {table}")
        row = lambda ts: Event(chooser.choice("abc"), chooser.choice("xyz"), chooser.randrange(3),  # noqa: E731
                               chooser.randrange(10), ts)
        rows = [row(2 + i - chooser.randrange(2)) for i in range(count)]
        size = count // files
        made[table] = [rows[i * size:(i + 1) * size] for i in range(files)]
        for file in made[table]:
            file.insert(size // 2 + chooser.randrange(3), row(1))
        # What a half leaves open does not depend on the table: its last row is ahead of the next file's first.
        for i, file in enumerate(made[table][:-1] if leap else ()):
            file.append(row((i + 1) * size + leap))
        made[table][-1].append(Event("s", "s", 1, 9, 300))
    return made


class Accumulator:
    """One call in one group."""

    def __init__(self, call):
        self.call = call
        self.values = []

    def add(self, row):
        if self.call.where >= 0 and not row["v"] > self.call.where:
            return
        value = 1 if self.call.column == "*" else row[self.call.column]
        if not (self.call.distinct and value in self.values):
            self.values.append(value)

    def result(self, type_of_v):
        if self.call.function == "COUNT":
            return float(len(self.values))
        if not self.values:
            return None
        numbers = [float(value) for value in self.values]
        if self.call.function == "AVG":  # cut to an integer, or the scale of a decimal (6)
            mean = sum(numbers) / len(numbers)
            return float(int(mean)) if type_of_v in INTEGERS else round(mean, 6)
        return {"SUM": sum, "MIN": min, "MAX": max}[self.call.function](numbers)


def windows_of(part, ts):
    """(start, end) in seconds of the windows that a row belongs to."""
    if not part.windowed:
        return [None]
    size = part.size
    first = ts // size * size
    if part.kind == "hop":
        return [(first - size, first + size), (first, first + 2 * size)]
    if part.kind == "cumulate":
        start = ts // (3 * size) * 3 * size
        return [(start, start + n * size) for n in (1, 2, 3) if start + n * size > ts]
    return [(first, first + size)]


def passed(window, watermark):
    """Whether the watermark (seconds) is at the window's last millisecond, at least."""
    return window is not None and window[1] - 0.001 <= watermark


class Aggregation:
    """The state of one part: groups by (window, key), and the windows that are gone."""

    def __init__(self, part, query):
        self.part, self.query = part, query
        self.type_of_v = "BIGINT" if part.kind == "nested" else query.v
        self.groups = {}
        self.counted = collections.Counter()  # nested: (k, g) -> rows
        self.emitted_until = NEVER
        self.unknown = set()                  # calls
        self.opaque = False                   # not even which groups there are is known

    def take(self, old):
        """The state of the old text; accumulators that it did not have start empty."""
        self.emitted_until = old.emitted_until
        self.groups = {key: {call: group.get(call) or Accumulator(call) for call in self.part.calls}
                       for key, group in old.groups.items()}

    def take_nested(self, old, inner, seeded):
        """Whether it is known what an aggregate over counts comes to: not when it saw only some of them."""
        self.counted = collections.Counter(inner.counted if inner else ())
        self.opaque = (old is None) != (inner is None) and not seeded or bool(old and old.opaque)
        self.unknown = set(self.part.calls) - (set(old.part.calls) - old.unknown) if old else set()

    def fold(self, rows, watermark):
        """One file from its start, when the part's watermark is there already."""
        for row in rows:
            if not (self.part.where >= 0 and not row.v > self.part.where):
                self.add(row, watermark)
            watermark = max(watermark, row.ts - self.query.delay)

    def add(self, row, watermark):
        self.counted[row.k, row.g] += 1
        if self.part.kind == "nested":
            return
        for window in windows_of(self.part, row.ts):
            if passed(window, max(watermark, self.emitted_until)):
                continue
            key = (window, frozenset((name, getattr(row, name)) for name in self.part.keys))
            group = self.groups.setdefault(key, {call: Accumulator(call) for call in self.part.calls})
            for accumulator in group.values():
                accumulator.add(vars(row))

    def emit(self, watermark):
        """Rows of the windows that the watermark closes."""
        self.emitted_until = max(self.emitted_until, watermark)
        done = [key for key in self.groups if passed(key[0], self.emitted_until)]
        return self.rows({key: self.groups.pop(key) for key in done})

    def view(self):
        """Rows of all groups as they are."""
        if self.part.kind != "nested":
            return self.rows(self.groups)
        groups = {}
        for (k, g), count in self.counted.items():
            row = {"k": k, "g": g, "v": count}
            key = (None, frozenset((name, row[name]) for name in self.part.keys))
            for accumulator in groups.setdefault(key, {c: Accumulator(c) for c in self.part.calls}).values():
                accumulator.add(row)
        return self.rows(groups)

    def rows(self, groups):
        result = collections.Counter()
        for (window, key), group in groups.items():
            key = dict(key)
            names = [str(key[name]) for name in self.part.keys]
            start = [] if window is None else [stamp(window[0])]
            if self.part.without and names[0] == self.part.without:
                continue
            values = [UNKNOWN if call in self.unknown else group[call].result(self.type_of_v)
                      for call in self.part.calls]
            result[tuple(start + names + [text(value) for value in values])] += 1
        return result


def text(value):
    """As numbers are compared: floating-point sums have no exact last digit."""
    if value is UNKNOWN:
        return "?"
    return "null" if value is None else f"{float(value):.4f}"


def stamp(seconds):
    if seconds < 0:
        return f"2025-12-31 23:59:{60 + seconds:02}"
    return f"2026-01-01 00:{seconds // 60:02}:{seconds % 60:02}"


class Model:
    """A job through its phases. `files` of events() are read as they come; a table that a query does not read keeps
    what is there for the first that does."""

    def __init__(self, inputs):
        self.inputs = inputs
        self.read = {table: 0 for table in inputs}       # files that a job has read
        self.watermarks = {}                             # of tables, as a savepoint keeps them
        self.parts = {}                                  # sink uid -> Aggregation

    def start(self, query, outcome=None):
        """`outcome` (rules.Outcome) says what goes on; without it a job starts anew."""
        before = {}
        for aggregation in self.parts.values():
            before[aggregation.part.uid()] = before[aggregation.part.uid("t:counted/agg")] = aggregation
        source = outcome.source if outcome else lambda uid: None
        for table in self.inputs:
            if table not in query.tables() or source(f"src:{table}") is None:
                self.read[table] = 0
                self.watermarks.pop(table, None)
        self.query, self.parts = query, {}
        for part in query.parts:
            new = self.parts[part.sink] = Aggregation(part, query)
            old = before.get(source(part.uid()))
            if part.kind == "nested":
                seeded = outcome is not None and part.uid() in outcome.seeded
                new.take_nested(old, before.get(source(part.uid("t:counted/agg"))), seeded)
            elif old:
                new.take(old)

    def views(self):
        return {sink: aggregation.view() for sink, aggregation in self.parts.items()}

    def run(self, phase):
        """Reads every file up to this phase; sink -> rows that windows emitted."""
        before = dict(self.watermarks)
        for table in self.query.tables():
            for file in self.inputs[table][self.read[table]:phase + 1]:
                for part in self.query.parts:
                    if table in part.branches:
                        self.parts[part.sink].fold(file, self.joined(part, before))
                self.watermarks[table] = max(self.watermarks.get(table, NEVER),
                                             max(row.ts for row in file) - self.query.delay)
            self.read[table] = phase + 1
        return {part.sink: self.parts[part.sink].emit(self.joined(part, self.watermarks))
                for part in self.query.parts}

    @staticmethod
    def joined(part, watermarks):
        return min(watermarks.get(table, NEVER) for table in part.branches)
