#!/usr/bin/env python3
"""Random edits of the definitions of tables: what a restore says of them, held against the rows.

  definitions.py --weir build/weir --count 1000          so many edits; verdicts by kind of edit at the end
  definitions.py --weir build/weir --slice               what CI runs, other edits with every commit
  definitions.py --weir build/weir --seed 7 --only 12    the edits of one query again
  definitions.py --weir build/weir_faulty --plants       every planted defect is found, and after how many edits

A query over tables with awkward rows (bad records, empty texts, NULL, many digits, late times) runs halfway. Of many edits
EXPLAIN RESTORE is asked in one process. Where nothing has to be typed the edit is restored and reads the rest; another job
has the new definitions from the start. What both have written up to the savepoint, and in the end, must be the same. Where
something has to be typed, what the refusal offers must suffice, in a part of these edits. What says the same must be FULL.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import dataclasses
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import efforts
import tables
from meanings import ORDER, VERDICTS

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402
import slices  # noqa: E402

EDITS, SLICE, FULL = 20, 120, 4000
FOUND_WITHIN = 1000
ROWS = 14
# Old wrong verdicts of definitions, and of what they are made of: what was wrong.
PLANTS = {
    "meaning-of-bad-records": "any column of a table whose bad records are left out",
    "meaning-of-bad-records-found": "any column of a table that is looked up and whose bad records are left out",
    "restore-of-no-keys": "an operator of all rows that gets keys",
}
# Under which scripts a defect can show. Edits of others count, and need not be run to know that they show nothing.
SHOWS = {
    "meaning-of-bad-records": lambda script: any(table.ignores for table in script.sources if table.name != "l"),
    "meaning-of-bad-records-found": lambda script: any(table.ignores for table in script.sources if table.name == "l"),
    "restore-of-no-keys": lambda script: not script.query.keyed,
}
OFFERED = re.compile(r"^The restore is refused\. To go on all the same, add\n((?:  .*\n)+)", re.M)
UNREADABLE = re.compile(r"\bE[34]\d\d\d\b|has reached its end|E1002|E2008")  # bad rows, no watched table, what the format does not have
CHANGE = re.compile(r"([+-][IUD])\[(.*)\]$")


class Wrong(Exception):
    pass


# --- queries --------------------------------------------------------------------------------------

def conditions(name, column):
    """What tells values of a column apart that almost are the same."""
    kind = column.type.split("(")[0].split("<")[0]
    literal = "'0.7'" if "STRING" in column.type else "0.7e0"
    return [f"{name} IS NOT NULL", f"{name} IS NULL", *{
        "STRING": (f"{name} = ''", f"{name} = 'abc'", f"CHAR_LENGTH({name}) > 2", f"{name} LIKE ' %'"),
        "VARCHAR": (f"{name} = ''", f"{name} = 'abc'", f"CHAR_LENGTH({name}) > 2"), "CHAR": (f"{name} = 'abc'", f"{name} <> 'a'"),
        "TIME": (f"{name} > TIME '12:00:00.500'", f"EXTRACT(SECOND FROM {name}) = 0"),
        "TIMESTAMP": (f"{name} > TIMESTAMP '2026-01-01 00:00:01.200'", f"{name} = TIMESTAMP '2026-01-01 00:00:01.500'"),
        "BOOLEAN": (name, f"{name} IS NOT TRUE"), "ARRAY": (f"{name}[1] > {literal}", f"CARDINALITY({name}) > 1"),
        "MAP": (f"{name}['x'] > 0.7e0",), "ROW": (f"{name}.a > 1", f"{name}.b > 0.7e0"),
    }.get(kind, (f"{name} >= 0.7e0", f"{name} = 0.7", f"{name} > 3", f"{name} <= CAST(0.7 AS FLOAT)"))]


def is_plain(column):
    return not column.type.startswith(("ARRAY", "MAP", "ROW"))


@dataclasses.dataclass(frozen=True)
class Query:
    """Texts with the columns in braces, which edits may rename; those of u and l as {u_k} and {l_k}."""
    operator: str
    a: str
    b: str
    where: str
    order: str = ""
    key: str = "{k}"
    keyed: bool = True
    how: str = "JOIN"

    def select(self):
        where = f" WHERE {self.where}" if self.where else ""
        partition = f"PARTITION BY {self.key} " if self.keyed else ""
        group = f"GROUP BY {self.key}" if self.keyed else ""
        key = self.key if self.keyed else "'x'"
        one = f"SELECT {self.key}, {self.a}, {self.b} FROM t"
        ranked = f"SELECT *, ROW_NUMBER() OVER ({partition}ORDER BY {self.order}) AS rn FROM t{where}"
        return {
            "plain": f"{one}{where}",
            "distinct": f"SELECT DISTINCT {self.key}, {self.a}, {self.b} FROM t{where}",
            "agg": f"SELECT {key}, {self.a}, {self.b} FROM t{where} {group}",
            "tumble": f"SELECT {key}, {self.a}, {self.b} FROM TUMBLE(TABLE t, DESCRIPTOR({{ts}}), INTERVAL '10' SECOND){where} "
                      f"GROUP BY window_start, window_end{', ' + self.key if self.keyed else ''}",
            "session": f"SELECT {key}, {self.a}, {self.b} FROM SESSION(TABLE t {partition and 'PARTITION BY ' + self.key}, DESCRIPTOR({{ts}}), INTERVAL '4' SECOND)"
                       f"{where} GROUP BY window_start, window_end{', ' + self.key if self.keyed else ''}",
            "topn": f"SELECT {self.key}, {self.a}, {self.b} FROM ({ranked}) AS t WHERE rn <= 2",
            "last": f"SELECT {self.key}, {self.a}, {self.b} FROM ({ranked}) AS t WHERE rn = 1",
            "first": f"SELECT {self.key}, {self.a}, {self.b} FROM ({ranked}) AS t WHERE rn = 1",
            "over": f"SELECT {self.key}, {self.a} OVER ({partition}ORDER BY {{ts}}), {self.b} FROM t{where}",
            "join": f"SELECT t.{self.key}, {self.a}, {self.b} FROM t {self.how} u ON t.{self.key} = u.{{u_k}}{where}",
            "ijoin": f"SELECT t.{self.key}, {self.a}, {self.b} FROM t {self.how} u ON t.{self.key} = u.{{u_k}} AND "
                     f"t.{{ts}} BETWEEN u.{{u_ts}} - INTERVAL '6' SECOND AND u.{{u_ts}} + INTERVAL '6' SECOND{where}",
            "lookup": f"SELECT t.{self.key}, {self.a}, {self.b} FROM t {self.how} l FOR SYSTEM_TIME AS OF t.p ON t.{self.key} = l.{{l_k}}{where}",
        }[self.operator]


INSERTS = ("plain", "tumble", "session", "first", "over", "ijoin", "lookup")
ALWAYS = ("plain", "agg", "distinct", "topn", "last", "join", "lookup")  # also of a table of changes
OPERATORS = (*ALWAYS, "agg", "lookup", "lookup", "tumble", "session", "first", "over", "ijoin")
KEYED = ("agg", "tumble", "session", "topn", "last", "first", "over")
SIDES = {"join": "u", "ijoin": "u", "lookup": "l"}


def random_query(chooser, operator, sources):
    """`sources`: the tables t and, of a join, u or l."""
    seen = [(f"{'' if len(sources) == 1 else table.name + '.'}{{{'' if table.name == 't' else table.name + '_'}{column.name}}}", column)
            for table in sources for column in table.columns if column.name not in ("p", "ts", "n")]
    plain = [(name, column) for name, column in seen if is_plain(column)]
    said = [condition for name, column in seen for condition in conditions(name, column)]
    name, column = chooser.choice(plain)
    first = "t." if len(sources) > 1 else ""
    cases = f"CASE WHEN {chooser.choice(said)} THEN 1 ELSE 0 END"
    if operator in ("agg", "tumble", "session"):
        a = chooser.choice(("COUNT(*)", f"COUNT({name})", f"COUNT(DISTINCT {name})", f"SUM({cases})", f"COUNT(*) FILTER (WHERE {chooser.choice(said)})"))
        b = f"CAST({chooser.choice(('MAX', 'MIN', 'MAX'))}({name}) AS STRING)"
    elif operator == "over":
        a, b = chooser.choice(("COUNT(*)", f"COUNT({name})", f"SUM({cases})")), f"CAST({{n}} AS STRING)"
    else:
        a = chooser.choice((cases, f"{first}{{n}}"))
        b = chooser.choice((f"CAST({name} AS STRING)", f"CASE WHEN {chooser.choice(said)} THEN 'x' END"))
    order = {"topn": f"{chooser.choice(plain)[0]}{chooser.choice(('', ' DESC'))}, {{n}}", "last": "{ts} DESC", "first": "{ts}"}.get(operator, "")
    if operator == "last" and not sources[0].watermark:
        order = "{n} DESC"
    return Query(operator, f"CAST({a} AS BIGINT)" if operator != "over" else a, b, chooser.choice(("", *said)), order,
                 keyed=operator not in KEYED or chooser.random() < 0.6, how=chooser.choice(("JOIN", "LEFT JOIN")))


def renewed(query, chooser):
    """Another query over the same: one with keys where there were none, or the other way round."""
    return dataclasses.replace(query, keyed=not query.keyed) if query.operator in KEYED else None


@dataclasses.dataclass(frozen=True)
class Script:
    sources: tuple
    sink: tables.Table
    query: Query

    def definitions(self):
        return "".join(table.definition() for table in (*self.sources, self.sink))

    def statement(self):
        names = collections.defaultdict(str)
        for table in self.sources:
            prefix = "" if table.name == "t" else table.name + "_"
            for name in (*tables.FIELDS, "n", "ts", "p", "c", "file"):
                names[prefix + name] = name if table.column(name) or not table.column(name + "_new") else name + "_new"
        return f"INSERT INTO s {self.query.select().format_map(names)}"


def random_script(chooser):
    changes = chooser.random() < 0.15
    operator = chooser.choice(ALWAYS if changes else OPERATORS)
    sources = [tables.random_source(chooser, "t", changes)]
    if operator in SIDES:
        sources.append(tables.random_source(chooser, "u") if SIDES[operator] == "u" else tables.random_found(chooser, sources[0].column("k").type))
    form = chooser.choice(("csv", "json", "changelog")) if operator in INSERTS and not changes else "changelog"
    return Script(tuple(sources), tables.random_sink(chooser, form), random_query(chooser, operator, sources))


# --- edits ----------------------------------------------------------------------------------------

@dataclasses.dataclass
class Edit:
    kinds: tuple
    after: Script
    table: str = ""          # what EXPLAIN RESTORE says
    invalid: str = ""        # an error instead
    restored: bool = False
    unreadable: bool = False # the new definitions do not read the rows so far

    @property
    def same(self):
        return set(self.kinds) <= {*tables.SAME, *tables.SINK_SAME}

    @property
    def free(self):
        return "The restore is allowed." in self.table

    @property
    def verdicts(self):
        return [verdict for verdict, _ in VERDICTS.findall(self.table)]

    @property
    def full(self):
        return set(self.verdicts) == {"FULL"}

    @property
    def offered(self):
        found = OFFERED.search(self.table)
        return found.group(1) if found else ""


def edited(script, chooser, family):
    """(kind, the script behind an edit of one of its tables); None where that changes nothing."""
    of_sources, of_sink = family
    if family is CHANGES and chooser.random() < 0.06:
        query = renewed(script.query, chooser)
        return ("keys", dataclasses.replace(script, query=query)) if query else None
    if chooser.random() < 0.2:
        kind = chooser.choice(list(of_sink))
        sink = of_sink[kind](script.sink, chooser)
        return (kind, dataclasses.replace(script, sink=sink)) if sink and sink != script.sink else None
    kind, at = chooser.choice(list(of_sources)), chooser.choice((0, -1, -1)) % len(script.sources)
    source = of_sources[kind](script.sources[at], chooser)
    if not source or source == script.sources[at]:
        return None
    return kind, dataclasses.replace(script, sources=(*script.sources[:at], source, *script.sources[at + 1:]))


CHANGES, SAME = (tables.CHANGES, tables.SINK_CHANGES), (tables.SAME, tables.SINK_SAME)


class Base:
    """A script with rows behind it, and edits of its definitions."""

    def __init__(self, weir, seed, number, edits=EDITS, plant=""):
        self.weir, self.seed, self.number, self.plant = weir, seed, number, plant
        self.chooser = random.Random(f"{seed} {number}")
        self.before, self.failed = random_script(self.chooser), ""
        self.files = [self.drawn(phase) for phase in range(2)]
        self.edits = []
        for _ in range(20 * edits):
            if len(self.edits) == edits:
                break
            edit = self.random_edit()
            if edit is not None:
                self.edits.append(edit)

    def drawn(self, phase):
        """Name -> text of the files of a phase."""
        made = {}
        for table in self.before.sources:
            rows = tables.records(self.chooser, table, ROWS, 1 + (ROWS + 4) * phase)
            name = f"{table.name}/{phase}.txt" if table.name != "l" else "l.csv"
            if table.name != "l" or phase == 0:
                made[name] = tables.text(self.chooser, table, rows)
        return made

    def random_edit(self):
        family = SAME if self.chooser.random() < 0.25 else CHANGES
        kinds, script = [], self.before
        for _ in range(self.chooser.choice((1, 1, 1, 2))):
            found = edited(script, self.chooser, family)
            if found is not None:
                kinds.append(found[0])
                script = found[1]
        return Edit(tuple(kinds), script) if script != self.before else None

    @contextlib.contextmanager
    def stopped(self):
        """While there is a job that has read the first rows; what becomes of every edit has been asked."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-defined-"))
        try:
            self.feed(self.directory, 0)
            done = self.process(self.directory, self.started(self.before, self.directory))
            if done.returncode != 0:  # rows that the definitions do not read
                self.failed = done.stderr
            else:
                self.explain()
            yield self
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, restored=1.0):
        """Wrong edits: (edit, why)."""
        with self.stopped():
            return [] if self.failed else [found for edit in self.edits for found in [self.judge(edit, restored)] if found]

    # --- the program

    def feed(self, directory, phase):
        for table in self.before.sources:
            if table.name != "l":
                (directory / table.name).mkdir(exist_ok=True)
        for name, content in self.files[phase].items():
            (directory / f"{name}.made").write_text(content)
            (directory / f"{name}.made").rename(directory / name)

    def process(self, directory, text):
        (directory / "script.sql").write_text(text)
        environment = {**os.environ, "WEIR_DEFECT": self.plant} if self.plant else None
        command = [self.weir, "-q", "--no-progress", "--data-dir", "data", "-D", "state.backend.type=hashmap", "run", "script.sql"]
        return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=120, check=False, env=environment)

    @staticmethod
    def started(script, directory):
        return (f"{script.definitions()}CREATE JOB j AS {script.statement()};\nWAIT FOR JOB j UNTIL IDLE;\n"
                f"STOP JOB j WITH SAVEPOINT '{directory}/saved';\n")

    def explain(self):
        """What becomes of every edit. One that is an error ends the process, and another one goes on behind it."""
        at = 0
        while at < len(self.edits):
            text, now = "", None
            for edit in self.edits[at:]:
                for old, new in zip((*now.sources, now.sink) if now else (), (*edit.after.sources, edit.after.sink)):
                    text += f"DROP TABLE {old.name};\n{new.definition()}" if old != new else ""
                text += "" if now else edit.after.definitions()
                text += f"EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT AS {edit.after.statement()};\n"
                now = edit.after
            done = self.process(self.directory, text)
            found = re.split(r"^From checkpoint .*\n", done.stdout, flags=re.M)[1:]
            for edit, table in zip(self.edits[at:], found):
                edit.table = table.replace(str(self.directory), ".")
                of_table = re.search(r"^The restore is refused: (?:Scan|Sink)\(.*", table, re.M)
                if of_table:  # what a format cannot do, whatever the state
                    edit.table, edit.invalid = "", of_table.group()
            at += len(found)
            if done.returncode == 0:
                return
            if done.returncode != 3:
                raise Wrong(f"exit {done.returncode}\n{text}\n{done.stdout[-2000:]}{done.stderr}")
            self.edits[at].invalid = done.stderr
            at += 1

    def resumed(self, edit, clauses=""):
        """The directory of the job that goes on with an edit and the rest of the rows, and how its process ended."""
        directory = self.copied()
        self.feed(directory, 1)
        saved = next((self.directory / "saved").iterdir())
        text = (f"{edit.after.definitions()}RESTORE JOB j FROM '{saved}' {clauses} AS {edit.after.statement()};\n"
                "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        return directory, self.process(directory, text)

    def copied(self):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-defined-"))
        for path in self.directory.iterdir():
            if path.name not in ("data", "script.sql", "saved"):
                (shutil.copytree if path.is_dir() else shutil.copy)(path, directory / path.name)
        return directory

    def anew(self, edit):
        """What the new definitions give up to the savepoint and in the end; None for what they do not read."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-defined-"))
        try:
            self.feed(directory, 0)
            if self.process(directory, self.started(edit.after, directory)).returncode != 0:
                return None, None
            then = written(directory, edit.after.sink)
            self.feed(directory, 1)
            done = self.process(directory, f"{edit.after.definitions()}RESTORE JOB j FROM LATEST CHECKPOINT AS {edit.after.statement()};\n"
                                "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
            return then, written(directory, edit.after.sink) if done.returncode == 0 else None
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    # --- the rows

    def judge(self, edit, restored):
        if edit.invalid:
            return (edit, f"says the same, and is an error: {edit.invalid}") if edit.same else None
        if edit.same and not edit.full:
            return edit, "says the same, and is not FULL"
        if not edit.free:
            return self.sufficed(edit) if self.chooser.random() < 0.15 * restored else None
        if self.chooser.random() >= (0.2 if edit.same else restored):
            return None
        return self.came_to(edit)

    def came_to(self, edit):
        """What both jobs have written is what the new definitions give: None, or why not."""
        then, want = self.anew(edit)
        edit.restored, edit.unreadable = True, then is None
        if edit.unreadable:  # nothing is promised
            return None
        so_far = written(self.directory, self.before.sink)
        if then != so_far:
            return edit, f"free, but the rows so far would have been others: {differing(so_far, then)}"
        directory, done = self.resumed(edit)
        try:
            if want is None:
                return None
            if done.returncode != 0:
                return edit, f"free, but exit {done.returncode}: {done.stdout[-600:]}{done.stderr}"
            got = written(directory, edit.after.sink)
            return None if got == want else (edit, f"free, but {differing(got, want)}")
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def sufficed(self, edit):
        """What the refusal offers makes the job go on; what it reads may be bad by the new definitions."""
        if not edit.offered:
            return edit, "refused, and nothing is offered"
        directory, done = self.resumed(edit, edit.offered)
        shutil.rmtree(directory, ignore_errors=True)
        edit.restored = True
        if done.returncode == 0 or (done.returncode in (3, 4) and UNREADABLE.search(done.stdout + done.stderr)):
            return None
        return edit, f"with what is offered, exit {done.returncode}: {done.stdout[-600:]}{done.stderr}"


def written(directory, sink):
    """Rows of a changelog that are there in the end; lines of other formats, without headers."""
    total = collections.Counter()
    for path in (directory / "out").glob("**/part-*"):
        lines = path.read_text().splitlines()
        if sink.format != "changelog":
            total.update(lines[1:] if sink.option("csv.header") == "true" else lines)
            continue
        for line in lines:
            kind, cells = CHANGE.match(line).groups()
            total[cells] += 1 if kind in ("+I", "+U") else -1
    return collections.Counter({row: count for row, count in total.items() if count})


def differing(got, want):
    names = {row for row in {*got, *want} if got[row] != want[row]}
    return (f"too many {[(row, got[row] - want[row]) for row in sorted(names) if got[row] > want[row]][:4]}, "
            f"misses {[(row, want[row] - got[row]) for row in sorted(names) if want[row] > got[row]][:4]}")


def describe(base, edit, why):
    before = base.before.definitions().splitlines()
    after = [line for line in edit.after.definitions().splitlines() if line not in before]
    query = edit.after.statement() if edit.after.statement() != base.before.statement() else ""
    return (f"FAIL {base.number} {'+'.join(edit.kinds)}: {why}\n  " + "\n  ".join(before) + f"\n  {base.before.statement()}\n  -> " +
            "\n     ".join((*after, query)) + f"\n{edit.table}")


# --- running --------------------------------------------------------------------------------------

class Tally:
    def __init__(self):
        self.count, self.cells = 0, collections.defaultdict(collections.Counter)
        self.bases = self.unreadable = 0

    def add(self, base):
        self.bases += 1
        self.unreadable += bool(base.failed)
        for edit in base.edits if not base.failed else ():
            self.count += 1
            worst = max(edit.verdicts, key=ORDER.index) if edit.table else "invalid"
            for kind in set(edit.kinds):
                self.cells[kind][worst] += 1
                self.cells[kind]["restored"] += edit.restored
                self.cells[kind]["not read"] += edit.unreadable

    def text(self):
        lines = [f"{kind:18}" + ", ".join(f"{name} {self.cells[kind][name]}" for name in (*ORDER, "invalid", "restored", "not read")
                                          if self.cells[kind][name]) for kind in sorted(self.cells)]
        return "\n".join(lines + [f"{self.count} edits of {self.bases - self.unreadable} queries; of {self.unreadable} more the rows "
                                  "are bad without any edit"])


def one_run(base, restored):
    try:
        return base, base.run(restored)
    except (Wrong, subprocess.TimeoutExpired) as failure:
        return base, [(base.edits[0], str(failure))]


def run(arguments, numbers):
    tally, failed = Tally(), 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        bases = [Base(arguments.weir, arguments.seed, number, plant=arguments.planted) for number in numbers]
        for base, wrong in pool.map(lambda base: one_run(base, arguments.restored), bases):
            tally.add(base)
            for edit, why in wrong:
                failed += 1
                if failed <= arguments.shown:
                    print(describe(base, edit, why), flush=True)
    print(tally.text())
    return tally, failed


def spoilt(base, healthy):
    """The place of the first edit that the planted defect spoils; None if there is none. Only those of which something else
    is said with it are run."""
    with base.stopped(), healthy.stopped():
        for place, (edit, right) in enumerate(zip(base.edits, healthy.edits)):
            restored = 10.0 if "keys" in edit.kinds else 1.0  # what is not free, too
            told = not base.failed and edit.table != right.table
            if told and base.judge(edit, restored) and not healthy.judge(right, restored):
                return place
    return None


def effort(arguments, plant, seed, within):
    """(how many edits until the planted defect is found, kinds, seconds); None when it is not."""
    start, edits = time.monotonic(), 0
    for number in range(10 * within // EDITS):
        base = Base(arguments.weir, seed, number, plant=plant)
        shows = SHOWS.get(plant, lambda _: True)(base.before)
        place = spoilt(base, Base(arguments.weir, seed, number)) if shows else None
        if place is not None:
            return edits + place + 1, base.edits[place].kinds, time.monotonic() - start
        edits += 0 if base.failed else len(base.edits)
        if edits >= within:
            break
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--count", type=int, default=FULL)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="of planted defects: how many seeds, one after the other")
    parser.add_argument("--only", type=int)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--plants", nargs="*", help="all, or these")
    parser.add_argument("--planted", default="", help="a defect for a run that is looked at")
    parser.add_argument("--ledger", action="store_true")
    parser.add_argument("--restored", type=float, default=1.0, help="share of free edits that are restored and read to the end")
    parser.add_argument("--shown", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    arguments = parser.parse_args()
    arguments.weir = os.path.abspath(arguments.weir)
    arguments.seed = seeds.draw(arguments.seed)
    print(f"seed {arguments.seed}")
    sliced = arguments.slice and not slices.is_full()
    if arguments.plants is not None:
        names = arguments.plants or list(PLANTS)
        if sliced:  # of one seed, which may be an unlucky one
            names = slices.part("definitions", names, slices.number("evolve.definitions_planted"), len(names))
        return efforts.planted(arguments, names, 5 * FOUND_WITHIN if sliced else FOUND_WITHIN, effort)
    if arguments.slice:
        arguments.count = SLICE if sliced else FULL
    start = time.monotonic()
    numbers = range((arguments.count + EDITS - 1) // EDITS) if arguments.only is None else [arguments.only]
    tally, failed = run(arguments, numbers)
    if arguments.ledger and not failed:
        ledger.record("evolve", arguments.seed, tally.count, time.monotonic() - start)
    print(f"files: {tally.count - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
