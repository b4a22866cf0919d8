-- See every change of a result: +I a new row, -U +U its old and new values, -D a row that is gone.
CREATE TABLE votes (who STRING) WITH ('connector' = 'inline', 'rows' = '
ann
bob
ann
');
SET 'sql-client.execution.result-mode' = 'changelog';
SET 'parallelism.default' = '1';
SET 'pipeline.batch-size' = '1';

SELECT who, COUNT(*) AS votes FROM votes GROUP BY who;

-- prints
-- op,who,votes
-- +I,ann,1
-- +I,bob,1
-- -U,ann,1
-- +U,ann,2
