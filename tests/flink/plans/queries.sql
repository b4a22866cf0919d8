-- What Flink 2.3 has compiled into compiled/NAME.json, and which operators of ours its nodes are: numbered.csv.

-- name: aggregate
INSERT INTO out3 SELECT k, COUNT(*), SUM(v) FROM orders GROUP BY k HAVING COUNT(*) > 3;
-- name: aggregate_before_another
EXECUTE STATEMENT SET BEGIN
INSERT INTO out2 SELECT k, MAX(v) FROM orders WHERE k < 2 GROUP BY k;
INSERT INTO out3 SELECT k, COUNT(*), SUM(v) FROM orders GROUP BY k HAVING COUNT(*) > 10;
END;
-- name: filtered
INSERT INTO out1 SELECT k, COUNT(DISTINCT v) FILTER (WHERE id > 3) FROM orders GROUP BY k;
-- name: expression_keys
INSERT INTO out1 SELECT k % 3, SUM(v + id) FROM orders GROUP BY k % 3, UPPER(name);
-- name: distinct
INSERT INTO out1 SELECT DISTINCT k, v FROM orders;
-- name: averages
INSERT INTO out1 SELECT k, CAST(AVG(v) + STDDEV_POP(v) AS BIGINT) FROM orders GROUP BY k;
-- name: nested
INSERT INTO out1 WITH per_name AS (SELECT name, k, COUNT(*) AS c FROM orders GROUP BY name, k) SELECT k, MAX(c) FROM per_name GROUP BY k;
-- name: grouping_sets
INSERT INTO out1 SELECT k, COUNT(*) FROM orders GROUP BY ROLLUP (k);
-- name: two_of_one_table
INSERT INTO out1 SELECT k, SUM(v) FROM orders GROUP BY k UNION ALL SELECT k, MAX(id) FROM orders GROUP BY k;
-- name: two_by_filter
INSERT INTO out1 SELECT k, SUM(v) FROM orders WHERE v > 100 GROUP BY k UNION ALL SELECT k, SUM(v) FROM orders WHERE v > 500 GROUP BY k;
-- name: read_twice
INSERT INTO out1 WITH a AS (SELECT k, COUNT(*) AS n FROM orders GROUP BY k) SELECT x.k, x.n + y.n FROM a x JOIN a y ON x.k = y.n;
-- name: tumble
INSERT INTO timed SELECT window_start, k, SUM(v) FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k;
-- name: two_windows
EXECUTE STATEMENT SET BEGIN
INSERT INTO timed SELECT window_start, k, SUM(v) FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k;
INSERT INTO timed SELECT window_start, k, SUM(v) FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' HOUR) GROUP BY window_start, window_end, k;
END;
-- name: hop
INSERT INTO timed SELECT window_start, k, COUNT(*) FROM HOP(TABLE orders, DESCRIPTOR(t), INTERVAL '10' SECOND, INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k;
-- name: cumulate
INSERT INTO timed SELECT window_start, k, COUNT(*) FROM CUMULATE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE, INTERVAL '1' HOUR) GROUP BY window_start, window_end, k;
-- name: session
INSERT INTO timed SELECT window_start, k, SUM(v) FROM SESSION(TABLE orders PARTITION BY k, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k;
-- name: by_clock
INSERT INTO out1 SELECT k, SUM(v) FROM TUMBLE(TABLE orders, DESCRIPTOR(p), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k;
-- name: group_windows
INSERT INTO timed SELECT TUMBLE_START(t, INTERVAL '1' MINUTE), k, SUM(v) FROM orders GROUP BY TUMBLE(t, INTERVAL '1' MINUTE), k;
-- name: windows_of_windows
INSERT INTO out1 SELECT k, MAX(n) FROM (SELECT window_start, window_end, window_time, k, name, COUNT(*) AS n FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, window_time, k, name) GROUP BY window_start, window_end, k;
-- name: window_top
INSERT INTO out1 SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY v DESC) AS r FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE)) WHERE r <= 3;
-- name: window_deduplication
INSERT INTO out1 SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY t DESC) AS r FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE)) WHERE r = 1;
-- name: window_join
INSERT INTO out1 SELECT l.k, r.w FROM (SELECT * FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE)) l JOIN (SELECT * FROM TUMBLE(TABLE other, DESCRIPTOR(t), INTERVAL '1' MINUTE)) r ON l.id = r.id AND l.window_start = r.window_start AND l.window_end = r.window_end;
-- name: join
INSERT INTO out1 SELECT o.k, x.w FROM orders o JOIN other x ON o.id = x.id AND o.v > x.w;
-- name: left_join
INSERT INTO out1 SELECT o.k, x.w FROM orders o LEFT JOIN other x ON o.id = x.id;
-- name: three_joined
INSERT INTO out1 SELECT o.k, y.w FROM orders o JOIN other x ON o.id = x.id JOIN rates y ON x.w = y.w;
-- name: self_join
INSERT INTO out1 SELECT a.k, b.v FROM orders a JOIN orders b ON a.id = b.k;
-- name: join_of_aggregates
INSERT INTO out1 SELECT a.k, b.m FROM (SELECT k, COUNT(*) AS c FROM orders GROUP BY k) a JOIN (SELECT id, MAX(w) AS m FROM other GROUP BY id) b ON a.k = b.id;
-- name: semi_join
INSERT INTO out1 SELECT k, v FROM orders WHERE id IN (SELECT id FROM other WHERE w > 3);
-- name: anti_join
INSERT INTO out1 SELECT k, v FROM orders o WHERE NOT EXISTS (SELECT 1 FROM other x WHERE x.id = o.id);
-- name: interval_join
INSERT INTO out1 SELECT o.k, x.w FROM orders o JOIN other x ON o.id = x.id AND o.t BETWEEN x.t - INTERVAL '1' MINUTE AND x.t;
-- name: temporal_join
INSERT INTO out1 SELECT o.k, u.w FROM orders o JOIN rates FOR SYSTEM_TIME AS OF o.t AS u ON o.id = u.id;
-- name: scalar_subquery
INSERT INTO out1 SELECT k, v FROM orders WHERE v > (SELECT MAX(w) FROM other);
-- name: top
INSERT INTO out1 SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS r FROM orders) WHERE r <= 3;
-- name: top_of_counts
INSERT INTO out1 SELECT k, n FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC) AS r FROM (SELECT k, COUNT(*) AS n FROM orders GROUP BY k)) WHERE r <= 10;
-- name: first_row
INSERT INTO out1 SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY t) AS r FROM orders) WHERE r = 1;
-- name: last_row
INSERT INTO out1 SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY p DESC) AS r FROM orders) WHERE r = 1;
-- name: over
INSERT INTO out1 SELECT k, SUM(v) OVER (PARTITION BY k ORDER BY t) FROM orders;
-- name: over_rows
INSERT INTO out1 SELECT k, AVG(v) OVER (PARTITION BY k ORDER BY t ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) FROM orders;
-- name: sorted_by_time
INSERT INTO out1 SELECT k, v FROM orders ORDER BY t;
-- name: limited
INSERT INTO out1 SELECT k, v FROM orders LIMIT 10;
-- name: union
INSERT INTO out1 SELECT k, v FROM orders UNION SELECT id, w FROM other;
-- name: intersect
INSERT INTO out1 SELECT k, v FROM orders INTERSECT SELECT id, w FROM other;
-- name: matched
INSERT INTO out1 SELECT k, b FROM orders MATCH_RECOGNIZE (PARTITION BY k ORDER BY t MEASURES B.v AS b PATTERN (A B) DEFINE B AS B.v > A.v);
-- name: unnested
INSERT INTO out1 SELECT k, COUNT(*) FROM orders CROSS JOIN UNNEST(tags) AS u (tag) GROUP BY k, tag;
-- name: filtered_only
INSERT INTO out1 SELECT k, v FROM orders WHERE v > 3;
-- name: mini_batches
-- set: table.exec.mini-batch.enabled = true
-- set: table.exec.mini-batch.allow-latency = 1 s
-- set: table.exec.mini-batch.size = 100
INSERT INTO out1 SELECT k, SUM(v) FROM orders GROUP BY k;
-- name: highest_of_a_window
INSERT INTO out1 SELECT o.k, o.v FROM orders AS o JOIN (SELECT MAX(v) AS v, window_end AS t FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '10' SECOND) GROUP BY window_start, window_end) AS m ON o.v = m.v WHERE o.t BETWEEN m.t - INTERVAL '10' SECOND AND m.t;
-- name: windows_by_their_ends
INSERT INTO out1 SELECT a.k, b.n FROM (SELECT k, window_end AS e FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end) AS a JOIN (SELECT id, COUNT(*) AS n, window_end AS e FROM TUMBLE(TABLE other, DESCRIPTOR(t), INTERVAL '10' SECOND) GROUP BY id, window_start, window_end) AS b ON a.e = b.e AND a.k = b.id;
-- name: not_in
INSERT INTO out1 SELECT k, v FROM orders WHERE k NOT IN (SELECT id FROM other);
-- name: two_sides_of_a_number
INSERT INTO out1 SELECT k, SUM(v) FROM orders WHERE v > 5 GROUP BY k UNION ALL SELECT k, SUM(v) FROM orders WHERE v <= 5 GROUP BY k;
-- name: some
INSERT INTO out1 SELECT k, v FROM orders WHERE k = SOME (SELECT id FROM other WHERE w > 3);
-- name: other_than_all
INSERT INTO out1 SELECT k, v FROM orders WHERE k <> ALL (SELECT id FROM other);
-- name: exists_of_all
INSERT INTO out1 SELECT k, v FROM orders WHERE EXISTS (SELECT 1 FROM other WHERE w > 3);
-- name: not_exists_of_all
INSERT INTO out1 SELECT k, v FROM orders WHERE NOT EXISTS (SELECT 1 FROM other WHERE w > 3);
-- name: in_or
INSERT INTO out1 SELECT k, v FROM orders WHERE v > 5 OR k IN (SELECT id FROM other);
-- name: not_in_or
INSERT INTO out1 SELECT k, v FROM orders WHERE v > 5 OR k NOT IN (SELECT id FROM other);
-- name: exists_or
INSERT INTO out1 SELECT k, v FROM orders AS o WHERE v > 5 OR EXISTS (SELECT 1 FROM other AS x WHERE x.id = o.id);
-- name: in_selected
INSERT INTO out1 SELECT k, CASE WHEN id IN (SELECT id FROM other) THEN 1 ELSE 0 END FROM orders;
-- name: less_than_any
INSERT INTO out1 SELECT k, v FROM orders WHERE v < ANY (SELECT w FROM other);
-- name: greater_than_all
INSERT INTO out1 SELECT k, v FROM orders WHERE v > ALL (SELECT w FROM other);
-- name: versions_of_a_view
INSERT INTO out1 SELECT o.k, n.w FROM orders AS o JOIN newest FOR SYSTEM_TIME AS OF o.t AS n ON o.id = n.id;
-- name: windows_left_joined
INSERT INTO out3 WITH a AS (SELECT k, window_start AS s, window_end AS e, COUNT(*) AS n FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY k, window_start, window_end), b AS (SELECT k, window_start AS s, window_end AS e, SUM(v) AS n FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE) WHERE v > 10 GROUP BY k, window_start, window_end) SELECT a.k, a.n, b.n FROM a LEFT JOIN b ON a.k = b.k AND a.s = b.s AND a.e = b.e;
-- name: rollup_of_windows
INSERT INTO out3 WITH w AS (SELECT k, id, SUM(v) AS s FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY k, id, window_start, window_end) SELECT k, COUNT(*), SUM(s) FROM w GROUP BY ROLLUP (k, id);
-- name: rollup_in_windows
INSERT INTO timed SELECT window_start, k, SUM(v) FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, ROLLUP (k, id);
-- name: two_rollups
INSERT INTO out3 SELECT k, COUNT(*), SUM(v) FROM orders GROUP BY ROLLUP (k, id) UNION ALL SELECT k, COUNT(*), SUM(v) FROM orders WHERE v > 7 GROUP BY CUBE (k, id);
-- name: correlated_scalar
INSERT INTO out1 SELECT k, (SELECT MAX(w) FROM other AS x WHERE x.id = o.id) FROM orders AS o;
-- name: multi_join
-- set: table.optimizer.multi-join.enabled = true
INSERT INTO out1 SELECT o.k, y.w FROM orders o JOIN other x ON o.id = x.id JOIN rates y ON x.id = y.id;
-- name: split_distinct
-- set: table.exec.mini-batch.enabled = true
-- set: table.exec.mini-batch.allow-latency = 1 s
-- set: table.exec.mini-batch.size = 100
-- set: table.optimizer.distinct-agg.split.enabled = true
INSERT INTO out1 SELECT k, COUNT(DISTINCT v) FROM orders GROUP BY k;
-- name: split_distinct_at_once
-- set: table.optimizer.distinct-agg.split.enabled = true
INSERT INTO out3 SELECT k, COUNT(DISTINCT v), SUM(v) FROM orders GROUP BY k;
-- name: split_distincts
-- set: table.exec.mini-batch.enabled = true
-- set: table.exec.mini-batch.allow-latency = 1 s
-- set: table.exec.mini-batch.size = 100
-- set: table.optimizer.distinct-agg.split.enabled = true
INSERT INTO out3 SELECT k, COUNT(DISTINCT v), COUNT(DISTINCT id) FROM orders GROUP BY k;
-- name: windows_in_rollups
INSERT INTO timed SELECT window_start, k, SUM(v) FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, ROLLUP (k, id) UNION ALL SELECT window_start, k, MAX(v) FROM TUMBLE(TABLE orders, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, ROLLUP (k, id);
-- name: sessions_of_distinct_values
INSERT INTO out1 SELECT k, COUNT(DISTINCT v) FROM SESSION(TABLE orders PARTITION BY k, DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k;
-- name: read_by_two_conditions
INSERT INTO out1 SELECT id, w FROM rates WHERE id < 3 UNION ALL SELECT id, w + 1 FROM rates WHERE id > 5;
-- name: computed_scalar
INSERT INTO out1 SELECT k, v FROM orders WHERE v > (SELECT AVG(w) / 20 FROM other);
-- name: constant_keys
INSERT INTO out1 SELECT k, COUNT(*) FROM orders WHERE name = 'a' GROUP BY k, name;
-- name: changelogs
INSERT INTO out1 SELECT v, COUNT(*) FROM TO_CHANGELOG(input => (SELECT CAST(v AS INT) AS v, MAX(n) AS m FROM FROM_CHANGELOG(input => (SELECT id AS n, name, v FROM orders), op => DESCRIPTOR(name)) GROUP BY v), op_mapping => MAP['INSERT', 'I']) WHERE op = 'I' GROUP BY v;
