SELECT auction, bidder, price, dt, extra, substr(dt, 1, 10), substr(dt, 12, 5) FROM bid;
