-- The mean of the last three hours, every hour: hopping windows overlap.
CREATE TABLE flights (departure TIMESTAMP(3), delay INT, distance INT, origin STRING, destination STRING,
                      WATERMARK FOR departure AS departure)
WITH ('connector' = 'filesystem', 'path' = 'examples/data/flights.csv', 'format' = 'csv', 'csv.header' = 'true');

SELECT window_end, COUNT(*) AS flights, SUM(delay) AS minutes
FROM TABLE(HOP(TABLE flights, DESCRIPTOR(departure), INTERVAL '1' HOUR, INTERVAL '3' HOUR))
GROUP BY window_start, window_end
ORDER BY window_end
LIMIT 3;

-- prints
-- window_end,flights,minutes
-- 2001-01-01 01:00:00.000,1,66
-- 2001-01-01 02:00:00.000,4,160
-- 2001-01-01 03:00:00.000,4,160
