#!/usr/bin/env python3
"""weir flink advise: what it says of jobs that run for it, that it leaves nothing behind, and where its ratios are from.

usage: advise_test.py --weir PROGRAM [TEST…]
"""
import csv
import json
import os
import re
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
sys.path[:0] = [os.path.join(ROOT, "tests/shell"), HERE]
from script_test import expect_exit, wait_until  # noqa: E402
from weir_shell import DEADLINE, expect, run_all  # noqa: E402

ROWS = ("CREATE TABLE orders (k INT, v BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '4000000', 'fields.k.min' = '0',\n"
        "  'fields.k.max' = '999');\n")
SUMS = "CREATE TABLE sums (k INT, v BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out/sums', 'format' = 'debezium-json');\n"
JOB = ROWS + SUMS + "INSERT INTO sums SELECT k, SUM(v) FROM orders GROUP BY k;\n"
ENDLESS = "CREATE TABLE endless (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');\n"


def advise(scratch, sql, *options, code=0):
    """The operators' rows and the needs, by their first columns, and what was said beside them."""
    done = scratch.run("flink", "advise", "--format", "csv", *options, scratch.write("job.sql", sql))
    expect_exit(done, code)
    if code:
        expect(not done.stdout, f"prints in spite of an error: {done.stdout}")
        return None, None, done.stderr
    tables, rows = [], list(csv.reader(done.stdout.splitlines()))
    for row in rows:
        if row[0] in ("operator", "what it needs"):
            tables.append({"": row})
        tables[-1][row[0]] = dict(zip(tables[-1][""], row, strict=True))
    return tables[0], tables[1], done.stderr


def number(text):
    return float(text.replace(",", "").split(" ")[0])


def untouched(scratch):
    left = sorted(set(os.listdir(scratch.path)) - {"job.sql", "tmp"})
    expect(not left, f"is left behind: {left}")


# --- where the ratios are from -------------------------------------------------------------------------------------------

def test_ratios_are_those_that_were_measured(_):
    with open(os.path.join(ROOT, "shell/flink/advise/flink_ratios.def"), encoding="utf-8") as file:
        rows = re.findall(r'^WEIR_FLINK_RATIO\((\w+), "\w+", (\d+), (\d+), ([\d.]+)\)$', file.read(), re.M)
    with open(os.path.join(ROOT, "bench/nexmark/flink_figures.json"), encoding="utf-8") as file:
        figures = json.load(file)
    expect({row[0]: int(row[1]) for row in rows} == figures["events_per_second"], "events: not those of flink_figures.json")
    expect("on 2 cores" in figures["what"], figures["what"])
    with open(os.path.join(ROOT, "docs/performance.md"), encoding="utf-8") as file:
        table = re.findall(r"^\| (q\d+) \| \d+ \| (\d+) \| [\d.]+ \| .* \| ([\d.]+) \|$", file.read(), re.M)
    expect({row[0]: (int(row[2]), float(row[3])) for row in rows} == {query: (int(nanos), float(times)) for query, nanos, times in table},
           "nanoseconds or times: not those of docs/performance.md")
    queries = {name[:-4] for name in os.listdir(os.path.join(ROOT, "bench/nexmark/queries"))}
    expect({row[0] for row in rows} == queries, "not the queries of bench/nexmark")


# --- what it says --------------------------------------------------------------------------------------------------------

def test_a_job_whose_input_ends(scratch):
    operators, needs, said = advise(scratch, JOB, "--rate", "1000000")
    untouched(scratch)
    by_kind = {name.split(" ")[0]: row for name, row in operators.items() if name}
    expect(by_kind["Scan"]["rows"] == "4000000", operators)
    expect(int(by_kind["GroupAggregate"]["state rows"]) > 0, operators)
    expect(by_kind["GroupAggregate"]["by NEXMark's"] == "q15 q16 q17", operators)
    expect(by_kind["Sink"]["by NEXMark's"].startswith("q0 q1 q2 q10"), operators)
    expect(needs["rows a second"]["here"] == "1,000,000" == needs["rows a second"]["on Flink 2.3"], needs)
    busy, there = needs["cores busy"], needs["rows a second of a busy core"]
    expect(number(busy["least"]) <= number(busy["on Flink 2.3"]) <= number(busy["most"]), needs)
    ratio = number(there["here"]) / number(there["on Flink 2.3"])
    expect(11 < ratio < 22, f"{ratio} times for an aggregate over little: {needs}")
    managers = needs["task managers of 4 slots and 8 GB"]
    expect(number(managers["on Flink 2.3"]) * 8 == number(needs["memory of these, GB"]["on Flink 2.3"]), needs)
    expect(number(managers["on Flink 2.3"]) * 4 * 24 == number(needs["core-hours a day"]["on Flink 2.3"]), needs)
    expect("cost a day" not in needs, needs)
    for part in ("INSERT INTO ", "4,000,000 rows read in", "to the end of the input", "nothing was written",
                 "What one machine cannot give", "its state is never more than its disks hold", "How far to trust this"):
        expect(part in said, f"{part}: {said}")


