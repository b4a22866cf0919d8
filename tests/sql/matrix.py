#!/usr/bin/env python3
"""Writes slt files that go through all pairs of types systematically; a tool for writing tests, as oracle.py is.

usage: matrix.py FAMILY... [--folder tests/sql]      the families: see FAMILIES below
The files come without answers: `oracle.py` asks Flink for them. Where a TRY_CAST gave NULL for a value, whether
CAST fails or gives NULL, too, is asked by `matrix.py failures FILE…` on answered files: it appends one CAST for
each such target, and the next oracle.py run answers it.
"""
import argparse
import os
import re

import slt

HERE = os.path.dirname(os.path.abspath(__file__))
NUMBERS = ["TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10, 2)", "DECIMAL(38, 18)", "DECIMAL(3, 3)"]
TEXTS = ["CHAR(4)", "VARCHAR(5)", "STRING"]
BYTES = ["BINARY(3)", "VARBINARY(4)", "BYTES"]
TIMES = ["DATE", "TIME", "TIME(3)", "TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(6)", "TIMESTAMP(9)",
         "TIMESTAMP_LTZ(0)", "TIMESTAMP_LTZ(3)", "TIMESTAMP_LTZ(6)"]

# Columns of a type, by how they come to be from text, and the values that are interesting in it.
VALUES = {
    "BOOLEAN": ["true", "false"],
    "TINYINT": ["0", "1", "-1", "9", "100", "127", "-128"],
    "SMALLINT": ["0", "1", "-1", "128", "-129", "255", "256", "32767", "-32768"],
    "INT": ["0", "1", "-1", "32768", "-32769", "65535", "65536", "16777217", "99999999", "123456789",
            "2147483647", "-2147483648"],
    "BIGINT": ["0", "1", "-1", "2147483648", "-2147483649", "4294967296", "9007199254740993",
               "99999999999", "9223372036854775807", "-9223372036854775808"],
    "FLOAT": ["0.0", "-0.0", "0.5", "-0.5", "1.5", "2.5", "0.1", "127.9", "-128.9", "32767.5", "16777216", "3e9",
              "-1e10", "1e20", "3.4028235e38", "1.4e-45", "NaN", "Infinity", "-Infinity"],
    "DOUBLE": ["0.0", "-0.0", "0.5", "-0.5", "1.005", "2.5", "0.1", "127.999", "-128.999", "32768.5", "9007199254740993",
               "2147483647.9", "-2147483649", "9.3e18", "-1e10", "1e20", "123456.789", "0.001", "0.0009",
               "9999999.5", "10000000", "1e100", "-1e308", "4.9e-324", "NaN", "Infinity", "-Infinity"],
    "DECIMAL(10, 2)": ["0.00", "0.01", "-0.01", "0.50", "-0.99", "1.50", "127.99", "128.00", "-129.00", "32768.50",
                       "99999999.99", "-99999999.99"],
    "DECIMAL(38, 18)": ["0.000000000000000000", "0.000000000000000001", "-0.000000000000000001", "1.005000000000000000",
                        "0.125000000000000000", "-2.500000000000000000", "9223372036854775808.000000000000000000",
                        "99999999999999999999.999999999999999999", "-99999999999999999999.999999999999999999"],
    "DECIMAL(20, 0)": ["0", "1", "-1", "128", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
                       "99999999999999999999"],
    "DATE": ["0001-01-01", "1582-10-15", "1582-10-04", "1900-02-28", "1969-12-31", "1970-01-01", "1999-12-31",
             "2000-02-29", "2024-02-29", "2024-03-31", "2038-01-19", "9999-12-31"],
    "TIME": ["00:00:00", "00:00:01", "12:34:56", "23:59:59"],
    "TIMESTAMP(0)": ["1970-01-01 00:00:00", "2000-02-29 12:00:00",
                     "2024-03-31 02:30:00", "2024-10-27 02:30:00", "2038-01-19 03:14:08", "9999-12-31 23:59:59"],
    "TIMESTAMP(3)": ["1970-01-01 00:00:00.5", "2000-02-29 12:00:00.999",
                     "2024-03-31 02:30:00.1", "2024-12-31 23:59:59.999", "9999-12-31 23:59:59.999"],
    "TIMESTAMP(6)": ["1970-01-01 00:00:00.000001", "2000-02-29 12:00:00.999999", "2024-07-01 10:20:30.5",
                     "2024-07-01 10:20:30.000499", "9999-12-31 23:59:59.999999"],
    "TIMESTAMP(9)": ["2000-02-29 12:00:00.999999999", "2024-07-01 10:20:30.5",
                     "2024-07-01 10:20:30.123456789"],
}
TARGETS = {
    "numbers": NUMBERS, "texts": ["BOOLEAN"] + TEXTS, "bytes": BYTES, "times": TIMES,
    "lengths": ["CHAR(1)", "CHAR(12)", "VARCHAR(1)", "VARCHAR(12)", "CHAR(30)"],
}
INTEGER_TEXTS = ["0", "-0", "+0", "1", "-1", "+1", "007", " 7", "7 ", "  7  ", "1.9", "-1.9", ".9", "9.", "-.5", "-", "+",
                 "+-1", "--1", "1-", "1 2", "1e3", "1E3", "0X10", "1_000", "1,000", "127", "128", "-128", "-129", "32768",
                 "-32769", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
                 "-9223372036854775809", "99999999999999999999", "abc", "''", "' '", "\t5", "5\t", "٣", "１", "1a", "true", "NaN"]
