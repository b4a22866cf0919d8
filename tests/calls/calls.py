#!/usr/bin/env python3
"""Asks Weir what Flink has answered: every function with every type of argument, NULL and edge values, each call with
constants and with columns, and in three zones where the session's zone counts.

usage: calls.py run --weir PROGRAM [--sliced] [--jobs N] [--only REGEX] [--report FILE]
       calls.py count                            how many calls of each function there are
       calls.py questions FILE --weir PROGRAM [--family REGEX]   writes what Ask.java is to ask Flink
       calls.py store FILE...                    makes the files of answers/ from what Ask.java has written: those of the
                                                 families that were asked

`run` fails when an answer differs from Flink's and no row of differing.tsv says why, when a row names no row of
docs/differences-from-flink.md, and, when all calls are asked, when a row fits no call. The calls are those of
functions.py; Flink's answers lie in answers/, a file a family, with Flink's version in its first line. A line
`@ function, template, types, zone` opens the calls of a template. Each has its values as JSON, the type and the value
as JSON; or `refused` or `fails` and Flink's message. Flink was asked with columns: its types are compared with those of
Weir's columns, as literals have others. --sliced asks one slice (slices.tsv) unless WEIR_TEST_SLICE=full.
"""
import argparse
import base64
import collections
import concurrent.futures
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

import functions

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import slices  # noqa: E402

BARE = os.path.join(HERE, "..", "bare.yaml")
ANSWERS = os.path.join(HERE, "answers")
PAGE = os.path.join(HERE, "../../docs/differences-from-flink.md")
ZONES = ["UTC", "America/New_York", "Asia/Kathmandu"]
PACK = 60  # calls of one statement
SCRIPT = 40  # statements of one process


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def interval(kind, value):
    """An INTERVAL of so many seconds or months as a literal."""
    sign, number = ("-" if int(value) < 0 else ""), abs(int(value))
    if kind == "INTERVAL MONTH":
        return f"INTERVAL {sign}'{number // 12}-{number % 12}' YEAR TO MONTH"
    minutes, second = divmod(number, 60)
    hours, minute = divmod(minutes, 60)
    return f"INTERVAL {sign}'{hours // 24} {hours % 24:02}:{minute:02}:{second:02}' DAY TO SECOND"


def constant(kind, value):
    """A value as SQL."""
    if kind is None:
        return value
    named = "STRING" if kind == "CHAR" else kind
    if value is None:
        return f"CAST(NULL AS {named})"
    if kind.startswith("ARRAY"):
        element = kind[6:-1]
        if not value:
            one = constant(element, functions.VALUES[element][0])
            return f"ARRAY_EXCEPT(ARRAY[{one}], ARRAY[{one}])"
        return "ARRAY[" + ", ".join(constant(element, None if v is None else str(v)) for v in value) + "]"
    if kind.startswith("MAP"):
        key, element = kind[4:-1].split(", ")
        if not value:
            return f"MAP_FROM_ARRAYS({constant(f'ARRAY<{key}>', [])}, {constant(f'ARRAY<{element}>', [])})"
        return "MAP[" + ", ".join(f"{constant(key, k)}, {constant(element, None if v is None else str(v))}"
                                  for k, v in value.items()) + "]"
    if kind.startswith("INTERVAL"):
        return interval(kind, value)
    if kind == "BYTES":
        return f"x'{value}'"
    if kind == "CHAR":
        return quoted(value)
    if kind == "BOOLEAN":
        return value.upper()
    if kind == "INT" and value != "-2147483648":
        return value if value[0] != "-" else f"({value})"
    if kind == "DATE":
        return f"DATE '{value}'"
    return f"CAST({quoted(value)} AS {kind})"


def is_native(kind):
    """Whether a column has the type itself; others are texts, which are cast."""
    return kind == "BYTES" or kind.startswith(("ARRAY", "MAP"))


