-- The day's total so far, every six hours: a cumulating window grows until the day is over.
CREATE TABLE flights (departure TIMESTAMP(3), delay INT, distance INT, origin STRING, destination STRING,
                      WATERMARK FOR departure AS departure - INTERVAL '5' MINUTE)
WITH ('connector' = 'filesystem', 'path' = 'examples/data/flights.csv', 'format' = 'csv', 'csv.header' = 'true');

SELECT window_start, window_end, COUNT(*) AS flights
FROM TABLE(CUMULATE(TABLE flights, DESCRIPTOR(departure), INTERVAL '6' HOUR, INTERVAL '1' DAY))
GROUP BY window_start, window_end
ORDER BY window_start, window_end
LIMIT 5;

-- prints
-- window_start,window_end,flights
-- 2001-01-01 00:00:00.000,2001-01-01 06:00:00.000,4
-- 2001-01-01 00:00:00.000,2001-01-01 12:00:00.000,72
-- 2001-01-01 00:00:00.000,2001-01-01 18:00:00.000,159
-- 2001-01-01 00:00:00.000,2001-01-02 00:00:00.000,222
-- 2001-01-02 00:00:00.000,2001-01-02 06:00:00.000,2
