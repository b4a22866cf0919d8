-- What the malloc loop runs: a session each, behind a line with its name. The answers of SELECTs and the
-- messages must be the same every time. DIR is a directory of its own.

-- target: definitions
CREATE TABLE t (id INT, name STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
  WITH ('connector' = 'inline', 'rows' = '1, a, 2026-01-01 00:00:00');
CREATE VIEW v AS SELECT id, UPPER(name) AS name FROM t;
SET 'parallelism.default' = '1';
SHOW TABLES;
DESCRIBE v;
SHOW CREATE TABLE t;
SHOW OPTIONS;
SHOW FUNCTIONS;
DESCRIBE t;
RESET 'parallelism.default';
DROP VIEW v;
DROP TABLE t;

-- target: planner
CREATE TABLE o (id INT, sku STRING, qty INT, price DECIMAL(10, 2), ts TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
  WITH ('connector' = 'datagen', 'number-of-rows' = '10');
CREATE TABLE out_of (a TIMESTAMP(3), b STRING, c BIGINT) WITH ('connector' = 'blackhole');
EXPLAIN INSERT INTO out_of WITH m AS (SELECT window_start, sku, SUM(qty) AS q FROM TABLE(TUMBLE(TABLE o, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
  GROUP BY window_start, window_end, sku), top AS (SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY sku ORDER BY q DESC) AS rn FROM m) WHERE rn <= 3)
  SELECT t.window_start, t.sku, t.q FROM top AS t LEFT JOIN (SELECT sku, COUNT(DISTINCT id) AS n FROM o WHERE price > 1.5 GROUP BY sku) AS s
  ON t.sku = s.sku AND t.q > s.n WHERE t.sku IN (SELECT sku FROM o WHERE qty BETWEEN 1 AND 5) UNION ALL SELECT ts, CASE WHEN qty > 3 THEN UPPER(sku) ELSE '-' END, 1 FROM o;
EXPLAIN STATE INSERT INTO out_of SELECT ts, sku, COUNT(*) FROM o GROUP BY ts, sku;

-- target: errors
CREATE TABLE t (id INT) WITH ('connector' = 'inline', 'rows' = '1');
SELECT nowhere FROM t WHERE id = ;

-- target: filter and functions
CREATE TABLE t (id INT, s STRING, d DECIMAL(10, 2), ts TIMESTAMP(3)) WITH ('connector' = 'inline', 'rows' = '
  1, alpha, 1.50, 2026-01-01 00:00:01 / 2, beta, 2.25, 2026-01-01 00:00:02 / 3, gamma, 3.75, 2026-01-01 00:00:03');
SELECT id, CONCAT(s, '-', CAST(d AS STRING)), SUBSTRING(REPEAT(s, 3), 2, 7), REPLACE(s, 'a', 'aa'), DATE_FORMAT(ts, 'yyyy'), SPLIT_INDEX(s, 'a', 0),
  ARRAY[id, id + 1], MAP['k', s], JSON_VALUE('{"a": 5}', '$.a'), REGEXP_EXTRACT(s, '(l|m)', 1) FROM t WHERE d > 1;

-- target: group
CREATE TABLE t (k INT, s STRING, v BIGINT) WITH ('connector' = 'inline', 'rows' = '1, x, 1 / 1, y, 2 / 2, x, 3 / 2, x, 4 / 3, z, 5 / 1, x, 6');
SELECT k, COUNT(*), SUM(v), MIN(v), MAX(s), AVG(v), COUNT(DISTINCT s) FROM t GROUP BY k;

-- target: group lists
CREATE TABLE t (k INT, s STRING, v BIGINT) WITH ('connector' = 'inline', 'rows' = '1, x, 1 / 1, y, 2 / 2, x, 3 / 2, x, 4 / 3, z, 5 / 1, x, 6');
SELECT k, LISTAGG(s), ARRAY_AGG(v), COLLECT(s), FIRST_VALUE(s), LAST_VALUE(v) FROM t GROUP BY k;

-- target: distinct
CREATE TABLE t (k INT, s STRING) WITH ('connector' = 'inline', 'rows' = '1, x / 1, x / 2, x / 2, y');
SELECT DISTINCT k, s FROM t;

-- target: tumble
CREATE TABLE t (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'rows' = '
  1, 1, 2026-01-01 00:00:01 / 2, 2, 2026-01-01 00:00:31 / 1, 3, 2026-01-01 00:01:01 / 1, 4, 2026-01-01 00:02:01');
SELECT window_start, k, COUNT(*), SUM(v), COUNT(DISTINCT v) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k;

-- target: hop and cumulate
CREATE TABLE t (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'rows' = '
  1, 1, 2026-01-01 00:00:01 / 2, 2, 2026-01-01 00:00:31 / 1, 3, 2026-01-01 00:01:01 / 1, 4, 2026-01-01 00:02:01');
SELECT window_start, k, SUM(v) FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k
UNION ALL
SELECT window_end, k, SUM(v) FROM TABLE(CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k;

-- target: session
CREATE TABLE t (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'rows' = '
  1, 1, 2026-01-01 00:00:01 / 2, 2, 2026-01-01 00:00:31 / 1, 3, 2026-01-01 00:01:01 / 1, 4, 2026-01-01 00:01:05');
SELECT window_start, window_end, k, SUM(v) FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k;

-- target: session rows
CREATE TABLE t (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'rows' = '
  1, 1, 2026-01-01 00:00:01 / 2, 2, 2026-01-01 00:00:31 / 1, 3, 2026-01-01 00:01:01 / 1, 4, 2026-01-01 00:01:05');
SELECT window_end, k, v FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '10' SECOND));

-- target: rank
CREATE TABLE t (k INT, v BIGINT) WITH ('connector' = 'inline', 'rows' = '1, 1 / 1, 2 / 2, 3 / 2, 4 / 1, 5 / 1, 6');
SELECT k, v, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS rn FROM t) WHERE rn <= 2;

-- target: rank of updates
CREATE TABLE t (g STRING, k INT, v BIGINT) WITH ('connector' = 'inline', 'rows' = 'a, 1, 1 / a, 1, 2 / b, 2, 3 / a, 2, 4 / b, 1, 5 / a, 1, 6');
SELECT g, k, s FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY s DESC, k) AS rn FROM (SELECT g, k, SUM(v) AS s FROM t GROUP BY g, k)) WHERE rn <= 1;

-- target: window rank
CREATE TABLE t (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'rows' = '
  1, 1, 2026-01-01 00:00:01 / 2, 2, 2026-01-01 00:00:31 / 1, 3, 2026-01-01 00:01:01');
SELECT window_start, k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY v DESC) AS rn
  FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))) WHERE rn <= 1;

