// The events of NEXMark (Tucker et al., 2002) as the generators of Apache Beam and Flink make them,
// including their quirks: the first event has id 2, bid.bidder is a person's id plus 1000, and hot
// ids may not exist. Unlike theirs, every value is a function of (event id, seed).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/buffer_pool.h"

namespace weir::connectors {

// Defaults are those of Flink's nexmark (GeneratorConfig).
struct NexmarkSettings {
  uint64_t seed = 1;
  int64_t events_per_second = 10'000;  // of event time
  int64_t base_millis = 0;             // event time of event number 0
  int64_t person_proportion = 1;
  int64_t auction_proportion = 3;
  int64_t bid_proportion = 46;
  int64_t hot_auction_ratio = 2;  // one in this many bids is not for the hot auction
  int64_t hot_bidder_ratio = 4;
  int64_t hot_seller_ratio = 4;
  int64_t person_bytes = 200;  // average sizes; `extra` is filled up to reach them
  int64_t auction_bytes = 500;
  int64_t bid_bytes = 100;
  int64_t active_people = 1000;
  int64_t in_flight_auctions = 100;

  int64_t cycle() const { return person_proportion + auction_proportion + bid_proportion; }
};

// SplitMix64 with its state mixed once. Values depend on the order of the draws, which is that of
// NEXMark.
class NexmarkRandom {
 public:
  explicit NexmarkRandom(uint64_t seed) : state_(Mix(seed)) {}
  uint64_t Next() { return Mix(state_ += kStep); }
  // Uniform in [0, bound), from 32 bits. REQUIRES: 0 < bound < 2^32.
  int64_t Below(int64_t bound) {
    return static_cast<int64_t>(((Next() >> 32) * static_cast<uint64_t>(bound)) >> 32);
  }
  void Skip() { state_ += kStep; }
  // 100 .. 100,000,000 cents, log-uniform.
  int64_t Price();

  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15ULL;

 private:
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

enum class NexmarkKind : uint8_t { kPerson = 0, kAuction = 1, kBid = 2 };

// Texts live in the generator's tables, in constants, or in the scratch memory given to Make*.
struct NexmarkPerson {
  int64_t id, millis;
  std::string_view name, email, credit_card, city, state, extra;
};
struct NexmarkAuction {
  int64_t id, initial_bid, reserve, millis, expires, seller, category;
  std::string_view item, description, extra;
};
struct NexmarkBid {
  int64_t auction, bidder, price, millis;
  std::string_view channel, url, extra;
};

// Immutable after construction and shared by readers. Event numbers begin at 1. Any event can be
// made without those before it, so that a restored reader can continue anywhere and several readers
// can share the stream.
class NexmarkEvents {
 public:
  explicit NexmarkEvents(const NexmarkSettings& settings);

  const NexmarkSettings& settings() const { return settings_; }
  // The memory of the tables that texts point into; columns keep it alive.
  const BufferPtr& memory() const { return memory_; }

  static int64_t IdOf(int64_t number) { return number + 1; }
  // The kind of an event by the proportions: persons, auctions, bids in each cycle.
  NexmarkKind KindOf(int64_t number) const;
  // REQUIRES of these: KindOf(number) is the event's kind; kScratchBytes are available at
  // `scratch`, which is moved behind the bytes that were used.
  NexmarkPerson MakePerson(int64_t number, char*& scratch) const;
  NexmarkAuction MakeAuction(int64_t number, char*& scratch) const;
  NexmarkBid MakeBid(int64_t number) const;

  static constexpr size_t kScratchBytes = 256;

 private:
  struct Place {  // of an event among the others
    int64_t id, last_person, last_auction, millis;
  };
  static constexpr int kChannels = 10'000;
  static constexpr size_t kPoolBytes = size_t{1} << 20;

  Place PlaceOf(int64_t number) const;
  int64_t MillisOf(int64_t number) const;
  NexmarkRandom RandomOf(int64_t id) const {
    return NexmarkRandom(static_cast<uint64_t>(id) * NexmarkRandom::kStep + settings_.seed);
  }
  int64_t AnyPerson(NexmarkRandom& random, int64_t last_person) const;
  std::string_view Extra(NexmarkRandom& random, int64_t bytes_so_far, int64_t wanted) const;

  NexmarkSettings settings_;
  BufferPtr memory_;
  std::string_view pool_;  // random characters that `extra` is cut from
  std::array<std::string_view, 4> hot_urls_;
  std::vector<std::string_view> channels_;
  std::vector<std::string_view> urls_;
};

}  // namespace weir::connectors
