// q18, q19: the last bid of each bidder on each auction, and the ten highest of each auction.
#include <algorithm>
#include <vector>

#include "bench/hand/flat_map.h"
#include "bench/hand/query.h"

namespace weir::bench {
namespace {

struct Row {
  int64_t auction, bidder, price, time;
  StringRef channel, url, extra;
};

Row CopyOf(const BidColumns& bid, uint32_t i, TextArena& texts) {
  return {bid.auction[i],
          bid.bidder[i],
          bid.price[i],
          bid.time[i],
          texts.Keep(bid.channel[i]),
          texts.Keep(bid.url[i]),
          texts.Keep(bid.extra[i])};
}

void Put(Output& out, const Row& row) {
  const uint32_t at = out.at();
  out.n(0)[at] = row.auction;
  out.n(1)[at] = row.bidder;
  out.n(2)[at] = row.price;
  out.s(3)[at] = row.channel;
  out.s(4)[at] = row.url;
  out.n(5)[at] = row.time;
  out.s(6)[at] = row.extra;
}

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
        before_.push_back(entry.batch == 0 ? Row{} : entry.row);
        entry.batch = batch_;
      }
      entry.row = CopyOf(bid, i, texts_);
    }
    for (size_t i = 0; i < touched_.size(); ++i) {
      if (before_[i].time != 0) {
        Put(out_, before_[i]);
        out_.TakeBack();
      }
      Put(out_, entries_.Find(touched_[i])->row);
      out_.Add();
    }
    touched_.clear();
    before_.clear();
  }

 private:
  struct Entry {
    Row row;
    uint64_t batch;  // that touched it last; 0: new
  };
  Output& out_;
  TextArena texts_;
  FlatMap<Entry> entries_;
  std::vector<uint64_t> touched_;
  std::vector<Row> before_;
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
    std::vector<Row> best;  // the highest first; of equal ones the first to come
    uint64_t batch = 0;     // that touched it last
  };

  void Insert(uint32_t at, const BidColumns& bid, uint32_t i) {
    List& list = lists_[at];
    std::vector<Row>& best = list.best;
    if (best.size() == kBest && best.back().price >= bid.price[i]) return;
    if (list.batch != batch_) {
      list.batch = batch_;
      touched_.push_back(at);
      before_.push_back(best);
    }
    const auto place = std::find_if(best.begin(), best.end(),
                                    [&](const Row& row) { return row.price < bid.price[i]; });
    best.insert(place, CopyOf(bid, i, texts_));
    if (best.size() > kBest) best.pop_back();
  }
  static bool Same(const Row& a, const Row& b) {
    return a.price == b.price && a.time == b.time && a.bidder == b.bidder && a.extra == b.extra;
  }
  void PutChange(const std::vector<Row>& before, const std::vector<Row>& now) {
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
  void PutRanked(const Row& row, size_t rank) {
    Put(out_, row);
    out_.n(7)[out_.at()] = static_cast<int64_t>(rank) + 1;
  }

  Output& out_;
  TextArena texts_;
  FlatMap<uint32_t> places_;
  std::vector<List> lists_;
  std::vector<uint32_t> touched_;
  std::vector<std::vector<Row>> before_;
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
