-- Small payments and then a large one: MATCH_RECOGNIZE finds rows that follow each other as a pattern says.
CREATE TABLE payments (card STRING, amount DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'inline', 'rows' = '
4711, 0.5, 2026-01-01 10:00:00
4711, 0.7, 2026-01-01 10:00:30
0815, 0.9, 2026-01-01 10:00:40
4711, 800, 2026-01-01 10:01:00
0815, 20, 2026-01-01 10:02:00
0815, 900, 2026-01-01 10:03:00
');

SELECT * FROM payments MATCH_RECOGNIZE (
  PARTITION BY card ORDER BY ts
  MEASURES COUNT(small.amount) AS tries, large.amount AS amount, large.ts AS at_time
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN (small+ large) WITHIN INTERVAL '10' MINUTE
  DEFINE small AS amount < 1, large AS large.amount > 100 * AVG(small.amount)
) AS m;

-- prints
-- card,tries,amount,at_time
-- 4711,2,800.0,2026-01-01 10:01:00.000
