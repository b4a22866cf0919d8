"""Statements that need much memory, each with the rows that must come, worked out without the engine."""
import collections
import json
import os
import random

MIB = 1 << 20
NUMBERS = """CREATE TABLE n (id BIGINT, v BIGINT, t BIGINT, ts AS TO_TIMESTAMP_LTZ(t, 3), WATERMARK FOR ts AS ts) WITH (
  'connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '{rows}',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{rows}',
  'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '{rows}',
  'fields.t.kind' = 'sequence', 'fields.t.start' = '1', 'fields.t.end' = '{rows}');
"""
FILE = "CREATE TABLE {name} ({columns}) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = '{format}'{more});\n"

# `query` gives `columns` (of SQL); `rows` are those of its final result, as lists of texts, or Long. `updates`: rows are
# taken back meanwhile. `errors`: what it may end with whatever the memory is. `spills`: it needs no more than the bytes of
# one row at a time beside its state, so that memory is never short where there are 384 MiB. `in_hand`: bytes it needs at
# least, about.
Shape = collections.namedtuple("Shape", "name tables query columns rows updates errors spills in_hand")
Long = collections.namedtuple("Long", "count first_column")  # too many rows to list: how many, and the sum of the first column


def shape(name, tables, query, columns, rows, *, updates=True, errors=(), spills=True, in_hand=0):
    return Shape(name, tables, query, columns, rows, updates, tuple(errors), spills, in_hand)


def text_of(length, number):
    """SQL of a text of `length` bytes that is another one for each of ten rows."""
    return f"CONCAT(REPEAT('p', {length - 1}), CAST(MOD({number}, 10) AS STRING))"


def gauss(n):
    return n * (n + 1) // 2


# --- state ------------------------------------------------------------------------------------------

def skewed_groups(chance, _):
    rows, keys, length = chance.choice((50_000, 200_000)), chance.choice((10, 5_000)), chance.choice((10, 2_000))
    query = (f"SELECT COUNT(*) AS a, SUM(c) AS b, SUM(s) AS d, SUM(l) AS e FROM (SELECT k, COUNT(*) AS c, SUM(v) AS s, "
             f"CAST(CHAR_LENGTH(MAX(p)) AS BIGINT) AS l FROM (SELECT CASE WHEN MOD(id, 100) < 90 THEN 0 ELSE MOD(id, {keys}) + 1 END AS k, v, "
             f"{text_of(length, 'v')} AS p FROM n) GROUP BY k)")
    groups = len({0 if i % 100 < 90 else i % keys + 1 for i in range(1, rows + 1)})
    return shape("skewed keys", NUMBERS.format(rows=rows), query, "a BIGINT, b BIGINT, d BIGINT, e BIGINT",
                 [[groups, rows, gauss(rows), groups * length]])


def skewed_join(chance, _):
    side, length, kind = chance.choice((100, 500, 1_500)), chance.choice((10, 1_000)), chance.choice(("", "LEFT "))
    length_of = "CAST(CHAR_LENGTH({}.p) AS BIGINT)"
    one = f"SELECT 1 AS k, id, {text_of(length, 'id')} AS p FROM n"
    query = (f"SELECT COUNT(*) AS a, SUM({length_of.format('x')}) AS b, SUM({length_of.format('y')}) AS c FROM ({one}) AS x "
             f"{kind}JOIN ({one}) AS y ON x.k = y.k")
    return shape("join of one key", NUMBERS.format(rows=side), query, "a BIGINT, b BIGINT, c BIGINT",
                 [[side**2, side**2 * length, side**2 * length]])


def many_keys(chance, _):
    rows, length = chance.choice((50_000, 200_000)), chance.choice((1, 200, 1_000))
    query = ("SELECT COUNT(*) AS a, SUM(c) AS b, SUM(l) AS d FROM (SELECT id, COUNT(*) AS c, "
             f"CAST(CHAR_LENGTH(MIN({text_of(length, 'v')})) AS BIGINT) AS l FROM n GROUP BY id)")
    return shape("many keys", NUMBERS.format(rows=rows), query, "a BIGINT, b BIGINT, d BIGINT", [[rows, rows, rows * length]])


