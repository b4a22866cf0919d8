"""The same in other words was SEMANTIC or PARTIAL, so that people learned to wave clauses through; and two edits that say
something else were FULL: NOT (d < 3) for d >= 3, which NaN tells apart, and a literal of a wider type, with which sums do not
overflow."""
from edited import VERDICTS, Edited, sink
from weir import check, true

TABLE = ("CREATE TABLE x (k STRING, v INT, d DOUBLE, m DECIMAL(10, 2), b BOOLEAN, z BIGINT) WITH ('connector' = 'filesystem', "
         "'path' = 'x', "
         "'format' = 'csv', 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s');\n")
QUERY = "INSERT INTO s SELECT k, CAST({} AS INT) AS n FROM x WHERE {} GROUP BY k"
SAME = (("COUNT(*)", "TRUE", "COUNT(1)", "1 = 1"), ("SUM(v)", "b", "SUM(v * 1)", "b = TRUE"),
        ("SUM(v + 1)", "v > 1", "SUM(0 + 1 + v)", "1 < v"),
        ("SUM(v)", "v NOT BETWEEN 3 AND 5", "SUM(v)", "v < 3 OR v > 5"),
        ("SUM(v)", "v NOT IN (3, 5)", "SUM(v)", "v <> 5 AND v <> 3"),
        ("SUM(COALESCE(v, 7))", "TRUE", "SUM(CASE WHEN v IS NOT NULL THEN v ELSE 7 END)", "TRUE"))
OTHERS = (("SUM(v)", "NOT (d < 3)", "SUM(v)", "d >= 3"), ("SUM(v)", "v * 1000000 > 0", "SUM(v)",
                                                          "v * CAST(1000000 AS BIGINT) > 0"),
          ("MAX(CHAR_LENGTH(CAST(m * 1.5 AS STRING)))", "TRUE", "MAX(CHAR_LENGTH(CAST(m * 1.50 AS STRING)))", "TRUE"),
          ("MAX(CHAR_LENGTH(CAST(d AS STRING)))", "TRUE", "MAX(CHAR_LENGTH(CAST(d + 0 AS STRING)))", "TRUE"),
          ("SUM(v)", "(CHAR_LENGTH(k) + v) + z > 0", "SUM(v)", "(z + CHAR_LENGTH(k)) + v > 0"),
          ("SUM(v)", "RAND() < 0.5", "SUM(v)", "RAND() < 0.5 AND RAND() < 0.5"),
          ("SUM(v)", "RAND_INTEGER(9) IN (1, 2)", "SUM(v)", "RAND_INTEGER(9) = 1 OR RAND_INTEGER(9) = 2"),
          ("SUM(v)", "RAND_INTEGER(9) NOT IN (1, 2)", "SUM(v)", "RAND_INTEGER(9) <> 1 AND RAND_INTEGER(9) <> 2"),
          ("SUM(v)", "b IS NOT TRUE", "SUM(v)", "NOT b"), ("COUNT(*)", "TRUE", "COUNT(v)", "TRUE"))


def body(weir):
    home = weir.directory
    for number, (call, where, other_call, other_where) in enumerate((*SAME, *OTHERS)):
        weir.directory = home / str(number)
        weir.directory.mkdir()
        weir.write("x/0.csv", "a,1,NaN,1.50,true,1\na,3000,-0.0,1.00,,2\na,4,2.5,,false,3\n")
        definitions = TABLE + sink("s", "k STRING, n INT")
        edited = Edited(weir, QUERY.format(call, where), definitions)
        after = QUERY.format(other_call, other_where)
        if number < len(SAME):
            edited.expect(after, "", "FULL")
            spelled = definitions.replace("'csv'", "'CSV', 'csv.field-delimiter' = ','")
            edited.expect(after, "", "FULL", definitions=spelled)
        else:
            said = edited.explain(after)
            true({word for word, _ in VERDICTS.findall(said)} != {"FULL"}, "something else is FULL", f"{after}\n{said}")


check(body)
