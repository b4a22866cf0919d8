// q5, q7, q8, q12: windows of fixed length.
#include <chrono>
#include <vector>

#include "bench/hand/flat_map.h"
#include "bench/hand/query.h"
#include "bench/hand/watermark.h"

namespace weir::bench {
namespace {

using Counts = FlatMap<int64_t>;

// Panes of two seconds; a window's counts are those of the window before, plus a pane, less a pane.
class HotItems final : public HandQuery {
 public:
  explicit HotItems(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] == kBidEvent)
        ++panes_.At(events.bid.time[i])[static_cast<uint64_t>(events.bid.auction[i])];
    }
    watermark_.See(events);
    Fire();
  }
  void Finish() override {
    watermark_.End();
    Fire();
    for (int i = 0; i < 4; ++i) Slide(nullptr);
  }

 private:
  static constexpr size_t kPanes = 5;

  void Fire() {
    panes_.Fire(watermark_, [&](int64_t, Counts& pane) { Slide(&pane); });
  }
  void Slide(Counts* pane) {
    if (recent_.size() == kPanes) {
      recent_.front().ForEach([&](uint64_t auction, int64_t count) {
        if ((running_[auction] -= count) == 0) running_.Erase(auction);
      });
      recent_.erase(recent_.begin());
    }
    recent_.emplace_back(pane == nullptr ? Counts() : std::move(*pane));
    recent_.back().ForEach([&](uint64_t auction, int64_t count) { running_[auction] += count; });
    int64_t most = 0;
    running_.ForEach([&](uint64_t, int64_t count) { most = std::max(most, count); });
    running_.ForEach([&](uint64_t auction, int64_t count) {
      if (count < most) return;
      out_.n(0)[out_.at()] = static_cast<int64_t>(auction);
      out_.n(1)[out_.at()] = count;
      out_.Add();
    });
  }

  Output& out_;
  Watermark watermark_;
  OpenWindows<Counts> panes_{2 * kSecond};
  std::vector<Counts> recent_;
  Counts running_;
};

// The highest bids of each window. A bid at the very end of a window, which is in the next one,
// matches the window's price, too.
class HighestBid final : public HandQuery {
 public:
  explicit HighestBid(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] != kBidEvent) continue;
      const BidColumns& bid = events.bid;
      Window& window = windows_.At(bid.time[i]);
      if (bid.price[i] > window.most) {
        window.most = bid.price[i];
        window.best.clear();
      }
      if (bid.price[i] == window.most) window.best.push_back(Copy(bid, i));
      if (bid.time[i] % kLength == 0) edges_.push_back(Copy(bid, i));
    }
    watermark_.See(events);
    Fire();
  }
  void Finish() override {
    watermark_.End();
    Fire();
  }

 private:
  static constexpr int64_t kLength = 10 * kSecond;
  struct Row {
    int64_t auction, bidder, price, time;
    StringRef extra;
  };
  struct Window {
    int64_t most = 0;
    std::vector<Row> best;
  };

  Row Copy(const BidColumns& bid, uint32_t i) {
    return {bid.auction[i], bid.bidder[i], bid.price[i], bid.time[i], texts_.Keep(bid.extra[i])};
  }
  void Put(const Row& row) {
    const uint32_t at = out_.at();
    out_.n(0)[at] = row.auction;
    out_.n(1)[at] = row.bidder;
    out_.n(2)[at] = row.price;
    out_.n(3)[at] = row.time;
    out_.s(4)[at] = row.extra;
    out_.Add();
  }
  void Fire() {
    windows_.Fire(watermark_, [&](int64_t end, Window& window) {
      for (const Row& row : window.best) Put(row);
      for (const Row& row : edges_) {
        if (row.time == end && row.price == window.most) Put(row);
      }
      std::erase_if(edges_, [end](const Row& row) { return row.time <= end; });
    });
  }

  Output& out_;
  TextArena texts_;
  Watermark watermark_;
  OpenWindows<Window> windows_{kLength};
  std::vector<Row> edges_;
};

class NewSellers final : public HandQuery {
 public:
  explicit NewSellers(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] == kPersonEvent) {
        const auto id = static_cast<uint64_t>(events.person.id[i]);
        windows_.At(events.person.time[i]).persons[id] = texts_.Keep(events.person.name[i]);
      } else if (events.type[i] == kAuctionEvent) {
        const auto seller = static_cast<uint64_t>(events.auction.seller[i]);
        windows_.At(events.auction.time[i]).sellers[seller] = true;
      }
    }
    watermark_.See(events);
    Fire();
  }
  void Finish() override {
    watermark_.End();
    Fire();
  }

 private:
  static constexpr int64_t kLength = 10 * kSecond;
  struct Window {
    FlatMap<StringRef> persons;
    FlatMap<bool> sellers;
  };

  void Fire() {
    windows_.Fire(watermark_, [&](int64_t end, Window& window) {
      window.persons.ForEach([&](uint64_t id, StringRef name) {
        if (window.sellers.Find(id) == nullptr) return;
        const uint32_t at = out_.at();
        out_.n(0)[at] = static_cast<int64_t>(id);
        out_.s(1)[at] = name;
        out_.n(2)[at] = end - kLength;
        out_.Add();
      });
    });
  }

  Output& out_;
  TextArena texts_;
  Watermark watermark_;
  OpenWindows<Window> windows_{kLength};
};

// By the clock, looked at once a batch.
class ClockCounts final : public HandQuery {
 public:
  explicit ClockCounts(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    const int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
    if (now >= end_) {
      Finish();
      end_ = now - now % kLength + kLength;
    }
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] == kBidEvent) ++counts_[static_cast<uint64_t>(events.bid.bidder[i])];
    }
  }
  void Finish() override {
    counts_.ForEach([&](uint64_t bidder, int64_t count) {
      const uint32_t at = out_.at();
      out_.n(0)[at] = static_cast<int64_t>(bidder);
      out_.n(1)[at] = count;
      out_.n(2)[at] = end_ - kLength;
      out_.n(3)[at] = end_;
      out_.Add();
    });
    counts_.Clear();
  }

 private:
  static constexpr int64_t kLength = 10 * kSecond;
  Output& out_;
  int64_t end_ = 0;
  Counts counts_;
};

}  // namespace

std::span<const HandFacts> WindowQueries() {
  static constexpr uint32_t kEverything = 0xFFFFFFFF;
  static constexpr HandFacts kQueries[] = {
      {"q5", {kTimeOfPerson, kTimeOfAuction, Columns({0, 5})}, "nn", 0, MakeHand<HotItems>},
      {"q7",
       {kTimeOfPerson, kTimeOfAuction, Columns({0, 1, 2, 5, 6})},
       "nnnts",
       0,
       MakeHand<HighestBid>},
      {"q8", {Columns({0, 1, 6}), Columns({5, 7}), kTimeOfBid}, "nst", 0, MakeHand<NewSellers>},
      {"q12", {0, 0, Columns({1})}, "nntt", kEverything, MakeHand<ClockCounts>}};
  return kQueries;
}

}  // namespace weir::bench