FRACTION_TEXTS = ["0", "-0", "0.0", "-0.0", "1.5", "+1.5", " 1.5 ", "1.005", "-1.995", ".5", "5.", "-.5", "1e3", "1E+3",
                  "1e-3", "1e400", "-1e400", "NaN", "nan", "Infinity",
                  "-Infinity", "+Infinity", "inf", "INFINITY", "99999999.994", "100000000", "0.0005",
                  "0.9994", "0.9995", "12345678901234567890.123456789012345678", "123456789012345678901", "1 2", "1,5", "abc",
                  "''", "1_0", "\t5", "5\t", "3.4028236e38", "1e39"]
BOOLEAN_TEXTS = ["true", "TRUE", "True", "tRuE", "t", "T", "yes", "YES", "y", "Y", "1", "on", "false", "FALSE", "f", "F", "no", "NO",
                 "n", "N", "0", "off", "' true'", "'true '", "tr", "2", "-1", "1.0", "''", "NULL", "'NULL '", "ja", "\ttrue"]
DATE_TEXTS = ["2024-01-15", "2024-1-5", "2024-01", "2024", "0001-01-01", "1-1-1", "9999-12-31", "10000-01-01", "0000-01-01",
              "-0001-01-01", "2024-02-29", "2023-02-29", "2024-02-30", "2024-04-31", "2024-13-01", "2024-00-10", "2024-01-00",
              "2024-01-32", "1900-02-29", "2000-02-29", "' 2024-01-15'", "'2024-01-15 '", "2024-01-15 10:00:00", "2024-01-15T10:00:00",
              "2024-01-15 x", "2024/01/15", "20240115", "15-01-2024", "2024-01-15Z", "2024-01-1a", "''", "abc", "٢٠٢٤-01-15", "1582-10-10",
              "1970-01-01", "1969-12-31", "2024-01-15-", "24-1-15", "2024--1-15"]
TIME_TEXTS = ["00:00:00", "12:34:56", "23:59:59", "24:00:00", "23:60:00", "23:59:60", "1:2:3", "12:34", "12", "12:34:56.7", "12:34:56.789",
              "12:34:56.123456", "' 12:34:56'", "'12:34:56 '", "12:34:56Z", "12-34-56", "123456", "-1:00:00", "2024-01-01 12:34:56", "''",
              "abc", "12:34:", ":34:56", "12:34:56.", "12:3a:00", "00:00:00.001", "23:59:59.999"]
TIMESTAMP_TEXTS = ["2024-01-15 10:20:30", "2024-1-5 1:2:3", "2024-01-15 10:20:30.1", "2024-01-15 10:20:30.123456", "2024-01-15 10:20:30.123456789",
                   "2024-01-15 10:20:30.1234567891", "2024-01-15", "2024-01", "2024", "2024-01-15T10:20:30", "2024-01-15 10:20", "2024-01-15 10",
                   "2024-01-15 24:00:00", "2024-01-15 25:00:00", "2024-01-15 23:60:00", "2024-01-15 23:59:60", "2023-02-29 00:00:00",
                   "2024-02-30 00:00:00", "2024-04-31 12:00:00", "2024-13-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999999",
                   "10000-01-01 00:00:00", "1969-12-31 23:59:59.999", "1969-12-31 23:59:59.9999995", "' 2024-01-15 10:20:30'", "'2024-01-15 10:20:30 '",
                   "2024-01-15  10:20:30", "2024-01-15 10:20:30Z", "2024-01-15 10:20:30+01:00", "2024-01-15 10:20:30.", "2024-01-15 10:20:30,5",
                   "2024/01/15 10:20:30", "''", "abc", "2024-03-31 02:30:00", "2024-10-27 02:30:00", "10:20:30", "1705314030"]
