-- NEXMark q4. Average price of closed auctions by category: an updating join below two aggregates.
CREATE TABLE sink_q4 (
  id BIGINT, final BIGINT
) WITH ('connector' = 'blackhole');
INSERT INTO sink_q4
SELECT Q.category, AVG(Q.final)
FROM (
  SELECT MAX(B.price) AS final, A.category
  FROM auction A, bid B
  WHERE A.id = B.auction AND B.`dateTime` BETWEEN A.`dateTime` AND A.expires
  GROUP BY A.id, A.category
) Q
GROUP BY Q.category;
