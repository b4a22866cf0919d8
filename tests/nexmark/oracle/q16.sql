SELECT channel, substr(dt, 1, 10) AS day, MAX(substr(dt, 12, 5)), COUNT(*),
  SUM(price < 10000), SUM(price >= 10000 AND price < 1000000), SUM(price >= 1000000),
  COUNT(DISTINCT bidder), COUNT(DISTINCT CASE WHEN price < 10000 THEN bidder END),
  COUNT(DISTINCT CASE WHEN price >= 10000 AND price < 1000000 THEN bidder END),
  COUNT(DISTINCT CASE WHEN price >= 1000000 THEN bidder END),
  COUNT(DISTINCT auction), COUNT(DISTINCT CASE WHEN price < 10000 THEN auction END),
  COUNT(DISTINCT CASE WHEN price >= 10000 AND price < 1000000 THEN auction END),
  COUNT(DISTINCT CASE WHEN price >= 1000000 THEN auction END)
FROM bid GROUP BY channel, day
