-- Two tables filled by one job that reads its input once.
CREATE TABLE early (origin STRING) WITH ('connector' = 'filesystem', 'path' = 'out/recipes/early', 'format' = 'csv');
CREATE TABLE late (origin STRING, delay BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out/recipes/late', 'format' = 'csv');
SET 'table.dml-sync' = 'true';

EXECUTE STATEMENT SET BEGIN
  INSERT OVERWRITE early SELECT origin FROM 'examples/data/flights.csv' WHERE delay < 0;
  INSERT OVERWRITE late SELECT origin, delay FROM 'examples/data/flights.csv' WHERE delay > 60;
END;

SELECT (SELECT COUNT(*) FROM early) AS early, (SELECT COUNT(*) FROM late) AS late;

-- prints
-- early,late
-- 9720,1089
