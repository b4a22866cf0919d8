#!/usr/bin/env python3
"""weir flink explain-restore: what edits do to the state of a job on Flink (edits.py), each tried there.

usage: edits_test.py --weir PROGRAM [--record | --tried] [--write] [NAME…]

Without --tried no cluster is needed: for each edit both plans as Flink has compiled them (edits.json.gz) are compared,
which must give the verdicts that edits.tsv has: the severest of the query's operators, and the sink's.
--record has a cluster compile the plans anew. --tried runs every edit on a cluster without asking us: the first query is
stopped with a savepoint, the second one started from it, and what comes of it must be what edits.tsv says: it is
"refused" or "fails", or its rows are the "same" as those of an uninterrupted run, or "other" ones. Where all is FULL they
must be the "same", and an operator that is FULL must start. --write writes edits.tsv anew. Ends with 'files: N passed,
N failed'.
"""
import argparse
import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import cluster as clusters  # noqa: E402
import gateway  # noqa: E402
from edits import EDITS, FIRST, LAST, SECOND, TABLES  # noqa: E402
from flink_rows import BARE, changes_here, folded, put  # noqa: E402

PLANS, TABLE = (os.path.join(HERE, name) for name in ("edits.json.gz", "edits.tsv"))
DOCS = os.path.join(HERE, "../../docs/flink.md")
MARKS = ("<!-- edits: written by tests/flink/edits_test.py -->\n", "<!-- end of edits -->")
JOB = "00000000000000000000000000000001"
FREE = ("FULL", "NEW")
SEVERITY = (*FREE, "PARTIAL", "DROP", "SEMANTIC", "INCOMPATIBLE")
AT_ONCE = 8  # jobs on the cluster


def script(edit, after, folder, follow=""):
    query, extra = (edit.after, edit.more) if after else (edit.before, "")
    settings = edit.settings if after else ""
    return (settings + TABLES.format(folder=folder, follow=follow) + f"CREATE TABLE out_{edit.name} ({edit.columns}) WITH ('connector' = 'print', "
            f"'print-identifier' = '{edit.name}');\nCREATE TABLE out_more (k INT, n BIGINT) WITH ('connector' = 'blackhole');\n"
            f"BEGIN STATEMENT SET;\nINSERT INTO out_{edit.name} {query};\n{extra}END;\n")


def weir_flink(weir, folder, *words):
    return subprocess.run([weir, "--conf", BARE, "--data-dir", os.path.join(folder, "data"), *words], text=True, capture_output=True, timeout=300,
                          cwd=folder, check=False)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def verdict(weir, edit, plans):
    """(The severest verdict of the query's operators, what it is here, the sink's, its reason), and what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        for name, after in (("before", False), ("after", True)):
            write(folder, name + ".sql", script(edit, after, "/tmp/weir-edits"))
            write(folder, name + ".json", json.dumps(plans[name]))
        kept = weir_flink(weir, folder, "flink", "plan", "--of", JOB, "--compiled", "before.json", "before.sql")
        if kept.returncode != 0:
            return ("ERROR", "", "", ""), kept.stderr
        done = weir_flink(weir, folder, "flink", "explain-restore", "--of", JOB, "--compiled", "after.json", "--format", "csv", "after.sql")
        if done.returncode != 0:
            return ("ERROR", "", "", ""), done.stderr
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        if any(row["verdict"] not in FREE for row in rows) != ("restore: " in done.stderr):
            return ("ERROR", "", "", ""), f"what restore will say is missing, or too much: {done.stderr}"
        sinks = [row for row in rows if row["uid"].startswith("sink:") and "/" not in row["uid"]]
        own = [row for row in rows if row not in sinks and not row["uid"].startswith("src:")]
        worst, sink = (max(some, key=lambda row: (SEVERITY.index(row["verdict"]), SEVERITY.index(row["here"]))) for some in (own, sinks))
        return (worst["verdict"], worst["here"], sink["verdict"], worst["reason"]), ""


# --- on a cluster --------------------------------------------------------------------------------


def left(changes):
    """The rows that changes leave, but for those that the last row of the input has given."""
    return [row for row in folded(changes) if LAST not in re.findall(r"\w+", row.replace("n" + LAST, LAST))]


def here(weir, edit, after, rows):
    """What a query gives here over these rows."""
    query = edit.after if after else edit.before
    return left(changes_here(weir, rows, lambda folder: TABLES.format(folder=folder, follow="") + query))


def compiled(weir, cluster, edit, after, folder):
    """Flink's plan of a query, with our numbers, and as it was."""
    name = "after" if after else "before"
    path = write(folder, name + ".sql", script(edit, after, folder, ", 'source.monitor-interval' = '200 ms'"))
    numbered = os.path.join(folder, name + ".json")
    done = weir_flink(weir, folder, "-D", f"flink.gateway.url={cluster.gateway}", "flink", "plan", "--write", numbered, path)
    return numbered if done.returncode == 0 else None, done.stderr