def many_joins(chance, _):
    rows, tables = chance.choice((1_000, 50_000)), chance.choice((2, 4, 9))
    joins = "".join(f" {chance.choice(('', 'LEFT '))}JOIN n AS t{i} ON t{i - 1}.id = t{i}.id" for i in range(1, tables))
    return shape("many joins", NUMBERS.format(rows=rows), f"SELECT COUNT(*) AS a, SUM(t0.v) AS b FROM n AS t0{joins}",
                 "a BIGINT, b BIGINT", [[rows, gauss(rows)]])


def distinct(chance, _):
    rows, length = chance.choice((50_000, 200_000)), chance.choice((1, 500))
    query = f"SELECT COUNT(DISTINCT CONCAT(REPEAT('d', {length}), CAST(v AS STRING))) AS a, COUNT(*) AS b FROM n"
    return shape("distinct values", NUMBERS.format(rows=rows), query, "a BIGINT, b BIGINT", [[rows, rows]])


def windows(chance, _):
    rows = chance.choice((50_000, 200_000))
    table = chance.choice(("TUMBLE(TABLE n, DESCRIPTOR(ts), INTERVAL '1' HOUR)",
                           "SESSION(TABLE n PARTITION BY id, DESCRIPTOR(ts), INTERVAL '3' HOUR)"))
    query = (f"SELECT COUNT(*) AS a, SUM(c) AS b FROM (SELECT id, COUNT(*) AS c FROM TABLE({table}) "
             "GROUP BY window_start, window_end, id)")
    return shape("windows", NUMBERS.format(rows=rows), query, "a BIGINT, b BIGINT", [[rows, rows]])


def first_rows(chance, _):
    rows, most = chance.choice((50_000, 200_000)), chance.choice((10, 20_000))
    query = ("SELECT COUNT(*) AS a, SUM(v) AS b FROM (SELECT v, ROW_NUMBER() OVER (ORDER BY MOD(v * 7919, 1000003), v) AS r "
             f"FROM n) WHERE r <= {most}")
    best = sorted(range(1, rows + 1), key=lambda v: (v * 7919 % 1000003, v))[:most]
    return shape("first rows", NUMBERS.format(rows=rows), query, "a BIGINT, b BIGINT", [[len(best), sum(best)]])


# --- what is held at once ---------------------------------------------------------------------------

def sorted_rows(chance, _):
    rows, length = chance.choice((20_000, 100_000, 200_000)), chance.choice((1, 400, 1_500))
    query = f"SELECT id AS a, {text_of(length, 'v')} AS b FROM n ORDER BY MOD(v * 7919, 1000003), v"
    return shape("all rows sorted", NUMBERS.format(rows=rows), query, "a BIGINT, b STRING", Long(rows, gauss(rows)),
                 updates=False, spills=False, in_hand=rows * (length + 100) * 3)


def plain_rows(chance, _):
    rows, length = chance.choice((20_000, 100_000)), chance.choice((1, 400, 2_000))
    return shape("rows as they come", NUMBERS.format(rows=rows), f"SELECT id AS a, {text_of(length, 'v')} AS b FROM n",
                 "a BIGINT, b STRING", Long(rows, gauss(rows)), updates=False, spills=False,
                 in_hand=rows * (length + 100) * 3)  # of SELECT, which keeps its result


def lists(chance, _):
    rows, length = chance.choice((1_000, 100_000, 200_000)), chance.choice((1, 100, 500))
    call, bytes_of = chance.choice((("CHAR_LENGTH(LISTAGG({}))", rows * (length + 1) - 1),
                                    ("CARDINALITY(ARRAY_AGG({}))", rows),
                                    ("CHAR_LENGTH(JSON_ARRAYAGG({}))", rows * (length + 3) + 1)))
    query = f"SELECT l AS a, 1 AS b FROM (SELECT {call.format(text_of(length, 'v'))} AS l FROM n)"
    size = rows * (length + 24)
    return shape("one list of all rows", NUMBERS.format(rows=rows), query, "a BIGINT, b INT", [[bytes_of, 1]],
                 errors=["E3007"] if size > 100 * MIB else [], spills=False, in_hand=size * 5)


