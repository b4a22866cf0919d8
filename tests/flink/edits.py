"""Edits of a query whose job runs on Flink, for edits_test.py."""
import dataclasses

TABLES = """SET 'execution.checkpointing.interval' = '500 ms';
CREATE TABLE src (id INT, k INT, v BIGINT, w BIGINT, name STRING, t TIMESTAMP(3), WATERMARK FOR t AS t) WITH (
  'connector' = 'filesystem', 'path' = '{folder}/in', 'format' = 'csv'{follow});
CREATE VIEW newest AS SELECT k, v, w, t FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY t DESC) AS r FROM src) WHERE r = 1;
"""
# What the first query reads, and what comes for the second one. Values of the first part are larger, so that what is
# kept of them matters. The last row only moves the time on: what it gives is not compared.
LAST = "99"
FIRST = [(i, i % 3, 20 + 7 * i % 11, 3 * i % 7, f"n{i % 4}", f"2026-01-01 00:{i:02}:00") for i in range(1, 13)]
SECOND = [(i, i % 3, 5 * i % 13, 4 * i % 9, f"n{i % 6}", f"2026-01-01 00:{i:02}:00") for i in range(13, 31)] + \
    [(99, 99, 99, 99, "n99", "2026-01-01 09:00:00")]


@dataclasses.dataclass
class Edit:
    name: str
    what: str  # in words, for docs/flink.md
    columns: str  # of the table that it writes
    before: str
    after: str
    more: str = ""  # INSERTs beside the second query
    settings: str = ""  # of the second query


TOTALS = "SELECT k, COUNT(*) AS n, SUM(v) AS s FROM src GROUP BY k"
TOP = "SELECT k, id, v FROM (SELECT {c}, ROW_NUMBER() OVER (PARTITION BY {p} ORDER BY {o}) AS r FROM src) WHERE r <= {n}"


def top(c="k, id, v", p="k", o="v DESC, id", n=2): return TOP.format(c=c, p=p, o=o, n=n)
JOIN = "SELECT a.id, b.{col} FROM (SELECT {ac} FROM src {aw}) a {kind} JOIN (SELECT {bc} FROM src) b ON a.{ak} = b.{bk} {more}"


def join(col="name", ac="id, k", aw="", kind="", bc="id, v, name", ak="id", bk="v", more=""):
    return JOIN.format(col=col, ac=ac, aw=aw, kind=kind, bc=bc, ak=ak, bk=bk, more=more)
NEAR = "SELECT a.id, b.id FROM src a JOIN src b ON a.k = b.k AND a.t BETWEEN b.t + INTERVAL '1' SECOND AND b.t + INTERVAL '{m}' MINUTE"
WIN = "SELECT k, {calls} FROM {w}(TABLE src, DESCRIPTOR(t), INTERVAL '{size}' MINUTE) GROUP BY window_start, window_end, k"
OVER = "SELECT id, {calls} FROM src"
MATCH = "SELECT k, v FROM src MATCH_RECOGNIZE (PARTITION BY k ORDER BY t MEASURES B.v AS v PATTERN (A B) DEFINE B AS B.v > A.v + {n})"


