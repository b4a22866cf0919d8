#!/usr/bin/env python3
"""Runs random functions of SQL and calls of them through Weir, and compares with the same text written out by hand.

usage: functions.py --weir build/weir [--seed N] [--count N] [--case N] [--plant] [--ledger]
A case is a few functions that call each other, scalar ones and such that return tables, and queries that call them. A
model in Python writes each query out without functions: arguments and results are cast where a type says so, a table
function is a LATERAL query. Both must give the same rows. Prints the seed and the first case that differs. --plant: the
model swaps two arguments, which must be found.
"""
import argparse
import collections
import dataclasses
import json
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import ledger  # noqa: E402
import program  # noqa: E402
import seed as seeds  # noqa: E402

IN_ONE_SCRIPT = 10
TABLES = """CREATE TABLE a (id INT, n INT, b BIGINT, d DECIMAL(10, 2), s STRING) WITH ('connector' = 'inline', 'rows' = '
{a}');
CREATE TABLE c (k INT, v INT, w STRING) WITH ('connector' = 'inline', 'rows' = '
{c}');
"""
COLUMNS = {"a": {"id": "INT", "n": "INT", "b": "BIGINT", "d": "DECIMAL(10, 2)", "s": "STRING"},
           "c": {"k": "INT", "v": "INT", "w": "STRING"}}
TYPES = ("INT", "BIGINT", "DECIMAL(10, 2)", "DOUBLE", "STRING")
MUST = ["scalar", "table", "LATERAL", "nested", "aggregate", "named", "LEFT JOIN", "twice", "in WHERE", "in GROUP BY"]
LONGEST_WRITTEN = 40_000  # characters: calls of calls of calls are refused from 20,000 parts on


@dataclasses.dataclass(frozen=True)
class Function:
    name: str
    parameters: tuple  # of (name, type)
    returns: str       # "" for a table
    columns: tuple     # of (name, type)
    body: object       # what it is as text with calls, and written out: parameters are {name}


def cast(text, of, to):
    return text if of == to else f"CAST({text} AS {to})"


