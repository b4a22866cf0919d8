-- NEXMark q5. Hot items: the auctions with most bids in the last ten seconds, every two seconds. The same count is needed twice.
CREATE TABLE sink_q5 (
  auction BIGINT, num BIGINT
) WITH ('connector' = 'blackhole');
INSERT INTO sink_q5
SELECT X.auction, X.num
FROM (
    SELECT auction, count(*) AS num, window_start, window_end
    FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
    GROUP BY auction, window_start, window_end
) X
JOIN (
  SELECT max(Y.num) AS maxn, Y.window_start, Y.window_end
  FROM (
    SELECT auction, count(*) AS num, window_start, window_end
    FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
    GROUP BY auction, window_start, window_end
  ) Y
  GROUP BY Y.window_start, Y.window_end
) M
ON X.window_start = M.window_start AND X.window_end = M.window_end AND X.num >= M.maxn;
