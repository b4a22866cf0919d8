-- Keep the newest row of each key, as it comes.
CREATE TABLE prices (item STRING, price DECIMAL(10, 2), at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'inline', 'rows' = '
pen,  1.00, 2026-01-01 10:00:00
ink,  7.50, 2026-01-01 10:01:00
pen,  1.20, 2026-01-01 10:02:00
');

SELECT item, price
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY at DESC) AS newest FROM prices)
WHERE newest = 1
ORDER BY item;

-- prints
-- item,price
-- ink,7.50
-- pen,1.20
