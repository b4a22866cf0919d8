"""RESTORE JOB … FROM LATEST CHECKPOINT without AS: clauses count, once."""
from edited import ROWS, folded, sink, table
from weir import check, contains, equal

TABLES = table() + sink() + sink("s2")
ONE = "INSERT INTO s SELECT k, SUM(v) FROM t GROUP BY k"
TWO = f"STATEMENT SET BEGIN {ONE}; INSERT INTO s2 SELECT g, SUM(w) FROM t GROUP BY g; END"
END = "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;"
MORE = "a,1,9,x,2026-01-01 00:01:00\na,2,8,x,2026-01-01 00:01:01\nb,0,7,y,2026-01-01 00:01:02\n"
LATEST = "RESTORE JOB j FROM LATEST CHECKPOINT"


def counted(weir):
    """What is said to start empty does."""
    weir.write("t/0.csv", ROWS)
    weir.ok(TABLES + f"CREATE JOB j AS {ONE};\n{END}")
    weir.write("t/1.csv", MORE)
    contains(weir.ok(f"{LATEST} ALLOW DROP ('sink:s/agg');\n{END}").out, "RESET    sink:s/agg")
    # The sums of the second file alone, beside those of the first, which nobody takes back.
    rows = folded(weir.rows("out-s"))
    equal(rows, ["a, 3", "a, 6", "b, 0", "b, 24", "c, 22"], rows)


def once(weir):
    """A job that was restored with clauses goes on as any other does, and the clauses are used up."""
    weir.write("t/0.csv", ROWS)
    weir.ok(TABLES + f"CREATE JOB j AS {TWO};\n{END}")
    dropped = "ALLOW DROP ('sink:s2/agg', 'sink:s2/sink.w')"
    weir.ok(TABLES + f"{LATEST} {dropped} AS {ONE};\n{END}")
    contains(weir.ok(f"EXPLAIN {LATEST};").out, "The restore is allowed.")
    weir.write("t/1.csv", MORE)
    done = weir.ok(f"{LATEST};\n{END}")
    weir.ok(TABLES.replace("out-", "again-") + f"CREATE JOB again AS {ONE};\nWAIT FOR JOB again UNTIL IDLE;\nSTOP JOB again;")
    equal(folded(weir.rows("out-s")), folded(weir.rows("again-s")), done)


def mapped(weir):
    """The same of a column that was renamed, which the checkpoint has under its new name."""
    weir.write("t/0.csv", ROWS)
    weir.ok(TABLES + f"CREATE JOB j AS {ONE};\n{END}")
    renamed = TABLES.replace(" v INT", " amount INT")
    query = ONE.replace("SUM(v)", "SUM(amount)")
    weir.ok(renamed + f"{LATEST} WITH STATE MAPPING ('src:t.v' TO 'src:t.amount') AS {query};\n{END}")
    weir.write("t/1.csv", MORE)
    done = weir.ok(f"{LATEST};\n{END}")
    weir.ok(renamed + f"CREATE JOB j AS {query};\n{END}")
    weir.ok(TABLES.replace("out-", "again-") + f"CREATE JOB again AS {ONE};\nWAIT FOR JOB again UNTIL IDLE;\nSTOP JOB again;")
    equal(folded(weir.rows("out-s")), folded(weir.rows("again-s")), done)


def body(weir):
    for case in (counted, once, mapped):
        own = weir.apart(case.__name__)
        case(own)


check(body)
