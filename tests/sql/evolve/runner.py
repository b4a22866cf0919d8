"""Runs an edit through the program: the first half under the old text, stopped with a savepoint, explained, refused,
restored under the new text, finished; and compares all of it with the model and the rules.
"""
import collections
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from model import Model, events, text
from queries import Query
from rules import Outcome

KILLED, REFUSED = -9, 5
CHANGE = re.compile(r"([+-][IUD])\[(.*)\]$")


class Failure(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Edit:
    name: str
    before: Query
    after: Query
    mapping: tuple = ()      # (new uid, old uid)
    seed: int = 1


@dataclasses.dataclass(frozen=True)
class How:
    """Under which circumstances."""
    backends: tuple = ("rocksdb", "rocksdb")       # of the first half and of the second
    parallelisms: tuple = (1, 1)
    take: str = "stop"                             # stop; canonical, native: SAVEPOINT and CANCEL
    options: tuple = ()                            # -D key=value
    kills: tuple = ()                              # points at which starts are killed, one after the other
    environment: tuple = ()


def rows_of(lines):
    """Changelog lines as a sum of rows; numbers as the model writes them."""
    total = collections.Counter()
    for line in lines:
        kind, cells = CHANGE.match(line).groups()
        cells = cells.split(", ")
        cells = [cell.removesuffix(".000") if "-" in cell and ":" in cell else cell for cell in cells]
        total[tuple(cells)] += 1 if kind in ("+I", "+U") else -1
    return total


def as_numbers(rows, plain):
    """The first `plain` cells as they are, the others as numbers."""
    total = collections.Counter()
    for row, count in rows.items():
        cells = ["null" if cell in ("null", "NULL") else text(cell) for cell in row[plain:]]
        total[row[:plain] + tuple(cells)] += count
    return total


class Case:
    def __init__(self, weir, edit, how, faulty=None):
        self.weir, self.edit, self.how, self.faulty = weir, edit, how, faulty
        self.outcome = Outcome(edit.before, edit.after, edit.mapping)
        self.kills = list(how.kills)
        self.killed = 0

    def run(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-evolve-"))
        try:
            self.inputs = events(self.edit.seed)
            self.model = Model(self.inputs)
            self.first_half()
            self.second_half()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    # --- the program ------------------------------------------------------------------------------

    def script(self, query, phase, statements, *codes):
        """Runs statements behind the definitions of the query's tables; (exit code, stdout)."""
        head = query.definitions(self.directory)
        head += f"SET 'state.backend.type' = '{self.how.backends[phase]}';\n"
        if self.how.parallelisms:
            head += f"SET 'parallelism.default' = '{self.how.parallelisms[phase]}';\n"
        path = self.directory / "script.sql"
        path.write_text(head + statements)
        environment, program = dict(os.environ), self.weir
        if self.kills and KILLED in codes:
            environment.update(self.how.environment)
            environment["WEIR_KILL_AT"] = self.kills.pop(0)
            program = self.faulty
        options = [word for option in self.how.options for word in ("-D", option)]
        done = subprocess.run([program, "--data-dir", str(self.directory / "data"), *options, "run", str(path)],
                              capture_output=True, text=True, timeout=100, check=False, env=environment)
        self.killed += done.returncode == KILLED
        if done.returncode not in codes:
            raise Failure(f"exit {done.returncode}, not {codes}\n{head}{statements}\n{done.stdout}{done.stderr}")
        return done.returncode, done.stdout

    def feed(self, phase):
        for table, files in self.inputs.items():
            (self.directory / table).mkdir(exist_ok=True)
            lines = "".join(event.csv() + "\n" for event in files[phase])
            (self.directory / table / f"{phase}.csv").write_text(lines)

    def lines(self, place):
        """Name of a file of results, with or without its marks of being in progress -> its lines."""
        found = {}
        for path in (self.directory / place).glob("*part-*"):
            name = re.search(r"part-[0-9a-f]+-\d+-\d+-\d+", path.name).group(0)
            visible = not path.name.startswith(".")
            found[name] = path.read_text().splitlines() if visible else found.get(name, [])
        return found

    def frozen(self):
        """Savepoints, results, records of jobs, and checkpoints: but for files that no checkpoint lists, which any
        process may tidy up."""
        paths = [path for folder in ("saved", "data/jobs", *self.places()) for path in
                 sorted((self.directory / folder).rglob("*")) if path.parent.name != "shared"]
        return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.is_file()]

    def places(self):
        return sorted({part.place for query in (self.edit.before, self.edit.after) for part in query.parts})

    # --- the first half ---------------------------------------------------------------------------

    def first_half(self):
        before = self.edit.before
        self.feed(0)
        start = f"CREATE JOB j AS {before.statement()};\nWAIT FOR JOB j UNTIL IDLE;\n"
        if self.how.take == "stop":
            start += f"STOP JOB j WITH SAVEPOINT '{self.directory}/saved';"
        else:
            start += f"CHECKPOINT JOB j;\nSAVEPOINT JOB j TO '{self.directory}/saved' FORMAT {self.how.take};\nCANCEL JOB j;"
        while self.script(before, 0, start, 0, KILLED)[0] == KILLED:
            shutil.rmtree(self.directory / "saved", ignore_errors=True)
        self.saved = next((self.directory / "saved").iterdir())
        self.model.start(before)
        emitted = self.model.run(0)
        self.owed = {}  # what the savepoint promises and nobody has committed
        views = self.model.views()
        for part in before.parts:
            want = emitted[part.sink] if part.windowed else views[part.sink]
            got = rows_of(line for lines in self.lines(part.place).values() for line in lines)
            plain = part.windowed + len(part.keys)
            if self.how.take == "stop":
                self.compare(f"first half, {part.sink}", as_numbers(got, plain), want)
            self.owed[part.place] = (want, plain)
        self.old_files = {place: set(self.lines(place)) for place in self.places()}

    # --- the second -------------------------------------------------------------------------------

    def second_half(self):
        after = self.edit.after
        restore = f"RESTORE JOB j FROM '{self.saved}' "
        if not Outcome(self.edit.before, after).allowed:
            self.refuse(restore)
        self.feed(1)
        restore += "\n".join(self.outcome.clauses()) + f" AS {after.statement()};\n"
        _, table = self.script(after, 1, f"EXPLAIN {restore}", 0)
        self.check_rows(table)
        end = "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;"
        code, output = self.script(after, 1, restore + end, 0, KILLED)
        while code == KILLED:  # the job itself goes on; when it was never recorded, the restore comes again
            code, _ = self.script(after, 1, f"CREATE JOB j AS {after.statement()};\n{end}", 0, KILLED, REFUSED)
            if code == REFUSED:
                code, output = self.script(after, 1, restore + end, 0, KILLED)
        if not self.killed and output != table:
            raise Failure(f"EXPLAIN RESTORE and RESTORE differ:\n{table}\n--\n{output}")
        self.check_results()

    def refuse(self, restore):
        """Without the clauses: the same table twice, nothing changed, and what is printed is what it takes."""
        after = self.edit.after
        statement = f"{restore} AS {after.statement()};\n"
        was = self.frozen()
        bare = Outcome(self.edit.before, after)
        code, output = self.script(after, 1, f"EXPLAIN {statement}{statement}STOP JOB j;", 0, REFUSED)
        if code != REFUSED:
            raise Failure(f"not refused, but without any clause it is {bare.rows}\n{output}")
        table = output[:len(output) // 2]
        if output != table * 2:
            raise Failure(f"EXPLAIN RESTORE and RESTORE differ:\n{output}")
        changed = set(was) ^ set(self.frozen())
        if changed:
            raise Failure(f"a refused restore has changed {sorted(changed)[:6]}")
        self.check_rows(table, bare)
        clauses = printed_clauses(table)
        if not self.renamed() and not self.outcome.mapping and clauses != self.outcome.clauses():
            raise Failure(f"to add should be {self.outcome.clauses()}:\n{table}")
        pasted = f"EXPLAIN {restore}" + " ".join(clauses) + f" AS {after.statement()};\n"
        _, table = self.script(after, 1, pasted, 0)
        if printed_clauses(table):
            raise Failure(f"pasting what was printed is not enough: {clauses}\n{table}")

    def renamed(self):
        return set(self.outcome.saved_ops) - set(self.outcome.wanted_ops) and \
            set(self.outcome.wanted_ops) - set(self.outcome.saved_ops)

    def check_rows(self, table, outcome=None):
        outcome = outcome or self.outcome
        rows = re.findall(r"^([A-Z]+)( \(seeded(?:, \d+ rows?)?\))? +(\S+) +[A-Z][A-Za-z]+ ", table, re.M)
        seeded = {uid for _, seeds, uid in rows if seeds}
        if seeded != outcome.seeded:
            raise Failure(f"seeded are {sorted(seeded)}, should be {sorted(outcome.seeded)}\n{table}")
        found = {uid: verdict for verdict, _, uid in rows}
        if found != outcome.rows:
            wrong = {uid for uid in found.keys() | outcome.rows.keys() if found.get(uid) != outcome.rows.get(uid)}
            words = [f"{uid} is {found.get(uid)}, should be {outcome.rows.get(uid)}" for uid in sorted(wrong)]
            raise Failure("; ".join(words) + f"\n{table}")

    def check_results(self):
        after = self.edit.after
        self.model.start(after, self.outcome)
        images = self.model.views()
        emitted = self.model.run(1)
        views = self.model.views()
        for part in after.parts:
            plain = part.windowed + len(part.keys)
            if self.model.parts[part.sink].opaque:
                continue
            found = self.lines(part.place)
            new = [line for name, lines in found.items() if name not in self.old_files[part.place] for line in lines]
            got = as_numbers(rows_of(new), plain)
            if not part.windowed and not self.outcome.seeded & {part.uid(), part.uid("sink.w")}:
                got.update(images[part.sink])
            want = emitted[part.sink] if part.windowed else views[part.sink]
            self.compare(f"second half, {part.sink}", got, want)
            if self.how.take != "stop" and self.outcome.source(part.uid("sink.w")) and part.place in self.owed:
                owed, width = self.owed[part.place]
                old = [line for name, lines in found.items() if name in self.old_files[part.place] for line in lines]
                self.compare(f"owed by the savepoint, {part.sink}", as_numbers(rows_of(old), width), owed)

    @staticmethod
    def compare(what, got, want):
        unknown = {i for row in want for i, cell in enumerate(row) if cell == "?"}
        got, want = without_columns(got, unknown), without_columns(want, unknown)
        if got != want:
            raise Failure(f"{what}: too many {list(got - want)[:6]}, missing {list(want - got)[:6]}, "
                          f"negative {[row for row, count in got.items() if count < 0][:6]}")


def without_columns(rows, columns):
    total = collections.Counter()
    for row, count in rows.items():
        total[tuple(cell for i, cell in enumerate(row) if i not in columns)] += count
    return collections.Counter({row: count for row, count in total.items() if count})


def printed_clauses(table):
    """What a refusal says to add; lists in the order of their items."""
    lines = [line.strip() for line in table.partition(", add\n")[2].splitlines()]
    ordered = lambda found: "(" + ", ".join(sorted(found.group(1).split(", "))) + ")"  # noqa: E731
    return [re.sub(r"\((.*)\)", ordered, line) for line in lines]
