-- Debezium's events become the table that they come from: inserts, updates and deletes.
CREATE TABLE events (line STRING) WITH ('connector' = 'filesystem', 'path' = 'out/recipes/events', 'format' = 'csv',
                                        'csv.field-delimiter' = ';', 'csv.disable-quote-character' = 'true');
SET 'table.dml-sync' = 'true';
INSERT OVERWRITE events VALUES
  ('{"before":null,"after":{"id":1,"name":"pen","stock":5},"op":"c"}'),
  ('{"before":null,"after":{"id":2,"name":"ink","stock":7},"op":"c"}'),
  ('{"before":{"id":1,"name":"pen","stock":5},"after":{"id":1,"name":"pen","stock":4},"op":"u"}'),
  ('{"before":{"id":2,"name":"ink","stock":7},"after":null,"op":"d"}');

CREATE TABLE products (id INT, name STRING, stock INT, PRIMARY KEY (id) NOT ENFORCED)
WITH ('connector' = 'filesystem', 'path' = 'out/recipes/events', 'format' = 'debezium-json');

SELECT * FROM products;

-- prints
-- id,name,stock
-- 1,pen,4
