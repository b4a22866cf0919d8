-- Both ends of BETWEEN count: a bid at the very end of a window may match its highest price, too.
WITH highest AS (
  SELECT MAX(price) AS maxprice, (ms / 10000 + 1) * 10000 AS window_end
  FROM bid GROUP BY ms / 10000)
SELECT b.auction, b.bidder, b.price, b.dt, b.extra
FROM highest h JOIN bid b ON b.price = h.maxprice
WHERE b.ms BETWEEN h.window_end - 10000 AND h.window_end
