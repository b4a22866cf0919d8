"""A new reader of a result that goes on was SEMANTIC, whatever the state below it held: where that is the result, the
reader gets it first, and the verdict says how many rows that is: as many as the SELECT gives. At any parallelism, and
once only, wherever the job is killed.
"""
import concurrent.futures
import re

from edited import ROWS, Edited, folded, sink, table
from weir import KILLED, check, contains, equal, true

RANKED = "SELECT k, CAST(x AS INT) AS x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {by} ORDER BY {order}) AS rn FROM {of}) AS r WHERE rn {ranks}"
SUMS = "SELECT k, SUM(v) AS x FROM t GROUP BY k"
MINUTES = "SELECT k, CAST(COUNT(*) AS INT) AS x FROM (SELECT k, window_start, SUM(v) AS y FROM TABLE(TUMBLE(TABLE t, " \
          "DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY k, window_start, window_end) AS w GROUP BY k"
# What the CTE is, and what gives its result: the operator that goes on.
RESULTS = {
    "aggregate": SUMS,
    "of-distinct-values": "SELECT k, CAST(COUNT(DISTINCT v) AS INT) AS x FROM t GROUP BY k",
    "one-group": "SELECT 'all' AS k, SUM(v) AS x FROM t",
    "distinct": "SELECT DISTINCT k, v AS x FROM t",
    "aggregate-of-windows": MINUTES,
    "top-n": RANKED.format(by="k", order="v DESC, w", of="(SELECT k, v AS x, v, w FROM t) AS i", ranks="<= 2"),
    "top-n-places": RANKED.format(by="k", order="v DESC, w", of="(SELECT k, v AS x, v, w FROM t) AS i", ranks="BETWEEN 2 AND 3"),
    "top-n-of-updates": RANKED.format(by="g", order="x DESC", of=f"(SELECT g, k, SUM(v) AS x FROM t GROUP BY g, k) AS i", ranks="<= 2"),
    "limit": "SELECT k, v AS x FROM t ORDER BY v DESC, k, w LIMIT 4",
    "last-row": RANKED.format(by="k", order="ts DESC", of="(SELECT k, v AS x, ts FROM t) AS i", ranks="= 1"),
}
MORE = "b,100,1,y,2026-01-01 00:01:00\nd,3,1,x,2026-01-01 00:01:01\na,1,0,x,2026-01-01 00:01:02\n"
SETTLED = {"source.settle-interval": "0 s"}
TABLES = table(**SETTLED) + sink() + sink("s2")
BATCH = table("bounded", path="t").replace(", 'source.monitor-interval' = '20 ms'", "")


def statement(cte, reader="SELECT k, x FROM m", into="s2"):
    return (f"STATEMENT SET BEGIN INSERT INTO s WITH m AS ({cte}) SELECT k, x FROM m; "
            f"INSERT INTO {into} WITH m AS ({cte}) {reader}; END")


def one(cte):
    return f"INSERT INTO s WITH m AS ({cte}) SELECT k, x FROM m"


def seeded(text, uid):
    """N of NEW (seeded, N rows)."""
    found = re.search(rf"^NEW \(seeded, (\d+) rows?\) +{re.escape(uid)} ", text, re.M)
    true(found, f"{uid} is not seeded", text)
    return int(found.group(1))


def selected(weir, cte, reader):
    """What the SELECT gives over all there is."""
    bounded = re.sub(r"(FROM|TABLE) t\b", r"\1 bounded", cte)
    done = weir.ok(BATCH + f"WITH m AS ({bounded}) {reader};", "--format", "csv")
    return sorted(line.replace('"', "").replace(",", ", ") for line in done.out.splitlines()[1:])


def at_once(function, arguments):
    """They mostly wait."""
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        for done in [pool.submit(function, *one) for one in arguments]:
            done.result()


