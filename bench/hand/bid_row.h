// A bid with all its columns, as joins and ranks keep and put it out.
#pragma once

#include "bench/hand/flat_map.h"
#include "bench/hand/query.h"

namespace weir::bench {

struct BidRow {
  int64_t auction, bidder, price, time;
  StringRef channel, url, extra;
};

// Its strings are the batch's.
inline BidRow BorrowBid(const BidColumns& bid, uint32_t i) {
  return {bid.auction[i], bid.bidder[i], bid.price[i], bid.time[i],
          bid.channel[i], bid.url[i],    bid.extra[i]};
}
// Its strings are in `texts`.
inline BidRow CopyBid(const BidColumns& bid, uint32_t i, TextArena& texts) {
  BidRow row = BorrowBid(bid, i);
  for (StringRef* text : {&row.channel, &row.url, &row.extra}) *text = texts.Keep(*text);
  return row;
}

// f(row) for every bid of the batch.
template <typename F>
void ForBids(const EventView& events, F&& f) {
  for (uint32_t i = 0; i < events.count; ++i) {
    if (events.type[i] == kBidEvent) f(i);
  }
}

// The first four columns of the row that is being put out: auction, bidder, price and time.
inline void PutBareBid(Output& out, const BidColumns& bid, uint32_t i) {
  const uint32_t at = out.at();
  out.n(0)[at] = bid.auction[i];
  out.n(1)[at] = bid.bidder[i];
  out.n(2)[at] = bid.price[i];
  out.n(3)[at] = bid.time[i];
}

// The first seven columns of the row that is being put out.
inline void PutBid(Output& out, const BidRow& bid) {
  const uint32_t at = out.at();
  out.n(0)[at] = bid.auction;
  out.n(1)[at] = bid.bidder;
  out.n(2)[at] = bid.price;
  out.s(3)[at] = bid.channel;
  out.s(4)[at] = bid.url;
  out.n(5)[at] = bid.time;
  out.s(6)[at] = bid.extra;
}

}  // namespace weir::bench
