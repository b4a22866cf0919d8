-- Phase 2: the query was edited. What would happen to its state? Nothing is started and nothing changed.
--
--   ./weirw run examples/evolve/explain.sql

SOURCE 'examples/evolve/tables.sql';
SOURCE 'examples/evolve/daily.sql';

EXPLAIN RESTORE JOB flights FROM LATEST CHECKPOINT
AS
INSERT INTO daily
WITH per_day AS (
  SELECT window_start, origin AS airport,
         COUNT(*)                           AS flights,
         COUNT(*) FILTER (WHERE delay > 15) AS late,
         MAX(delay)                         AS worst
  FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(departure), INTERVAL '1' DAY))
  GROUP BY window_start, window_end, origin
)
SELECT window_start, airport, flights, late, worst FROM per_day
WHERE flights > 20;