class Case:
    """Functions and queries; every text is a pair: with calls, and written out."""

    def __init__(self, chance, seen, plant):
        self.chance, self.seen, self.plant = chance, seen, plant
        self.functions = []

    # An expression of `kind` over names -> types. Names are the same in both texts but for `written`, which maps them.
    def expression(self, kind, names, depth):
        fitting = [name for name, of in names.items() if of[0] == kind]
        draw = self.chance.random()
        if depth == 0 or draw < 0.3:
            if fitting and self.chance.random() < 0.85:
                name = self.chance.choice(fitting)
                return name, names[name][1]
            return (self.literal(kind),) * 2
        calls = [f for f in self.functions if f.returns == kind]
        if calls and draw < 0.65:
            return self.call(self.chance.choice(calls), names, depth)
        return self.operation(kind, names, depth)

    def literal(self, kind):
        number = self.chance.randint(-5, 9)
        return {"INT": f"{number}", "BIGINT": f"CAST({number} AS BIGINT)",
                "DECIMAL(10, 2)": f"CAST({number}.5 AS DECIMAL(10, 2))", "DOUBLE": f"{number}.25E0",
                "STRING": f"CAST('{self.chance.choice(['x', 'yy', ''])}' AS STRING)"}[kind]

    def operation(self, kind, names, depth):
        one, two = self.expression(kind, names, depth - 1), self.expression(kind, names, depth - 1)
        if kind == "STRING":
            form = self.chance.choice(["({0} || {1})", "UPPER({0})", "COALESCE({0}, {1})", "NULLIF({0}, {1})"])
        elif self.chance.random() < 0.4:
            what = self.expression("INT", names, depth - 1)
            form = self.chance.choice(["CASE WHEN {2} > 2 THEN {0} ELSE {1} END", "CASE WHEN {2} IS NULL THEN {0} END"])
            return tuple(form.format(one[i], two[i], what[i]) for i in range(2))
        elif kind == "DECIMAL(10, 2)":
            form = self.chance.choice(["CAST({0} + {1} AS DECIMAL(10, 2))", "COALESCE({0}, {1})"])
        else:
            form = self.chance.choice(["({0} + {1})", "({0} - {1})", "COALESCE({0}, {1})", "ABS({0})", "NULLIF({0}, {1})"])
        return tuple(form.format(one[i], two[i]) for i in range(2))

    # The arguments of a call: their text, and each written out and cast, by parameter.
    def arguments(self, function, names, depth):
        given, written = [], {}
        order = list(function.parameters)
        by_name = self.chance.random() < 0.3
        if by_name:
            self.chance.shuffle(order)
            self.seen["named"] += 1
        for name, kind in order:
            of = kind
            if kind == "BIGINT" or kind == "DOUBLE":
                of = self.chance.choice([kind, "INT"])
            text, out = self.expression(of, names, max(depth - 1, 0))
            given.append(f"{name} => {text}" if by_name else text)
            written[name] = cast(out, of, kind)
        if self.plant and len(written) > 1 and len({kind for _, kind in function.parameters[:2]}) == 1:
            first, second = [name for name, _ in function.parameters[:2]]
            written[first], written[second] = written[second], written[first]
        return ", ".join(given), written

    def call(self, function, names, depth):
        if depth > 1:
            self.seen["nested"] += 1
        text, written = self.arguments(function, names, depth)
        return f"{function.name}({text})", function.body(written)

    def add_scalar(self, number):
        parameters = tuple((f"p{i}", self.chance.choice(TYPES)) for i in range(self.chance.randint(0, 3)))
        inner, returns = self.chance.choice(TYPES), None
        returns = inner if inner in ("STRING", "DECIMAL(10, 2)") else self.chance.choice(["BIGINT", "DOUBLE", inner])
        if (inner, returns) in (("BIGINT", "DOUBLE"), ("DOUBLE", "BIGINT")):
            returns = inner
        names = {name: (kind, "{" + name + "}") for name, kind in parameters}
        text, written = self.expression(inner, names, 3)
        if any(text.count(name) > 1 for name, _ in parameters):
            self.seen["twice"] += 1
        self.seen["scalar"] += 1
        out = cast(f"({written})", inner, returns)
        self.functions.append(Function(f"f{number}", parameters, returns, (),
                                       lambda given, out=out: out.format(**given)))
        declared = ", ".join(f"{name} {kind}" for name, kind in parameters)
        return f"CREATE FUNCTION f{number}({declared}) RETURNS {returns} RETURN {text};"

    def add_table(self, number):
        parameters = tuple((f"q{i}", self.chance.choice(("INT", "STRING", "BIGINT"))) for i in range(2))
        names = {name: (kind, "{" + name + "}") for name, kind in parameters}
        names.update({name: (kind, f"c.{name}") for name, kind in COLUMNS["c"].items()})
        key, column = self.chance.choice([(p, k) for p in parameters for k, of in COLUMNS["c"].items() if of == p[1]]
                                         or [(("q0", parameters[0][1]), None)])
        where = (f"{column} = {key[0]}", f"c.{column} = {{{key[0]}}}") if column else ("TRUE", "TRUE")
        if self.chance.random() < 0.5:
            self.seen["aggregate"] += 1
            value = self.expression("INT", {n: t for n, t in names.items() if n in COLUMNS["c"]}, 1)
            items = [("COUNT(*)", "COUNT(*)", "BIGINT"), (f"SUM({value[0]})", f"SUM({value[1]})", "INT")]
        else:
            kinds = [self.chance.choice(("INT", "STRING")) for _ in range(2)]
            items = [self.expression(kind, names, 2) + (kind,) for kind in kinds]
        columns = tuple((f"r{i}", "BIGINT" if item[2] == "INT" else item[2]) for i, item in enumerate(items))
        text = f"SELECT {', '.join(item[0] for item in items)} FROM c WHERE {where[0]}"
        out = ", ".join(f"{cast(item[1], item[2], of)} AS {name}" for item, (name, of) in zip(items, columns))
        written = f"SELECT {out} FROM c WHERE {where[1]}"
        self.seen["table"] += 1
        self.functions.append(Function(f"t{number}", parameters, "", columns,
                                       lambda given, written=written: written.format(**given)))
        declared = ", ".join(f"{name} {kind}" for name, kind in parameters)
        listed = ", ".join(f"{name} {kind}" for name, kind in columns)
        return f"CREATE FUNCTION t{number}({declared}) RETURNS TABLE ({listed}) RETURN {text};"

    def query(self):
        names = {name: (kind, f"a.{name}") for name, kind in COLUMNS["a"].items()}
        tables = [f for f in self.functions if not f.returns]
        draw = self.chance.random()
        if tables and draw < 0.45:
            return self.table_query(self.chance.choice(tables), names)
        kind = self.chance.choice(TYPES)
        value = self.expression(kind, names, 3)
        if draw < 0.6 and "a." in value[1]:  # a number would mean a column of the list
            self.seen["in GROUP BY"] += 1
            return tuple(f"SELECT {v} AS u, COUNT(*) AS z FROM a GROUP BY {v}" for v in value)
        if draw < 0.8:
            self.seen["in WHERE"] += 1
            test = self.expression("INT", names, 3)
            return tuple(f"SELECT id, {value[i]} AS u FROM a WHERE {test[i]} > 1" for i in range(2))
        return tuple(f"SELECT id, {v} AS u FROM a" for v in value)

    def table_query(self, function, names):
        self.seen["LATERAL"] += 1
        text, written = self.arguments(function, names, 1)
        query = function.body(written)
        items = ", ".join(["id"] + [f"x.{name}" for name, _ in function.columns])
        if self.chance.random() < 0.4:
            self.seen["LEFT JOIN"] += 1
            return (f"SELECT {items} FROM a LEFT JOIN LATERAL TABLE({function.name}({text})) AS x ON TRUE",
                    f"SELECT {items} FROM a LEFT JOIN LATERAL ({query}) AS x ON TRUE")
        return (f"SELECT {items} FROM a, LATERAL TABLE({function.name}({text})) AS x",
                f"SELECT {items} FROM a, LATERAL ({query}) AS x")

    def make(self):
        definitions = [self.add_scalar(0)]
        for number in range(1, self.chance.randint(3, 6)):
            definitions.append(self.add_table(number) if self.chance.random() < 0.35 else self.add_scalar(number))
        queries = []
        while len(queries) < 4:
            pair = self.query()
            if len(pair[1]) < LONGEST_WRITTEN:
                queries.append(pair)
        return definitions, queries


