-- A session ends when more than ten seconds pass; bids exactly ten seconds apart are in one (Flink's windows
-- merge where they touch).
WITH gaps AS (
  SELECT bidder, ms, ms - LAG(ms) OVER (PARTITION BY bidder ORDER BY ms, n) AS gap, n FROM bid),
sessions AS (
  SELECT bidder, ms, SUM(gap IS NULL OR gap > 10000) OVER (PARTITION BY bidder ORDER BY ms, n) AS session FROM gaps)
SELECT bidder, COUNT(*), moment(MIN(ms)), moment(MAX(ms) + 10000) FROM sessions GROUP BY bidder, session
