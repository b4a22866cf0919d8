-- NEXMark q11. Bids a user made in one session: ten seconds of silence end it.
CREATE TABLE sink_q11 (
  bidder BIGINT, bid_count BIGINT, starttime TIMESTAMP(3), endtime TIMESTAMP(3)
) WITH ('connector' = 'blackhole');
INSERT INTO sink_q11
SELECT bidder, count(*) AS bid_count,
  SESSION_START(`dateTime`, INTERVAL '10' SECOND), SESSION_END(`dateTime`, INTERVAL '10' SECOND)
FROM bid
GROUP BY bidder, SESSION(`dateTime`, INTERVAL '10' SECOND);
