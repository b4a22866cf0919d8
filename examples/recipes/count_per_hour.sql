-- Count per hour of event time: a window gives its row when the watermark has passed its end.
CREATE TABLE flights (departure TIMESTAMP(3), delay INT, distance INT, origin STRING, destination STRING,
                      WATERMARK FOR departure AS departure - INTERVAL '5' MINUTE)
WITH ('connector' = 'filesystem', 'path' = 'examples/data/flights.csv', 'format' = 'csv', 'csv.header' = 'true');

SELECT window_start, COUNT(*) AS flights
FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(departure), INTERVAL '1' HOUR))
GROUP BY window_start, window_end
ORDER BY window_start
LIMIT 3;

-- prints
-- window_start,flights
-- 2001-01-01 00:00:00.000,1
-- 2001-01-01 01:00:00.000,3
-- 2001-01-01 06:00:00.000,9