HUGE = {  # what is done with huge texts -> (query, its rows of texts of `size` bytes)
    "lengths": ("SELECT id AS a, CHAR_LENGTH(t) AS b FROM h", lambda texts: list(enumerate(map(len, texts)))),
    "upper case": ("SELECT id AS a, CHAR_LENGTH(UPPER(t)) AS b FROM h", lambda texts: list(enumerate(map(len, texts)))),
    "replaced": ("SELECT id AS a, CHAR_LENGTH(REPLACE(t, 'a', 'bb')) AS b FROM h",
                 lambda texts: [(i, len(text) + text.count("a")) for i, text in enumerate(texts)]),
    "a pattern": ("SELECT id AS a, CHAR_LENGTH(REGEXP_REPLACE(t, 'b+', 'c')) AS b FROM h",
                  lambda texts: [(i, 1 if text[0] == "b" else len(text)) for i, text in enumerate(texts)]),
    "keys": ("SELECT COUNT(*) AS a, SUM(l) AS b FROM (SELECT t, CAST(CHAR_LENGTH(t) AS BIGINT) AS l FROM h GROUP BY t)",
             lambda texts: [(len(set(texts)), sum(map(len, set(texts))))]),
    "the greatest": ("SELECT CHAR_LENGTH(MAX(t)) AS a, COUNT(*) AS b FROM h", lambda texts: [(len(texts[0]), len(texts))]),
    "joined": ("SELECT COUNT(*) AS a, SUM(CAST(CHAR_LENGTH(y.t) AS BIGINT)) AS b FROM h AS x JOIN h AS y ON x.t = y.t",
               lambda texts: [(sum(texts.count(text) for text in texts), sum(len(text) * texts.count(text) for text in texts))]),
    "one list": ("SELECT CHAR_LENGTH(LISTAGG(t)) AS a, COUNT(*) AS b FROM h",
                 lambda texts: [(sum(map(len, texts)) + len(texts) - 1, len(texts))]),
    "sorted": ("SELECT id AS a, CHAR_LENGTH(t) AS b FROM h ORDER BY t, id", lambda texts: list(enumerate(map(len, texts)))),
    "last of each": ("SELECT COUNT(*) AS a, SUM(CAST(CHAR_LENGTH(t) AS BIGINT)) AS b FROM (SELECT t, ROW_NUMBER() OVER (PARTITION BY MOD(id, 2) "
                     "ORDER BY id DESC) AS r FROM h) WHERE r = 1", lambda texts: [(min(len(texts), 2),
                                                                                  len(texts[0]) * min(len(texts), 2))]),
}
APPEND_ONLY = ("lengths", "upper case", "replaced", "a pattern", "sorted")


def huge_texts(chance, directory):
    """Of a file."""
    size, rows, form = chance.choice((1, 4, 16, 64)) * MIB, chance.choice((1, 2, 5)), chance.choice(("csv", "json"))
    name = chance.choice(tuple(HUGE))
    texts = ["abc"[i % 3] * size for i in range(rows)]
    with open(os.path.join(directory, "huge"), "w", encoding="ascii") as file:
        for i, text in enumerate(texts):
            file.write(f"{i},{text}\n" if form == "csv" else f'{{"id": {i}, "t": "{text}"}}\n')
    query, expected = HUGE[name]
    table = FILE.format(name="h", columns="id BIGINT, t STRING", path="huge", format=form, more="")
    return shape(f"huge texts: {name}", table, query, "a BIGINT, b BIGINT", expected(texts), updates=name not in APPEND_ONLY,
                 errors=["E3007"] if name in ("one list", "replaced") and rows * size > 60 * MIB else [], spills=False,
                 in_hand=size * rows * 8)


