#!/usr/bin/env python3
"""Flink's enforcers of a sink's constraints. The rows expected are those that Flink 2.3 writes."""
import os

from weir_shell import expect, run_all

NULLS = "table.exec.sink.not-null-enforcer"
LENGTHS = "table.exec.sink.type-length-enforcer"
NESTED = "table.exec.sink.nested-constraint-enforcer"
THREE = "(VALUES (1), (2), (3)) AS t(a)"
SOME_NULL = "IF(a = 2, CAST(NULL AS STRING), 'x')"


def written(scratch, columns, query, enforcers, prepare=""):
    """What an INSERT leaves in a table of JSON: lines, and standard error of a script that fails."""
    sets = "".join(f"SET '{key}' = '{value}';\n" for key, value in enforcers.items())
    folder = f"out{len(os.listdir(scratch.path))}"
    table = f"CREATE TABLE o ({columns}) WITH ('connector' = 'filesystem', 'path' = '{folder}', 'format' = 'json');\n"
    done = scratch.run("--data-dir", folder + "-data", "-D", "parallelism.default=1",
                       text=f"{prepare}{table}{sets}INSERT INTO o {query};\n")
    lines = []
    path = os.path.join(scratch.path, folder)
    for name in sorted(os.listdir(path)) if os.path.isdir(path) else []:
        if not name.startswith((".", "_")):
            with open(os.path.join(path, name), encoding="utf-8") as file:
                lines += file.read().splitlines()
    return sorted(lines), done.stderr if done.returncode else ""


def expect_rows(found, rows):
    expect(found == (sorted(rows), ""), f"{found} instead of {rows}")


def expect_error(found, *words):
    expect(found[0] == [] and all(word in found[1] for word in words), f"{found} lacks {words}")


def texts(scratch):
    scratch.write("t.csv", "1,abcdef,abcdef\n2,ab,ab\n3,abc,abc\n")
    return ("CREATE TABLE s (a INT, v VARCHAR(3), c CHAR(3)) WITH ('connector' = 'filesystem', 'path' = 't.csv', "
            "'format' = 'csv');\n")


def test_null_is_an_error_or_drops_the_row(scratch):
    columns, query = "a INT, b STRING NOT NULL", f"SELECT a, {SOME_NULL} FROM {THREE}"
    expect_error(written(scratch, columns, query, {}), "E3004", "NULL in a NOT NULL column: 'b' of table o")
    expect_error(written(scratch, columns, query, {NULLS: "error"}), "E3004")
    expect_rows(written(scratch, columns, query, {NULLS: "DROP"}), ['{"a":1,"b":"x"}', '{"a":3,"b":"x"}'])
    expect_rows(written(scratch, "b STRING NOT NULL", f"SELECT {SOME_NULL} FROM (VALUES (2), (2)) AS t(a)",
                        {NULLS: "DROP"}), [])


def test_null_within_rows_and_collections(scratch):
    # Last the way to the NULL, as Flink names it.
    row = ("a INT, r ROW<v INT, n STRING NOT NULL>", f"SELECT a, ROW(a, {SOME_NULL}) FROM {THREE}",
           ['{"a":1,"r":{"v":1,"n":"x"}}', '{"a":2,"r":{"v":2,"n":null}}', '{"a":3,"r":{"v":3,"n":"x"}}'], "r.n")
    array = ("a INT, r ARRAY<STRING NOT NULL>", f"SELECT a, ARRAY[{SOME_NULL}] FROM {THREE}",
             ['{"a":1,"r":["x"]}', '{"a":2,"r":[null]}', '{"a":3,"r":["x"]}'], "r[0]")
    for columns, query, rows, way in (row, array):
        for mode in ("IGNORE", "ROWS", "ROWS_AND_COLLECTIONS"):
            looks = mode != "IGNORE" and (rows is row[2] or mode == "ROWS_AND_COLLECTIONS")
            dropped = written(scratch, columns, query, {NESTED: mode, NULLS: "DROP"})
            expect_rows(dropped, [rows[0], rows[2]] if looks else rows)
            kept = written(scratch, columns, query, {NESTED: mode})
            if looks:
                expect_error(kept, "E3004", f"'{way}' of table o")
            else:
                expect_rows(kept, rows)


def test_lengths(scratch):
    start, columns = texts(scratch), "a INT, v VARCHAR(3), c CHAR(3)"
    expect_rows(written(scratch, columns, "SELECT * FROM s", {}, start),
                ['{"a":1,"v":"abcdef","c":"abcdef"}', '{"a":2,"v":"ab","c":"ab"}', '{"a":3,"v":"abc","c":"abc"}'])
    expect_rows(written(scratch, columns, "SELECT * FROM s", {LENGTHS: "TRIM_PAD"}, start),
                ['{"a":1,"v":"abc","c":"abc"}', '{"a":2,"v":"ab","c":"ab "}', '{"a":3,"v":"abc","c":"abc"}'])
    expect_error(written(scratch, columns, "SELECT * FROM s", {LENGTHS: "ERROR"}, start), "E3008",
                 "a value of length 6 for VARCHAR(3) in column 'v' of table o")
    expect_error(written(scratch, "a INT, c CHAR(3)", "SELECT a, c FROM s WHERE a > 1", {LENGTHS: "ERROR"}, start),
                 "E3008", "a value of length 2 for CHAR(3) in column 'c' of table o", "TRIM_PAD")
    expect_rows(written(scratch, "a INT, c CHAR(3)", "SELECT a, c FROM s WHERE a > 2", {LENGTHS: "ERROR"}, start),
                ['{"a":3,"c":"abc"}'])


