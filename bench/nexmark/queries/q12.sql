-- NEXMark q12. Bids a user made in ten seconds of processing time.
CREATE VIEW bid_proc AS SELECT *, PROCTIME() AS p_time FROM bid;
CREATE TABLE sink_q12 (
  bidder BIGINT, bid_count BIGINT, starttime TIMESTAMP(3), endtime TIMESTAMP(3)
) WITH ('connector' = 'blackhole');
INSERT INTO sink_q12
SELECT bidder, count(*) AS bid_count, window_start, window_end
FROM TABLE(TUMBLE(TABLE bid_proc, DESCRIPTOR(p_time), INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end;
