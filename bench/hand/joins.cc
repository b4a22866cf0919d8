// q3, q20, q23: joins without windows. Either side of a pair may come first, ids of persons and
// auctions are unique.
#include <vector>

#include "bench/hand/bid_row.h"

namespace weir::bench {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

// Rows by key, as chains through one array.
template <typename Row>
class RowLists {
 public:
  struct Entry {
    Row row;
    uint32_t next;
  };
  void Add(int64_t key, const Row& row) {
    Head& head = heads_[static_cast<uint64_t>(key)];
    entries_.push_back({row, head.used ? head.first : kNone});
    head = {static_cast<uint32_t>(entries_.size() - 1), true};
  }
  template <typename F>
  void ForEach(int64_t key, F&& f) {
    const Head* head = heads_.Find(static_cast<uint64_t>(key));
    if (head == nullptr) return;
    for (uint32_t at = head->first; at != kNone; at = entries_[at].next) f(entries_[at].row);
  }

 private:
  struct Head {
    uint32_t first;
    bool used;
  };
  FlatMap<Head> heads_;
  std::vector<Entry> entries_;
};

class LocalSellers final : public HandQuery {
 public:
  explicit LocalSellers(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] == kPersonEvent) {
        SeePerson(events.person, i);
      } else if (events.type[i] == kAuctionEvent && events.auction.category[i] == 10) {
        const int64_t seller = events.auction.seller[i];
        auctions_.Add(seller, events.auction.id[i]);
        const Person* person = persons_.Find(static_cast<uint64_t>(seller));
        if (person != nullptr) Put(*person, events.auction.id[i]);
      }
    }
  }

 private:
  struct Person {
    StringRef name, city, state;
  };
  void SeePerson(const PersonColumns& person, uint32_t i) {
    const std::string_view state = person.state[i].view();
    if (state != "OR" && state != "ID" && state != "CA") return;
    const Person kept{texts_.Keep(person.name[i]), texts_.Keep(person.city[i]), person.state[i]};
    persons_[static_cast<uint64_t>(person.id[i])] = kept;
    auctions_.ForEach(person.id[i], [&](int64_t auction) { Put(kept, auction); });
  }
  void Put(const Person& person, int64_t auction) {
    const uint32_t at = out_.at();
    out_.s(0)[at] = person.name;
    out_.s(1)[at] = person.city;
    out_.s(2)[at] = person.state;
    out_.n(3)[at] = auction;
    out_.Add();
  }

  Output& out_;
  TextArena texts_;
  FlatMap<Person> persons_;
  RowLists<int64_t> auctions_;
};

struct AuctionRow {
  int64_t initial_bid, reserve, time, expires, seller, category;
  StringRef item, description, extra;
};

AuctionRow CopyAuction(const AuctionColumns& a, uint32_t i, TextArena& texts) {
  return {a.initial_bid[i],
          a.reserve[i],
          a.time[i],
          a.expires[i],
          a.seller[i],
          a.category[i],
          texts.Keep(a.item[i]),
          texts.Keep(a.description[i]),
          texts.Keep(a.extra[i])};
}

// Columns from `from` on.
void PutAuction(Output& out, size_t from, const AuctionRow& auction) {
  const uint32_t at = out.at();
  out.s(from)[at] = auction.item;
  out.s(from + 1)[at] = auction.description;
  out.n(from + 2)[at] = auction.initial_bid;
  out.n(from + 3)[at] = auction.reserve;
  out.n(from + 4)[at] = auction.time;
  out.n(from + 5)[at] = auction.expires;
  out.n(from + 6)[at] = auction.seller;
  out.n(from + 7)[at] = auction.category;
  out.s(from + 8)[at] = auction.extra;
}

