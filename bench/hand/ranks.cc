// q18, q19: the last bid of each bidder on each auction, and the ten highest of each auction.
#include <algorithm>
#include <vector>

#include "bench/hand/bid_row.h"

namespace weir::bench {
namespace {

class LastBids final : public HandQuery {
 public:
  explicit LastBids(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    ++batch_;
    const BidColumns& bid = events.bid;
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] != kBidEvent) continue;
      const uint64_t key =
          static_cast<uint64_t>(bid.auction[i]) << 32 | static_cast<uint64_t>(bid.bidder[i]);
      Entry& entry = entries_[key];
      if (entry.batch != 0 && bid.time[i] < entry.row.time) continue;
      if (entry.batch != batch_) {
        touched_.push_back(key);
        before_.push_back(entry.batch == 0 ? BidRow{} : entry.row);
        entry.batch = batch_;
      }
      entry.row = CopyBid(bid, i, texts_);
    }
    for (size_t i = 0; i < touched_.size(); ++i) {
      if (before_[i].time != 0) {
        PutBid(out_, before_[i]);
        out_.TakeBack();
      }
      PutBid(out_, entries_.Find(touched_[i])->row);
      out_.Add();
    }
    touched_.clear();
    before_.clear();
  }

 private:
  struct Entry {
    BidRow row;
    uint64_t batch;  // that touched it last; 0: new
  };
  Output& out_;
  TextArena texts_;
  FlatMap<Entry> entries_;
  std::vector<uint64_t> touched_;
  std::vector<BidRow> before_;
  uint64_t batch_ = 0;
};

class HighestBids final : public HandQuery {
 public:
  explicit HighestBids(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    ++batch_;
    const BidColumns& bid = events.bid;
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] != kBidEvent) continue;
      uint32_t& place = places_[static_cast<uint64_t>(bid.auction[i])];
      if (place == 0) {
        lists_.emplace_back();
        place = static_cast<uint32_t>(lists_.size());
      }
      Insert(place - 1, bid, i);
    }
    for (size_t i = 0; i < touched_.size(); ++i) PutChange(before_[i], lists_[touched_[i]].best);
    touched_.clear();
    before_.clear();
  }

 private:
  static constexpr size_t kBest = 10;
  struct List {
    std::vector<BidRow> best;  // the highest first; of equal ones the first to come
    uint64_t batch = 0;        // that touched it last
  };

  void Insert(uint32_t at, const BidColumns& bid, uint32_t i) {
    List& list = lists_[at];
    std::vector<BidRow>& best = list.best;
    if (best.size() == kBest && best.back().price >= bid.price[i]) return;
    if (list.batch != batch_) {
      list.batch = batch_;
      touched_.push_back(at);
      before_.push_back(best);
    }
    const auto place = std::find_if(best.begin(), best.end(),
                                    [&](const BidRow& row) { return row.price < bid.price[i]; });
    best.insert(place, CopyBid(bid, i, texts_));
    if (best.size() > kBest) best.pop_back();
  }
  static bool Same(const BidRow& a, const BidRow& b) {
    return a.price == b.price && a.time == b.time && a.bidder == b.bidder && a.extra == b.extra;
  }
  void PutChange(const std::vector<BidRow>& before, const std::vector<BidRow>& now) {
    for (size_t rank = 0; rank < now.size(); ++rank) {
      if (rank < before.size()) {
        if (Same(before[rank], now[rank])) continue;
        PutRanked(before[rank], rank);
        out_.TakeBack();
      }
      PutRanked(now[rank], rank);
      out_.Add();
    }
  }
  void PutRanked(const BidRow& row, size_t rank) {
    PutBid(out_, row);
    out_.n(7)[out_.at()] = static_cast<int64_t>(rank) + 1;
  }

  Output& out_;
  TextArena texts_;
  FlatMap<uint32_t> places_;
  std::vector<List> lists_;
  std::vector<uint32_t> touched_;
  std::vector<std::vector<BidRow>> before_;
  uint64_t batch_ = 0;
};

}  // namespace

std::span<const HandFacts> RankQueries() {
  static constexpr HandFacts kQueries[] = {
      {"q18", {0, 0, 0x7F}, "nnnssts", Columns({2, 3, 4, 6}), MakeHand<LastBids>},
      {"q19", {0, 0, 0x7F}, "nnnsstsn", Columns({1, 3, 4, 5, 6}), MakeHand<HighestBids>}};
  return kQueries;
}

}  // namespace weir::bench