def test_what_is_asked_for(scratch):
    _, needs, said = advise(scratch, JOB, "--rate", "1e9", "--slots", "2", "--memory", "16 GB", "--core-hour", "0.05")
    expect("task managers of 2 slots and 16 GB" in needs, needs)
    cost, hours = needs["cost a day"], needs["core-hours a day"]
    expect(abs(number(cost["on Flink 2.3"]) - number(hours["on Flink 2.3"]) * 0.05) < 0.01, needs)
    expect("This machine is not enough for 1,000,000,000 rows a second" in said, said)
    _, needs, said = advise(scratch, JOB, "--rate", "1")
    expect("One machine is enough: 1 rows a second" in said and number(needs["cores to have, 70 % busy"]["here"]) == 1, said)
    _, needs, said = advise(scratch, JOB)  # what this machine does
    expect("One machine is enough" in said, said)
    quiet = scratch.run("-q", "flink", "advise", scratch.write("job.sql", JOB))
    expect_exit(quiet, 0)
    expect("state bytes" in quiet.stdout and not quiet.stderr, quiet.stderr)


def test_a_job_without_an_end(scratch):
    sql = ENDLESS + "CREATE TABLE p (k INT) WITH ('connector' = 'print');\nCREATE JOB copied AS INSERT INTO p SELECT k FROM endless;\n"
    operators, _, said = advise(scratch, sql, "--seconds", "0.3")
    untouched(scratch)
    expect(sum(row["rows"] == "0" for name, row in operators.items() if name) == 0, operators)
    expect("Job copied: " in said and "of an input that had not ended" in said, said)
    expect("It keeps no state." in said and "too little to tell" in said, said)


def test_several_jobs_and_what_is_no_job(scratch):
    more = JOB + "CREATE TABLE b (k INT) WITH ('connector' = 'blackhole');\nSELECT COUNT(*) FROM orders;\nSHOW JOBS;\n" \
        "EXECUTE STATEMENT SET BEGIN INSERT INTO b SELECT k FROM orders; INSERT INTO b SELECT k + 1 FROM orders; END;\n"
    done = scratch.run("flink", "advise", scratch.write("job.sql", more))
    expect_exit(done, 0)
    expect(done.stdout.count("what it needs") == 2, done.stdout)
    expect("The 2 jobs together" in done.stderr and "4000000" not in done.stderr, done.stderr)


def test_a_kind_that_was_not_measured(scratch):
    sql = ("CREATE TABLE o (k INT, v INT, t TIMESTAMP(3), WATERMARK FOR t AS t) WITH ('connector' = 'datagen',\n"
           "  'number-of-rows' = '50000', 'fields.k.max' = '9', 'fields.k.min' = '0');\n"
           "CREATE TABLE b (k INT, s INT) WITH ('connector' = 'blackhole');\n"
           "INSERT INTO b SELECT k, SUM(v) OVER (PARTITION BY k ORDER BY t ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) FROM o;\n")
    operators, _, said = advise(scratch, sql)
    over = [row for name, row in operators.items() if name.startswith("OverAggregate")]
    expect(over and over[0]["by NEXMark's"] == "none has one: all queries", operators)
    expect("no query of NEXMark was measured" in said, said)


def test_what_cannot_be_said_in_flink_sql(scratch):
    sql = "CREATE TABLE i (k INT) WITH ('connector' = 'inline', 'rows' = '1\n2\n');\nCREATE TABLE b (k INT) WITH ('connector' = 'blackhole');\n" \
        "INSERT INTO b SELECT k FROM i;\n"
    _, _, said = advise(scratch, sql)
    expect("Not all of the file can be said in Flink SQL: weir flink translate shows the place." in said, said)


