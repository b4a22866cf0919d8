-- Leave out what cannot be read instead of failing; how many there were is said at the end.
CREATE TABLE lines (line STRING) WITH ('connector' = 'filesystem', 'path' = 'out/recipes/lines', 'format' = 'csv',
                                       'csv.field-delimiter' = ';');
SET 'table.dml-sync' = 'true';
INSERT OVERWRITE lines VALUES ('1,one'), ('two,2'), ('3,three');

CREATE TABLE numbers (n INT, name STRING)
WITH ('connector' = 'filesystem', 'path' = 'out/recipes/lines', 'format' = 'csv', 'csv.ignore-parse-errors' = 'true');

SELECT * FROM numbers ORDER BY n;

-- prints
-- n,name
-- 1,one
-- 3,three
