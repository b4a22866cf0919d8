"""CSV lost what it held without a word: text behind the quote that ends a field (Flink: an error), a NULL in a table of
one column, which is a blank line, a number that is the null literal, and a byte order mark that a file's first text
begins with."""
from weir import check, contains, equal

TABLE = "CREATE TABLE t ({}) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'csv'{});\n"
SYNC = "SET 'table.dml-sync' = 'true';\n"


def behind_quotes(weir):
    weir.write("q/a.csv", '1,"a"\n2,"b"c\n3,d\n')
    select = "SELECT * FROM t;"
    done = weir.run(TABLE.format("n INT, s STRING", "q", "") + select)
    equal(done.code, 4, done)
    contains(done.err, "line 2, byte 6: there is text behind the quote that ends a field", done)
    lenient = TABLE.format("n INT, s STRING", "q", ", 'csv.ignore-parse-errors' = 'true'")
    done = weir.ok(lenient + select, "--format", "csv")
    equal(done.out, "n,s\n1,a\n3,d\n", done)
    contains(done.err, "1 skipped", done)


def round_trip(weir, directory, column, values, options=""):
    table = TABLE.format(column, directory, options)
    weir.ok(table + SYNC + f"INSERT INTO t VALUES {values};")
    back = weir.ok(table + "SELECT * FROM t;", "--format", "json").out
    equal(back, weir.ok(f"SELECT * FROM (VALUES {values}) AS t ({column.split()[0]});", "--format", "json").out)


def body(weir):
    behind_quotes(weir)
    round_trip(weir, "one", "s STRING", "('a'), (CAST(NULL AS STRING)), (''), ('b'), (CAST(NULL AS STRING))")
    round_trip(weir, "number", "n INT", "(1), (CAST(NULL AS INT)), (-1)", ", 'csv.null-literal' = '-1'")
    round_trip(weir, "truth", "b BOOLEAN", "(TRUE), (CAST(NULL AS BOOLEAN)), (FALSE)", ", 'csv.null-literal' = 'false'")
    round_trip(weir, "mark", "s STRING", "(U&'\\FEFFa'), ('b')")


check(body)