def tables(chance):
    def rows(count, *columns):
        return "\n".join("  " + ", ".join(chance.choice(column) for column in columns) for _ in range(count))
    small = ["NULL", "0", "1", "2", "3"]
    words = ["NULL", "x", "yy", "X"]
    return TABLES.format(a=rows(12, [str(i) for i in range(9)], small, small, ["NULL", "1.50", "0.25", "7.00"], words),
                         c=rows(8, small, small, words))


# Each query with calls, and written out.
def queries_sql(number, queries):
    lines = []
    for index, pair in enumerate(queries):
        for form, query in zip(("calls", "text"), pair):
            lines.append(f"SELECT '{number}/{index}/{form}' AS tag, x.* FROM ({query}) AS x;\n")
    return "".join(lines)


def ask(weir, script, options):
    answers = collections.defaultdict(collections.Counter)
    for line in program.answer(weir, script, ["sql-client.execution.result-mode=table", *options], "json", timeout=300).splitlines():
        tag, *values = json.loads(line).values()
        answers[tag][str(values)] += 1
    return answers


def make_case(seed, number, seen, plant):
    chance = random.Random(f"{seed}/{number}")
    definitions, queries = Case(chance, seen, plant).make()
    head = f"CREATE DATABASE case{number};\nUSE case{number};\n" + tables(chance) + "\n".join(definitions) + "\n"
    return number, head, queries


def first_difference(cases, answers):
    for number, head, queries in cases:
        for index, pair in enumerate(queries):
            calls, text = (answers[f"{number}/{index}/{form}"] for form in ("calls", "text"))
            if calls != text:
                return (f"case {number}:\n{head}-- with calls\n{pair[0]};\n-- written out\n{pair[1]};\n"
                        f"missing: {sorted((text - calls).elements())}\ntoo many: {sorted((calls - text).elements())}")
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--case", type=int, default=0)
    parser.add_argument("--plant", action="store_true")
    parser.add_argument("--ledger", action="store_true", help="note what was run in tests/ledger.tsv")
    arguments = parser.parse_args()
    seed = seeds.draw(arguments.seed)
    print(f"seed {seed}")
    begun = time.monotonic()
    seen, rows, asked, differ = collections.Counter(), 0, 0, 0
    numbers = [arguments.case] if arguments.case else list(range(1, arguments.count + 1))
    for first in range(0, len(numbers), IN_ONE_SCRIPT):
        chance = random.Random(f"{seed}/script/{first}")
        options = [f"pipeline.batch-size={chance.choice([1, 2, 7, 4096])}", f"parallelism.default={chance.choice([1, 2, 3])}"]
        cases = [make_case(seed, number, seen, arguments.plant) for number in numbers[first:first + IN_ONE_SCRIPT]]
        answers = ask(os.path.abspath(arguments.weir), "".join(head + queries_sql(number, queries)
                                                               for number, head, queries in cases), options)
        rows += sum(count.total() for count in answers.values())
        asked += sum(len(queries) for _, _, queries in cases)
        difference = first_difference(cases, answers)
        differ += difference is not None
        if differ and arguments.plant:
            break
        if difference and not arguments.plant:
            print(f"seed {seed}, with {' '.join(options)}, {difference}")
            return 1
    print(f"{asked} queries, {rows} rows; " + ", ".join(f"{word} {seen[word]}" for word in MUST))
    if arguments.plant:
        print(f"two arguments swapped are{'' if differ else ' not'} noticed")
        return 0 if differ > 0 else 1
    missing = [word for word in MUST if seen[word] == 0]
    if len(numbers) >= 100 and (missing or rows < asked):
        print(f"never occurred: {missing}")
        return 1
    if arguments.ledger:
        ledger.record("functions", seed, asked, time.monotonic() - begun)
    return 0


if __name__ == "__main__":
    sys.exit(main())
