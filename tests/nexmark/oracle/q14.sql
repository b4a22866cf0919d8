WITH timed AS (SELECT *, CAST(substr(dt, 12, 2) AS INTEGER) AS h FROM bid)
SELECT auction, bidder, money(price * 908),
  CASE WHEN h BETWEEN 8 AND 18 THEN 'dayTime' WHEN h <= 6 OR h >= 20 THEN 'nightTime' ELSE 'otherTime' END,
  dt, extra, LENGTH(extra) - LENGTH(REPLACE(extra, 'c', ''))
FROM timed WHERE price * 908 > 1000000000 AND price * 908 < 50000000000