def record(weir, cluster, edit):
    plans = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, after in (("before", False), ("after", True)):
            path, error = compiled(weir, cluster, edit, after, folder)
            if path is None:
                raise AssertionError(f"{edit.name}: {error}")
            with open(path, encoding="utf-8") as file:
                plans[name] = json.load(file)
    return plans


def execute(cluster, path, savepoint=""):
    session = gateway.Session(cluster.gateway)
    if savepoint:
        session.execute(f"SET 'execution.state-recovery.path' = '{savepoint}'")
    session.execute("SET 'execution.checkpointing.interval' = '500 ms'")
    return session.execute(f"EXECUTE PLAN 'file://{path}'")["jobID"]


def settled(cluster, job, name, expected):
    """What became of a job: it "fails", or its rows are the "same" as expected, or "other" ones."""
    end = time.monotonic() + 12
    while time.monotonic() < end:
        if clusters.get(f"{cluster.rest}/jobs/{job}/exceptions").get("exceptionHistory", {}).get("entries"):
            return "fails"
        if cluster.runs(job) and left(cluster.printed(name)) == expected:
            return "same"
        time.sleep(0.3)
    return "other"


class Trial:
    """An edit on a cluster, step by step."""

    def __init__(self, weir, cluster, edit, folder):
        self.weir, self.cluster, self.edit, self.folder = weir, cluster, edit, folder
        self.job = self.savepoint = None
        put(folder, "a.csv", FIRST)
        path, error = compiled(weir, cluster, edit, False, folder)
        if path is None:
            raise AssertionError(f"{edit.name}: {error}")
        self.job = execute(cluster, path)

    def stop(self):
        expected = here(self.weir, self.edit, False, FIRST)
        clusters.until(lambda: self.cluster.runs(self.job), f"{self.edit.name} does not run")
        end = time.monotonic() + 10
        while time.monotonic() < end and len(left(self.cluster.printed(self.edit.name))) < len(expected):
            time.sleep(0.2)
        done = weir_flink(self.weir, self.folder, "-D", f"flink.gateway.url={self.cluster.gateway}", "flink", "stop", self.job, self.folder + "/saved")
        if done.returncode != 0:
            raise AssertionError(f"{self.edit.name}: {done.stderr}")
        self.savepoint = done.stdout.strip()

    def restore(self):
        path, error = compiled(self.weir, self.cluster, self.edit, True, self.folder)
        if path is None:
            raise AssertionError(f"{self.edit.name}: {error}")
        try:
            self.job = execute(self.cluster, path, self.savepoint)
        except RuntimeError as error:
            if "savepoint" not in str(error):
                raise
            self.job = None
        put(self.folder, "b.csv", SECOND)

    def outcome(self):
        if self.job is None:
            return "refused"
        came = settled(self.cluster, self.job, self.edit.name, here(self.weir, self.edit, True, FIRST + SECOND))
        weir_flink(self.weir, self.folder, "-D", f"flink.gateway.url={self.cluster.gateway}", "flink", "cancel", self.job)
        return came


