SELECT auction, substr(dt, 1, 10) AS day, COUNT(*),
  SUM(price < 10000), SUM(price >= 10000 AND price < 1000000), SUM(price >= 1000000),
  MIN(price), MAX(price), SUM(price) / COUNT(*), SUM(price)
FROM bid GROUP BY auction, day