EDITS = [
    Edit("having_added", "`HAVING` added", "k INT, n BIGINT, s BIGINT", TOTALS, TOTALS + " HAVING COUNT(*) > 2"),
    Edit("select_reordered", "the aggregate's subquery takes its calls in another order", "k INT, n BIGINT, s BIGINT", TOTALS, "SELECT k, n, s FROM (SELECT SUM(v) AS s, COUNT(*) AS n, k FROM src GROUP BY k)"),
    Edit("calls_reordered", "two sums of one type exchanged", "k INT, n BIGINT, s BIGINT", "SELECT k, SUM(v) AS a, SUM(w) AS b FROM src GROUP BY k", "SELECT k, SUM(w) AS a, SUM(v) AS b FROM src GROUP BY k"),
    Edit("call_added", "a call added", "k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(*), CAST(0 AS BIGINT) FROM src GROUP BY k", "SELECT k, COUNT(*), MAX(v) FROM src GROUP BY k"),
    Edit("call_removed", "a call removed", "k INT, n BIGINT, s BIGINT", TOTALS, "SELECT k, COUNT(*), CAST(0 AS BIGINT) FROM src GROUP BY k"),
    Edit("call_replaced", "`SUM(v)` is `SUM(w)`", "k INT, n BIGINT, s BIGINT", TOTALS, "SELECT k, COUNT(*), SUM(w) FROM src GROUP BY k"),
    Edit("min_to_max", "`MIN` is `MAX`", "k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(*), MIN(v) FROM src GROUP BY k", "SELECT k, COUNT(*), MAX(v) FROM src GROUP BY k"),
    Edit("argument_changed", "`SUM(v)` is `SUM(v + 1)`", "k INT, n BIGINT, s BIGINT", TOTALS, "SELECT k, COUNT(*), SUM(v + 1) FROM src GROUP BY k"),
    Edit("argument_respelled", "`SUM(v + 1)` is `SUM(1 + v)`", "k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(*), SUM(v + 1) FROM src GROUP BY k", "SELECT k, COUNT(*), SUM(1 + v) FROM src GROUP BY k"),
    Edit("filter_changed", "another `WHERE` below an aggregate", "k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(*), SUM(v) FROM src WHERE v > 3 GROUP BY k", "SELECT k, COUNT(*), SUM(v) FROM src WHERE v > 5 GROUP BY k"),
    Edit("filter_clause_added", "`FILTER` added to a call", "k INT, n BIGINT, s BIGINT", TOTALS, "SELECT k, COUNT(*), SUM(v) FILTER (WHERE w > 2) FROM src GROUP BY k"),
    Edit("key_added", "a key added to `GROUP BY`", "k INT, n BIGINT, s BIGINT", TOTALS, "SELECT k, COUNT(*), SUM(v) FROM src GROUP BY k, name"),
    Edit("key_widened", "a key of a wider type", "k BIGINT, n BIGINT, s BIGINT", "SELECT CAST(k AS BIGINT), COUNT(*), SUM(v) FROM src GROUP BY k", "SELECT k, COUNT(*), SUM(v) FROM (SELECT CAST(k AS BIGINT) AS k, v FROM src) GROUP BY k"),
    Edit("keys_reordered", "keys of `GROUP BY` in another order", "k INT, n BIGINT, s BIGINT", "SELECT k, m, SUM(v) FROM (SELECT k, id % 2 AS m, v FROM src) GROUP BY k, m", "SELECT k, m, SUM(v) FROM (SELECT k, id % 2 AS m, v FROM src) GROUP BY m, k"),
    Edit("keys_of_one_type_exchanged", "keys of one type in another order, also in the subquery", "k INT, n BIGINT, s BIGINT", "SELECT k, m, SUM(v) FROM (SELECT k, id % 2 AS m, v FROM src) GROUP BY k, m", "SELECT k, m, SUM(v) FROM (SELECT id % 2 AS m, k, v FROM src) GROUP BY m, k"),
    Edit("distinct_added", "`COUNT(*)` is `COUNT(DISTINCT name)`", "k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(*), SUM(v) FROM src GROUP BY k", "SELECT k, COUNT(DISTINCT name), SUM(v) FROM src GROUP BY k"),
    Edit("distinct_reordered", "two distinct counts exchanged", "k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(DISTINCT v) AS a, COUNT(DISTINCT w) AS b FROM src GROUP BY k", "SELECT k, COUNT(DISTINCT w) AS a, COUNT(DISTINCT v) AS b FROM src GROUP BY k"),
    Edit("sum_widened", "the sum of a wider type", "k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(*), SUM(CAST(v AS INT)) FROM src GROUP BY k", "SELECT k, COUNT(*), SUM(v) FROM src GROUP BY k"),
    Edit("average_to_sum", "`AVG` is `SUM`", "k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(*), AVG(v) FROM src GROUP BY k", "SELECT k, COUNT(*), SUM(v) FROM src GROUP BY k"),
    Edit("ttl_set", "`table.exec.state.ttl` set", "k INT, n BIGINT, s BIGINT", TOTALS, TOTALS, settings="SET 'table.exec.state.ttl' = '1 h';\n"),
    Edit("input_retracts", "another aggregate below, whose rows are taken back", "k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(*), SUM(v) FROM (SELECT id, k, v FROM src WHERE v >= 0) GROUP BY k", "SELECT k, COUNT(*), SUM(v) FROM (SELECT id, LAST_VALUE(k) AS k, LAST_VALUE(v) AS v FROM src GROUP BY id) GROUP BY k"),
    Edit("rename_output", "columns renamed by `AS`", "k INT, n BIGINT, s BIGINT", TOTALS, "SELECT k, COUNT(*) AS other, SUM(v) AS total FROM src GROUP BY k"),
    Edit("rank_more", "Top-2 is Top-3", "k INT, id INT, v BIGINT", top(), top(n=3)),
    Edit("rank_fewer", "Top-3 is Top-2", "k INT, id INT, v BIGINT", top(n=3), top(n=2)),
    Edit("rank_order", "a Top-N by another column", "k INT, id INT, v BIGINT", top(), top(o="w DESC, id")),
    Edit("rank_direction", "a Top-N in the other direction", "k INT, id INT, v BIGINT", top(), top(o="v ASC, id")),
    Edit("rank_column", "a Top-N keeps a column more", "k INT, id INT, v BIGINT", top(), "SELECT k, CAST(w AS INT), v FROM (SELECT k, id, w, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS r FROM src) WHERE r <= 2"),
    Edit("rank_number", "a Top-N's rank comes out", "k INT, id INT, v BIGINT", top(), "SELECT k, id, r FROM (SELECT k, id, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS r FROM src) WHERE r <= 2"),
    Edit("rank_partition", "a Top-N by another key", "k INT, id INT, v BIGINT", top(c="k, id, v"), top(c="k, id, v, name", p="name")),
    Edit("rank_columns_exchanged", "two columns above a Top-N exchanged", "k INT, id INT, v BIGINT", "SELECT k, id, v FROM (SELECT k, id, v, w, ROW_NUMBER() OVER (PARTITION BY k ORDER BY id) AS r FROM (SELECT k, id, v, w FROM src)) WHERE r <= 2 AND w > 0", "SELECT k, id, v FROM (SELECT k, id, w AS v, v AS w, ROW_NUMBER() OVER (PARTITION BY k ORDER BY id) AS r FROM (SELECT k, id, v, w FROM src)) WHERE r <= 2 AND w > 0"),
    Edit("first_to_last", "the first row of a key is the last one", "name STRING, id INT", "SELECT name, id FROM (SELECT name, id, t, ROW_NUMBER() OVER (PARTITION BY name ORDER BY t) AS r FROM src) WHERE r = 1", "SELECT name, id FROM (SELECT name, id, t, ROW_NUMBER() OVER (PARTITION BY name ORDER BY t DESC) AS r FROM src) WHERE r = 1"),
    Edit("first_column", "the first row of a key with another column", "name STRING, id INT", "SELECT name, id FROM (SELECT name, id, t, ROW_NUMBER() OVER (PARTITION BY name ORDER BY t) AS r FROM src) WHERE r = 1", "SELECT name, k FROM (SELECT name, k, t, ROW_NUMBER() OVER (PARTITION BY name ORDER BY t) AS r FROM src) WHERE r = 1"),
    Edit("join_residual", "another condition beside a join's keys", "id INT, name STRING", join(more="AND a.k >= 0"), join(more="AND a.k > 0")),
    Edit("join_left", "an inner join is a left one", "id INT, name STRING", join(), join(kind="LEFT")),
    Edit("join_left_to_inner", "a left join is an inner one", "id INT, name STRING", join(kind="LEFT"), join()),
    Edit("join_column_added", "a join keeps a column more", "id INT, name STRING", join(), "SELECT a.id, CASE WHEN b.w > 3 THEN b.name ELSE 'x' END FROM src a JOIN src b ON a.id = b.v"),
    Edit("join_filter", "`WHERE` below a join", "id INT, name STRING", join(), join(aw="WHERE k > 0")),
    Edit("join_key", "a join by another column of one type", "id INT, name STRING", join(bc="id, v, w, name"), join(bc="id, v, w, name", bk="w")),
    Edit("join_projection_reordered", "columns below a join in another order", "id INT, name STRING", "SELECT a.id, b.name FROM src a JOIN (SELECT v, w, name FROM src) b ON a.id = b.v WHERE b.w > 1", "SELECT a.id, b.name FROM src a JOIN (SELECT w, name, v FROM src) b ON a.id = b.v WHERE b.w > 1"),
    Edit("join_value_changed", "an expression below a join changed", "id INT, name STRING", "SELECT a.id, b.x FROM src a JOIN (SELECT v, UPPER(name) AS x FROM src) b ON a.id = b.v", "SELECT a.id, b.x FROM src a JOIN (SELECT v, LOWER(name) AS x FROM src) b ON a.id = b.v"),
    Edit("join_sides", "the sides of a join exchanged", "id INT, name STRING", "SELECT a.id, b.name FROM src a JOIN (SELECT v, name FROM src) b ON a.id = b.v", "SELECT a.id, b.name FROM (SELECT v, name FROM src) b JOIN src a ON a.id = b.v"),
    Edit("semi_to_anti", "`IN` is `NOT EXISTS`", "id INT, name STRING", "SELECT id, name FROM src WHERE id IN (SELECT v FROM src)", "SELECT id, name FROM src WHERE NOT EXISTS (SELECT 1 FROM src b WHERE b.v = src.id)"),
    Edit("near_shrunk", "the bounds of an interval join narrowed", "id INT, other INT", NEAR.format(m=5), NEAR.format(m=3)),
    Edit("near_grown", "the bounds of an interval join widened", "id INT, other INT", NEAR.format(m=5), NEAR.format(m=9)),
    Edit("window_size", "windows of another size", "k INT, n BIGINT", WIN.format(calls="SUM(v)", w="TUMBLE", size=10), WIN.format(calls="SUM(v)", w="TUMBLE", size=20)),
    Edit("window_call_added", "a call added to windows", "k INT, n BIGINT", WIN.format(calls="SUM(v)", w="TUMBLE", size=10), WIN.format(calls="SUM(v) + MAX(w)", w="TUMBLE", size=10)),
    Edit("window_calls_reordered", "two calls of windows exchanged", "k INT, n BIGINT, m BIGINT", WIN.format(calls="SUM(v), SUM(w)", w="TUMBLE", size=10), WIN.format(calls="SUM(w), SUM(v)", w="TUMBLE", size=10)),
    Edit("window_start_out", "the start of windows comes out", "k INT, n BIGINT", WIN.format(calls="SUM(v)", w="TUMBLE", size=10), WIN.format(calls="SUM(v) + MINUTE(window_start)", w="TUMBLE", size=10)),
    Edit("window_having", "`HAVING` above windows", "k INT, n BIGINT", WIN.format(calls="SUM(v)", w="TUMBLE", size=10), WIN.format(calls="SUM(v)", w="TUMBLE", size=10) + " HAVING SUM(v) > 3"),
    Edit("over_call_added", "a call added to OVER", "id INT, s BIGINT", OVER.format(calls="SUM(v) OVER (PARTITION BY k ORDER BY t)"), OVER.format(calls="SUM(v) OVER (PARTITION BY k ORDER BY t) + COUNT(*) OVER (PARTITION BY k ORDER BY t)")),
    Edit("over_call_replaced", "`SUM` is `MAX` in OVER", "id INT, s BIGINT", OVER.format(calls="SUM(v) OVER (PARTITION BY k ORDER BY t)"), OVER.format(calls="MAX(v) OVER (PARTITION BY k ORDER BY t)")),
    Edit("over_column", "a column taken along with OVER", "id INT, s BIGINT", OVER.format(calls="SUM(v) OVER (PARTITION BY k ORDER BY t)"), OVER.format(calls="SUM(v) OVER (PARTITION BY k ORDER BY t) + w")),
    Edit("over_range", "the range of OVER widened", "id INT, s BIGINT", OVER.format(calls="SUM(v) OVER (PARTITION BY k ORDER BY t RANGE BETWEEN INTERVAL '5' MINUTE PRECEDING AND CURRENT ROW)"), OVER.format(calls="SUM(v) OVER (PARTITION BY k ORDER BY t RANGE BETWEEN INTERVAL '9' MINUTE PRECEDING AND CURRENT ROW)")),
    Edit("union_reversed", "the sides of `UNION ALL` exchanged", "k INT, n BIGINT", "SELECT k, COUNT(*) FROM (SELECT k FROM src WHERE v > 2 UNION ALL SELECT id AS k FROM src WHERE v < 9) GROUP BY k", "SELECT k, COUNT(*) FROM (SELECT id AS k FROM src WHERE v < 9 UNION ALL SELECT k FROM src WHERE v > 2) GROUP BY k"),
    Edit("union_added", "`UNION ALL` added below an aggregate", "k INT, n BIGINT", "SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, COUNT(*) FROM (SELECT k FROM src UNION ALL SELECT id AS k FROM src) GROUP BY k"),
    Edit("match_define", "another condition in `DEFINE`", "k INT, v BIGINT", MATCH.format(n=2), MATCH.format(n=3)),
    Edit("count_to_sum0", "`COUNT(v)` is `SUM(v)`", "k INT, n BIGINT", "SELECT k, COUNT(v) FROM src GROUP BY k", "SELECT k, SUM(v) FROM src GROUP BY k"),
    Edit("reader_added", "another aggregate over a result that goes on", "k INT, n BIGINT, s BIGINT", TOTALS, TOTALS, more="INSERT INTO out_more SELECT CAST(n AS INT), COUNT(*) FROM (SELECT k, COUNT(*) AS n, SUM(v) AS s FROM src GROUP BY k) GROUP BY n;\n"),
    Edit("session_gap", "another gap of sessions", "k INT, n BIGINT", "SELECT k, SUM(v) FROM SESSION(TABLE src PARTITION BY k, DESCRIPTOR(t), INTERVAL '4' MINUTE) GROUP BY window_start, window_end, k", "SELECT k, SUM(v) FROM SESSION(TABLE src PARTITION BY k, DESCRIPTOR(t), INTERVAL '2' MINUTE) GROUP BY window_start, window_end, k"),
    Edit("distinct_column_added", "`SELECT DISTINCT` of a column more", "name STRING, k INT", "SELECT DISTINCT name, 0 FROM src", "SELECT DISTINCT name, k FROM src"),
    Edit("average_argument", "`AVG(v)` is `AVG(w)`", "k INT, n BIGINT", "SELECT k, AVG(v) FROM src GROUP BY k", "SELECT k, AVG(w) FROM src GROUP BY k"),
    Edit("join_columns_exchanged", "columns of one type below a join in another order", "id INT, v BIGINT", "SELECT a.id, b.x FROM src a JOIN (SELECT name, v AS x, w AS y FROM src) b ON a.name = b.name WHERE b.y > 1", "SELECT a.id, b.x FROM src a JOIN (SELECT name, w AS y, v AS x FROM src) b ON a.name = b.name WHERE b.y > 1"),
    Edit("some_condition", "another `WHERE` in an `EXISTS` that reads nothing of the query around it", "id INT, name STRING", "SELECT id, name FROM src WHERE EXISTS (SELECT 1 FROM src AS x WHERE x.v > 28)", "SELECT id, name FROM src WHERE EXISTS (SELECT 1 FROM src AS x WHERE x.v > 29)"),
    Edit("in_or_above", "what stands beside an `IN` by `OR`", "id INT, name STRING", "SELECT id, name FROM src WHERE w > 15 OR id IN (SELECT v FROM src)", "SELECT id, name FROM src WHERE w > 18 OR id IN (SELECT v FROM src)"),
    Edit("in_or_below", "another `WHERE` in an `IN` beside an `OR`", "id INT, name STRING", "SELECT id, name FROM src WHERE w > 15 OR id IN (SELECT v FROM src WHERE k > 0)", "SELECT id, name FROM src WHERE w > 15 OR id IN (SELECT v FROM src WHERE k > 1)"),
    Edit("versions_left", "another `WHERE` beside the view of a temporal join", "id INT, v BIGINT", "SELECT a.id, n.v FROM (SELECT id, k, w, t FROM src WHERE w >= 0) AS a JOIN newest FOR SYSTEM_TIME AS OF a.t AS n ON a.k = n.k", "SELECT a.id, n.v FROM (SELECT id, k, w, t FROM src WHERE w > 3) AS a JOIN newest FOR SYSTEM_TIME AS OF a.t AS n ON a.k = n.k"),
    Edit("versions_column", "another column of the view of a temporal join", "id INT, v BIGINT", "SELECT a.id, n.v FROM src AS a JOIN newest FOR SYSTEM_TIME AS OF a.t AS n ON a.k = n.k", "SELECT a.id, n.w FROM src AS a JOIN newest FOR SYSTEM_TIME AS OF a.t AS n ON a.k = n.k"),
    Edit("sets_having", "`HAVING` above `ROLLUP`", "k INT, m INT, n BIGINT", "SELECT k, m, COUNT(*) FROM (SELECT k, id % 2 AS m FROM src) GROUP BY ROLLUP (k, m)", "SELECT k, m, COUNT(*) FROM (SELECT k, id % 2 AS m FROM src) GROUP BY ROLLUP (k, m) HAVING COUNT(*) > 2"),
    Edit("sets_more", "`ROLLUP` is `CUBE`", "k INT, m INT, n BIGINT", "SELECT k, m, COUNT(*) FROM (SELECT k, id % 2 AS m FROM src) GROUP BY ROLLUP (k, m)", "SELECT k, m, COUNT(*) FROM (SELECT k, id % 2 AS m FROM src) GROUP BY CUBE (k, m)"),
    Edit("nothing", "nothing", "k INT, n BIGINT, s BIGINT", TOTALS, TOTALS),
]