def column(kind, name):
    """A column of texts as one of the type."""
    if is_native(kind) or kind in ("STRING", "CHAR"):
        return name
    if kind.startswith("INTERVAL"):
        return f"(INTERVAL '1' {kind[9:]} * CAST({name} AS INT))"
    return f"CAST({name} AS {kind})"


def cell(kind, value):
    """The value as JSON holds it."""
    if kind == "BYTES" and value is not None:
        return base64.b64encode(bytes.fromhex(value)).decode()
    return value


def with_constants(template, types, values):
    return template.format(*(constant(k, v) for k, v in zip(types, values, strict=True)))


def with_columns(template, types, values, around="`"):
    """Pieces of SQL stay as they are."""
    return template.format(*(v if k is None else column(k, f"{around}k{i + 1}{around}")
                             for i, (k, v) in enumerate(zip(types, values, strict=True))))


def definitions(types):
    return [f"k{i + 1} {k if is_native(k) else 'STRING'}" for i, k in enumerate(types) if k is not None]


def row_of(types, values):
    return {f"k{i + 1}": cell(k, v) for i, (k, v) in enumerate(zip(types, values, strict=True)) if k is not None}


class Call:
    """A call: one question with constants, one with columns."""

    def __init__(self, name, template, types, values, zone):
        self.name, self.template, self.types, self.values, self.zone = name, template, types, values, zone
        self.flink = None  # (type, value)

    def group(self):
        return self.name, self.template, tuple(str(k) for k in self.types), self.zone

    def literals(self):
        """The values that stay pieces of SQL."""
        return tuple(v for k, v in zip(self.types, self.values, strict=True) if k is None)

    def modes(self):
        return ("column",) if self.name == "TYPEOF" else ("constant", "column")  # a literal has another type


class Aggregate(Call):
    """A call of an aggregate function; its values are rows."""

    def __init__(self, name, template, kind, rows):
        super().__init__(name, template, [kind], rows, "UTC")

    def literals(self):
        return ()

    def modes(self):
        return ("aggregate",)


def every_call():
    """Family -> calls."""
    families = collections.defaultdict(list)
    family_of = {name: family for family, names in FAMILIES.items() for name in names}
    for name, template, types, values, zoned in functions.calls():
        for zone in ZONES if zoned else ZONES[:1]:
            families[family_of[name]].append(Call(name, template, types, list(values), zone))
    families["aggregates"] = [Aggregate(*call) for call in functions.aggregates()]
    families["patterns"] = [Call(*call, "UTC") for call in functions.pattern_calls()]
    return families


def make_families():
    """Family -> its functions, by which function of functions.py adds a name first."""
    families, known = {}, set()
    functions.FUNCTIONS.clear()
    for make in [functions.add_operators, functions.add_texts, functions.add_numbers, functions.add_times, functions.add_casts,
                 functions.add_json, functions.add_collections]:
        make()
        families[make.__name__.removeprefix("add_")] = [n for n in functions.FUNCTIONS if n not in known]
        known.update(functions.FUNCTIONS)
    return families


FAMILIES = make_families()


def answered_together(calls):
    """Lists of indices of calls that are one expression of columns."""
    groups = collections.defaultdict(list)
    for i, call in enumerate(calls):
        single = (i,) if isinstance(call, Aggregate) else ()
        groups[(*call.group(), call.literals(), *single)].append(i)
    return groups.values()


def questions(path, weir, pattern):
    """One line a question, as Ask.java wants them; what fails in Weir is asked by itself."""
    with open(path, "w", encoding="utf-8") as out:
        for family, calls in every_call().items():
            if not re.search(pattern, family):
                continue
            answers = all_answers(weir, [s for s in statements(calls) if s.mode != "constant"], 2)
            failing = {i for i, call in enumerate(calls) if answers[id(call), call.modes()[-1]][0] in ("refused", "fails")}
            print(f"{family}: {len(calls)} calls, {len(failing)} fail", flush=True)
            for indices in answered_together(calls):
                for part in [[i for i in indices if i not in failing], *([i] for i in indices if i in failing)]:
                    if part:
                        out.write(question(family, calls, part, part[0] in failing) + "\n")


