WITH identified AS (
  SELECT *, CASE LOWER(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2'
    WHEN 'baidu' THEN '3' ELSE channel_id(url) END AS id
  FROM bid)
SELECT auction, bidder, price, channel, id FROM identified
WHERE channel_id(url) IS NOT NULL OR LOWER(channel) IN ('apple', 'google', 'facebook', 'baidu')
