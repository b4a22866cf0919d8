-- Among bids of equal price and time the first that arrived wins.
WITH ranked AS (
  SELECT a.id, a.itemName, a.description, a.initialBid, a.reserve, a.dt, a.expires, a.seller, a.category, a.extra,
    b.auction, b.bidder, b.price, b.dt AS bid_dt, b.extra AS bid_extra,
    ROW_NUMBER() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.ms, b.n) AS rownum
  FROM auction a JOIN bid b ON b.auction = a.id
  WHERE b.ms BETWEEN a.ms AND a.expires_ms)
SELECT id, itemName, description, initialBid, reserve, dt, expires, seller, category, extra,
  auction, bidder, price, bid_dt, bid_extra
FROM ranked WHERE rownum = 1
