-- What has no match: an outer join whose missing side stays NULL.
CREATE TABLE orders (id INT, total INT) WITH ('connector' = 'inline', 'rows' = '
1, 50
2, 70
3, 20
');
CREATE TABLE payments (order_id INT) WITH ('connector' = 'inline', 'rows' = '
1
3
');

SELECT id, total FROM orders WHERE NOT EXISTS (SELECT 1 FROM payments WHERE order_id = orders.id);

-- prints
-- id,total
-- 2,70
