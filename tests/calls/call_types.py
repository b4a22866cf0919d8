#!/usr/bin/env python3
"""Compares the types of calls with Flink's: every function over columns that are NOT NULL or not, of CHAR(n) and
VARCHAR(n), and over literals.

usage: call_types.py run --weir PROGRAM [--sliced] [--only REGEX] [--report FILE]
       call_types.py questions FILE       writes what Ask.java is to ask Flink
       call_types.py store FILE           makes types.txt from what Ask.java has written

The calls are those of functions.py, each template once in each of VARIANTS. Nothing is run: what is compared is what
DESCRIBE of a view says, which is what CREATE TABLE AS makes and what a strict sink sees. `run` fails when a type
differs from Flink's and no row of differing_types.tsv says why, by a row of docs/differences-from-flink.md. --sliced asks one slice (slices.tsv) unless
WEIR_TEST_SLICE=full.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import sys
import tempfile

import calls
import functions

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import slices  # noqa: E402

ANSWERS = os.path.join(HERE, "types.txt")
DIFFERENCES = os.path.join(HERE, "differing_types.tsv")
PACK = 60

# Of an argument: a column of the type, of it NOT NULL, of texts and bytes with a length, or a literal.
VARIANTS = {
    "nullable": ["column"],
    "not null": ["not null"],
    "with length": ["length"],
    "fixed": ["fixed"],
    "literals behind": ["length", "literal"],
    "literals": ["literal"],
}
WITH_LENGTH = {"STRING": "VARCHAR(5)", "CHAR": "VARCHAR(4)", "BYTES": "VARBINARY(5)"}
FIXED = {"STRING": "CHAR(3) NOT NULL", "CHAR": "CHAR(2)", "BYTES": "BINARY(2) NOT NULL"}
LITERALS = {"CHAR": "'ab'", "BYTES": "x'616263'", "TINYINT": "CAST(1 AS TINYINT)", "SMALLINT": "CAST(1 AS SMALLINT)", "BIGINT": "4294967296",
            "FLOAT": "CAST(1.5 AS FLOAT)", "DOUBLE": "1.5E0", "DECIMAL(5, 2)": "1.50", "DATE": "DATE '2024-02-29'",
            "TIME(0)": "TIME '12:34:56'", "TIMESTAMP(0)": "TIMESTAMP '2024-02-29 12:34:56'",
            "TIMESTAMP(3)": "TIMESTAMP '2024-02-29 12:34:56.789'", "TIMESTAMP(9)": "TIMESTAMP '2024-02-29 12:34:56.123456789'",
            "INTERVAL SECOND": "INTERVAL '1' SECOND", "INTERVAL MONTH": "INTERVAL '1' MONTH"}
# Types that come from more than a call, of two columns each.
QUERIES = [
    ("UNION ALL", "#k1# #from# UNION ALL SELECT #k2# #from#"),
    ("INTERSECT", "#k1# #from# INTERSECT SELECT #k2# #from#"),
    ("LEFT JOIN", "b FROM (SELECT #k1# AS a #from#) AS l LEFT JOIN (SELECT #k1# AS b, #k2# AS c #from#) AS r ON a = b"),
    ("FULL JOIN", "a FROM (SELECT #k1# AS a #from#) AS l FULL JOIN (SELECT #k1# AS b, #k2# AS c #from#) AS r ON a = b"),
    ("subquery", "(SELECT MAX(#k1#) #from#) #from#"),
    ("grouped key", "#k1# #from# GROUP BY #k1#, #k2#"),
    ("grouping sets", "#k1# #from# GROUP BY GROUPING SETS ((#k1#), (#k2#))"),
    ("VALUES", "a FROM (VALUES (1, 'a'), (2, 'bcd')) AS v (b, a)"),
    ("VALUES", "a FROM (VALUES (1, 1.5), (2, 2)) AS v (b, a)"),
    ("VALUES", "a FROM (VALUES (1, 1.5), (2, CAST(NULL AS INT))) AS v (b, a)"),
]
PAIRS = [("INT NOT NULL", "BIGINT"), ("BIGINT NOT NULL", "INT NOT NULL"), ("CHAR(3) NOT NULL", "CHAR(5)"), ("VARCHAR(5)", "CHAR(3)"),
         ("STRING NOT NULL", "CHAR(3) NOT NULL"), ("DECIMAL(5, 2)", "INT"), ("DOUBLE NOT NULL", "DECIMAL(5, 2)"), ("FLOAT", "INT"),
         ("DATE", "DATE NOT NULL"), ("TIMESTAMP(3) NOT NULL", "TIMESTAMP(9)"), ("BINARY(2)", "VARBINARY(5) NOT NULL"),
         ("TINYINT NOT NULL", "SMALLINT NOT NULL"), ("DECIMAL(20, 0) NOT NULL", "DECIMAL(38, 18)")]


def literal(kind, values):
    if kind in LITERALS:
        return LITERALS[kind]
    value = values[min(2, len(values) - 1)]
    return calls.quoted(value) if kind == "STRING" else calls.constant(kind, value)


def argument(kind, values, how, name):
    """(the column's definition or None, SQL)."""
    if how == "literal":
        return None, literal(kind, values)
    if kind.startswith("INTERVAL"):
        return f"{name} INT{' NOT NULL' if how == 'not null' else ''}", f"(INTERVAL '1' {kind[9:]} * #{name}#)"
    plain = "STRING" if kind == "CHAR" else kind
    given = {"length": WITH_LENGTH, "fixed": FIXED}.get(how, {}).get(kind, plain)
    return f"{name} {given}{' NOT NULL' if how == 'not null' else ''}", f"#{name}#"


class Question:
    """An expression over columns; Flink's type of it."""

    def __init__(self, name, template, columns, text):
        self.name, self.template, self.columns, self.text, self.flink = name, template, columns, text, None

    def key(self):
        return self.name, self.text, tuple(self.columns)


def of_template(name, template, types):
    """The questions that a template makes."""
    pools = [functions.pool(kind) for kind in types]
    numbers = [p for kind, p in pools if kind is None and re.fullmatch(r"\d+", p[0])]
    for pieces in numbers[0] if numbers else [None]:
        for hows in VARIANTS.values():
            columns, texts = [], []
            for i, (kind, values) in enumerate(pools):
                if kind is None:
                    texts.append(pieces if pieces is not None and re.fullmatch(r"\d+", values[0]) else values[0])
                    continue
                definition, text = argument(kind, values, hows[min(i, len(hows) - 1)], f"k{i + 1}")
                columns += [definition] if definition else []
                texts.append(text)
            yield Question(name, template, columns, template.format(*texts))


def every_question():
    """Each once."""
    made = {}
    for name, templates in functions.FUNCTIONS.items():
        for template, types, _ in templates:
            for question in of_template(name, template, types):
                made.setdefault(question.key(), question)
    for name, templates in functions.AGGREGATES.items():
        for template, kind in templates:
            for question in of_template(name, template.replace("(id AS", "(1 AS"), [kind]):
                grouped = Question(name, question.template, ["k9 INT", *question.columns], question.text + " #from# GROUP BY #k9#")
                for one in [question, grouped] if question.columns else []:
                    made.setdefault(one.key(), one)
    for name, query in QUERIES:
        for left, right in PAIRS:
            question = Question(name, query, [f"k1 {left}", f"k2 {right}"], query)
            made.setdefault(question.key(), question)
    return list(made.values())


def write_questions(path):
    with open(path, "w", encoding="utf-8") as out:
        for number, question in enumerate(every_question()):
            text = question.text.replace("\n", "\x1e").replace("\r", "\x1d")
            out.write("\t".join([f"{number}?", "UTC", "\x1f".join(question.columns), "{}", text]) + "\n")


def store(path):
    questions = every_question()
    with open(path, encoding="utf-8", newline="\n") as file:
        head, *lines = file.read().split("\n")
    for line in filter(None, lines):
        number, _, kind, _ = line.split("\t")
        questions[int(number.rstrip("?"))].flink = kind if kind == "refused" else calls.plain_type(kind)
    with open(ANSWERS, "w", encoding="utf-8") as out:
        out.write(f"{head}: types of what call_types.py asks\n")
        opened = None
        for question in questions:
            if (question.name, question.template) != opened:
                opened = question.name, question.template
                out.write(f"@ {question.name}\t{question.template}\n")
            out.write("\t".join([json.dumps(question.columns), json.dumps(question.text, ensure_ascii=False), question.flink]) + "\n")


def load(pattern):
    """All questions whose function fits, with Flink's answers."""
    out = []
    with open(ANSWERS, encoding="utf-8", newline="\n") as file:
        _, *lines = file.read().split("\n")
    for line in filter(None, lines):
        if line.startswith("@ "):
            name, template = line[2:].split("\t")
            continue
        columns, text, flink = line.split("\t")
        question = Question(name, template, json.loads(columns), json.loads(text))
        question.flink = flink
        if re.search(pattern, name):
            out.append(question)
    return out


def script(asked):
    """One view a question, described; a mark before each."""
    out = []
    for number, question in asked:
        table = f"t{number}"
        if question.columns:
            out.append(f"CREATE TABLE {table} ({', '.join(question.columns)}) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'json');")
        text = re.sub(r"#(k\d+)#", r"`\1`", question.text)
        source = f"FROM {table}" if question.columns else ""
        query = text.replace("#from#", source) if "#from#" in text else f"{text} {source}"
        out.append(f"CREATE VIEW v{number} (r) AS SELECT {query};\nDESCRIBE v{number};")
    return "\n".join(out) + "\n"


def ask(weir, part):
    """{number: type, or "refused" and why} of the numbered questions. One that fails ends a script."""
    answers, todo = {}, collections.deque(part)
    with tempfile.TemporaryDirectory() as folder:
        while todo:
            batch = [todo.popleft() for _ in range(min(PACK, len(todo)))]
            printed, error = calls.run_text(weir, script(batch), folder)
            types = [json.loads(line) for line in printed.split("\n") if line.startswith('{"name"')]
            for (number, _), said in zip(batch, types, strict=False):
                answers[number] = said["type"] + ("" if said["null"] == "TRUE" else " NOT NULL")
            rest = batch[len(types):]
            if rest:
                answers[rest[0][0]] = f"refused {error}"
            todo.extendleft(reversed(rest[1:]))
    return answers


def differs(flink, weir):
    """What differs: the type, or whether it may be NULL; empty when they are alike. What one of them refuses, which Flink
    often does only when a query runs, calls.py compares."""
    if flink == weir or flink == "refused" or weir.startswith("refused"):
        return ""
    return "null" if flink.removesuffix(" NOT NULL") == weir.removesuffix(" NOT NULL") else "type"


class Rule:
    """A row of differing_types.tsv: the differences that it explains, and by which row of the page."""

    def __init__(self, line):
        self.kinds, self.function, self.text, self.flink, self.weir, self.row = line.split("\t")
        self.fits = 0

    def explains(self, question, kind, answer):
        asked = f"{question.text} {json.dumps(question.columns)}"
        return (kind in self.kinds.split("|") and re.fullmatch(self.function, question.name) is not None
                and all(re.search(p, t) for p, t in [(self.text, asked), (self.flink, question.flink), (self.weir, answer)]))


def answers_of(weir, questions, jobs):
    """Weir's answers in the order of the questions."""
    numbered = list(enumerate(questions))
    parts = [numbered[i::4 * jobs] for i in range(4 * jobs)]
    answers = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for some in pool.map(lambda part: ask(weir, part), parts):
            answers.update(some)
    return [answers[number] for number, _ in numbered]


def my_questions(arguments):
    questions = load(arguments.only)
    if not arguments.sliced or slices.is_full():
        return questions
    groups = sorted({(q.name, q.template) for q in questions})
    mine = set(slices.part("calls", groups, slices.number("calls"), slices.table()["calls"][0]))
    return [q for q in questions if (q.name, q.template) in mine]


def run(arguments):
    questions = my_questions(arguments)
    with open(DIFFERENCES, encoding="utf-8") as file:
        known = [Rule(line) for line in file.read().split("\n")[1:] if line]
    explained, unexplained = 0, []
    for question, answer in zip(questions, answers_of(arguments.weir, questions, arguments.jobs), strict=True):
        kind = differs(question.flink, answer)
        if not kind:
            continue
        rule = next((rule for rule in known if rule.explains(question, kind, answer)), None)
        if rule:
            rule.fits += 1
            explained += 1
        else:
            unexplained.append("\t".join([kind, question.name, question.text, json.dumps(question.columns), question.flink, answer]))
    wrong = [f"differing_types.tsv: no row of the page is about: {rule.row}" for rule in known
             if rule.row not in calls.rows_of_the_page()]
    if not arguments.only and len(questions) == len(load("")):
        wrong += [f"differing_types.tsv: fits no call: {rule.function} {rule.text}" for rule in known if not rule.fits]
    if arguments.report:
        with open(arguments.report, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in unexplained)
    print("\n".join([*unexplained[:20], *wrong]))
    print(f"{len(questions)} types of {len({q.name for q in questions})} functions: {len(questions) - explained - len(unexplained)} alike, "
          f"{explained} explained, {len(unexplained)} unexplained")
    return 1 if unexplained or wrong or not questions else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["run", "questions", "store"])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--weir")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--sliced", action="store_true")
    parser.add_argument("--report")
    arguments = parser.parse_args()
    if arguments.verb == "run":
        return run(arguments)
    if arguments.verb == "questions":
        write_questions(arguments.file)
    else:
        store(arguments.file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