def copied_texts(chance, directory):
    """Of a file, into another."""
    size, rows = chance.choice((1, 4, 16, 64)) * MIB, chance.choice((1, 2, 5))
    with open(os.path.join(directory, "huge"), "w", encoding="ascii") as file:
        file.writelines(f"{i},{'abc'[i % 3] * size}\n" for i in range(rows))
    table = FILE.format(name="h", columns="id BIGINT, t STRING", path="huge", format="csv", more="")
    return shape("huge texts copied", table, "SELECT id AS a, t AS b FROM h", "a BIGINT, b STRING", Long(rows, gauss(rows - 1)),
                 updates=False, spills=False, in_hand=size * rows * 10)


def made_texts(chance, _):
    """By an expression, of a batch at once."""
    size, rows = chance.choice((1, 8, 60)) * MIB, chance.choice((1, 5, 50))
    query = f"SELECT COUNT(*) AS a, SUM(CAST(CHAR_LENGTH(REPEAT('x', {size} + CAST(v AS INT))) AS BIGINT)) AS b FROM n"
    return shape("huge texts made", NUMBERS.format(rows=rows), query, "a BIGINT, b BIGINT", [[rows, rows * size + gauss(rows)]],
                 spills=False, in_hand=size * rows * 2)


# --- width and depth --------------------------------------------------------------------------------

def columns(chance, directory):
    width, rows = chance.choice((100, 1_000, 10_000)), chance.choice((1, 10, 100))
    how = chance.choice(("as they are", "sums", "groups"))
    if how != "as they are":
        width = min(width, 2_000)
    with open(os.path.join(directory, "wide"), "w", encoding="ascii") as file:
        file.writelines(",".join(str(row * column) for column in range(width)) + "\n" for row in range(rows))
    names = [f"c{column}" for column in range(width)]
    table = FILE.format(name="w", columns=", ".join(f"{name} BIGINT" for name in names), path="wide", format="csv", more="")
    declared = ", ".join(f"{name} BIGINT" for name in names)
    if how == "as they are":
        return shape(f"{width} columns", table, "SELECT * FROM w", declared,
                     [[row * column for column in range(width)] for row in range(rows)], updates=False, spills=False,
                     in_hand=width * rows * 1000)
    sums = ", ".join(f"SUM({name}) AS {name}" for name in names)
    if how == "sums":
        return shape(f"sums of {width} columns", table, f"SELECT {sums} FROM w", declared,
                     [[column * gauss(rows - 1) for column in range(width)]], spills=False, in_hand=width * 20_000)
    kept = [[column * sum(row for row in range(rows) if row % 2 == part) for column in range(width)]
            for part in range(min(rows, 2))]
    return shape(f"groups of {width} columns", table, f"SELECT {sums} FROM w GROUP BY MOD(c1, 2)", declared, kept,
                 spills=False, in_hand=width * 20_000)


def aggregates(chance, _):
    calls, rows, keys = chance.choice((100, 500, 1_500)), chance.choice((10, 2_000)), chance.choice((1, 100))
    call = chance.choice(("SUM(v + {})", "MAX(v + {})", "COUNT(DISTINCT v + {})"))
    if call.startswith("COUNT"):
        calls = min(calls, 100)
    columns_of = [f"c{i}" for i in range(calls)]
    query = f"SELECT {', '.join(f'{call.format(i)} AS {name}' for i, name in enumerate(columns_of))} FROM n GROUP BY MOD(id, {keys})"
    groups = [group for group in ([v for v in range(1, rows + 1) if v % keys == key] for key in range(keys)) if group]
    if call.startswith("SUM"):
        expected = [[sum(group) + i * len(group) for i in range(calls)] for group in groups]
    else:
        expected = [[len(group) if call.startswith("COUNT") else max(group) + i for i in range(calls)] for group in groups]
    return shape(f"{calls} aggregates", NUMBERS.format(rows=rows), query, ", ".join(f"{name} BIGINT" for name in columns_of),
                 expected, spills=False, in_hand=calls * (20_000 + 500 * keys))


