-- Amounts in the currency of their time: FOR SYSTEM_TIME AS OF an event time finds the rate that was valid then.
CREATE TABLE orders (id INT, currency STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'inline', 'rows' = '
1, USD, 10, 2026-01-01 10:00:00
2, USD, 10, 2026-01-01 10:30:00
3, CHF, 10, 2026-01-01 10:30:00
4, USD, 10, 2026-01-01 11:30:00
');
CREATE TABLE rates (currency STRING, cents INT, since TIMESTAMP(3), WATERMARK FOR since AS since,
                    PRIMARY KEY (currency) NOT ENFORCED)
WITH ('connector' = 'inline', 'rows' = '
USD, 92, 2026-01-01 09:00:00
USD, 95, 2026-01-01 10:15:00
USD, 91, 2026-01-01 12:00:00
');

SELECT o.id, o.amount * r.cents AS cents
FROM orders AS o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency
ORDER BY o.id;

-- prints
-- id,cents
-- 1,920
-- 2,950
-- 3,
-- 4,950
