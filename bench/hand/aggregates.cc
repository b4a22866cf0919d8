// q15, q16, q17: running totals of each day.
#include <array>
#include <chrono>
#include <string>

#include "bench/hand/flat_map.h"
#include "bench/hand/query.h"
#include "bench/hand/watermark.h"

namespace weir::bench {
namespace {

constexpr int64_t kDay = 86'400 * kSecond;

size_t RankOf(int64_t price) {
  return price < 10'000 ? 0 : price < 1'000'000 ? 1 : 2;
}

// "2026-01-01"; days come in order, so the last one is kept.
class DayText {
 public:
  StringRef Of(int64_t day) {
    if (day != day_) {
      const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
      std::snprintf(text_, sizeof(text_), "%04d-%02u-%02u", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
      day_ = day;
    }
    return StringRef({text_, 10});
  }

 private:
  int64_t day_ = -1;
  char text_[16] = {};
};

// Bids, and distinct bidders and auctions: of all, and of each of three ranges of prices.
struct Totals {
  std::array<int64_t, 12> values{};
  void Put(Output& out, size_t from) const {
    for (size_t i = 0; i < values.size(); ++i) out.n(from + i)[out.at()] = values[i];
  }
  // `seen`: in which ranges this bidder or auction was seen, a bit each, and the highest for "at
  // all".
  void SeeDistinct(uint8_t& seen, size_t from, size_t rank) {
    if ((seen & 8) == 0) ++values[from];
    if ((seen >> rank & 1) == 0) ++values[from + 1 + rank];
    seen = static_cast<uint8_t>(seen | 8 | 1 << rank);
  }
};

// A group's totals, and what they were before this batch.
struct Group {
  Totals now;
  Totals before;
  int64_t day = 0;
  int64_t minute = 0;
  int64_t minute_before = 0;
  uint64_t batch = 0;  // that touched it last
  uint32_t channel = 0;
};

class ByDay final : public HandQuery {
 public:
  explicit ByDay(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] != kBidEvent) continue;
      const int64_t day = bid.time[i] / kDay;
      if (day != day_) EndDay(day);
      const size_t rank = RankOf(bid.price[i]);
      ++now_.values[0];
      ++now_.values[1 + rank];
      now_.SeeDistinct(bidders_[static_cast<uint64_t>(bid.bidder[i])], 4, rank);
      now_.SeeDistinct(auctions_[static_cast<uint64_t>(bid.auction[i])], 8, rank);
    }
    if (now_.values[0] == before_.values[0]) return;
    if (before_.values[0] > 0) Put(before_, false);
    Put(now_, true);
    before_ = now_;
  }

 private:
  void EndDay(int64_t day) {
    day_ = day;
    now_ = before_ = Totals{};
    bidders_.Clear();
    auctions_.Clear();
  }
  void Put(const Totals& totals, bool add) {
    out_.s(0)[out_.at()] = text_.Of(day_);
    totals.Put(out_, 1);
    if (add) return out_.Add();
    out_.TakeBack();
  }

  Output& out_;
  DayText text_;
  int64_t day_ = -1;
  Totals now_;
  Totals before_;
  FlatMap<uint8_t> bidders_;
  FlatMap<uint8_t> auctions_;
};

