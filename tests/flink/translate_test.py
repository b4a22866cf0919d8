#!/usr/bin/env python3
"""weir flink translate over the files of tests/sql and the queries of NEXMark: what is printed means the same.

usage: translate_test.py --weir PROGRAM [--oracle COMMAND] [--slice] [--changed | --all] [--jobs N] [FILE…]

Each file is made a script over files in place of inline rows, and translated. Each query of the translation runs here
and must give the rows that the test has; with --oracle (oracle/oracle.sh of `./weirw test-flink`) all of them run on Flink,
too, and their folded rows are compared. What cannot be said in Flink SQL must be in refused.tsv with the words of
the error, and what Flink answers otherwise in differing.tsv with the reason; both tables may hold nothing else. What
Flink does not answer alike from one run to the next is in there as 'at times: ' and why.
--slice takes the files whose turn it is (slices.py), --changed those that are not printed as they were written, beside
their inline tables, --all (the default) all. Ends with 'files: N translated, N refused, N failed'.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SQL = os.path.normpath(os.path.join(HERE, "../sql"))
NEXMARK = os.path.normpath(os.path.join(HERE, "../../bench/nexmark"))
sys.path.insert(0, SQL)
import oracle  # noqa: E402
import run  # noqa: E402
import slices  # noqa: E402
import slt  # noqa: E402

# Rows that the connector inline alone can hold: partitions and quotes that CSV has not.
UNWRITABLE = ("inline/partitions", "inline/quoting", "inline/three_partitions", "json/value")
BARE = os.path.join(HERE, "../bare.yaml")
TIMEOUT = 120
AT_TIMES = "at times: "


def table(name):
    """File -> the other column, of a table beside this one."""
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
    return dict(line.split("\t", 1) for line in lines)


def name_of(path):
    return os.path.splitext(os.path.relpath(path, SQL))[0]


def is_answered(block):
    """Whether the oracle answers it: queries, and statements that say something, of which nothing is compared."""
    said = re.match(r"(SELECT|WITH|VALUES|SHOW|DESC|EXPLAIN|TABLE|\()", block.sql.upper())
    return has_rows(block) or (block.kind == "statement ok" and said and not left_out(block.sql))


def has_rows(block):
    """Whether it is a query of which something is left to compare."""
    return block.kind.startswith("query") and not left_out(block.sql)


def left_out(sql):
    """Whether its translation is a note: EXPLAIN STATE, and SET 'key' that shows what was given."""
    return sql.startswith("EXPLAIN STATE") or re.fullmatch(r"SET '[^']*';?", sql.strip()) is not None


class Translated:
    """One file: its script as Flink's, or why there is none."""

    def __init__(self, weir, path, scratch):
        self.name, self.weir, self.scratch, self.otherwise = name_of(path), weir, scratch, 0
        os.makedirs(scratch)
        self.test = slt.parse(path)
        # As the file wants it: one whose rows depend on the order in which tasks send them is not run with several.
        only = self.test.only()
        self.config = run.Config("default" if "default" in only or not only else only[0])
        self.statements = [(block, oracle.to_flink(block.sql.rstrip().rstrip(";"), scratch) + ";")
                           for block in self.test.blocks if block.kind != "statement error"]
        self.queries = [block for block, _ in self.statements if has_rows(block)]
        self.answered = [block for block, _ in self.statements if is_answered(block)]
        self.text, self.error = self.translate([sql for _, sql in self.statements])

    def translate(self, statements, folder=None):
        # As bytes: a carriage return within a text is one.
        done = subprocess.run([self.weir, "--conf", BARE, "flink", "translate", "-"],
                              input=("\n".join(statements) + "\n").encode(), capture_output=True, timeout=TIMEOUT,
                              cwd=folder or self.scratch, check=False)
        out = done.stdout.decode()
        if done.returncode == 0:
            return out, ""
        if out:
            return "", f"printed something in spite of an error: {out}"
        return "", done.stderr.decode()

    def changed(self):
        return any(sql not in self.text for _, sql in self.statements)

    def failures(self):
        """Queries whose translation gives other rows here."""
        prefix = []
        for block, sql in self.statements:
            if block.kind == "statement ok":
                prefix.append(sql)
            if not has_rows(block):
                continue
            # What a query's script writes is below a folder of its own.
            text, error = self.translate(prefix + [sql], tempfile.mkdtemp(dir=self.scratch))
            failure = error or self.compare(block, text, "\n".join(prefix + [sql]) + "\n")
            if failure:
                yield f"tests/sql/{self.name}.slt:{block.line}\n{text}{failure}"

    def compare(self, block, text, written):
        """The test's rows; or, where files in place of inline rows give others, those of the script as it was written."""
        rows, error = self.rows(text)
        failure = error or different(rows, block.expected, block.kind)
        if not failure:
            return ""
        expected, as_written = self.rows(written)
        if as_written or different(rows, expected, "query"):
            return failure
        self.otherwise += 1
        return ""

    def rows(self, script):
        folder = tempfile.mkdtemp(dir=self.scratch)
        done = subprocess.run([self.weir, "-q", "--no-progress", "--format", "changelog", "--conf", BARE, "--data-dir", folder] +
                              self.config.arguments(), text=True, input=script, capture_output=True, timeout=TIMEOUT, cwd=folder, check=False)
        if done.returncode != 0:
            return [], f"exit {done.returncode}: {done.stderr.strip()}"
        return folded(run.changes_of(done.stdout)), ""


