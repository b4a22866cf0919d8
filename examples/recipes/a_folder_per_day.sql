-- Files in a folder for each day; readers take the day from the path, and read only the days that they ask for.
CREATE TABLE by_day (origin STRING, delay BIGINT, `day` STRING) PARTITIONED BY (`day`)
WITH ('connector' = 'filesystem', 'path' = 'out/recipes/by_day', 'format' = 'csv');
SET 'table.dml-sync' = 'true';
INSERT INTO by_day   -- run twice, it writes twice
SELECT origin, delay, DATE_FORMAT(departure, 'yyyy-MM-dd') FROM 'examples/data/flights.csv'
WHERE departure < TIMESTAMP '2001-01-03 00:00:00';

SELECT `day`, COUNT(*) AS flights FROM by_day GROUP BY `day` ORDER BY `day`;

-- prints
-- day,flights
-- 2001-01-01,222
-- 2001-01-02,219
