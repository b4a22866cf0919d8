-- Departures of US flights: how many leave an airport in each hour, and how late.
--
--   ./weirw run examples/flights.sql
--
-- One job writes two sets of files below out/flights, exactly once; then a query shows the ten busiest
-- airports. Running it again replaces the files.

CREATE TABLE flights (
  departure   TIMESTAMP(3),
  delay       INT COMMENT 'minutes; negative is early',
  distance    INT COMMENT 'miles',
  origin      STRING,
  destination STRING,
  WATERMARK FOR departure AS departure - INTERVAL '5' MINUTE
) WITH (
  'connector'  = 'filesystem',
  'path'       = 'examples/data/flights.csv',
  'format'     = 'csv',
  'csv.header' = 'true'
);

CREATE TABLE hourly (
  window_start  TIMESTAMP(3),
  origin        STRING,
  flights       BIGINT,
  delayed       BIGINT,
  average_delay DOUBLE,
  worst_delay   INT
) WITH (
  'connector' = 'filesystem',
  'path'      = 'out/flights/hourly',
  'format'    = 'csv'
);

CREATE TABLE routes (
  flight_day    DATE,
  origin        STRING,
  destination   STRING,
  flights       BIGINT,
  average_delay DOUBLE,
  miles         BIGINT
) WITH (
  'connector' = 'filesystem',
  'path'      = 'out/flights/routes',
  'format'    = 'csv'
);

SET 'pipeline.name' = 'flights';

EXECUTE STATEMENT SET BEGIN

-- Departures per airport and hour; more than 15 minutes late counts as delayed.
INSERT OVERWRITE hourly
WITH per_hour AS (
  SELECT window_start, origin,
         COUNT(*)                           AS flights,
         COUNT(*) FILTER (WHERE delay > 15) AS delayed,
         AVG(CAST(delay AS DOUBLE))         AS average_delay,
         MAX(delay)                         AS worst_delay
  FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(departure), INTERVAL '1' HOUR))
  GROUP BY window_start, window_end, origin
)
SELECT window_start, origin, flights, delayed, average_delay, worst_delay FROM per_hour;

-- Departures per route and day.
INSERT OVERWRITE routes
WITH per_route AS (
  SELECT window_start, origin, destination,
         COUNT(*)                      AS flights,
         AVG(CAST(delay AS DOUBLE))    AS average_delay,
         SUM(CAST(distance AS BIGINT)) AS miles
  FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(departure), INTERVAL '1' DAY))
  GROUP BY window_start, window_end, origin, destination
)
SELECT CAST(window_start AS DATE), origin, destination, flights, average_delay, miles FROM per_route;

END;

-- An updating aggregate: the final table.
SELECT origin,
       COUNT(*)                                                        AS flights,
       ROUND(100.0 * COUNT(*) FILTER (WHERE delay > 15) / COUNT(*), 1) AS percent_delayed,
       ROUND(AVG(CAST(delay AS DOUBLE)), 2)                            AS average_delay,
       MAX(delay)                                                      AS worst_delay
FROM flights
GROUP BY origin
ORDER BY flights DESC, origin
LIMIT 10;
