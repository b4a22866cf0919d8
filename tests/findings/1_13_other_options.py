"""A script that is run again under other options: what they mean to the state is judged as an edit is."""
from edited import ROWS, folded, sink, table
from weir import check, contains, equal, true

ZONE = "SET 'table.local-time-zone' = '{}';\n"
ZONED = ("INSERT INTO s SELECT CAST(TO_TIMESTAMP_LTZ(v * 3600000, 3) AS STRING), CAST(COUNT(*) AS INT) FROM t GROUP BY "
         "CAST(TO_TIMESTAMP_LTZ(v * 3600000, 3) AS STRING)")
REUSE = "SET 'table.optimizer.reuse-source-enabled' = '{}';\n"
PAIRS = "INSERT INTO s SELECT a.k, a.v - b.w FROM t AS a JOIN t AS b ON a.k = b.k AND a.w = b.v"
PLANS = "SET 'table.optimizer.reuse-sub-plan-enabled' = '{}';\n"
SHARED = ("INSERT INTO s WITH a AS (SELECT k, g, SUM(v) AS x, MAX(w) AS n FROM t GROUP BY k, g) SELECT l.k, l.x + r.n FROM a AS l JOIN "
          "a AS r ON l.k = r.k AND l.g = r.g")
UPSERTS = "SET 'table.exec.sink.upsert-materialize' = '{}';\n"
LATEST = ("INSERT INTO s WITH r AS (SELECT k, g, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY w DESC, ts) AS rn FROM t) SELECT g, v "
          "FROM r WHERE rn = 1")
KEYED = sink(columns="k STRING, x INT, PRIMARY KEY (k) NOT ENFORCED")
CASES = {
    "zone": (ZONE, "UTC", "Asia/Tokyo", ZONED, sink()),
    "sources apart": (REUSE, "true", "false", PAIRS, sink()),
    "sources together": (REUSE, "false", "true", PAIRS, sink()),
    "plans apart": (PLANS, "true", "false", SHARED, sink()),
    "upserts": (UPSERTS, "NONE", "AUTO", LATEST, KEYED),
    "no upserts": (UPSERTS, "AUTO", "NONE", LATEST, KEYED),
}
FREE = {  # which change nothing that is kept
    "parallelism": ("SET 'parallelism.default' = '{}';\n", "1", "3", PAIRS, sink()),
    "unconcerned": (ZONE, "UTC", "Asia/Tokyo", PAIRS, sink()),
    "time to live": ("SET 'table.exec.state.ttl' = '{}';\n", "0 s", "1 h", PAIRS, sink()),
}
MORE = "a,1,9,x,2026-01-01 00:01:00\na,2,8,x,2026-01-01 00:01:01\nb,0,7,y,2026-01-01 00:01:02\n"
END = "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;"


def case(weir, name, setting, first, then, query, target):
    own = weir.apart(name.replace(" ", "-"))
    own.write("t/0.csv", ROWS)
    sql = table() + target + f"CREATE JOB j AS {query};\n"
    own.ok(setting.format(first) + sql + END)
    own.write("t/1.csv", MORE)
    before = own.rows("out-s")
    done = own.run(setting.format(then) + sql + END)
    if name in FREE:
        equal(done.code, 0, f"{name}\n{done}")
    else:
        equal(done.code, 5, f"{name}\n{done}")
        contains(done.err, "an option that its state depends on has changed", done)
        contains(done.err, "RESTORE JOB `j` FROM LATEST CHECKPOINT", done)
        equal(own.rows("out-s"), before, name)
        own.ok(setting.format(first) + sql + END)
    again = own.ok(setting.format(first) + table() + target.replace("out-s", "out-again") +
                   f"CREATE JOB again AS {query};\nWAIT FOR JOB again UNTIL IDLE;\nSTOP JOB again;")
    if target is not KEYED:
        equal(folded(own.rows("out-s")), folded(own.rows("out-again")), f"{name}\n{again}")


def accepted(weir):
    """The clauses that the refusal prints suffice."""
    own = weir.apart("accepted")
    own.write("t/0.csv", ROWS)
    sql = table() + sink() + f"CREATE JOB j AS {ZONED};\n"
    own.ok(ZONE.format("UTC") + sql + END)
    done = own.run(ZONE.format("Asia/Tokyo") + sql + END)
    clauses = done.err.split("to go on all the same:\n")[1].split(";")[0]
    true("ACCEPT CHANGES" in clauses, "no clause is offered", done)
    own.write("t/1.csv", MORE)
    own.ok(ZONE.format("Asia/Tokyo") + clauses + ";\n" + END)
    own.ok(ZONE.format("Asia/Tokyo") + sql + END)


def afresh(weir):
    """Who asked for that starts anew, and what was committed comes once more; an option that changes nothing does not."""
    own = weir.apart("afresh")
    own.write("t/0.csv", ROWS)
    sql = table() + sink() + f"CREATE JOB j AS {ZONED};\n" + END
    fresh = "SET 'execution.restore-policy' = 'fresh';\n"
    own.ok(ZONE.format("UTC") + sql)
    own.ok(fresh + "SET 'parallelism.default' = '2';\n" + ZONE.format("UTC") + sql)
    once = own.rows("out-s")
    done = own.ok(fresh + ZONE.format("Asia/Tokyo") + sql)
    contains(done.err + done.out, "job j starts anew", done)
    true(len(own.rows("out-s")) > len(once), "nothing comes", done)
    own.ok(ZONE.format("Asia/Tokyo") + table() + sink(path="out-again") + f"CREATE JOB again AS {ZONED};\n" + END.replace("j", "again"))
    equal(sorted(own.rows("out-s")), sorted(once + own.rows("out-again")), done)


def body(weir):
    for name, what in {**CASES, **FREE}.items():
        case(weir, name, *what)
    accepted(weir)
    afresh(weir)


check(body)