# Before 1970 Flink cannot show what it made of a TIME.
EARLY = ["0001-01-01 00:00:00", "1582-10-04 12:00:00", "1582-10-15 12:00:00", "1900-03-01 00:00:00", "1969-12-31 23:59:59", "1969-07-20 20:17:40"]
TEXT_VALUES = ["''", "a", "ab", "abcd", "abcde", "abcdef", "'  a'", "'a  '", "' '", "äöü", "日本語", "日本語日本語", "😀", "a😀b", "e\u0301e\u0301e\u0301", "0", "x'00'"]


def grid(folder, name, title, columns, rows, queries, setup=()):
    """Writes tests/sql/<name>.slt: a table `a` of `columns` (their text), its rows (cells joined already), queries."""
    head = [f"# {title}", "# source: flink 2.3", ""]
    lines = [f"  {number}, {row}" for number, row in enumerate(rows, 1)]
    for statement in setup:
        head += ["statement ok", statement, ""]
    head += ["statement ok", f"CREATE TABLE a (id INT, {columns}) WITH ('connector' = 'inline', 'rows' = '"]
    text = "\n".join(lines).replace("'", "''")
    body = [f"{text}');", ""]
    for query in queries:
        body += ["query", query + ";", "----", ""]
    path = os.path.join(folder, name + ".slt")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(head + body))
    print(path)


def cell(text):
    """A text as a cell of the inline connector, quoted where it must be."""
    if text == "NULL" or re.fullmatch(r"'.*'", text):
        return text
    quoted = text.replace("'", "''")
    return f"'{quoted}'" if re.search(r"[,\s'\[\](){}/#]|^$|^0x", text) else text


def try_casts(value, targets, per_query=5):
    for i in range(0, len(targets), per_query):
        casts = ", ".join(f"TRY_CAST({value} AS {target})" for target in targets[i:i + per_query])
        yield f"SELECT id, {casts} FROM a"


def file_name(type_text):
    return re.sub(r"\W+", "_", type_text.lower()).strip("_")


def casts_from_values(folder):
    """Every type to every other that takes it, with the values that are interesting in it."""
    for source, values in VALUES.items():
        rows = values + ["NULL"]
        temporal = source.startswith(("DATE", "TIME"))
        targets = TIMES + TARGETS["texts"][1:] if temporal else NUMBERS + TARGETS["texts"]
        if source.startswith("TIME") and not source.startswith("TIMESTAMP"):
            targets = [t for t in targets if t != "DATE"]
        if not temporal and source not in ("BOOLEAN", "TINYINT"):
            targets = [t for t in targets if t != source]
        if source == "DATE":
            targets = [t for t in targets if not t.startswith("TIME(") and t != "TIME"]
        queries = list(try_casts("v", [t for t in targets if not t.startswith("DECIMAL")] + TARGETS["lengths"]))
        finite = sum(value[-1].isdigit() for value in values)
        for query in try_casts("v", [t for t in targets if t.startswith("DECIMAL")]):
            queries.append(query + (f" WHERE id <= {finite}" if finite < len(values) and not source == "BOOLEAN" else ""))
        grid(folder, f"cast/from_{file_name(source)}", f"{source} as every type that takes it.", f"v {source}", rows, queries)


def casts_from_early_times(folder):
    """TIMESTAMP columns before 1970 and before the Gregorian calendar."""
    targets = TIMES[3:] + TEXTS + TARGETS["lengths"]
    grid(folder, "cast/from_timestamp_early", "TIMESTAMPs before 1970 as every type that takes them.", "v TIMESTAMP(3)",
         EARLY + ["NULL"], list(try_casts("v", targets)))


