-- Each bid is in the five windows of ten seconds that begin at a multiple of two seconds.
WITH step(k) AS (VALUES (0), (1), (2), (3), (4)),
counts AS (
  SELECT auction, ms / 2000 - k AS slot, COUNT(*) AS num
  FROM bid, step GROUP BY auction, slot),
most AS (SELECT slot, MAX(num) AS maxn FROM counts GROUP BY slot)
SELECT auction, num FROM counts JOIN most USING (slot) WHERE num >= maxn