def question(family, calls, indices, suspect):
    first = calls[indices[0]]
    if isinstance(first, Aggregate):
        rows = [row_of(first.types, [v]) for v in first.values]
        text = first.template.format(column(first.types[0], "#k1#"))
        # The JSON aggregates know no FILTER, so that they have a query of their own.
        suspect = suspect or first.name.startswith("JSON")
        text += " /* #n# */" if suspect else " FILTER (WHERE id < #n#)"
    else:
        rows = [row_of(calls[i].types, calls[i].values) for i in indices]
        text = with_columns(first.template, first.types, first.values, "#")
    text = text.replace("\n", "\x1e").replace("\r", "\x1d")  # a question is a line
    number = f"{family}:{','.join(map(str, indices))}{'!' if suspect else ''}"
    return "\t".join([number, first.zone, "\x1f".join(definitions(first.types)), "\x1f".join(map(json.dumps, rows)), text])


def split_type(text):
    """The parts of "A, B<C, D>"."""
    parts, depth, start, is_quoted = [], 0, 0, False
    for i, c in enumerate(text):
        is_quoted ^= c == "`"
        depth += 0 if is_quoted else (c in "<(") - (c in ">)")
        if c == "," and depth == 0 and not is_quoted:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()]


def plain_type(text):
    """As Weir writes types."""
    text = text.replace("VARCHAR(2147483647)", "STRING").replace("VARBINARY(2147483647)", "BYTES")
    text = re.sub(r"INTERVAL (SECOND|DAY)\(3\)", "INTERVAL DAY TO SECOND(3)", text)
    text = re.sub(r"INTERVAL (MONTH|YEAR\(2\))\b", "INTERVAL YEAR TO MONTH", text)
    return re.sub(r"TIMESTAMP\((\d)\) WITH LOCAL TIME ZONE", r"TIMESTAMP_LTZ(\1)", text)


def number_text(value, kind):
    """A DOUBLE by its value, not by how many digits are written."""
    number = float(value)
    if kind.startswith("FLOAT") and abs(number) < 3.5e38:
        number = struct.unpack("f", struct.pack("f", number))[0]
    return repr(number)


def settled(value, kind):
    """A JSON value of either system in one form."""
    if value is None:
        return None
    if kind.startswith("ARRAY<"):
        return [settled(v, kind[6:]) for v in value]
    if kind.startswith(("MAP<", "MULTISET<")):
        return settled_map(value, kind)
    if kind.startswith("ROW<"):
        fields = [re.sub(r"^(`[^`]*`|\S+)\s+", "", f) for f in split_type(kind[4:kind.rindex(">")])]
        cells = value["row"] if list(value) == ["row"] else list(value.values())
        return [settled(v, f) for v, f in zip(cells, fields, strict=True)]
    if kind.startswith(("FLOAT", "DOUBLE")):
        return number_text(value, kind)
    if kind.startswith("TIME") and "." in value:
        return value.rstrip("0").rstrip(".")
    return value if isinstance(value, (str, bool)) else str(value)


def settled_map(value, kind):
    """Entries in one order. Flink's come as a list of pairs, Weir's as an object."""
    inside = kind[kind.index("<") + 1:kind.rindex(">")]
    key, element = split_type(inside) if kind.startswith("MAP") else (inside, "INT")
    pairs = value["map"] if list(value) == ["map"] and isinstance(value["map"], list) else value.items()
    return sorted(([settled_key(k, key), settled(v, element)] for k, v in pairs), key=json.dumps)


def settled_key(value, kind):
    """A key: JSON has texts only, which NULL is not."""
    if value is None:
        return "NULL"
    return settled(value, kind) if kind.startswith(("FLOAT", "DOUBLE", "TIME")) else str(value)


def as_text(kind, value):
    """An answer as the files hold it: (type, JSON)."""
    if kind in ("refused", "fails"):
        return kind, value
    return kind, json.dumps(settled(json.loads(value, parse_float=str), kind), ensure_ascii=False)