def casts_from_texts(folder):
    """STRING to every type: what is taken, what is not."""
    for name, texts, targets in (("integers", INTEGER_TEXTS, NUMBERS[:4]), ("fractions", FRACTION_TEXTS, NUMBERS[4:-1] + ["DECIMAL(4, 3)"]),
                                 ("boolean", BOOLEAN_TEXTS, ["BOOLEAN"]), ("date", DATE_TEXTS, ["DATE"]),
                                 ("time", TIME_TEXTS, ["TIME", "TIME(3)"]),
                                 ("timestamp", TIMESTAMP_TEXTS, TIMES[3:]), ("texts", TEXT_VALUES, TEXTS + TARGETS["lengths"])):
        rows = [cell(text) for text in texts] + ["NULL"]
        grid(folder, f"cast/text_to_{name}", f"Texts as {', '.join(targets)}: what is taken and what is not.", "v STRING", rows,
             ["SELECT id, v, CHAR_LENGTH(v) FROM a"] + list(try_casts("v", targets)))


def casts_of_bytes(folder):
    """Bytes and texts to one another: lengths, padding, UTF-8 cut in the middle."""
    rows = [cell(text) for text in TEXT_VALUES] + ["NULL"]
    bytes_of = [f"CAST(CAST(v AS {t}) AS {u})" for t in BYTES for u in ("BYTES", "BINARY(5)", "VARBINARY(2)", "BINARY(1)")]
    texts_of = [f"CAST(CAST(v AS {t}) AS {u})" for t in ("BYTES",) for u in ("STRING", "VARCHAR(3)", "CHAR(3)")]
    queries = [f"SELECT id, {', '.join(group)} FROM a" for group in (bytes_of[:4], bytes_of[4:8], bytes_of[8:])]
    # Flink counts UTF-16 units here, so 😀 twice (docs/differences-from-flink.md).
    queries.append(f"SELECT id, {', '.join(texts_of)} FROM a WHERE id NOT IN (13, 14)")
    grid(folder, "cast/bytes_and_texts", "Texts as bytes, bytes cut and padded, and back.", "v STRING", rows, queries)


