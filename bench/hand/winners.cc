// q4, q9: the best bid of each auction while it was open.
#include <array>
#include <vector>

#include "bench/hand/flat_map.h"
#include "bench/hand/query.h"

namespace weir::bench {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

// Average of the winning prices of each category.
class AveragePrices final : public HandQuery {
 public:
  explicit AveragePrices(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] == kAuctionEvent) {
        SeeAuction(events.auction, i);
      } else if (events.type[i] == kBidEvent) {
        SeeBid(events.bid, i);
      }
    }
    for (size_t i = 0; i < kCategories; ++i) PutChange(i);
  }

 private:
  static constexpr size_t kCategories = 5;
  struct Auction {
    int64_t from = 0;  // 0: has not come
    int64_t until = 0;
    int64_t best = 0;  // 0: none
    uint32_t category = 0;
    uint32_t waiting = kNone;
  };
  struct Bid {
    int64_t price, time;
    uint32_t next;
  };
  struct Average {
    int64_t sum = 0;
    int64_t count = 0;
  };

  void SeeAuction(const AuctionColumns& columns, uint32_t i) {
    Auction& auction = auctions_[static_cast<uint64_t>(columns.id[i])];
    const uint32_t waiting = auction.from == 0 ? auction.waiting : kNone;
    auction = {columns.time[i], columns.expires[i], 0,
               static_cast<uint32_t>(columns.category[i] - 10), kNone};
    for (uint32_t at = waiting; at != kNone; at = bids_[at].next)
      Offer(auction, bids_[at].price, bids_[at].time);
  }
  void SeeBid(const BidColumns& bid, uint32_t i) {
    Auction& auction = auctions_[static_cast<uint64_t>(bid.auction[i])];
    if (auction.from != 0) return Offer(auction, bid.price[i], bid.time[i]);
    bids_.push_back({bid.price[i], bid.time[i], auction.waiting});
    auction.waiting = static_cast<uint32_t>(bids_.size() - 1);
  }
  void Offer(Auction& auction, int64_t price, int64_t time) {
    if (time < auction.from || time > auction.until || price <= auction.best) return;
    Average& average = now_[auction.category];
    average.sum += price - auction.best;
    if (auction.best == 0) ++average.count;
    auction.best = price;
  }
  void PutChange(size_t i) {
    if (now_[i].sum == before_[i].sum) return;
    if (before_[i].count > 0) {
      Put(i, before_[i]);
      out_.TakeBack();
    }
    Put(i, now_[i]);
    out_.Add();
    before_[i] = now_[i];
  }
  void Put(size_t category, const Average& average) {
    out_.n(0)[out_.at()] = static_cast<int64_t>(category) + 10;
    out_.n(1)[out_.at()] = average.sum / average.count;
  }

  Output& out_;
  FlatMap<Auction> auctions_;
  std::vector<Bid> bids_;  // that came before their auctions
  std::array<Average, kCategories> now_{};
  std::array<Average, kCategories> before_{};
};

// The winning bids with their auctions.
class WinningBids final : public HandQuery {
 public:
  explicit WinningBids(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    ++batch_;
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] == kAuctionEvent) {
        SeeAuction(events.auction, i);
      } else if (events.type[i] == kBidEvent) {
        SeeBid(events.bid, i);
      }
    }
    for (size_t i = 0; i < touched_.size(); ++i) {
      if (before_[i].price > 0) {
        Put(rows_[touched_[i]], before_[i]);
        out_.TakeBack();
      }
      Put(rows_[touched_[i]], rows_[touched_[i]].best);
      out_.Add();
    }
    touched_.clear();
    before_.clear();
    out_.Flush();
  }

 private:
  struct Bid {
    int64_t price = 0;  // 0: none
    int64_t time = 0;
    int64_t bidder = 0;
    StringRef extra;
  };
  struct Waiting {
    Bid bid;
    uint32_t next;
  };
  struct Row {
    int64_t id, initial_bid, reserve, from, until, seller, category;
    StringRef item, description, extra;
    Bid best;
    uint64_t batch = 0;  // that touched it last
  };
  struct Place {
    uint32_t row;
    uint32_t waiting;
    bool known;
  };

  Place& Find(int64_t auction) {
    Place& place = places_[static_cast<uint64_t>(auction)];
    if (!place.known) place = {kNone, kNone, true};
    return place;
  }
  void SeeAuction(const AuctionColumns& a, uint32_t i) {
    Place& place = Find(a.id[i]);
    place.row = static_cast<uint32_t>(rows_.size());
    rows_.push_back({a.id[i],
                     a.initial_bid[i],
                     a.reserve[i],
                     a.time[i],
                     a.expires[i],
                     a.seller[i],
                     a.category[i],
                     texts_.Keep(a.item[i]),
                     texts_.Keep(a.description[i]),
                     texts_.Keep(a.extra[i]),
                     {},
                     0});
    for (uint32_t at = place.waiting; at != kNone; at = waiting_[at].next)
      Offer(place.row, waiting_[at].bid);
  }
  void SeeBid(const BidColumns& columns, uint32_t i) {
    const Bid bid{columns.price[i], columns.time[i], columns.bidder[i], columns.extra[i]};
    Place& place = Find(columns.auction[i]);
    if (place.row != kNone) return Offer(place.row, bid);
    waiting_.push_back({bid, place.waiting});
    waiting_.back().bid.extra = texts_.Keep(bid.extra);
    place.waiting = static_cast<uint32_t>(waiting_.size() - 1);
  }
  void Offer(uint32_t at, const Bid& bid) {
    Row& row = rows_[at];
    if (bid.time < row.from || bid.time > row.until || bid.price < row.best.price) return;
    if (bid.price == row.best.price && bid.time >= row.best.time) return;
    if (row.batch != batch_) {
      row.batch = batch_;
      touched_.push_back(at);
      before_.push_back(row.best);
    }
    row.best = bid;
    row.best.extra = texts_.Keep(bid.extra);
  }
  void Put(const Row& row, const Bid& bid) {
    const uint32_t at = out_.at();
    out_.n(0)[at] = row.id;
    out_.s(1)[at] = row.item;
    out_.s(2)[at] = row.description;
    out_.n(3)[at] = row.initial_bid;
    out_.n(4)[at] = row.reserve;
    out_.n(5)[at] = row.from;
    out_.n(6)[at] = row.until;
    out_.n(7)[at] = row.seller;
    out_.n(8)[at] = row.category;
    out_.s(9)[at] = row.extra;
    out_.n(10)[at] = row.id;
    out_.n(11)[at] = bid.bidder;
    out_.n(12)[at] = bid.price;
    out_.n(13)[at] = bid.time;
    out_.s(14)[at] = bid.extra;
  }

  Output& out_;
  TextArena texts_;
  FlatMap<Place> places_;
  std::vector<Row> rows_;
  std::vector<Waiting> waiting_;
  std::vector<uint32_t> touched_;
  std::vector<Bid> before_;
  uint64_t batch_ = 0;
};

}  // namespace

std::span<const HandFacts> WinnerQueries() {
  static constexpr HandFacts kQueries[] = {
      {"q4", {0, Columns({0, 5, 6, 8}), Columns({0, 2, 5})}, "nn", 0, MakeHand<AveragePrices>},
      {"q9",
       {0, 0x3FF, Columns({0, 1, 2, 5, 6})},
       "nssnnttnnsnnnts",
       Columns({11, 14}),
       MakeHand<WinningBids>}};
  return kQueries;
}

}  // namespace weir::bench
