-- Of bids at the same time the last that arrived stays.
WITH ranked AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY ms DESC, n DESC) AS r FROM bid)
SELECT auction, bidder, price, channel, url, dt, extra FROM ranked WHERE r = 1