def test_secrets_are_those_of_the_data_directory(scratch):
    expect_exit(scratch.run("secret", "set", "mine", text="out"), 0)
    before = sorted(os.walk(os.path.join(scratch.path, "weir-data")))
    sql = "CREATE TABLE f (k INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'csv.null-literal' = '${secret:mine}');\n" \
        "CREATE TABLE b (k INT) WITH ('connector' = 'blackhole');\nINSERT INTO b SELECT k FROM f;\n"
    scratch.write("in/a.csv", "1\nout\n3\n")
    operators, _, _ = advise(scratch, sql)
    expect(any(row["rows"] == "3" for row in operators.values() if isinstance(row, dict)), operators)
    expect(sorted(os.walk(os.path.join(scratch.path, "weir-data"))) == before, "the data directory has changed")


# --- what goes wrong -----------------------------------------------------------------------------------------------------

def test_a_file_without_a_job(scratch):
    _, _, said = advise(scratch, ROWS + "SELECT COUNT(*) FROM orders;\n", code=3)
    expect("E2015: the file has no job" in said and "INSERT INTO … SELECT" in said, said)
    _, _, said = advise(scratch, JOB + "INSERT INTO sums SELECT w FROM orders;\n", code=3)
    expect(re.search(r"job\.sql:5:\d+: ERROR E2003: .*\n.*\n +\| +\^", said), said)


def test_a_job_that_fails(scratch):
    scratch.write("in/a.csv", "1\nx\n3\n")
    sql = "CREATE TABLE f (k INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');\n" \
        "CREATE TABLE b (k INT) WITH ('connector' = 'blackhole');\nINSERT INTO b SELECT k FROM f;\n"
    done = scratch.run("flink", "advise", scratch.write("job.sql", sql))
    expect_exit(done, 4)
    expect("a.csv" in done.stderr and "ERROR E3" in done.stderr, done.stderr)


def test_a_source_that_others_read(scratch):
    sql = ("CREATE TABLE c (id INT PRIMARY KEY NOT ENFORCED) WITH ('connector' = 'postgres-cdc', 'hostname' = 'localhost',\n"
           "  'username' = 'u', 'password' = 'p', 'database-name' = 'd', 'schema-name' = 's', 'table-name' = 't', 'slot.name' = 'n');\n"
           "CREATE TABLE b (id INT PRIMARY KEY NOT ENFORCED) WITH ('connector' = 'blackhole');\nINSERT INTO b SELECT id FROM c;\n")
    _, _, said = advise(scratch, sql, code=3)
    expect("E1002: reading a table of the connector postgres-cdc" in said, said)


def test_options_that_are_none(scratch):
    for options, words in ((["--rate", "0"], "--rate takes a number above 0, not '0'"), (["--rate", "fast"], "'fast'"),
                           (["--seconds", "-1"], "--seconds"), (["--slots", "1.5"], "--slots takes 1 to 1024"),
                           (["--memory", "much"], "--memory takes a size"), (["--memory", "1 MB"], "1 GB at least"),
                           (["--core-hour", "x"], "--core-hour"), (["--gateway", "http://x"], "does not take --gateway here")):
        _, _, said = advise(scratch, JOB, *options, code=1)
        expect("E6001" in said and words in said, said)
    done = scratch.run("flink", "run", "--rate", "1", scratch.write("job.sql", JOB))
    expect_exit(done, 1)
    expect("does not take --rate here" in done.stderr, done.stderr)


def test_it_can_be_interrupted(scratch):
    sql = ENDLESS + "CREATE TABLE b (k INT) WITH ('connector' = 'blackhole');\nINSERT INTO b SELECT k FROM endless;\n"
    temporary = os.path.join(scratch.path, "tmp")
    os.makedirs(temporary)
    os.environ["TMPDIR"] = temporary
    try:
        process = scratch.start("flink", "advise", scratch.write("job.sql", sql))
    finally:
        del os.environ["TMPDIR"]
    wait_until(lambda: os.listdir(temporary), "it has its directory")
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=DEADLINE)
    expect(process.returncode == 130 and not out, f"{process.returncode}: {said}")
    expect(not os.listdir(temporary), os.listdir(temporary))
    untouched(scratch)


if __name__ == "__main__":
    run_all(globals())
