-- NEXMark q2. Selection: one bid in 123 auctions' worth.
CREATE TABLE sink_q2 (
  auction BIGINT, price BIGINT
) WITH ('connector' = 'blackhole');
INSERT INTO sink_q2
SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0;
