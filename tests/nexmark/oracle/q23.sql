SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.dt, b.extra,
  p.name, p.emailAddress, p.creditCard, p.city, p.state,
  a.itemName, a.description, a.initialBid, a.reserve, a.dt, a.expires, a.seller, a.category, a.extra
FROM bid b JOIN person p ON p.id = b.bidder JOIN auction a ON a.seller = b.bidder