def deep_json(chance, directory):
    depth, rows = chance.choice((10, 500, 20_000, 1_000_000)), chance.choice((1, 20))
    deep = '{"a":' * depth + "1" + "}" * depth
    with open(os.path.join(directory, "deep"), "w", encoding="ascii") as file:
        for i in range(rows):
            file.write(json.dumps({"id": i, "t": deep}) + "\n")
    table = FILE.format(name="d", columns="id BIGINT, t STRING", path="deep", format="json", more="")
    query = "SELECT id AS a, CASE WHEN t IS JSON THEN 1 ELSE 0 END AS b FROM d"
    # What is deeper than the parser goes is no JSON to it.
    return shape("deep JSON in a text", table, query, "a BIGINT, b INT", [[i, int(depth <= 1000)] for i in range(rows)],
                 updates=False, spills=False, in_hand=len(deep) * rows * 8)


def deep_records(chance, directory):
    depth, rows = chance.choice((10, 500, 20_000, 1_000_000)), chance.choice((1, 20))
    deep = "[" * depth + "]" * depth
    with open(os.path.join(directory, "deep"), "w", encoding="ascii") as file:
        file.writelines(f'{{"id": {i}, "rest": {deep}}}\n' for i in range(rows))
    table = FILE.format(name="d", columns="id BIGINT", path="deep", format="json", more="")
    return shape("deep JSON records", table, "SELECT id AS a, 1 AS b FROM d", "a BIGINT, b INT", [[i, 1] for i in range(rows)],
                 updates=False, errors=["E3005", "E3001"] if depth > 500 else [], spills=False, in_hand=len(deep) * rows * 8)


def long_statement(chance, _):
    terms = chance.choice((100, 2_000, 30_000, 200_000))
    how = chance.choice(("sum", "list", "branches", "cases", "elements", "literal"))
    if how == "branches":
        terms = min(terms, 2_000)
    query, expected = {
        "sum": lambda: (f"SELECT {' + '.join(['id'] + ['1'] * terms)} AS a, v AS b FROM n", [[i + terms, i] for i in (1, 2, 3)]),
        "list": lambda: (f"SELECT id AS a, v AS b FROM n WHERE id IN ({', '.join(map(str, range(2, terms)))})", [[2, 2], [3, 3]]),
        "branches": lambda: (" UNION ALL ".join(["SELECT id AS a, v AS b FROM n"] * terms), [[i, i] for i in (1, 2, 3)] * terms),
        "cases": lambda: ("SELECT CASE " + " ".join(f"WHEN id = {i} THEN {i * 2}" for i in range(1, terms)) +
                          " ELSE 0 END AS a, v AS b FROM n", [[i * 2, i] for i in (1, 2, 3)]),
        "elements": lambda: (f"SELECT CAST(CARDINALITY(ARRAY[{', '.join(map(str, range(terms)))}]) AS BIGINT) AS a, v AS b FROM n",
                             [[terms, i] for i in (1, 2, 3)]),
        "literal": lambda: (f"SELECT CHAR_LENGTH(CONCAT('{'x' * terms}', CAST(id AS STRING))) AS a, v AS b FROM n",
                            [[terms + 1, i] for i in (1, 2, 3)]),
    }[how]()
    return shape(f"long statement: {how}", NUMBERS.format(rows=3), query, "a BIGINT, b BIGINT", expected, updates=False,
                 errors=["E1004"] if terms > 100 else [], spills=False, in_hand=len(query) * 400)


ALL = (skewed_groups, skewed_join, many_keys, many_joins, distinct, windows, first_rows, sorted_rows, sorted_rows, plain_rows, lists, lists,
       huge_texts, huge_texts, huge_texts, copied_texts, made_texts, made_texts, columns, columns, aggregates, deep_json, deep_records,
       long_statement)


def draw(chance, directory):
    """A shape; the files that it reads are written into the directory."""
    made = chance.choice(ALL)(chance, directory)
    if isinstance(made.rows, Long):
        return made
    return made._replace(rows=sorted([str(cell) for cell in row] for row in made.rows))


if __name__ == "__main__":
    print(draw(random.Random(), "/tmp"))
