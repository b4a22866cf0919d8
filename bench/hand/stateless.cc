// q0, q1, q2, q13, q14, q21, q22: a row in, at most a row out.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>

#include "bench/hand/bid_row.h"

namespace weir::bench {
namespace {

class PassThrough final : public HandQuery {
 public:
  explicit PassThrough(Output& out) : out_(out) {}
  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    ForBids(events, [&](uint32_t i) {
      PutBareBid(out_, bid, i);
      out_.s(4)[out_.at()] = bid.extra[i];
      out_.Add();
    });
  }

 private:
  Output& out_;
};

class Currency final : public HandQuery {
 public:
  explicit Currency(Output& out) : out_(out) {}
  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    ForBids(events, [&](uint32_t i) {
      const uint32_t at = out_.at();
      out_.n(0)[at] = bid.auction[i];
      out_.n(1)[at] = bid.bidder[i];
      out_.d(2)[at] = Int128{bid.price[i]} * 908;
      out_.n(3)[at] = bid.time[i];
      out_.s(4)[at] = bid.extra[i];
      out_.Add();
    });
  }

 private:
  Output& out_;
};

class Selection final : public HandQuery {
 public:
  explicit Selection(Output& out) : out_(out) {}
  void Feed(const EventView& events) override {
    ForBids(events, [&](uint32_t i) {
      if (events.bid.auction[i] % 123 != 0) return;
      out_.n(0)[out_.at()] = events.bid.auction[i];
      out_.n(1)[out_.at()] = events.bid.price[i];
      out_.Add();
    });
  }

 private:
  Output& out_;
};

class Calculation final : public HandQuery {
 public:
  explicit Calculation(Output& out) : out_(out) {}
  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    ForBids(events, [&](uint32_t i) {
      const int64_t price = bid.price[i] * 908;  // in thousandths
      if (price <= 1'000'000'000 || price >= 50'000'000'000) return;
      const uint32_t at = out_.at();
      out_.n(0)[at] = bid.auction[i];
      out_.n(1)[at] = bid.bidder[i];
      out_.d(2)[at] = price;
      out_.s(3)[at] = PartOfDay(bid.time[i] / 3'600'000'000 % 24);
      out_.n(4)[at] = bid.time[i];
      out_.s(5)[at] = bid.extra[i];
      const std::string_view extra = bid.extra[i].view();
      out_.n(6)[at] = std::count(extra.begin(), extra.end(), 'c');
      out_.Add();
    });
  }

 private:
  static StringRef PartOfDay(int64_t hour) {
    if (hour >= 8 && hour <= 18) return StringRef("dayTime");
    return hour <= 6 || hour >= 20 ? StringRef("nightTime") : StringRef("otherTime");
  }
  Output& out_;
};

// The table beside has the rows (i, "i"), i below 10,000.
class SideTable final : public HandQuery {
 public:
  explicit SideTable(Output& out) : out_(out) {
    for (size_t i = 0; i < texts_.size(); ++i) texts_[i] = std::to_string(i);
  }
  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    ForBids(events, [&](uint32_t i) {
      PutBareBid(out_, bid, i);
      out_.s(4)[out_.at()] = StringRef(texts_[static_cast<size_t>(bid.auction[i]) % texts_.size()]);
      out_.Add();
    });
  }

 private:
  Output& out_;
  std::array<std::string, 10'000> texts_;
};

class ChannelId final : public HandQuery {
 public:
  explicit ChannelId(Output& out) : out_(out) {}
  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    ForBids(events, [&](uint32_t i) {
      std::optional<StringRef> id = Known(bid.channel[i].view());
      if (!id) id = OfUrl(bid.url[i].view());
      if (!id) return;
      const uint32_t at = out_.at();
      out_.n(0)[at] = bid.auction[i];
      out_.n(1)[at] = bid.bidder[i];
      out_.n(2)[at] = bid.price[i];
      out_.s(3)[at] = bid.channel[i];
      out_.s(4)[at] = *id;
      out_.Add();
    });
  }

 private:
  static std::optional<StringRef> Known(std::string_view channel) {
    constexpr std::array<std::string_view, 4> kNames = {"apple", "google", "facebook", "baidu"};
    constexpr std::array<std::string_view, 4> kIds = {"0", "1", "2", "3"};
    for (size_t i = 0; i < kNames.size(); ++i) {
      const bool same = channel.size() == kNames[i].size() &&
                        std::equal(channel.begin(), channel.end(), kNames[i].begin(),
                                   [](char a, char b) { return (a | 0x20) == b; });
      if (same) return StringRef(kIds[i]);
    }
    return std::nullopt;
  }
  // What follows the first "channel_id=" that begins the text or stands behind '&'.
  static std::optional<StringRef> OfUrl(std::string_view url) {
    constexpr std::string_view kName = "channel_id=";
    for (size_t at = url.find(kName); at != url.npos; at = url.find(kName, at + 1)) {
      if (at > 0 && url[at - 1] != '&') continue;
      const std::string_view rest = url.substr(at + kName.size());
      return StringRef(rest.substr(0, rest.find('&')));
    }
    return std::nullopt;
  }
  Output& out_;
};

class Directories final : public HandQuery {
 public:
  explicit Directories(Output& out) : out_(out) {}
  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    ForBids(events, [&](uint32_t i) {
      const uint32_t at = out_.at();
      out_.n(0)[at] = bid.auction[i];
      out_.n(1)[at] = bid.bidder[i];
      out_.n(2)[at] = bid.price[i];
      out_.s(3)[at] = bid.channel[i];
      std::string_view rest = bid.url[i].view();
      for (size_t part = 0; part < 6; ++part) {
        const size_t end = std::min(rest.find('/'), rest.size());
        if (part >= 3) out_.s(part + 1)[at] = StringRef(rest.substr(0, end));
        rest = rest.substr(std::min(end + 1, rest.size()));
      }
      out_.Add();
    });
  }

 private:
  Output& out_;
};

constexpr EventFields Bids(std::initializer_list<int> places) {
  return {0, 0, Columns(places)};
}

}  // namespace

std::span<const HandFacts> StatelessQueries() {
  static constexpr HandFacts kQueries[] = {
      {"q0", Bids({0, 1, 2, 5, 6}), "nnnts", 0, MakeHand<PassThrough>},
      {"q1", Bids({0, 1, 2, 5, 6}), "nndts", 0, MakeHand<Currency>},
      {"q2", Bids({0, 2}), "nn", 0, MakeHand<Selection>},
      {"q13", Bids({0, 1, 2, 5}), "nnnts", 0, MakeHand<SideTable>},
      {"q14", Bids({0, 1, 2, 5, 6}), "nndstsn", 0, MakeHand<Calculation>},
      {"q21", Bids({0, 1, 2, 3, 4}), "nnnss", 0, MakeHand<ChannelId>},
      {"q22", Bids({0, 1, 2, 3, 4}), "nnnssss", 0, MakeHand<Directories>}};
  return kQueries;
}

}  // namespace weir::bench
