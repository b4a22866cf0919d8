-- A look at a stream that never ends: LIMIT ends the query once its rows are there.
CREATE TABLE measurements (sensor INT, degrees DOUBLE)
WITH ('connector' = 'datagen', 'rows-per-second' = '1000', 'fields.sensor.min' = '3', 'fields.sensor.max' = '3');

SELECT sensor FROM measurements LIMIT 2;

-- prints
-- op,sensor
-- +I,3
-- +I,3
