#!/usr/bin/env python3
"""weir flink plan over the queries of tests/sql: whether each operator with state that Flink makes of them is found.

usage: found_test.py --weir PROGRAM [--write] [FILE…]

Each query that can be translated becomes an INSERT into a table of the connector blackhole, which a cluster of Flink
compiles, and `weir flink plan` must find the operators of its plan. Of a query that Flink itself refuses there is nothing to find.
The others that are not found must be in unfound.tsv with what Flink has; --write writes it anew. Ends with 'files: N passed,
N failed, N refused by Flink'.
"""
import argparse
import concurrent.futures
import csv
import glob
import io
import itertools
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import cluster as clusters  # noqa: E402
from translate_test import BARE, SQL, UNWRITABLE, Translated, name_of, table  # noqa: E402

UNFOUND = os.path.join(HERE, "unfound.tsv")
HEAD = "# query of tests/sql (file:line), tab, what Flink 2.3 makes of it that is no one operator of ours: it is not started there\n"
# Statements that make nothing that a query reads.
PASSED_OVER = re.compile(r"\s*(INSERT|EXECUTE|BEGIN|END|SHOW|DESCRIBE|EXPLAIN|WAIT|STOP|CREATE JOB)\b", re.I)


def weir(program, words, script, folder):
    return subprocess.run([program, "--conf", BARE, "--data-dir", os.path.join(folder, "data"), *words], input=script, text=True,
                          capture_output=True, timeout=300, cwd=folder, check=False)


def types_of(program, tables, query, folder):
    """The types of a query's columns; nothing where it is none that a view can have."""
    script = "\n".join(tables) + f"\nCREATE TEMPORARY VIEW asked AS {query}\n;\nDESCRIBE asked;\n"
    done = weir(program, ["-q", "--no-progress", "--format", "csv", "run", "-"], script, tempfile.mkdtemp(dir=folder))
    rows = list(csv.reader(io.StringIO(done.stdout)))
    heads = [i for i, row in enumerate(rows) if row[:3] == ["name", "type", "null"]]
    return [re.sub(r" \*(ROWTIME|PROCTIME)\*| NOT NULL", "", row[1]) for row in rows[heads[-1] + 1:]] if heads and done.returncode == 0 else []


def found(program, gateway, path):
    """[(the query, "" or what is not found; None where Flink refuses the query)] of a file."""
    answers = []
    with tempfile.TemporaryDirectory() as top:
        tables = []
        for block, sql in Translated(program, path, os.path.join(top, "script")).statements:
            if not block.kind.startswith("query"):
                tables += [] if PASSED_OVER.match(sql) else [sql]
                continue
            query = sql.rstrip().rstrip(";")
            types = types_of(program, tables, query, top)
            if not types:
                continue
            columns = ", ".join(f"c{i} {kind}" for i, kind in enumerate(types))
            script = "\n".join(tables) + f"\nCREATE TEMPORARY TABLE taker ({columns}) WITH ('connector' = 'blackhole');\nINSERT INTO taker {query};\n"
            done = weir(program, ["flink", "plan", "--gateway", gateway, "-"], script, tempfile.mkdtemp(dir=top))
            answers.append((f"{name_of(path)}:{block.line}", said(done)))
    return answers


def all_found(program, gateway, paths):
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        return dict(itertools.chain.from_iterable(pool.map(lambda path: found(program, gateway, path), paths)))


def said(done):
    if done.returncode == 0:
        return ""
    message = re.sub(r"^\S+ ", "", done.stderr.splitlines()[0])
    matched = re.match(r"ERROR E4010: (?:no operator of ours is|any of .* may be|several nodes of|a node of Flink's plan is of a kind)", message)
    return message.removeprefix("ERROR E4010: ") if matched else None


def kind_of(message):
    """What of a message does not go by columns' names and numbers: the kind of node."""
    nodes = re.findall(r"\b([A-Z]\w+)\(", message)
    return nodes[0] if nodes else message


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.weir)
    refused, known = table("refused.tsv"), table("unfound.tsv") if os.path.exists(UNFOUND) else {}
    paths = arguments.files or sorted(glob.glob(os.path.join(SQL, "*/*.slt")))
    paths = [path for path in map(os.path.abspath, paths) if not name_of(path).startswith("error/") and name_of(path) not in UNWRITABLE
             and name_of(path) not in refused]
    answers, why = clusters.with_cluster(program, "weir-found-", lambda cluster, _: all_found(program, cluster.gateway, paths))
    if why is not None:
        print(f"SKIPPED: {why}\nfiles: 0 passed, 0 failed, 0 refused by Flink")
        return 0
    unfound = {query: kind_of(answer) for query, answer in answers.items() if answer}
    if arguments.write:
        with open(UNFOUND, "w", encoding="utf-8") as file:
            file.write(HEAD + "".join(f"{query}\t{kind}\n" for query, kind in unfound.items()))
        known = unfound
    passed = sum(answer == "" for answer in answers.values())
    wrong = [f"{query}: {answers[query]}" for query, kind in unfound.items() if known.get(query) != kind]
    wrong += [f"{query} is found, and in unfound.tsv" for query in known if answers.get(query) == ""]
    print("\n".join(["FAILED " + line for line in wrong] +
                    [f"files: {passed} passed, {len(wrong)} failed, {sum(answer is None for answer in answers.values())} refused by Flink"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
