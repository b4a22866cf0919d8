SELECT auction, bidder, money(price * 908), dt, extra FROM bid
