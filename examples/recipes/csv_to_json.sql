-- Turn CSV into JSON, one object a line, once.
CREATE TABLE long_delays (departure TIMESTAMP(3), origin STRING, delay BIGINT)
WITH ('connector' = 'filesystem', 'path' = 'out/recipes/long_delays', 'format' = 'json');

SET 'table.dml-sync' = 'true';   -- an INSERT waits for its job

INSERT OVERWRITE long_delays
SELECT departure, origin, delay FROM 'examples/data/flights.csv' WHERE delay > 200;

SELECT COUNT(*) AS written, MIN(delay) AS least FROM long_delays;

-- prints
-- written,least
-- 49,201
