-- Phase 4: the edit is accepted, by name. The open day goes on with the counts it had; its worst delay is that
-- of the flights from here on.
--
--   ./weirw run examples/evolve/resume.sql

SOURCE 'examples/evolve/tables.sql';
SOURCE 'examples/evolve/daily.sql';

RESTORE JOB flights FROM LATEST CHECKPOINT
ALLOW PARTIAL
ACCEPT CHANGES ('sink:daily/sink.w')
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

WAIT FOR JOB flights UNTIL IDLE TIMEOUT INTERVAL '60' SECOND;
STOP JOB flights;
