-- The tables of this example. Every script begins with SOURCE 'examples/evolve/tables.sql'.

-- A folder that is watched: files that appear are read, each once.
CREATE TABLE flights (
  departure   TIMESTAMP(3),
  delay       INT COMMENT 'minutes; negative is early',
  distance    INT COMMENT 'miles',
  origin      STRING,
  destination STRING,
  WATERMARK FOR departure AS departure - INTERVAL '5' MINUTE
) WITH (
  'connector'               = 'filesystem',
  'path'                    = 'out/evolve/in',
  'format'                  = 'csv',
  'csv.header'              = 'true',
  'source.monitor-interval' = '200 ms'
);

SET 'execution.checkpointing.savepoint-dir' = 'out/evolve/savepoints';
