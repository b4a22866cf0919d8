-- AVG of BIGINT is a BIGINT, rounded towards zero; prices are positive.
WITH closing AS (
  SELECT a.id, a.category, MAX(b.price) AS final
  FROM auction a JOIN bid b ON b.auction = a.id
  WHERE b.ms BETWEEN a.ms AND a.expires_ms
  GROUP BY a.id, a.category)
SELECT category, SUM(final) / COUNT(*) FROM closing GROUP BY category
