#!/usr/bin/env python3
"""Random edits at any depth under every kind of operator: what a restore says of them, held against the rows.

  meanings.py --weir build/weir --count 10000          so many edits; the matrix of operators and kinds at the end
  meanings.py --weir build/weir --slice                what CI runs, other edits with every commit
  meanings.py --weir build/weir --seed 7 --only 12     the edits of one query again
  meanings.py --weir build/weir --words 200            200 edits that say the same in other words, and 200 near misses
  meanings.py --weir build/weir_faulty --plants        every planted defect is found, and after how many edits

Many edits are explained in one process, from one savepoint. Where nothing has to be typed, the old query's rows so far
must be those that the new one would have given (what a Top-N of fewer ranks takes back apart), and a part of these edits
is restored and read to the end: what both jobs wrote must come to what the new query gives over all rows. Where the rows
of the operator would be others, it is not for the sink alone to say so. A new reader that is seeded is given as many rows
as it says. At last the old script runs again over all rows under another option: refused, or its rows are right. Edits that say the same in other words must be FULL, near misses must not.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import itertools
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
import plants
import rows
from expressions import value
from rewrites import EQUIVALENT, NEAR
from row_edits import CHANGES, depends_on_zone, random_query, reads_twice
from shapes import SHAPES

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402
import slices  # noqa: E402

EDITS, SLICE, FULL = 50, 600, 46000
PLANTED_EDITS, FOUND_WITHIN = 20, 1000
LEAST = 60                # edits in a cell of the matrix, on a full run
WORDS = 200               # rewrites, and near misses
VERDICTS = re.compile(r"^(FULL|NEW|MIGRATE|PARTIAL|DROP|RESET|SEMANTIC|INCOMPATIBLE)(?: \([^)]*\))? +(\S+)", re.M)
DETAILS = re.compile(r"^([A-Z]+) +(\S+) +(.*)$", re.M)
ORDER = ("FULL", "NEW", "MIGRATE", "PARTIAL", "DROP", "RESET", "SEMANTIC", "INCOMPATIBLE")
FREE = ("FULL", "NEW", "MIGRATE", "RESET")
SEEDED = re.compile(r"^NEW \(seeded, (\d+) rows?\) +sink:(\w+)/", re.M)
CHANGE = re.compile(r"([+-][IUD])\[(.*)\]$")
KINDS = {**CHANGES, **EQUIVALENT, **NEAR}
OPTIONS = ("table.optimizer.reuse-source-enabled", "table.optimizer.reuse-sub-plan-enabled")
PUT_RIGHT = ("last", "offset", "interval")  # what the new query gives of the rows so far comes right, or is given by time
# Dealt so often as others once: what only a restore judges, what has several kinds in one, and what few queries have.
WEIGHTS = {**dict.fromkeys(PUT_RIGHT, 3), "reader": 3, "branch": 3, "branch-gone": 5, "branches": 3, "condition-words": 2, "computed-words": 2, "overwrite": 2, "order": 3, "sums-list": 4, "lookup": 8, "lookup-positions": 8, "interval": 40, "time": 20, "size": 6, "zone": 3, "condition": 3, "call-filter": 3, "direction": 3, "path-words": 2, "column-names": 2,
           "constants": 6}


class Wrong(Exception):
    pass


@dataclasses.dataclass
class Edit:
    kinds: tuple
    after: rows.Query
    table: str = ""          # what EXPLAIN RESTORE says
    near: bool = False       # the rows so far would have been others

    @property
    def same(self):
        """In other words only."""
        return set(self.kinds) <= set(EQUIVALENT)

    @property
    def missed(self):
        return set(self.kinds) <= set(NEAR)

    @property
    def verdicts(self):
        return [verdict for verdict, _ in VERDICTS.findall(self.table)]

    @property
    def free(self):
        """Nothing has to be typed."""
        return "The restore is allowed." in self.table

    @property
    def seeds(self):
        """(new sink, how many rows its reader is given first, as it says)"""
        return [(sink, int(count)) for count, sink in SEEDED.findall(self.table)]

    @property
    def full(self):
        return set(self.verdicts) == {"FULL"}

    @property
    def free_but_for_output(self):
        return all(verdict in FREE for verdict, uid in VERDICTS.findall(self.table) if not uid.endswith("/sink.w"))


def fits(operator, kind):
    return KINDS[kind][1](operator)


def applied(query, kinds, chooser):
    """The query behind edits of these kinds; None when one of them changes nothing."""
    for kind in kinds:
        after = KINDS[kind][0](query, chooser)
        if after == query and kind != "nothing":
            return None
        query = after
    return query


class Dealer:
    """Kinds of edits for one query, none of them much more often than another."""

    def __init__(self, query, chooser, families):
        self.chooser = chooser
        able = [[kind for kind in family if fits(query.operator, kind) and self.changes(query, kind)] for family in families]
        self.all = [(kinds, kind, family is NEAR) for family, kinds in zip(families, able) for kind in kinds
                    for _ in range(WEIGHTS.get(kind, 1))]
        self.left = []

    def changes(self, query, kind):
        """Whether there is something to edit, as far as some tries tell."""
        return any(applied(query, (kind,), self.chooser) is not None for _ in range(8))

    def next(self):
        if not self.left:
            self.left = list(self.all)
            self.chooser.shuffle(self.left)
        others, kind, alone = self.left.pop()
        several = 0 if alone else self.chooser.choice((0, 0, 0, 1, 1, 2, 3))
        return (kind, *(self.chooser.choice(others) for _ in range(several)))


class Base:
    """One query with rows behind it, and edits of it."""

    def __init__(self, weir, seed, number, edits=EDITS, plant="", families=(CHANGES, EQUIVALENT)):
        self.weir, self.plant, self.seed, self.number = weir, plant, seed, number
        self.chooser = random.Random(f"{seed} {number}")
        self.before = random_query(self.chooser, list(SHAPES)[number % len(SHAPES)])
        made = rows.records(self.chooser)
        self.phases = [{name: files[0] for name, files in made.items()},
                       {name: files[0] + files[1] for name, files in made.items()}]
        self.many = {name: files[0] + files[1] for name, files in rows.records(self.chooser, 50).items()}
        self.of_many = self.before.result(self.many)
        dealer = Dealer(self.before, self.chooser, families)
        self.edits = []
        for _ in range(20 * edits):
            if len(self.edits) == edits:
                break
            kinds = dealer.next()
            after = applied(self.before, kinds, self.chooser)
            if after is not None and self.is_edit(kinds, after):
                self.edits.append(Edit(kinds, after))

    def is_edit(self, kinds, after):
        """Of the same in other words and of near misses, the rows are asked whether they are."""
        if set(kinds) <= set(EQUIVALENT):
            if after.result(self.many) != self.of_many:
                raise Wrong(f"{kinds} says something else\n  {self.before.statement()}\n  {after.statement()}")
            return True
        return after != self.before and not (set(kinds) <= set(NEAR) and after.result(self.many) == self.of_many)

    def run(self, restored=0.15):
        """Wrong edits: (edit, why)."""
        if not self.edits:  # rows that no near miss tells apart
            return []
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-meanings-"))
        try:
            self.feed(self.directory, 0)
            self.explain()
            why = self.dropped()
            wrong = [(self.edits[-1], why)] if why else []
            wrong += [found for edit in self.edits for found in [self.judge(edit, restored)] if found]
            why = self.again()
            return wrong + ([(self.edits[-1], why)] if why else [])
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    # --- the program

    def feed(self, directory, phase):
        for name, all_rows in self.phases[phase].items():
            new = all_rows if phase == 0 else all_rows[len(self.phases[0][name]):]
            if name.endswith(".csv"):
                if phase == 0:
                    (directory / name).write_text(rows.csv(new))
                continue
            (directory / name).mkdir(exist_ok=True)
            header = ",".join(rows.COLUMNS) + "\n" if self.before.table("t").header else ""
            (directory / name / f"{phase}.csv").write_text(header + rows.csv(new))
        (directory / "x").mkdir(exist_ok=True)
        if phase == 0 and self.before.format == "csv":
            (directory / "out-results").mkdir()
            (directory / "out-results/part-old").write_text(",".join(rows.OLD_ROW) + "\n")

    def process(self, directory, text):
        (directory / "script.sql").write_text(text)
        environment = {**os.environ, "WEIR_DEFECT": self.plant} if self.plant else None
        return subprocess.run([self.weir, "-q", "--no-progress", "--data-dir", "data", "run", "script.sql"], cwd=directory,
                              capture_output=True, text=True, timeout=100, check=False, env=environment)

    def script(self, directory, text):
        done = self.process(directory, text)
        if done.returncode != 0:
            raise Wrong(f"exit {done.returncode}\n{text}\n{done.stdout[-2000:]}{done.stderr}")
        return done.stdout

    def explain(self):
        """The old query up to a savepoint, then what becomes of every edit; and of the first operator when it is dropped."""
        now = self.before
        text = now.definitions() + f"CREATE JOB j AS {now.statement()};\nWAIT FOR JOB j UNTIL IDLE;\n"
        text += f"STOP JOB j WITH SAVEPOINT '{self.directory}/saved';\n"
        for edit in self.edits:
            text += "DROP TEMPORARY VIEW r;\n" if now.view() else ""
            for old, new in zip(now.tables, edit.after.tables):
                if old != new:
                    text += f"DROP TABLE {old.name};\n{new.definition()}"
            if now.sinks() != edit.after.sinks():
                text += "".join(f"DROP TABLE {name};\n" for name in ("results", *rows.READERS)) + edit.after.sinks()
            text += edit.after.view() + f"SET 'table.local-time-zone' = '{edit.after.zone}';\n"
            text += f"EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT {edit.after.mapping(self.before)}AS {edit.after.statement()};\n"
            now = edit.after
        tables = self.tables(text)
        if len(tables) != len(self.edits):
            raise Wrong(f"{len(tables)} tables for {len(self.edits)} edits\n{text}")
        for edit, table in zip(self.edits, tables):
            edit.table = table

    def tables(self, text):
        """What EXPLAIN RESTORE prints, of all that the text asks for."""
        return re.split(r"^From checkpoint .*\n", self.script(self.directory, text), flags=re.M)[1:]

    def dropped(self):
        """Of a state that fits and is to be dropped all the same: why what is said is wrong; None when nothing is."""
        now = self.edits[-1].after
        fits = [uid for verdict, uid, why in DETAILS.findall(self.edits[-1].table)
                if verdict == "FULL" and uid.startswith(("sink:", "view:")) and not uid.endswith("/sink.w") and "it was" not in why]
        if not fits:
            return None
        text = now.definitions() + "EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT "
        table, = self.tables(f"{text}ALLOW DROP ('{fits[0]}') {now.mapping(self.before)}AS {now.statement()};\n")
        said = dict((uid, verdict) for verdict, uid in VERDICTS.findall(table))
        return None if said.get(fits[0]) == "RESET" else f"ALLOW DROP ('{fits[0]}') is ignored\n{table}"

    def again(self):
        """The script that ran, under another option and with all rows: why it does wrong, or None."""
        option, after = self.chooser.choice(("zone", *OPTIONS)), self.before
        if option == "zone":
            after = dataclasses.replace(after, zone="UTC" if after.zone != "UTC" else "Asia/Tokyo")
        said = "" if option == "zone" else f"SET '{option}' = 'false';\n"
        self.feed(self.directory, 1)
        done = self.process(self.directory, f"{said}{after.definitions()}CREATE JOB j AS {after.statement()};\n"
                            "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        refused = done.returncode == 5 and "an option that its state depends on has changed" in done.stderr
        if done.returncode != 0 and not refused:
            return f"exit {done.returncode} under another {option}\n{done.stdout[-2000:]}{done.stderr}"
        got, then = written(self.directory / "out-results"), self.before.result(self.phases[0])["results"]
        depends = depends_on_zone(after) if option == "zone" else reads_twice(after)
        if refused and not depends:
            return f"refused under another {option}, which it does not depend on\n{done.stderr}"
        if refused:
            return f"refused under another {option}, but rows have changed" if got != then else None
        want = after.result(self.phases[1])["results"]
        if got != want or after.result(self.phases[0])["results"] != then:
            return (f"goes on under another {option}: too many {list((got - want).items())[:4]}, misses "
                    f"{list((want - got).items())[:4]}")
        return None

    def restore(self, edit):
        """What the old and the new job have written together; sink -> rows."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-meaning-"))
        try:
            for path in self.directory.iterdir():
                if path.name not in ("data", "script.sql"):
                    (shutil.copytree if path.is_dir() else shutil.copy)(path, directory / path.name)
            self.feed(directory, 1)
            saved = next((self.directory / "saved").iterdir())
            self.script(directory, edit.after.definitions() +
                        f"RESTORE JOB j FROM '{saved}' {edit.after.mapping(self.before)}AS {edit.after.statement()};\n"
                        "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
            return {sink: written(directory / f"out-{sink}") for sink in ("results", *edit.after.readers)}
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    # --- the rows

    def wanted(self, edit):
        """What the new query gives over all rows; what was put out by time stays."""
        want = edit.after.result(self.phases[1])
        if set(PUT_RIGHT) & set(edit.kinds) and self.before.operator in ("wtopn", "ijoin"):
            out, before = self.before.result(self.phases[0]), edit.after.result(self.phases[0])
            want = {sink: +collections.Counter({row: found[row] + out.get(sink, {}).get(row, 0) - before[sink][row]
                                                for row in {*found, *out.get(sink, {})}}) for sink, found in want.items()}
        return want

    def new_readers(self, edit):
        """Without a state below, a new reader starts where the tables are read: NEW says so."""
        return [] if self.before.operator == "plain" else [sink for sink in edit.after.readers if sink not in self.before.readers]

    def other_rows(self, edit):
        """Whether rows that the operator had so far would be others in the columns that are read, whatever these are
        called; also of those alone that pass what stands behind it, which may make an outer join an inner one."""
        old, new = self.before.kept(self.phases[0]), edit.after.kept(self.phases[0])
        passed = [[row for row in rows if all(value(one.having, row, one.zone) for one in (self.before, edit.after))]
                  for rows in (old, new)]
        read = edit.after.read()
        keys = {"k", self.before.by} if any("g" in row for row in old) else {"k"}  # what a partition is made of may be read

        def same(old, new):
            now = collections.Counter((row["k"], *(row[name] for name in read)) for row in new)
            return any(now == collections.Counter((row[key], *(row[name] for name in names)) for row in old)
                       for names in itertools.product("ab", repeat=len(read)) for key in keys)
        return not same(old, new) and not same(*passed)

    def must_ask(self, edit):
        """What no rows so far tell: how readers of the output find its rows, and what is read from now on."""
        old, new = self.before, edit.after
        read = {branch.table for branch in new.inputs if not branch.constants}
        if old.sink_key != new.sink_key or old.directories != new.directories:
            return "readers of the output find other rows"
        if old.numbers != new.numbers:
            return "readers of the output find other types"
        if any(was.numbers == "INT" != now.numbers for was, now in zip(old.tables, new.tables) if now.name in read):
            return "a column is read as a type that not all of its values have"
        if any(was.watched and not now.watched for was, now in zip(old.tables, new.tables) if now.name in read):
            return "what comes is not read any more"
        return ""

    def given_so_far(self, query):
        """How many rows a new reader of the query is seeded with. An aggregate over a Top-N of fewer ranks has not heard
        yet of what that takes back at the start: its readers are told of it with the others."""
        if query.operator == "limit-agg":
            query = dataclasses.replace(query, first=self.before.first, last=self.before.last)
        return sum(bool(value(query.having, row, query.zone)) for row in query.kept(self.phases[0]))

    def judge(self, edit, restored):
        if edit.free and self.must_ask(edit):
            return edit, f"free, but {self.must_ask(edit)}"
        if edit.same and edit.free and self.chooser.random() < restored:
            return self.came_to(edit)
        if edit.same or edit.missed:
            return None
        put_right = set(PUT_RIGHT) & set(edit.kinds)
        if not put_right:
            old, new = (query.result(self.phases[0]) for query in (self.before, edit.after))
            edit.near = any(old[sink] != new[sink] for sink in old)
            if edit.near and edit.free:
                return edit, "free, but the rows so far would have been others"
            if self.before.operator != "plain" and edit.free_but_for_output and self.other_rows(edit):
                return edit, "the operator is free, but its rows so far would have been others"
        if not edit.free:
            return None
        given = self.given_so_far(edit.after)
        for sink, count in edit.seeds:
            if count != given:
                return edit, f"{sink} is seeded with {count} rows, and what it reads has {given}"
        if "interval" in edit.kinds and self.before.how != "JOIN":
            return None  # what had a match by the wider interval has had one, which no rows tell
        always = put_right or "sums-list" in edit.kinds
        if self.chooser.random() >= restored and not always and not self.new_readers(edit):
            return None
        return self.came_to(edit)

    def came_to(self, edit):
        """What both jobs have written is what the new query gives: None, or why not."""
        got, want = self.restore(edit), self.wanted(edit)
        for sink in ("results", *self.new_readers(edit)):
            if got[sink] != want[sink]:
                return edit, (f"free, but {sink} has too many {list((got[sink] - want[sink]).items())[:4]}, "
                              f"misses {list((want[sink] - got[sink]).items())[:4]}")
        return None


def written(directory):
    total = collections.Counter()
    for path in directory.glob("part-*"):
        for line in path.read_text().splitlines():
            change = CHANGE.match(line)
            if change is None:  # CSV
                total[tuple(cell or "NULL" for cell in line.split(","))] += 1
            else:
                kind, cells = change.groups()
                total[tuple(cells.split(", "))] += 1 if kind in ("+I", "+U") else -1
    return collections.Counter({row: count for row, count in total.items() if count})


def describe(base, edit, why):
    return (f"FAIL {base.number} {'+'.join(edit.kinds)}: {why}\n  before: {base.before.statement()}\n"
            f"  after:  {edit.after.statement()}\n  {base.before.definitions()}  {edit.after.definitions()}{edit.table}")


class Tally:
    def __init__(self):
        self.cells, self.verdicts = collections.Counter(), collections.Counter()
        self.edits = self.several = self.same = self.full = self.near = self.missed = self.let_pass = 0
        self.strict, self.lax = collections.Counter(), []

    def add(self, base, edit):
        self.edits += 1
        self.several += len(edit.kinds) > 1
        worst = max(edit.verdicts, key=ORDER.index)
        for kind in set(edit.kinds):
            self.cells[base.before.operator, kind] += 1
            self.verdicts[kind, worst] += 1
        self.near += edit.near
        if edit.same:
            self.same += 1
            self.full += edit.full
            if not edit.full:
                self.strict[base.before.operator, *edit.kinds] += 1
        if edit.missed:
            self.missed += 1
            self.let_pass += edit.full
            if edit.full:
                self.lax.append(describe(base, edit, "a near miss is FULL"))

    def text(self, families):
        kinds = [kind for family in families for kind in family]
        width = max(map(len, kinds))
        lines = [" " * width + "".join(f"{name:>10}" for name in SHAPES)]
        for kind in kinds:
            cells = "".join(f"{self.cells[name, kind] if fits(name, kind) else '-':>10}" for name in SHAPES)
            lines.append(f"{kind:{width}}{cells}")
        for kind in kinds:
            empty = [name for name in SHAPES if not fits(name, kind)]
            if empty:
                lines.append(f"- {kind}, {', '.join(empty)}: {KINDS[kind][2]}")
        for kind in kinds:
            found = ", ".join(f"{name} {self.verdicts[kind, name]}" for name in ORDER if self.verdicts[kind, name])
            lines.append(f"{kind:{width}}  {found}")
        share = 100 * self.several // max(self.edits, 1)
        lines.append(f"{self.edits} edits, {self.several} ({share} %) of them several at once; of {self.near} the rows so far "
                     "would have been others")
        lines.append(f"the same in other words: {self.full} of {self.same} FULL; near misses: "
                     f"{self.missed - self.let_pass} of {self.missed} not FULL")
        lines += [f"  not FULL: {count} x {' '.join(cell)}" for cell, count in self.strict.most_common(20)]
        return "\n".join(lines + self.lax[:5])

    def failures(self, full):
        """What is wrong beyond single edits."""
        if self.same > 20 and self.full < 0.95 * self.same:
            yield "fewer than 95 % of what is the same in other words are FULL"
        if self.let_pass:
            yield "near misses are FULL"
        thin = sorted(f"{name} {kind} {self.cells[name, kind]}" for name in SHAPES for kind in {**CHANGES, **EQUIVALENT}
                      if fits(name, kind) and self.cells[name, kind] < LEAST)
        if full and thin:
            yield f"{len(thin)} cells of the matrix have fewer than {LEAST} edits: {', '.join(thin[:10])}"


def bases(arguments, numbers, **how):
    """(base, wrong edits) of each number, as they are done."""
    def one(number):
        base = Base(arguments.weir, arguments.seed, number, **how)
        try:
            return base, base.run(arguments.restored)
        except (Wrong, subprocess.TimeoutExpired) as failure:
            return base, [(base.edits[0], str(failure))]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        yield from pool.map(one, numbers)


def run(arguments, numbers, families, edits=EDITS):
    tally, failed = Tally(), 0
    for base, wrong in bases(arguments, numbers, families=families, edits=edits):
        for edit in base.edits:
            if edit.table:
                tally.add(base, edit)
        for edit, why in wrong:
            failed += 1
            if failed <= arguments.shown:
                print(describe(base, edit, why), flush=True)
    print(tally.text(families))
    return tally, failed


# --- planted defects ------------------------------------------------------------------------------

def found_by(base, wrong, **how):
    """Places of edits that the planted defect spoils: wrong ones, and those in other words that are FULL without it."""
    strict = {place for place, edit in enumerate(base.edits) if edit.same and edit.table and not edit.full}
    spoilt = strict | {base.edits.index(edit) for edit, _ in wrong}
    if spoilt:
        healthy = Base(base.weir, base.seed, base.number, **how)
        spoilt -= {healthy.edits.index(edit) for edit, _ in healthy.run(1)}
        spoilt -= {place for place in strict if not healthy.edits[place].full}
    return sorted(spoilt)


def effort(arguments, plant, seed, within):
    """(how many edits until it is found, the kinds of that edit, seconds); None when it is not."""
    start, edits, how = time.monotonic(), 0, {"edits": PLANTED_EDITS}
    for number in range(within // PLANTED_EDITS):
        base = Base(arguments.weir, seed, number + seed % len(SHAPES), plant=plant, **how)
        may_show = base.before.operator in plants.OPERATORS.get(plant, SHAPES)
        found = found_by(base, base.run(arguments.restored), **how) if may_show else []
        if found:
            return edits + found[0] + 1, base.edits[found[0]].kinds, time.monotonic() - start
        edits += len(base.edits)
    return None


def in_other_words(arguments, count):
    """As many rewrites and as many near misses."""
    done, failed, failures = 0, 0, []
    for families in ((EQUIVALENT,), (NEAR,)):
        tally, wrong = run(arguments, range(len(SHAPES)), families, count // len(SHAPES) + 2)
        done, failed = done + tally.edits, failed + wrong
        failures += tally.failures(False)
    for why in failures:
        print(f"FAIL {why}")
    print(f"files: {done - failed} passed, {failed + len(failures)} failed")
    return 1 if failed or failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--count", type=int, default=FULL)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="of planted defects: how many seeds, one after the other")
    parser.add_argument("--only", type=int)
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--plants", nargs="*", help="all, or these")
    parser.add_argument("--words", type=int, nargs="?", const=WORDS)
    parser.add_argument("--ledger", action="store_true")
    parser.add_argument("--restored", type=float, default=0.15, help="share of free edits that are restored and read to the end")
    parser.add_argument("--shown", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    arguments.weir = os.path.abspath(arguments.weir)
    arguments.seed = seeds.draw(arguments.seed)
    print(f"seed {arguments.seed}")
    sliced = arguments.slice and not slices.is_full()
    if arguments.plants is not None:
        names = arguments.plants or list(plants.PLANTS)
        if sliced:  # of one seed, which may be an unlucky one
            return efforts.planted(arguments, slices.part("plants", names, slices.number("evolve.plants"), len(names)), 5 * FOUND_WITHIN, effort)
        return efforts.planted(arguments, names, FOUND_WITHIN, effort)
    if arguments.words:
        return in_other_words(arguments, arguments.words)
    if arguments.slice:
        arguments.count = SLICE if sliced else FULL
    start = time.monotonic()
    numbers = range((arguments.count + EDITS - 1) // EDITS) if arguments.only is None else [arguments.only]
    tally, failed = run(arguments, numbers, (CHANGES, EQUIVALENT))
    failures = list(tally.failures(arguments.count >= FULL))
    for why in failures:
        print(f"FAIL {why}")
    if arguments.ledger and not failed:
        ledger.record("evolve", arguments.seed, tally.edits, time.monotonic() - start)
    print(f"files: {tally.edits - failed} passed, {failed + len(failures)} failed")
    return 1 if failed or failures else 0


if __name__ == "__main__":
    sys.exit(main())