def store(paths):
    """What Flink has answered, family by family."""
    families = every_call()
    for path in paths:
        with open(path, encoding="utf-8", newline="\n") as file:
            head, *lines = file.read().split("\n")
        for line in filter(None, lines):
            numbers, row, kind, value = line.split("\t")
            family, indices = numbers.rstrip("!").split(":")
            families[family][int(indices.split(",")[int(row)])].flink = as_text(plain_type(kind), value)
    os.makedirs(ANSWERS, exist_ok=True)
    asked = collections.Counter()
    for family, calls in families.items():
        kept = []
        for call in calls:
            asked[call.name] += 1
            if asked[call.name] <= functions.MOST:  # three zones made too many of some
                kept.append(call)
        if any(call.flink for call in calls):
            store_family(family, head, kept)


def store_family(family, head, calls):
    with open(os.path.join(ANSWERS, family + ".txt"), "w", encoding="utf-8") as out:
        out.write(f"{head}: what calls.py asks, answered\n")
        opened = None
        for call in calls:
            if call.group() != opened:
                opened = call.group()
                out.write("@ " + "\t".join([call.name, call.template, json.dumps(call.types), call.zone]) + "\n")
            out.write("\t".join(stored_fields(call)) + "\n")


def stored_fields(call):
    return [json.dumps(call.values, ensure_ascii=False), *call.flink]


def load(pattern):
    """All calls whose function fits, with Flink's answers."""
    out = []
    for family in sorted(os.listdir(ANSWERS)):
        with open(os.path.join(ANSWERS, family), encoding="utf-8", newline="\n") as file:
            _, *lines = file.read().split("\n")
        for line in filter(None, lines):
            if line.startswith("@ "):
                name, template, types, zone = line[2:].split("\t")
                continue
            values, *fields = line.split("\t")
            call = (Aggregate(name, template, json.loads(types)[0], json.loads(values)) if family == "aggregates.txt"
                    else Call(name, template, json.loads(types), json.loads(values), zone))
            call.flink = tuple(fields)
            if re.search(pattern, name):
                out.append(call)
    return out


