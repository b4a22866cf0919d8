SELECT auction, bidder, price, dt, auction % 10000 FROM bid;
