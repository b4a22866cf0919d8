-- Fields of objects and elements of arrays in JSON.
CREATE TABLE orders (id INT, customer ROW<name STRING, address ROW<city STRING>>, items ARRAY<ROW<sku STRING, qty INT>>)
WITH ('connector' = 'filesystem', 'path' = 'out/recipes/orders', 'format' = 'json');
SET 'table.dml-sync' = 'true';
INSERT OVERWRITE orders VALUES
  (1, ROW('Ann', ROW('Rome')), ARRAY[ROW('pen', 2), ROW('ink', 1)]),
  (2, ROW('Bob', ROW('Oslo')), ARRAY[ROW('pen', 9)]);

SELECT id, customer.address.city AS city, items[1].qty AS first_qty, CARDINALITY(items) AS items
FROM orders ORDER BY id;

-- prints
-- id,city,first_qty,items
-- 1,Rome,2,2
-- 2,Oslo,9,1
