"""The text tests of tests/sql: one file a behaviour.

    # What behaviour this shows, in a sentence or two.
    # source: flink 2.3            (who says that the expected rows are right; hand: worked out by hand)

    statement ok
    CREATE TABLE …;

    query                          (rows of the final table, in any order, one a line)
    SELECT …;
    ----
    1, a
    2, NULL

    query changelog                (the changes themselves; in this order where nothing but the default
    SELECT …;                       configuration runs, else folded)
    ----
    +I[1, a]

    statement error
    SELECT nothing FROM nowhere;
    ----
    E2001: no table               (a regular expression searched in the error)

Cells are printed as the shell prints them; the row's text is its cells joined by ", ".
"""
import dataclasses
import re


@dataclasses.dataclass
class Block:
    kind: str                # "statement ok", "statement error", "query", "query changelog"
    sql: str
    expected: list
    line: int


@dataclasses.dataclass
class Test:
    path: str
    header: list
    blocks: list

    def source(self):
        for line in self.header:
            match = re.match(r"#\s*source:\s*(.*)", line)
            if match:
                return match.group(1)
        return ""

    def only(self):
        """Names of the configurations that the file is limited to ("# only: default"), or empty."""
        for line in self.header:
            match = re.match(r"#\s*only:\s*(.*)", line)
            if match:
                return match.group(1).split()
        return []


KINDS = ("statement ok", "statement error", "query changelog", "query")


def parse(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    header = []
    while lines and lines[0].startswith("#"):
        header.append(lines.pop(0))
    test = Test(path, header, [])
    number = len(header)
    i = 0
    while i < len(lines):
        if not lines[i].strip() or lines[i].startswith("#"):
            i += 1
            continue
        kind = lines[i].strip()
        if kind not in KINDS:
            raise ValueError(f"{path}:{number + i + 1}: expected one of {KINDS}, found {kind!r}")
        start = i
        i += 1
        sql, expected, in_expected = [], [], False
        while i < len(lines) and (lines[i].strip() or (not in_expected and not ends(sql))):
            if lines[i] == "----":
                in_expected = True
            elif in_expected:
                expected.append(lines[i])
            else:
                sql.append(lines[i])
            i += 1
        test.blocks.append(Block(kind, "\n".join(sql), expected, number + start + 1))
    return test


def ends(sql):
    """Whether the statement is complete: blank lines may stand inside one until its semicolon."""
    return bool(sql) and sql[-1].rstrip().endswith(";")


def write(test):
    out = list(test.header)
    for block in test.blocks:
        out += ["", block.kind, block.sql]
        if block.kind != "statement ok":
            out += ["----"] + block.expected
    with open(test.path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


CHANGE = re.compile(r"^(\+I|-U|\+U|-D)\[(.*)\]$", re.S)


def fold(changes):
    """Changes ("+I[1, a]") -> sorted rows of the final table. ValueError when a row that is not there is
    taken away: every prefix of a changelog must fold."""
    rows = {}
    for change in changes:
        match = CHANGE.match(change)
        if not match:
            raise ValueError(f"not a change: {change!r}")
        kind, row = match.groups()
        count = rows.get(row, 0) + (1 if kind in ("+I", "+U") else -1)
        if count < 0:
            raise ValueError(f"takes away a row that is not there: {change}")
        rows[row] = count
    return sorted(row for row, count in rows.items() for _ in range(count))
