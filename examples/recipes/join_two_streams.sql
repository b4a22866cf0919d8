-- Orders with the payment that came within an hour: state is bounded by the interval.
CREATE TABLE orders (id INT, total INT, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'inline', 'rows' = '
1, 50, 2026-01-01 10:00:00
2, 70, 2026-01-01 10:30:00
3, 20, 2026-01-01 11:00:00
');
CREATE TABLE payments (order_id INT, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'inline', 'rows' = '
1, 2026-01-01 10:20:00
2, 2026-01-01 12:00:00
3, 2026-01-01 11:01:00
');

SELECT o.id, o.total, TIMESTAMPDIFF(MINUTE, o.at, p.at) AS minutes
FROM orders AS o JOIN payments AS p
  ON p.order_id = o.id AND p.at BETWEEN o.at AND o.at + INTERVAL '1' HOUR
ORDER BY o.id;

-- prints
-- id,total,minutes
-- 1,50,20
-- 3,20,1
