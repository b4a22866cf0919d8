-- The sink as the edited query wants it: one column more, one with another name.
CREATE TABLE daily (
  flight_day TIMESTAMP(3),
  airport    STRING,
  flights    BIGINT,
  late       BIGINT,
  worst      INT
) WITH ('connector' = 'filesystem', 'path' = 'out/evolve/daily', 'format' = 'csv');