-- target: deduplicate
CREATE TABLE t (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'rows' = '
  1, 1, 2026-01-01 00:00:01 / 2, 2, 2026-01-01 00:00:31 / 1, 3, 2026-01-01 00:01:01 / 1, 4, 2026-01-01 00:01:05');
SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM t) WHERE rn = 1
UNION ALL
SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM t) WHERE rn = 1;

-- target: join
CREATE TABLE l (k INT, v BIGINT) WITH ('connector' = 'inline', 'rows' = '1, 1 / 1, 2 / 2, 3 / 4, 4');
CREATE TABLE r (k INT, w BIGINT) WITH ('connector' = 'inline', 'rows' = '1, 10 / 2, 20 / 3, 30');
SELECT l.k, l.v, r.k, r.w FROM l FULL JOIN r ON l.k = r.k AND l.v < r.w;

-- target: join semi and anti
CREATE TABLE l (k INT, v BIGINT) WITH ('connector' = 'inline', 'rows' = '1, 1 / 1, 2 / 2, 3 / 4, 4');
CREATE TABLE r (k INT, w BIGINT) WITH ('connector' = 'inline', 'rows' = '1, 10 / 2, 20 / 3, 30');
SELECT k, v FROM l WHERE k IN (SELECT k FROM r) UNION ALL SELECT k, v FROM l WHERE NOT EXISTS (SELECT * FROM r WHERE r.k = l.k);