def test_lengths_of_bytes(scratch):
    scratch.write("b.json", '{"a":1,"b":"YWJjZGVm"}\n{"a":2,"b":"YWI="}\n')
    for kind, filled in (("VARBINARY(3)", "YWI="), ("BINARY(3)", "YWIA")):
        start = (f"CREATE TABLE s (a INT, b {kind}) WITH ('connector' = 'filesystem', 'path' = 'b.json', "
                 "'format' = 'json');\n")
        for mode, first, second in (("IGNORE", "YWJjZGVm", "YWI="), ("TRIM_PAD", "YWJj", filled)):
            expect_rows(written(scratch, f"a INT, b {kind}", "SELECT * FROM s", {LENGTHS: mode}, start),
                        [f'{{"a":1,"b":"{first}"}}', f'{{"a":2,"b":"{second}"}}'])
        expect_error(written(scratch, f"a INT, b {kind}", "SELECT * FROM s", {LENGTHS: "ERROR"}, start), "E3008",
                     f"length 6 for {kind}")


def test_lengths_are_of_characters(scratch):
    scratch.write("e.csv", "😀😀😀\nä\n")
    start = "CREATE TABLE s (v CHAR(2)) WITH ('connector' = 'filesystem', 'path' = 'e.csv', 'format' = 'csv');\n"
    expect_rows(written(scratch, "v CHAR(2)", "SELECT * FROM s", {LENGTHS: "TRIM_PAD"}, start),
                ['{"v":"😀😀"}', '{"v":"ä "}'])


def test_lengths_within_rows(scratch):
    scratch.write("n.json", '{"a":1,"r":{"v":"abcdef","w":["abcdef"]}}\n{"a":2,"r":{"v":"ab","w":["ab"]}}\n')
    columns = "a INT, r ROW<v VARCHAR(3), w ARRAY<VARCHAR(3)>>"
    start = f"CREATE TABLE s ({columns}) WITH ('connector' = 'filesystem', 'path' = 'n.json', 'format' = 'json');\n"
    as_they_are = ['{"a":1,"r":{"v":"abcdef","w":["abcdef"]}}', '{"a":2,"r":{"v":"ab","w":["ab"]}}']

    def rows(lengths, nested):
        return written(scratch, columns, "SELECT * FROM s", {LENGTHS: lengths, NESTED: nested}, start)

    for lengths, nested in (("ERROR", "IGNORE"), ("TRIM_PAD", "IGNORE"), ("IGNORE", "ROWS_AND_COLLECTIONS")):
        expect_rows(rows(lengths, nested), as_they_are)
    expect_rows(rows("TRIM_PAD", "ROWS"), ['{"a":1,"r":{"v":"abc","w":["abcdef"]}}', as_they_are[1]])
    for nested in ("ROWS", "ROWS_AND_COLLECTIONS"):
        expect_error(rows("ERROR", nested), "E3008", "length 6 for VARCHAR(3) in column 'r.v' of table o")
    expect_error(rows("TRIM_PAD", "ROWS_AND_COLLECTIONS"), "E2015", "within a collection")


def test_changes_by_another_key_need_on_conflict_where_it_is_required(scratch):
    start = ("CREATE TABLE s (a INT) WITH ('connector' = 'inline', 'rows' = '\n1\n2\n2\n');\n"
             "CREATE TABLE p (a INT, c BIGINT, PRIMARY KEY (c) NOT ENFORCED) WITH ('connector' = 'print');\n")
    insert = "INSERT INTO p SELECT a, COUNT(*) FROM s GROUP BY a{};\n"
    required = "SET 'table.exec.sink.require-on-conflict' = 'TRUE';\n"
    for text in (start + insert.format(""), start + required + insert.format(" ON CONFLICT DO DEDUPLICATE"),
                 start + required + "INSERT INTO p SELECT a, CAST(a AS BIGINT) FROM s;\n"):
        done = scratch.run(text=text)
        expect(done.returncode == 0, done.stderr)
    refused = scratch.run(text=start + required + insert.format(""))
    expect(refused.returncode == 3 and "keyed otherwise than its PRIMARY KEY" in refused.stderr
           and "ON CONFLICT DO DEDUPLICATE" in refused.stderr, refused.stderr)


if __name__ == "__main__":
    run_all(globals())
