-- Add names from a table that is read whole: FOR SYSTEM_TIME AS OF looks them up.
CREATE TABLE sales (shop INT, amount INT, at AS PROCTIME()) WITH ('connector' = 'inline', 'rows' = '
1, 10
2, 20
9, 30
');
CREATE TABLE shops (id INT, name STRING)
WITH ('connector' = 'inline', 'rows' = '
1, Berlin
2, Rome
');

SELECT s.amount, n.name
FROM sales AS s LEFT JOIN shops FOR SYSTEM_TIME AS OF s.at AS n ON n.id = s.shop
ORDER BY s.amount;

-- prints
-- amount,name
-- 10,Berlin
-- 20,Rome
-- 30,