// Channels get numbers, so that sets of all of them share two tables.
class ByChannel final : public HandQuery {
 public:
  explicit ByChannel(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    ++batch_;
    touched_.clear();
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] != kBidEvent) continue;
      const uint32_t at = Find(bid.channel[i], bid.time[i] / kDay);
      Group& group = groups_[at];
      if (group.batch != batch_) Touch(group, at);
      const size_t rank = RankOf(bid.price[i]);
      ++group.now.values[0];
      ++group.now.values[1 + rank];
      group.minute = std::max(group.minute, bid.time[i] % kDay / (60 * kSecond));
      group.now.SeeDistinct(bidders_[uint64_t{at} << 32 | static_cast<uint64_t>(bid.bidder[i])], 4,
                            rank);
      group.now.SeeDistinct(auctions_[uint64_t{at} << 32 | static_cast<uint64_t>(bid.auction[i])],
                            8, rank);
    }
    for (const uint32_t at : touched_) PutChange(groups_[at]);
  }

 private:
  void Touch(Group& group, uint32_t at) {
    group.batch = batch_;
    group.before = group.now;
    group.minute_before = group.minute;
    touched_.push_back(at);
  }
  uint32_t Find(StringRef channel, int64_t day) {
    const size_t mask = places_.size() - 1;
    size_t at = std::hash<std::string_view>()(channel.view()) + static_cast<size_t>(day);
    for (;; ++at) {
      uint32_t& place = places_[at & mask];
      if (place == 0) {
        place = static_cast<uint32_t>(groups_.size() + 1);
        groups_.emplace_back().day = day;
        channels_.push_back(texts_.Keep(channel));
      }
      if (channels_[place - 1] == channel && groups_[place - 1].day == day) {
        groups_[place - 1].channel = place - 1;
        return place - 1;
      }
    }
  }
  void PutChange(const Group& group) {
    if (group.before.values[0] > 0) {
      Put(group, group.before, group.minute_before);
      out_.TakeBack();
    }
    Put(group, group.now, group.minute);
    out_.Add();
  }
  void Put(const Group& group, const Totals& totals, int64_t minute) {
    char text[8] = {};
    std::snprintf(text, sizeof(text), "%02d:%02d", static_cast<int>(minute / 60) % 24,
                  static_cast<int>(minute % 60));
    out_.s(0)[out_.at()] = channels_[group.channel];
    out_.s(1)[out_.at()] = text_.Of(group.day);
    out_.s(2)[out_.at()] = StringRef({text, 5});
    totals.Put(out_, 3);
  }

  Output& out_;
  DayText text_;
  TextArena texts_;
  std::vector<uint32_t> places_ = std::vector<uint32_t>(1 << 16);  // 10,004 channels
  std::vector<Group> groups_;
  std::vector<StringRef> channels_;
  FlatMap<uint8_t> bidders_;
  FlatMap<uint8_t> auctions_;
  std::vector<uint32_t> touched_;
  uint64_t batch_ = 0;
};

class ByAuction final : public HandQuery {
 public:
  explicit ByAuction(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    ++batch_;
    touched_.clear();
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] != kBidEvent) continue;
      const uint64_t key =
          static_cast<uint64_t>(bid.time[i] / kDay) << 40 | static_cast<uint64_t>(bid.auction[i]);
      Entry& entry = entries_[key];
      if (entry.batch != batch_) {
        entry.batch = batch_;
        touched_.push_back(key);
        before_.push_back(entry.now);
      }
      entry.now.See(bid.price[i]);
    }
    for (size_t i = 0; i < touched_.size(); ++i) {
      if (before_[i].counts[0] > 0) {
        Put(touched_[i], before_[i]);
        out_.TakeBack();
      }
      Put(touched_[i], entries_.Find(touched_[i])->now);
      out_.Add();
    }
    before_.clear();
  }

 private:
  struct Statistics {
    std::array<int64_t, 4> counts{};
    int64_t least = INT64_MAX;
    int64_t most = 0;
    int64_t sum = 0;
    void See(int64_t price) {
      ++counts[0];
      ++counts[1 + RankOf(price)];
      least = std::min(least, price);
      most = std::max(most, price);
      sum += price;
    }
  };
  struct Entry {
    Statistics now;
    uint64_t batch = 0;
  };

  void Put(uint64_t key, const Statistics& row) {
    const uint32_t at = out_.at();
    out_.n(0)[at] = static_cast<int64_t>(key & ((uint64_t{1} << 40) - 1));
    out_.s(1)[at] = text_.Of(static_cast<int64_t>(key >> 40));
    for (size_t i = 0; i < 4; ++i) out_.n(2 + i)[at] = row.counts[i];
    out_.n(6)[at] = row.least;
    out_.n(7)[at] = row.most;
    out_.n(8)[at] = row.sum / row.counts[0];
    out_.n(9)[at] = row.sum;
  }

  Output& out_;
  DayText text_;
  FlatMap<Entry> entries_;
  std::vector<uint64_t> touched_;
  std::vector<Statistics> before_;
  uint64_t batch_ = 0;
};

}  // namespace

std::span<const HandFacts> AggregateQueries() {
  static constexpr HandFacts kQueries[] = {
      {"q15", {0, 0, Columns({0, 1, 2, 5})}, "snnnnnnnnnnnn", 0, MakeHand<ByDay>},
      {"q16", {0, 0, Columns({0, 1, 2, 3, 5})}, "sssnnnnnnnnnnnn", 0, MakeHand<ByChannel>},
      {"q17", {0, 0, Columns({0, 2, 5})}, "nsnnnnnnnn", 0, MakeHand<ByAuction>}};
  return kQueries;
}

}  // namespace weir::bench