def failures(paths):
    """For each target of an answered TRY_CAST that gave NULL for a value: what CAST says, for one such value each."""
    for path in paths:
        test = slt.parse(path)
        added = []
        for block in list(test.blocks):
            targets = re.findall(r"TRY_CAST\(v AS ([A-Z_]+(?:\([^)]*\))?)\)", block.sql)
            if block.kind != "query" or not targets:
                continue
            rows = [split_row(row) for row in block.expected]
            null = str(len(rows))  # the last row's value is NULL
            for column, target in enumerate(targets, 1):
                failing = [row[0] for row in rows if len(row) == len(targets) + 1 and row[column] == "NULL"]
                failing = sorted(int(i) for i in failing if i != null)
                for i in failing[:1] + failing[len(failing) // 2:len(failing) // 2 + 1] * (len(failing) > 1):
                    added.append(slt.Block("query", f"SELECT id, CAST(v AS {target}) FROM a WHERE id = {i};", [], 0))
        test.blocks += added
        slt.write(test)


def split_row(row):
    """Cells of a printed row; text cells of these files hold no comma."""
    return row.split(", ")


NUMERIC = {"t": "TINYINT", "s": "SMALLINT", "i": "INT", "b": "BIGINT", "f": "FLOAT", "d": "DOUBLE", "e": "DECIMAL(10, 3)",
           "g": "DECIMAL(20, 10)"}
NUMERIC_ROWS = ["1, 2, 3, 4, 0.5, 2.5, 2.500, 0.0000000001", "-1, -2, -3, -4, -0.5, -2.5, -2.500, -1.5000000000",
                "0, 0, 0, 0, 0.0, 0.0, 0.000, 0.0000000000",
                "127, 32767, 2147483647, 9223372036854775807, 1234.5, 123456.789, 9999999.999, 9999999999.9999999999",
                "-128, -32768, -2147483648, -9223372036854775808, -1234.5, -123456.789, -9999999.999, -9999999999.9999999999",
                "7, 7, 7, 7, 7.0, 7.0, 7.000, 7.0000000000", "-7, 100, -1000, 123456789, 0.25, -0.125, 0.333, 3.1415926535",
                "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"]
DECIMALS = ["(1, 0)", "(3, 3)", "(5, 2)", "(10, 5)", "(19, 9)", "(38, 0)", "(38, 18)", "(38, 38)"]
COMPARED = [["=", "<", ">="], ["<>", "<=", ">"], ["IS DISTINCT FROM", "IS NOT DISTINCT FROM"]]


def columns_of(types):
    return ", ".join(f"{name} {text}" for name, text in types.items())


def arithmetic(folder):
    """Each operator between each two numeric types: types and values. Integers wrap."""
    names = {"+": "plus", "-": "minus", "*": "times", "/": "divided", "%": "modulo"}
    for operator, name in names.items():
        queries = []
        for x in NUMERIC:
            others = [y for y in NUMERIC if operator != "%" or not {x, y} & {"f", "d"}]
            if x not in others:
                continue
            terms = [f"{x} {operator} {y}" for y in others]
            queries.append("SELECT " + ", ".join(f"TYPEOF({term})" for term in terms) + " FROM a WHERE id = 1")
            queries.append(f"SELECT id, {', '.join(terms)} FROM a" + (" WHERE i <> 0 OR i IS NULL" if operator in "/%" else ""))
        grid(folder, f"expr/numeric_{name}", f"{operator} between every two numeric types: the type and the value.",
             columns_of(NUMERIC), NUMERIC_ROWS, queries)


def decimal_types(folder):
    """The precision and scale that follow from those of the operands."""
    columns = {f"d{i}": f"DECIMAL{text}" for i, text in enumerate(DECIMALS)}
    rows = [", ".join("0.1" if text == "(3, 3)" else "0.5" if text == "(38, 38)" else "3" for text in DECIMALS)]
    queries = []
    for operator in "+-*/%":
        queries.append("\nUNION ALL ".join(
            f"SELECT '{x}', " + ", ".join(f"TYPEOF({x} {operator} {y})" for y in columns) + " FROM a" for x in columns))
    # An AVG of DECIMAL(38, 38) is not planned: 0 does not fit it.
    queries.append("\nUNION ALL ".join(f"SELECT '{call}', " + ", ".join(f"TYPEOF({call}({x}))" for x in list(columns)[:-1]) + " FROM a"
                                       for call in ("SUM", "AVG", "MIN", "MAX")))
    calls = []
    for call in ("ROUND({0}, 1)", "ROUND({0}, -1)", "ROUND({0})", "FLOOR({0})", "CEIL({0})", "ABS({0})",
                 "- {0}", "SIGN({0})", "TRUNCATE({0}, 1)", "{0} + 1", "{0} * 1", "{0} / 3", "3 / {0}", "{0} + CAST(1 AS BIGINT)",
                 "{0} + CAST(1 AS TINYINT)", "{0} * CAST(1 AS SMALLINT)", "{0} + 0.5", "{0} * 1.25", "{0} + CAST(1 AS DOUBLE)",
                 "{0} + CAST(1 AS FLOAT)", "COALESCE({0}, d0)", "COALESCE({0}, d2)", "COALESCE(d5, {0})",
                 "MOD(d2, {0})"):
        calls.append(f"SELECT '{call.format('d')}', " + ", ".join(f"TYPEOF({call.format(x)})" for x in columns) + " FROM a")
    queries += ["\nUNION ALL ".join(calls[i:i + 8]) for i in range(0, len(calls), 8)]
    grid(folder, "expr/decimal_result_types", "The DECIMAL that an operation on DECIMALs gives.", columns_of(columns), rows, queries)


def comparisons(folder):
    """Each comparison between each two numeric types."""
    queries = []
    for x in NUMERIC:
        for operators in COMPARED:
            terms = [f"{x} {operator} {y}" for operator in operators for y in NUMERIC]
            queries.append(f"SELECT id, {', '.join(terms)} FROM a")
    grid(folder, "expr/numeric_comparisons", "Comparisons between every two numeric types, with NULL.",
         columns_of(NUMERIC), NUMERIC_ROWS, queries)


FAMILIES = {"arithmetic": arithmetic, "decimals": decimal_types, "comparisons": comparisons, "casts": casts_from_values, "early": casts_from_early_times, "texts": casts_from_texts, "bytes": casts_of_bytes}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", default=HERE)
    parser.add_argument("families", nargs="+", help=", ".join(FAMILIES) + ", or failures FILE…")
    arguments = parser.parse_args()
    if arguments.families[0] == "failures":
        failures(arguments.families[1:])
        return
    for family in arguments.families:
        FAMILIES[family](arguments.folder)


if __name__ == "__main__":
    main()