def rows_and_number(weir):
    """Each kind of result, another reader with a filter beside the old one, at 1 → 4 and 4 → 1."""
    def one_result(at, name, cte):
        own = weir.apart(name)
        lives = [1, 4] if at % 2 == 0 else [4, 1]
        set_to = [f"SET 'parallelism.default' = '{n}';\nSET 'pipeline.batch-size' = '2';\n" for n in lives]
        job = Edited(own, one(cte), set_to[0] + TABLES)
        now = set_to[1] + TABLES
        for reader in ("SELECT k, x FROM m", "SELECT k, x FROM m WHERE x > 5"):
            wanted = len(selected(own, cte, reader))
            text = job.expect(statement(cte, reader), "sink:s2/sink.w", "NEW", "it begins with what", now)
            equal(seeded(text, "sink:s2/sink.w"), wanted, f"{name}\n{text}")
        before = own.rows("out-s")
        after = statement(cte, "SELECT k, x FROM m WHERE x > 5")
        job.restore(after, now)
        equal(own.rows("out-s"), before, f"{name}: the old reader sees nothing of it")
        equal(folded(own.rows("out-s2")), selected(own, cte, reader), name)
        own.write("t/1.csv", MORE)
        job.run(f"{now}CREATE JOB j AS {after};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        if name != "aggregate-of-windows":  # a SELECT sees windows that are open here
            equal(folded(own.rows("out-s2")), selected(own, cte, reader), f"{name}, with new rows")
    at_once(one_result, [(at, *result) for at, result in enumerate(RESULTS.items())])


def readers(weir):
    """Other readers than sinks; each gets the rows once, whatever else is new."""
    own = weir.apart("readers")
    job = Edited(own, one(SUMS), TABLES)
    for name, reader in {
            "agg": "SELECT 'all' AS k, CAST(SUM(x) AS INT) AS x FROM m",
            "topn": RANKED.format(by="k", order="x", of="m", ranks="<= 1"),
            "join": "SELECT l.k AS k, CAST(l.x + r.x AS INT) AS x FROM m AS l JOIN m AS r ON l.k = r.k"}.items():
        text = job.explain(statement(SUMS, reader))
        found = re.findall(r"^NEW \(seeded, (\d+) rows?\) +(\S+)", text, re.M)
        true(len(found) == 1, f"not one reader is seeded, as {name} should be", text)
        equal(int(found[0][0]), 6 if name == "join" else 3, text)
        life = own.apart(name)
        again = Edited(life, one(SUMS), TABLES)
        again.restore(statement(SUMS, reader))
        equal(folded(life.rows("out-s2")), selected(life, SUMS, reader), name)
        life.write("t/1.csv", MORE)
        again.run(f"{TABLES}CREATE JOB j AS {statement(SUMS, reader)};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        equal(folded(life.rows("out-s2")), selected(life, SUMS, reader), name)


def other_ranks(weir):
    """The ranks change with the same restore: the old reader is put right, the new one begins with the new ranks."""
    own = weir.apart("other-ranks")
    cte = RANKED.format(by="k", order="v DESC, w", of="(SELECT k, v AS x, v, w FROM t) AS i", ranks="<= {}")
    job = Edited(own, one(cte.format(3)), TABLES)
    text = job.explain(statement(cte.format(2)))
    equal(seeded(text, "sink:s2/sink.w"), 6, text)
    job.restore(statement(cte.format(2)))
    for name in ("out-s", "out-s2"):
        equal(folded(own.rows(name)), selected(own, cte.format(2), "SELECT k, x FROM m"), name)


def what_cannot(weir):
    """Where the state does not hold the result, a new reader stays SEMANTIC, and the reason is said."""
    window = "SELECT k, SUM(v) AS x FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY k, " \
             "window_start, window_end"
    first = RANKED.format(by="k", order="ts", of="(SELECT k, v AS x, ts FROM t) AS i", ranks="= 1")
    for name, cte, why in (
            ("windows", window, "windows leave its state when they are put out"),
            ("first-row", first, "its state keeps the keys of first rows, not the rows"),
            ("join", "SELECT l.k AS k, r.v AS x FROM t AS l JOIN t AS r ON l.k = r.k", "its state holds other rows than it gave"),
            ("expires", SUMS.replace("SELECT k", "SELECT /*+ STATE_TTL('t' = '1 h') */ k"), "what has expired is not in its state"),
            ("double-key", "SELECT CAST(d AS STRING) AS k, x FROM (SELECT CAST(v AS DOUBLE) AS d, SUM(v) AS x FROM t GROUP BY "
             "CAST(v AS DOUBLE)) AS q", "as a key only")):
        job = Edited(weir.apart(name), one(cte), TABLES)
        text = job.expect(statement(cte), "sink:s2/sink.w", "SEMANTIC", why)
        contains(text, "ACCEPT CHANGES ('sink:s2/sink.w')")


def upserts(weir):
    """The rows of a table of changes, which the state holds by their keys."""
    own = weir.apart("upserts")
    event = '{{"before": null, "after": {{"k": "{}", "v": {}}}, "op": "c"}}\n'
    own.write("c/0.json", event.format("a", 1) + event.format("b", 2) + event.format("a", 3))
    tables = TABLES + "SET 'table.exec.source.cdc-events-duplicate' = 'true';\n" + table(
        "c", "k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED", **SETTLED, format="debezium-json")
    text = Edited(own, "INSERT INTO s SELECT k, v FROM c", tables).explain(
        "STATEMENT SET BEGIN INSERT INTO s SELECT k, v FROM c; INSERT INTO s2 SELECT k, SUM(v) FROM c GROUP BY k; END")
    equal(seeded(text, "sink:s2/agg"), 2, text)


def nothing_given(weir):
    """Windows that are open are put out for all; where none was put out before, nothing is missed."""
    own = weir.apart("open")
    cte = "SELECT k, SUM(v) AS x FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '30' SECOND)) GROUP BY k, window_start, window_end"
    job = Edited(own, one(cte), TABLES)
    job.expect(statement(cte), "sink:s2/sink.w", "NEW", "it starts empty")
    own.write("t/1.csv", MORE)
    job.restore(statement(cte))
    equal(len(own.rows("out-s")), 3, "the first window of each key")
    equal(own.rows("out-s2"), own.rows("out-s"))
    third = statement(cte).replace("END", f"INSERT INTO s3 WITH m AS ({cte}) SELECT k, x FROM m; END")
    job.expect(third, "sink:s3/sink.w", "SEMANTIC", "windows leave its state", TABLES + sink("s3"))


def ended(weir):
    """A job at the end of its input goes on with a new reader, which sees the end as well."""
    own = weir.apart("ended")
    own.write("t/0.csv", ROWS)
    tables = BATCH.replace("TABLE bounded", "TABLE t") + sink() + sink("s2") + \
        "SET 'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION';\n"
    own.ok(f"{tables}CREATE JOB j AS {one(SUMS)};\nWAIT FOR JOB j UNTIL FINISHED;")
    reader = RANKED.format(by="k", order="x", of="m", ranks="<= 1")
    own.ok(f"{tables}RESTORE JOB j FROM LATEST CHECKPOINT AS {statement(SUMS, reader)};\nWAIT FOR JOB j UNTIL FINISHED;")
    equal(folded(own.rows("out-s2")), selected(own, SUMS, reader))
    equal(folded(own.rows("out-s")), selected(own, SUMS, "SELECT k, x FROM m"))


def keyed_sink(weir):
    """Rows on their way into a sink by another key are kept by it, and begin with the result, too."""
    own = weir.apart("keyed")
    tables = TABLES + "CREATE TABLE s3 (k STRING, x INT, PRIMARY KEY (x) NOT ENFORCED) WITH ('connector' = 'filesystem', " \
        "'path' = 'out-s3', 'format' = 'changelog');\n"
    job = Edited(own, one(SUMS), tables)
    job.restore(statement(SUMS, into="s3"), tables)
    own.write("t/1.csv", MORE)
    job.run(f"{tables}CREATE JOB j AS {statement(SUMS, into='s3')};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
    equal(folded(own.rows("out-s3")), selected(own, SUMS, "SELECT k, x FROM m"))


def killed(weir):
    """The restore is killed during the seeds, and before and behind its first checkpoint."""
    if not weir.faulty:
        return
    after = statement(SUMS, "SELECT k, x FROM m WHERE x > 5")

    def one_point(number, point):
        own = weir.apart(f"killed-{number}")
        job = Edited(own, one(SUMS), TABLES)
        parallelism = 1 + number % 2 * 3
        now = f"SET 'pipeline.batch-size' = '1';\nSET 'parallelism.default' = '{parallelism}';\n" \
              f"SET 'execution.checkpointing.interval' = '50 ms';\n{TABLES}"
        go_on = "WAIT FOR JOB j UNTIL CHECKPOINT;\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;"
        done = own.run(f"{now}RESTORE JOB j FROM LATEST CHECKPOINT AS {after};\n{go_on}", env={"WEIR_KILL_AT": point}, faulty=True)
        equal(done.code, KILLED, f"{point}\n{done}")
        own.write("t/1.csv", MORE)
        job.run(f"{now}CREATE JOB j AS {after};\n{go_on}")
        equal(folded(own.rows("out-s2")), selected(own, SUMS, "SELECT k, x FROM m WHERE x > 5"), point)
        equal(folded(own.rows("out-s")), selected(own, SUMS, "SELECT k, x FROM m"), point)
    at_once(one_point, list(enumerate(("seed.after_batch:1", "seed.after_batch:2", "task.before_barrier:1", "checkpoint.before_ack:1",
                                       "checkpoint.before_publish:1", "checkpoint.after_pointer:1", "sink.before_rename:1",
                                       "checkpoint.after_commit:1"))))


def body(weir):
    true(len(ROWS) > 100, "there are rows")
    rows_and_number(weir)
    readers(weir)
    other_ranks(weir)
    at_once(lambda part: part(weir), [(part,) for part in (what_cannot, upserts, nothing_given, ended, keyed_sink)])
    killed(weir)


check(body)