// Bids wait for auctions that have not come; those of other categories are known and drop theirs.
class BidsOfCategory final : public HandQuery {
 public:
  explicit BidsOfCategory(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] == kAuctionEvent) {
        SeeAuction(events.auction, i);
      } else if (events.type[i] == kBidEvent) {
        SeeBid(events.bid, i);
      }
    }
    out_.Flush();
  }

 private:
  void SeeAuction(const AuctionColumns& auction, uint32_t i) {
    uint32_t& place = places_[static_cast<uint64_t>(auction.id[i])];
    place = kOther;
    if (auction.category[i] != 10) return;
    auctions_.push_back(CopyAuction(auction, i, texts_));
    place = static_cast<uint32_t>(auctions_.size());
    waiting_.ForEach(auction.id[i], [&](const BidRow& bid) { Put(bid, auctions_.back()); });
  }
  void SeeBid(const BidColumns& bid, uint32_t i) {
    const uint32_t* place = places_.Find(static_cast<uint64_t>(bid.auction[i]));
    if (place == nullptr) {
      waiting_.Add(bid.auction[i], CopyBid(bid, i, texts_));
    } else if (*place != kOther) {
      Put(BorrowBid(bid, i), auctions_[*place - 1]);
    }
  }
  void Put(const BidRow& bid, const AuctionRow& auction) {
    PutBid(out_, bid);
    PutAuction(out_, 7, auction);
    out_.Add();
  }

  static constexpr uint32_t kOther = UINT32_MAX;
  Output& out_;
  TextArena texts_;
  FlatMap<uint32_t> places_;
  std::vector<AuctionRow> auctions_;
  RowLists<BidRow> waiting_;
};

class ThreeInputs final : public HandQuery {
 public:
  explicit ThreeInputs(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    for (uint32_t i = 0; i < events.count; ++i) {
      if (events.type[i] == kBidEvent) {
        SeeBid(events.bid, i);
      } else if (events.type[i] == kAuctionEvent) {
        SeeAuction(events.auction, i);
      } else {
        SeePerson(events.person, i);
      }
    }
    out_.Flush();
  }

 private:
  struct PersonRow {
    StringRef name, email, card, city, state;
  };
  void SeeBid(const BidColumns& bid, uint32_t i) {
    const BidRow row = CopyBid(bid, i, texts_);
    bids_.Add(row.bidder, row);
    const PersonRow* person = persons_.Find(static_cast<uint64_t>(row.bidder));
    if (person == nullptr) return;
    auctions_.ForEach(row.bidder, [&](const AuctionRow& auction) { Put(row, *person, auction); });
  }
  void SeeAuction(const AuctionColumns& columns, uint32_t i) {
    const AuctionRow row = CopyAuction(columns, i, texts_);
    auctions_.Add(row.seller, row);
    const PersonRow* person = persons_.Find(static_cast<uint64_t>(row.seller));
    if (person == nullptr) return;
    bids_.ForEach(row.seller, [&](const BidRow& bid) { Put(bid, *person, row); });
  }
  void SeePerson(const PersonColumns& p, uint32_t i) {
    const PersonRow row{texts_.Keep(p.name[i]), texts_.Keep(p.email[i]), texts_.Keep(p.card[i]),
                        texts_.Keep(p.city[i]), texts_.Keep(p.state[i])};
    persons_[static_cast<uint64_t>(p.id[i])] = row;
    auctions_.ForEach(p.id[i], [&](const AuctionRow& auction) {
      bids_.ForEach(p.id[i], [&](const BidRow& bid) { Put(bid, row, auction); });
    });
  }
  void Put(const BidRow& bid, const PersonRow& person, const AuctionRow& auction) {
    PutBid(out_, bid);
    const uint32_t at = out_.at();
    out_.s(7)[at] = person.name;
    out_.s(8)[at] = person.email;
    out_.s(9)[at] = person.card;
    out_.s(10)[at] = person.city;
    out_.s(11)[at] = person.state;
    PutAuction(out_, 12, auction);
    out_.Add();
  }

  Output& out_;
  TextArena texts_;
  FlatMap<PersonRow> persons_;
  RowLists<AuctionRow> auctions_;
  RowLists<BidRow> bids_;
};

constexpr uint32_t kAllOfBid = 0x7F;
constexpr uint32_t kAllOfAuction = 0x3FF;

}  // namespace

std::span<const HandFacts> JoinQueries() {
  static constexpr HandFacts kQueries[] = {
      {"q3", {Columns({0, 1, 4, 5}), Columns({0, 7, 8}), 0}, "sssn", 0, MakeHand<LocalSellers>},
      {"q20", {0, kAllOfAuction, kAllOfBid}, "nnnsstsssnnttnns", 0, MakeHand<BidsOfCategory>},
      {"q23",
       {Columns({0, 1, 2, 3, 4, 5}), kAllOfAuction, kAllOfBid},
       "nnnsstssssssssnnttnns",
       0,
       MakeHand<ThreeInputs>}};
  return kQueries;
}

}  // namespace weir::bench