class Statement:
    """Calls that one SELECT asks."""

    def __init__(self, mode, calls):
        self.mode, self.calls = mode, calls

    def halves(self):
        middle = len(self.calls) // 2
        return [Statement(self.mode, self.calls[:middle]), Statement(self.mode, self.calls[middle:])]

    def sql(self, number, folder):
        """The statements, with a mark before what they print."""
        head = f"SET 'table.local-time-zone' = '{self.calls[0].zone}';\nSELECT '@@{number}' AS mark;\n"
        if self.mode == "constant":
            body = ", ".join(f"{with_constants(c.template, c.types, c.values)} AS r{i}" for i, c in enumerate(self.calls))
            return head + view(number, f"SELECT {body}")
        first = self.calls[0]
        rows = ([row_of(c.types, c.values) for c in self.calls] if self.mode == "column"
                else [row_of(c.types, [v]) for c in self.calls for v in c.values])
        with open(os.path.join(folder, f"t{number}.json"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps({"id": i, **row}) + "\n" for i, row in enumerate(rows))
        ddl = (f"CREATE TABLE t{number} ({', '.join(['id INT', *definitions(first.types)])}) WITH ('connector' = 'filesystem', "
               f"'path' = '{folder}/t{number}.json', 'format' = 'json');\n")
        if self.mode == "column":
            body = with_columns(first.template, first.types, first.values)
            return head + ddl + view(number, f"SELECT id, {body} AS r FROM t{number}")
        text = first.template.format(column(first.types[0], "`k1`"))
        return head + ddl + view(number, f"SELECT {text} AS r FROM t{number}")


def view(number, select):
    return f"CREATE VIEW v{number} AS {select};\nDESCRIBE v{number};\nSELECT * FROM v{number};\n"


def statements(calls):
    """Calls put together: of one template with columns, of one zone with constants."""
    groups = collections.defaultdict(list)
    for call in calls:
        for mode in call.modes():
            fails = call.flink is not None and call.flink[0] in ("refused", "fails")
            key = (mode, call.zone) if mode == "constant" else (mode, *call.group(), call.literals())
            groups[key, fails].append(call)
    for (key, fails), members in groups.items():
        size = 1 if fails or key[0] == "aggregate" else PACK
        for i in range(0, len(members), size):
            yield Statement(key[0], members[i:i + size])


def run_text(weir, text, folder):
    """What a script prints up to the first statement that fails, and what that one says."""
    script = os.path.join(folder, "script.sql")
    with open(script, "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([weir, "--conf", BARE, "--data-dir", os.path.join(folder, "data"), "--format", "json", "-f", script],
                          capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=300, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        return done.stdout, None
    said = [line for line in done.stderr.split("\n") if "ERROR" in line]
    return done.stdout, said[0].split("ERROR ", 1)[1] if said else f"exit code {done.returncode}: {done.stderr[-300:]}"


def run_script(weir, part, folder):
    """Answers of the statements up to the first that fails, and what that one says: [(statement, lines)], message."""
    printed, error = run_text(weir, "".join(s.sql(i, folder) for i, s in enumerate(part)), folder)
    blocks = re.split(r'^\{"mark":"@@\d+"\}\n', printed, flags=re.M)[1:]
    if error is not None:
        blocks = blocks[:-1] if blocks else []
    return blocks, error


def answers_of(statement, block):
    """[(type, JSON)] of the calls of a statement."""
    lines = [json.loads(line, parse_float=str) for line in block.split("\n") if line]
    columns = [line for line in lines if set(line) >= {"name", "type", "null", "watermark"}]
    rows = lines[len(columns):]
    types = [c["type"] + ("" if c["null"] == "TRUE" else " NOT NULL") for c in columns]
    if statement.mode == "column":
        rows = sorted(rows, key=lambda row: int(row["id"]))
        cells, types = [row["r"] for row in rows], [types[1]] * len(rows)
    else:
        cells = list(rows[0].values())
    return [(t, json.dumps(settled(v, t), ensure_ascii=False)) for v, t in zip(cells, types, strict=True)]


def ask_weir(weir, part):
    """{(call, mode): answer} of a part of the statements."""
    answers = {}
    todo = collections.deque(part)
    with tempfile.TemporaryDirectory() as folder:
        while todo:
            batch = [todo.popleft() for _ in range(min(SCRIPT, len(todo)))]
            blocks, error = run_script(weir, batch, folder)
            for statement, block in zip(batch, blocks):
                for call, answer in zip(statement.calls, answers_of(statement, block), strict=True):
                    answers[id(call), statement.mode] = answer
            rest = batch[len(blocks):]
            if error is not None and rest:
                failed, *rest = rest
                if len(failed.calls) == 1:
                    answers[id(failed.calls[0]), failed.mode] = ("refused" if not error.startswith("E3") else "fails", error)
                else:
                    rest = failed.halves() + rest
            todo.extendleft(reversed(rest))
    return answers


def compare(flink, weir, mode):
    """What differs: an error, the value, or the type alone; empty when they are alike."""
    failed = [answer[0] in ("refused", "fails") for answer in (flink, weir)]
    if all(failed):
        return ""
    if failed[0]:
        return "accepted"
    if failed[1]:
        return "refused" if weir[0] == "refused" else "fails"
    if flink[1] != weir[1]:
        return "value"
    if mode != "constant" and flink[0] != weir[0]:  # literals have other types: CHAR(3), NOT NULL
        return "null" if flink[0].replace(" NOT NULL", "") == weir[0].replace(" NOT NULL", "") else "type"
    return ""


def all_answers(weir, asked, jobs):
    """{(id of a call, mode): answer} of all statements."""
    parts = [asked[i::4 * jobs] for i in range(4 * jobs)]
    answers = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for some in pool.map(lambda part: ask_weir(weir, part), parts):
            answers.update(some)
    return answers


def differences(weir, calls, jobs):
    """(call, mode, kind, Weir's answer) of each call that differs."""
    answers = all_answers(weir, list(statements(calls)), jobs)
    for call in calls:
        for mode in call.modes():
            kind = compare(call.flink, answers[id(call), mode], mode)
            if kind:
                yield call, mode, kind, answers[id(call), mode]


class Rule:
    """A row of differing.tsv: the differences that it explains, and by which row of the page."""

    def __init__(self, line):
        self.kinds, self.function, self.call, self.flink, self.weir, self.row = line.split("\t")
        self.fits = 0

    def explains(self, call, mode, kind, answer):
        if kind not in self.kinds.split("|") or not re.fullmatch(self.function, call.name):
            return False
        asked = f"{mode} {call.zone} {call.template} {json.dumps(call.types)} {json.dumps(call.values, ensure_ascii=False)}"
        texts = [(self.call, asked), (self.flink, " ".join(call.flink)), (self.weir, " ".join(answer))]
        return all(re.search(pattern, text) for pattern, text in texts)


def rules():
    with open(os.path.join(HERE, "differing.tsv"), encoding="utf-8") as file:
        return [Rule(line) for line in file.read().split("\n")[1:] if line]


def rows_of_the_page():
    """What the rows of docs/differences-from-flink.md are about."""
    with open(PAGE, encoding="utf-8") as file:
        return {line.split(" | ")[0].removeprefix("| ") for line in file if line.startswith("| ")}


def report_line(call, mode, kind, answer):
    return "\t".join([kind, call.name, mode, call.zone, call.template, json.dumps(call.types),
                      json.dumps(call.values, ensure_ascii=False), " ".join(call.flink), " ".join(answer)])


def run(arguments):
    calls = load(arguments.only)
    whole = not arguments.only
    if arguments.sliced and not slices.is_full():
        whole = False
        groups = sorted({call.group() for call in calls})
        mine = set(slices.part("calls", groups, slices.number("calls"), slices.table()["calls"][0]))
        calls = [call for call in calls if call.group() in mine]
    known, counts, unexplained = rules(), collections.Counter(), []
    wrong = [f"differing.tsv: no row of the page is about: {rule.row}" for rule in known
             if not rule.row.startswith("open: ") and rule.row not in rows_of_the_page()]
    for call, mode, kind, answer in differences(arguments.weir, calls, arguments.jobs):
        rule = next((rule for rule in known if rule.explains(call, mode, kind, answer)), None)
        counts["open" if rule and rule.row.startswith("open: ") else "explained" if rule else "unexplained"] += 1
        if rule:
            rule.fits += 1
        else:
            unexplained.append(report_line(call, mode, kind, answer))
    if whole:
        wrong += [f"differing.tsv: fits no call: {rule.kinds} {rule.function} {rule.call} {rule.row}" for rule in known if not rule.fits]
    if arguments.report:
        with open(arguments.report, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in unexplained)
    print("\n".join([*unexplained[:20], *wrong]))
    asked = sum(len(call.modes()) for call in calls)
    print(f"{len(calls)} calls of {len({c.name for c in calls})} functions, {asked} answers: {asked - counts.total()} alike, "
          f"{counts['explained']} explained by the page, {counts['open']} open, {counts['unexplained']} unexplained")
    return 1 if unexplained or wrong or not calls else 0


def count():
    counts = collections.Counter(call.name for call in load(""))
    for name, number in sorted(counts.items()):
        print(f"{number:5} {name}")
    print(f"{counts.total()} calls of {len(counts)} functions, at least {min(counts.values())} and at most {max(counts.values())} each")
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["run", "count", "questions", "store"])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--weir")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--family", default="")
    parser.add_argument("--sliced", action="store_true")
    parser.add_argument("--report")
    arguments = parser.parse_args()
    if arguments.verb == "count":
        return count()
    if arguments.verb == "run":
        return run(arguments)
    if arguments.verb == "questions":
        questions(arguments.files[0], arguments.weir, arguments.family)
    else:
        store(arguments.files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
