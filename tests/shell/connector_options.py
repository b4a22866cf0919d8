"""A table of options: every option of Flink's pages on some connectors, and those of ours, each with the test that shows it
work, or with a value that is refused, or has no effect, and why. No other system is asked."""
import csv
import os
import re

from weir_shell import expect, run_all


class Options:
    """`anywhere`: of every connector, or with a prefix; HELP says those elsewhere. `columns` and `needed`: what a table of
    each connector has besides the option."""

    def __init__(self, folder, most_unsupported, anywhere, columns, needed):
        self.folder, self.most_unsupported, self.anywhere = folder, most_unsupported, anywhere
        self.columns, self.needed = columns, needed
        with open(os.path.join(folder, "options.tsv"), encoding="utf-8") as file:
            self.table = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]

    def every_option_is_listed(self, scratch):
        known = scratch.run("-c", "HELP CONNECTORS;").stdout
        for connector in self.columns:
            listed = [option for name, option, answer, _, _ in self.table if name == connector and answer == "works"]
            expect(len(listed) == len(set(listed)), f"{connector}: an option is listed twice")
            told = re.search(rf"^'connector' = '{connector}',.*\n((?:    '.*\n)+)", known, re.M).group(1)
            options = set(re.findall(r"^    '([^']+)'", told, re.M))
            expect(options <= set(listed), f"{connector}: not in options.tsv: {options - set(listed)}")
            expect(set(listed) - options <= self.anywhere, f"{connector}: not an option any more: {set(listed) - options - self.anywhere}")

    def the_tests_are_there(self, _):
        for connector, option, answer, value, said in self.table:
            if answer != "works":
                expect(said and value, f"{connector}: {option} does not work, without a reason")
                continue
            file, test = said.split(":")
            with open(os.path.join(self.folder, file), encoding="utf-8") as text:
                expect(f"def {test}(" in text.read(), f"{connector}: {option}: there is no test {said}")

    def create(self, scratch, connector, option, value):
        options = {"connector": connector, **self.needed[connector], option: value}
        return scratch.run("-c", f"CREATE TABLE t ({self.columns[connector]}) WITH ("
                           + ", ".join(f"'{name}' = '{text}'" for name, text in options.items()) + "); DROP TABLE t;")

    def without_effect(self, scratch):
        for connector, option, answer, value, _ in self.table:
            if answer == "no effect":
                done = self.create(scratch, connector, option, value)
                expect(done.returncode == 0 and done.stderr.count(option) == 1, f"{connector}: {option}: {done.stdout}{done.stderr}")

    def refused_by_name(self, scratch):
        refused = [row for row in self.table if row[2] not in ("works", "no effect")]
        expect(sum(row[2] == "E1002" for row in refused) <= self.most_unsupported, "too many options are not supported")
        for connector, option, answer, value, _ in refused:
            done = self.create(scratch, connector, option, value)
            expect(answer in done.stderr and f"'{option}'" in done.stderr, f"{connector}: {option}: {done.stdout}{done.stderr}")

    def run(self):
        run_all({f"test_{test.__name__}": test for test in (self.every_option_is_listed, self.the_tests_are_there, self.without_effect,
                                                           self.refused_by_name)})