-- target: interval join
CREATE TABLE l (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'rows' = '
  1, 1, 2026-01-01 00:00:01 / 2, 2, 2026-01-01 00:00:31 / 1, 3, 2026-01-01 00:01:01');
CREATE TABLE r (k INT, w BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'rows' = '
  1, 1, 2026-01-01 00:00:02 / 2, 2, 2026-01-01 00:01:31 / 1, 3, 2026-01-01 00:01:02');
SELECT l.k, l.v, r.w FROM l LEFT JOIN r ON l.k = r.k AND r.ts BETWEEN l.ts - INTERVAL '2' SECOND AND l.ts + INTERVAL '2' SECOND;

-- target: window join
CREATE TABLE l (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'rows' = '
  1, 1, 2026-01-01 00:00:01 / 2, 2, 2026-01-01 00:00:31 / 1, 3, 2026-01-01 00:01:01');
SELECT a.k, a.v, b.v FROM (SELECT * FROM TABLE(TUMBLE(TABLE l, DESCRIPTOR(ts), INTERVAL '1' MINUTE))) AS a
  JOIN (SELECT * FROM TABLE(TUMBLE(TABLE l, DESCRIPTOR(ts), INTERVAL '1' MINUTE))) AS b
  ON a.k = b.k AND a.window_start = b.window_start AND a.window_end = b.window_end;

-- target: lookup join
CREATE TABLE l (k INT, v BIGINT, p AS PROCTIME()) WITH ('connector' = 'inline', 'rows' = '1, 1 / 1, 2 / 2, 3 / 4, 4');
CREATE TABLE names (k INT, name STRING) WITH ('connector' = 'inline', 'rows' = '1, one / 2, two');
SELECT l.k, l.v, n.name FROM l LEFT JOIN names FOR SYSTEM_TIME AS OF l.p AS n ON l.k = n.k;

-- target: lookup join on disk
SET 'state.memory.limit' = '1 kb';
CREATE TABLE l (k INT, v BIGINT, p AS PROCTIME()) WITH ('connector' = 'inline', 'rows' = '1, 1 / 1, 2 / 2, 3 / 4, 4');
CREATE TABLE names (k INT, name STRING) WITH ('connector' = 'inline', 'rows' = '1, one / 2, two / 1, uno / 3, three / 5, five / 6, six / 7, seven / 8, eight');
SELECT l.k, l.v, n.name FROM l LEFT JOIN names FOR SYSTEM_TIME AS OF l.p AS n ON l.k = n.k;

-- target: temporal join
CREATE TABLE l (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector' = 'inline', 'rows' = '1, 1, 2026-01-01 00:00:05 / 2, 2, 2026-01-01 00:00:04 / 1, 3, 2026-01-01 00:00:09 / 2, 4, 2026-01-01 00:00:01 / 3, 5, 2026-01-01 00:00:38');
CREATE TABLE r (k INT, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', 'rows' = '1, a, 2026-01-01 00:00:02 / 2, a long text of its own, 2026-01-01 00:00:03 / 1, another long text of its own, 2026-01-01 00:00:08');
SELECT l.k, l.v, r.s FROM l LEFT JOIN r FOR SYSTEM_TIME AS OF l.ts AS r ON l.k = r.k AND r.s <> 'b';

-- target: pattern
CREATE TABLE l (k INT, v BIGINT, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector' = 'inline', 'rows' = '1, 1, a long text of its own, 2026-01-01 00:00:05 / 2, 2, b, 2026-01-01 00:00:04 / 1, 3, c, 2026-01-01 00:00:09 / 2, 4, d, 2026-01-01 00:00:01 / 1, 5, e, 2026-01-01 00:00:38');
SELECT * FROM l MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.s AS s, LISTAGG(B.s) AS b AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+) WITHIN INTERVAL '1' MINUTE DEFINE B AS B.v > A.v AND SUM(B.v) < 100) AS m;

-- target: order by limit
CREATE TABLE t (k INT, v BIGINT) WITH ('connector' = 'inline', 'rows' = '1, 1 / 1, 2 / 2, 3 / 2, 4 / 1, 5 / 1, 6');
SELECT k, v FROM t ORDER BY v DESC LIMIT 3 OFFSET 1;

-- target: order on disk
SET 'state.memory.limit' = '1 kb';
CREATE TABLE t (k INT, v STRING) WITH ('connector' = 'inline', 'rows' = '1, one / 1, two / 2, three / 2, four / 1, five / 1, six / 2, seven / 3, eight / 4, nine / 2, three');
SELECT k, v FROM t ORDER BY v DESC, k;

-- target: temporal sort
CREATE TABLE t (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector' = 'inline', 'rows' = '1, 1, 2026-01-01 00:00:05 / 2, 2, 2026-01-01 00:00:04 / 1, 3, 2026-01-01 00:00:09 / 2, 4, 2026-01-01 00:00:01 / 1, 5, 2026-01-01 00:00:08');
CREATE TABLE h (k INT, v BIGINT) WITH ('connector' = 'blackhole');
CREATE JOB j AS INSERT INTO h SELECT k, v FROM t ORDER BY ts, v DESC;
WAIT FOR JOB j UNTIL FINISHED;

-- target: over
CREATE TABLE t (k INT, v BIGINT, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector' = 'inline', 'rows' = '1, 1, a, 2026-01-01 00:00:05 / 2, 2, b, 2026-01-01 00:00:04 / 1, 3, a long text of its own, 2026-01-01 00:00:09 / 2, 4, d, 2026-01-01 00:00:01 / 1, 5, e, 2026-01-01 00:00:18 / 1, 6, e, 2026-01-01 00:00:38');
SELECT k, SUM(v) OVER w, MAX(s) OVER w, LAG(v) OVER (PARTITION BY k ORDER BY ts), COUNT(DISTINCT v) OVER (PARTITION BY k ORDER BY ts) FROM t WINDOW w AS (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW);

-- target: normalize
SET 'table.exec.source.cdc-events-duplicate' = 'true';
CREATE TABLE t (k INT, v BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = 'tests/malloc/upserts.txt', 'format' = 'changelog');
SELECT k, v FROM t;

-- target: materialize
SET 'table.exec.sink.upsert-materialize' = 'FORCE';
CREATE TABLE t (g STRING, k INT, v BIGINT) WITH ('connector' = 'inline', 'rows' = 'a, 1, 1 / a, 1, 2 / b, 2, 3 / a, 2, 4 / b, 1, 5 / a, 1, 6');
CREATE TABLE h (g STRING, s BIGINT, PRIMARY KEY (g) NOT ENFORCED) WITH ('connector' = 'blackhole');
CREATE JOB j AS INSERT INTO h SELECT g, SUM(v) FROM t GROUP BY g, k;
WAIT FOR JOB j UNTIL FINISHED;

-- target: files of csv
CREATE TABLE t (k INT, s STRING, d DOUBLE) WITH ('connector' = 'inline', 'rows' = '1, x, 1.5 / 2, y, 2.5 / 3, z, 3.5');
CREATE TABLE f (k INT, s STRING, d DOUBLE) WITH ('connector' = 'filesystem', 'path' = 'DIR/csv', 'format' = 'csv');
CREATE JOB j AS INSERT INTO f SELECT * FROM t;
WAIT FOR JOB j UNTIL FINISHED;
SELECT * FROM f;

-- target: recursion
CREATE TABLE t (k INT, v INT) WITH ('connector' = 'inline', 'rows' = '1, 2 / 2, 3 / 3, 1 / 3, 4');
WITH RECURSIVE r (a, b) AS (SELECT k, v FROM t UNION SELECT r.a, t.v FROM r JOIN t ON r.b = t.k) SELECT COUNT(*) FROM r;

-- target: files of json
CREATE TABLE t (k INT, s STRING, d DOUBLE) WITH ('connector' = 'inline', 'rows' = '1, x, 1.5 / 2, y, 2.5 / 3, z, 3.5');
CREATE TABLE f (k INT, s STRING, d DOUBLE) WITH ('connector' = 'filesystem', 'path' = 'DIR/json', 'format' = 'json');
CREATE JOB j AS INSERT INTO f SELECT * FROM t;
WAIT FOR JOB j UNTIL FINISHED;
SELECT * FROM f;

-- target: files of debezium
CREATE TABLE t (k INT, s STRING, v BIGINT) WITH ('connector' = 'inline', 'rows' = '1, x, 1 / 2, y, 2 / 1, z, 3');
CREATE TABLE f (k INT, v BIGINT) WITH ('connector' = 'filesystem', 'path' = 'DIR/debezium', 'format' = 'debezium-json');
CREATE JOB j AS INSERT INTO f SELECT k, SUM(v) FROM t GROUP BY k;
WAIT FOR JOB j UNTIL FINISHED;

-- target: checkpoint
CREATE TABLE t (k INT, v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '2000', 'number-of-rows' = '100000', 'fields.k.min' = '1', 'fields.k.max' = '20');
CREATE TABLE h (k INT, n BIGINT) WITH ('connector' = 'blackhole');
CREATE JOB j AS INSERT INTO h SELECT k, COUNT(*) FROM t GROUP BY k;
CHECKPOINT JOB j;
STOP JOB j;

-- target: savepoint and going on
CREATE TABLE t (k INT, v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '2000', 'number-of-rows' = '100000', 'fields.k.min' = '1', 'fields.k.max' = '20');
CREATE TABLE h (k INT, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'DIR/out', 'format' = 'changelog');
CREATE JOB j AS INSERT INTO h SELECT k, COUNT(*) FROM t GROUP BY k;
STOP JOB j WITH SAVEPOINT 'DIR/savepoint';
CREATE JOB j AS INSERT INTO h SELECT k, COUNT(*) FROM t GROUP BY k;
STOP JOB j;

-- target: checkpoint of the memory backend
SET 'state.backend.type' = 'hashmap';
CREATE TABLE t (k INT, v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '2000', 'number-of-rows' = '100000', 'fields.k.min' = '1', 'fields.k.max' = '20');
CREATE TABLE h (k INT, n BIGINT) WITH ('connector' = 'blackhole');
CREATE JOB j AS INSERT INTO h SELECT k, COUNT(*) FROM t GROUP BY k;
CHECKPOINT JOB j;
STOP JOB j;
