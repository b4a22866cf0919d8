SELECT auction, bidder, price, dt, extra FROM bid
