-- NEXMark q0. Pass through: what reading and writing costs.
CREATE TABLE sink_q0 (
  auction BIGINT, bidder BIGINT, price BIGINT, `dateTime` TIMESTAMP(3), extra VARCHAR
) WITH ('connector' = 'blackhole');
INSERT INTO sink_q0
SELECT auction, bidder, price, `dateTime`, extra FROM bid;
