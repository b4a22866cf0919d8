-- Phase 1: departures per airport and day, from the first half of the file.
--
--   ./weirw run examples/evolve/first.sql

SOURCE 'examples/evolve/tables.sql';

CREATE TABLE daily (
  flight_day TIMESTAMP(3),
  origin     STRING,
  flights    BIGINT,
  late       BIGINT
) WITH ('connector' = 'filesystem', 'path' = 'out/evolve/daily', 'format' = 'csv');

CREATE JOB flights AS
INSERT INTO daily
WITH per_day AS (
  SELECT window_start, origin,
         COUNT(*)                           AS flights,
         COUNT(*) FILTER (WHERE delay > 15) AS late
  FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(departure), INTERVAL '1' DAY))
  GROUP BY window_start, window_end, origin
)
SELECT window_start, origin, flights, late FROM per_day
WHERE flights > 5;

-- Everything that is in the folder has been read; the last day is still open.
WAIT FOR JOB flights UNTIL IDLE TIMEOUT INTERVAL '60' SECOND;
STOP JOB flights WITH SAVEPOINT;
SHOW SAVEPOINTS;
