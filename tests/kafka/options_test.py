#!/usr/bin/env python3
"""options.tsv: every option of the tables in Flink's pages on its connectors `kafka` and `upsert-kafka`, and those of ours,
each with the test that shows it work, or with a value that is refused, or has no effect, and why. No broker is asked."""
import csv
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "shell")]
from weir_shell import expect, run_all  # noqa: E402

CONNECTORS = ("kafka", "upsert-kafka")
MOST_UNSUPPORTED = 6
# Of every connector, or with a prefix; HELP says those elsewhere.
ANYWHERE = {"connector", "format", "value.format", "properties.bootstrap.servers", "properties.group.id", "scan.parallelism", "sink.parallelism"}
COLUMNS = {"kafka": "a INT", "upsert-kafka": "a INT PRIMARY KEY NOT ENFORCED"}
NEEDED = {"topic": "t", "properties.bootstrap.servers": "h:1", "key.format": "json", "value.format": "json"}


def table():
    with open(os.path.join(HERE, "options.tsv"), encoding="utf-8") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def test_every_option_is_listed(scratch):
    known = scratch.run("-c", "HELP CONNECTORS;").stdout
    for connector in CONNECTORS:
        listed = [option for name, option, answer, _, _ in table() if name == connector and answer == "works"]
        expect(len(listed) == len(set(listed)), f"{connector}: an option is listed twice")
        told = re.search(rf"^'connector' = '{connector}',.*\n((?:    '.*\n)+)", known, re.M).group(1)
        options = set(re.findall(r"^    '([^']+)'", told, re.M))
        expect(options <= set(listed), f"{connector}: not in options.tsv: {options - set(listed)}")
        expect(set(listed) - options <= ANYWHERE, f"{connector}: not an option any more: {set(listed) - options - ANYWHERE}")


def test_the_tests_are_there(_):
    for connector, option, answer, value, said in table():
        if answer != "works":
            expect(said and value, f"{connector}: {option} does not work, without a reason")
            continue
        file, test = said.split(":")
        with open(os.path.join(HERE, file), encoding="utf-8") as text:
            expect(f"def {test}(" in text.read(), f"{connector}: {option}: there is no test {said}")


def create(scratch, connector, option, value):
    key = {"key.fields": "a"} if connector == "kafka" else {}
    options = {"connector": connector, **NEEDED, **key, option: value}
    return scratch.run("-c", f"CREATE TABLE t ({COLUMNS[connector]}) WITH ("
                       + ", ".join(f"'{name}' = '{text}'" for name, text in options.items()) + "); DROP TABLE t;")


def test_without_effect(scratch):
    for connector, option, answer, value, _ in table():
        if answer == "no effect":
            done = create(scratch, connector, option, value)
            expect(done.returncode == 0 and done.stderr.count(option) == 1, f"{connector}: {option}: {done.stdout}{done.stderr}")


def test_refused_by_name(scratch):
    refused = [row for row in table() if row[2] not in ("works", "no effect")]
    expect(sum(row[2] == "E1002" for row in refused) <= MOST_UNSUPPORTED, "too many options are not supported")
    for connector, option, answer, value, _ in refused:
        done = create(scratch, connector, option, value)
        expect(answer in done.stderr and f"'{option}'" in done.stderr, f"{connector}: {option}: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    run_all({name: test for name, test in globals().items() if name.startswith("test_")})
