SELECT auction, bidder, price, channel, directory(url, 3), directory(url, 4), directory(url, 5) FROM bid
