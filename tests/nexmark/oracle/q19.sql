-- Bids of equal price rank in order of arrival.
WITH ranked AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC, n) AS r FROM bid)
SELECT auction, bidder, price, channel, url, dt, extra, r FROM ranked WHERE r <= 10