def different(rows, expected, kind):
    """What to say of rows that are not the expected ones; nothing if they are."""
    expected = folded(expected) if kind == "query changelog" else expected
    actual, expected = (sorted(map(run.normal, some)) for some in (rows, expected))
    if actual == expected or run.sums_agree(actual, expected):
        return ""
    return "expected:\n  " + "\n  ".join(expected) + "\nactual:\n  " + "\n  ".join(actual)


def ask(command, files, folder):
    """What Flink says of each translation: nothing if it has the rows of the test, else what is otherwise."""
    said = {}
    scripts = {}
    for i, one in enumerate(files):
        path = os.path.join(folder, f"t{i}.sql")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(one.text)
        scripts[path] = one
    subprocess.run(command.split() + [f"out={folder}"] + list(scripts), check=False, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    for path, one in scripts.items():
        error = path[:-4] + ".error"
        if os.path.exists(error):
            with open(error, encoding="utf-8") as file:
                said[one.name] = file.read().strip()
            continue
        answers = oracle.answers(path[:-4] + ".changelog", oracle.zone_of(one.test))
        if len(answers) != len(one.answered):
            said[one.name] = f"{len(answers)} answers to {len(one.answered)} queries"
            continue
        pairs = [pair for pair in zip(one.answered, answers, strict=True) if has_rows(pair[0])]
        said[one.name] = "\n".join(filter(None, (answer if isinstance(answer, str) else different(folded(answer), block.expected, block.kind)
                                                for block, answer in pairs)))
    return said


def folded(changes):
    """As slt.fold; a row that is taken away without having been there stays as one with a minus."""
    counts = {}
    for change in changes:
        kind, row = slt.CHANGE.match(change).groups()
        counts[row] = counts.get(row, 0) + (1 if kind in ("+I", "+U") else -1)
    return [row for row, count in counts.items() for _ in range(count)] + \
        [f"-{row}" for row, count in counts.items() if count < 0]


def nexmark(weir):
    """Query -> the error of its translation, or nothing."""
    with open(os.path.join(NEXMARK, "tables.sql"), encoding="utf-8") as file:
        tables = file.read()
    said = {}
    for path in sorted(glob.glob(os.path.join(NEXMARK, "queries/*.sql"))):
        with open(path, encoding="utf-8") as file:
            script = (tables + file.read()).replace("${scratch}", "/tmp")
        script = re.sub(r"\$\{\w+\}", "1000", script)
        done = subprocess.run([weir, "--conf", BARE, "flink", "translate", "-"], input=script, text=True, capture_output=True,
                              timeout=TIMEOUT, check=False)
        said[os.path.basename(path)[:-4]] = done.stderr if done.returncode else ""
    return said


def chosen(sliced):
    paths = [path for path in sorted(glob.glob(os.path.join(SQL, "*/*.slt"))) if not name_of(path).startswith("error/")
             and name_of(path) not in UNWRITABLE]
    if sliced and not slices.is_full():
        paths = slices.part("flink.translate", paths, slices.number("flink.translate"), slices.table()["flink.translate"][0])
    return sorted(glob.glob(os.path.join(HERE, "written_out*.slt"))) + paths


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--oracle")
    parser.add_argument("--slice", action="store_true")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--changed", action="store_true")
    which.add_argument("--all", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    paths = arguments.files or chosen(arguments.slice)
    refused, differing = table("refused.tsv"), table("differing.tsv")
    failures = []
    with tempfile.TemporaryDirectory(prefix="weir-flink-") as folder, \
            concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        files = list(pool.map(lambda item: Translated(weir, os.path.abspath(item[1]), os.path.join(folder, str(item[0]))),
                              enumerate(paths)))
        files = [one for one in files if one.queries]
        if arguments.changed:
            files = [one for one in files if one.error or one.changed()]
        translated = [one for one in files if not one.error]
        for one in files:
            words = refused.get(one.name)
            if one.error and (words is None or words not in one.error):
                failures.append(f"{one.name} is refused, and refused.tsv does not say so:\n{one.error}")
            elif not one.error and words is not None:
                failures.append(f"{one.name} is translated, although refused.tsv has it")
        for found in pool.map(lambda one: list(one.failures()), translated):
            failures += found
        if arguments.oracle:
            for name, otherwise in ask(arguments.oracle, translated, folder).items():
                if otherwise and name not in differing:
                    failures.append(f"on Flink {name}:\n{otherwise}")
                elif not otherwise and name in differing and not differing[name].startswith(AT_TIMES):
                    failures.append(f"on Flink {name} is as here, although differing.tsv has it")
    queries = nexmark(weir)
    for name, error in queries.items():
        if error and f"nexmark/{name}" not in refused:
            failures.append(f"NEXMark {name}: {error}")
    for failure in failures:
        print(failure)
    others = ", ".join(f"{one.name} ({one.otherwise})" for one in translated if one.otherwise)
    print(f"{sum(one.otherwise for one in translated)} queries give other rows over files than over inline rows, translated or not"
          f"{': ' + others if others else ''}")
    print(f"NEXMark: {sum(not error for error in queries.values())} of {len(queries)} queries translated")
    print(f"files: {len(translated)} translated, {len(files) - len(translated)} refused, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
