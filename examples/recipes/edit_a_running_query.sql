-- Change a query and keep its state: stop, look at the verdicts, restore with the new SQL.
CREATE TABLE clicks (page INT, at AS PROCTIME())
WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.page.min' = '1', 'fields.page.max' = '3');
CREATE TABLE counts (page INT, clicks BIGINT, PRIMARY KEY (page) NOT ENFORCED) WITH ('connector' = 'blackhole');
CREATE TABLE copies (page INT) WITH ('connector' = 'blackhole');

CREATE JOB clicks AS INSERT INTO counts SELECT page, COUNT(*) AS clicks FROM clicks GROUP BY page;
WAIT FOR JOB clicks UNTIL CHECKPOINT;
STOP JOB clicks WITH SAVEPOINT 'out/recipes/savepoints';

-- The count goes on where it was; the second sink is new.
RESTORE JOB clicks FROM LATEST CHECKPOINT AS
EXECUTE STATEMENT SET BEGIN
  INSERT INTO counts SELECT page, COUNT(*) AS clicks FROM clicks GROUP BY page;
  INSERT INTO copies SELECT page FROM clicks;
END;
STOP JOB clicks;
DROP JOB clicks;
SELECT 'went on' AS job;

-- prints
-- job
-- went on
