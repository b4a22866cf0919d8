SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.dt, b.extra,
  a.itemName, a.description, a.initialBid, a.reserve, a.dt, a.expires, a.seller, a.category, a.extra
FROM bid b JOIN auction a ON b.auction = a.id
WHERE a.category = 10