def try_all(weir, cluster, edits, folder):
    """Name -> what came of the edit."""
    came = {}
    for at in range(0, len(edits), AT_ONCE):
        trials = []
        for edit in edits[at:at + AT_ONCE]:
            os.makedirs(os.path.join(folder, edit.name))
            trials.append(Trial(weir, cluster, edit, os.path.join(folder, edit.name)))
        for step in (Trial.stop, Trial.restore):
            for trial in trials:
                step(trial)
        for trial in trials:
            came[trial.edit.name] = trial.outcome()
            print(f"      {trial.edit.name}: {came[trial.edit.name]}", flush=True)
    return came


def with_cluster(weir, work):
    made, why = clusters.with_cluster(weir, "weir-edits-", work, slots=AT_ONCE + 2)
    if why is not None:
        print(f"SKIPPED flink.edits: no cluster can be had: {why}")
    return made


# --- the table -----------------------------------------------------------------------------------


def table():
    """Edit -> (verdict, that of our own jobs, the sink's, what Flink does, reason)."""
    if not os.path.exists(TABLE):
        return {}
    with open(TABLE, encoding="utf-8") as file:
        return {name: tuple(rest) for name, *rest in (line.split("\t") for line in file.read().splitlines()[1:])}


def write_table(rows):
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write("edit\tverdict\there\tsink\tflink\treason\n" + "".join("\t".join((name, *row)) + "\n" for name, row in rows.items()))


def documented(rows):
    """The table as docs/flink.md has it, with the words of edits.py."""
    lines = ["| Edit | here | there | the sink | tried on Flink |", "|---|---|---|---|---|"]
    for edit in EDITS:
        said, ours, sink, came, _ = rows[edit.name]
        lines.append(f"| {edit.what} | `{ours}` | `{said}` | `{sink}` | {came} |")
    return "\n".join(lines) + "\n"


def contradicts(said, sink, came):
    """What verdicts and what Flink does cannot have to do with each other."""
    if said in FREE and came in ("fails", "refused"):
        return f"{said}, but on Flink it {came}"
    if said in FREE and sink in FREE and came != "same":
        return f"all is {said}, but Flink's rows are {came}"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--tried", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    edits = [edit for edit in EDITS if not arguments.names or edit.name in arguments.names]
    plans = {}
    if os.path.exists(PLANS):
        with gzip.open(PLANS, "rt", encoding="utf-8") as file:
            plans = json.load(file)
    if arguments.record:
        made = with_cluster(weir, lambda cluster, _: {edit.name: record(weir, cluster, edit) for edit in edits})
        plans.update(made or {})
        with gzip.GzipFile(PLANS, "wb", mtime=0) as file:
            file.write(json.dumps({edit.name: plans[edit.name] for edit in EDITS if edit.name in plans}, separators=(",", ":")).encode())
    tried = with_cluster(weir, lambda cluster, folder: try_all(weir, cluster, edits, folder)) if arguments.tried else None
    if arguments.tried and tried is None:
        print("files: 0 passed, 0 failed")
        return 0
    known, failed, rows = table(), 0, {}
    for edit in edits:
        (said, ours, sink, reason), wrong = verdict(weir, edit, plans[edit.name])
        was = known.get(edit.name, ("", "", "", "", ""))
        came = tried[edit.name] if tried else was[3]
        rows[edit.name] = (said, ours, sink, came, reason)
        if not arguments.write and rows[edit.name] != was:
            wrong = wrong or f"{rows[edit.name]}, not {was}"
        wrong = wrong or contradicts(said, sink, came)
        failed += bool(wrong)
        print(f"{'FAILED' if wrong else 'ok    '} {edit.name}{': ' + wrong if wrong else ''}")
    if arguments.write:
        known = {edit.name: rows.get(edit.name, known.get(edit.name)) for edit in EDITS}
        write_table(known)
    with open(DOCS, encoding="utf-8") as file:
        text = file.read()
    begin, end = (text.index(mark) for mark in MARKS)
    table_there = text[begin + len(MARKS[0]):end]
    if arguments.write:
        with open(DOCS, "w", encoding="utf-8") as file:
            file.write(text[:begin] + MARKS[0] + documented(known) + text[end:])
    elif table_there != documented(known):
        failed += 1
        print(f"FAILED {DOCS} has another table than {TABLE}: --write writes it")
    print(f"files: {len(edits) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
