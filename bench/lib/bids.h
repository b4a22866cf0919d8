// NEXMark bids in memory, made once: the distributions of nexmark-flink's generator (hot auctions
// and bidders, log-uniform prices, the lengths of its strings) at 100,000 events/s, of which 92 %
// are bids.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bench/lib/batch_stream.h"
#include "runtime/types/schema.h"

namespace weir::bench {

// Columns of a bid, in order.
enum BidColumn : int { kAuction, kBidder, kPrice, kChannel, kUrl, kDateTime, kExtra, kBidColumns };

Schema BidSchema();
// The same as a column list of CREATE TABLE.
inline constexpr const char* kBidColumnsSql =
    "auction BIGINT NOT NULL, bidder BIGINT NOT NULL, price BIGINT NOT NULL, channel STRING NOT "
    "NULL, "
    "url STRING NOT NULL, dateTime TIMESTAMP(3) NOT NULL, extra STRING NOT NULL";

struct Bid {
  int64_t auction;
  int64_t bidder;
  int64_t price;
  int64_t micros;
  char channel[16];
  uint32_t channel_bytes;
  char url[128];
  uint32_t url_bytes;
  const char* extra;
  uint32_t extra_bytes;
};

// Makes bid after bid, the same for each seed. An event's number gives its time and ids.
class BidGenerator {
 public:
  explicit BidGenerator(uint64_t seed);
  // The bid of event `number`. REQUIRES: number % 50 >= 4.
  void Make(uint64_t number, Bid& bid);
  // REQUIRES: below < 2^32.
  uint64_t Random(uint64_t below);

 private:
  void MakeChannel(Bid& bid);

  uint64_t state_;
  std::vector<char> text_;  // what `extra` is cut from
};

inline constexpr int64_t kFirstMillis = 1'700'000'000'000;
inline constexpr uint64_t kEventsPerSecond = 100'000;

// Batches of kDefaultBatchRows bids, replayed `repeats` times with later times and higher ids, so
// that a run is one long stream. Strings and prices are shared between replays. Read-only once
// made.
class BidTable : public BatchStream {
 public:
  BidTable(uint64_t bids, uint32_t repeats);
  // Of one run, replays included.
  uint64_t rows() const { return rows_ * repeats_; }
  size_t batch_count() const override { return batches_.size() * repeats_; }
  Batch At(size_t i) const override;

 private:
  using Moving = std::array<ColumnPtr, 3>;  // auction, bidder, dateTime

  void Generate(uint64_t bids);
  Moving Shift(const Batch& batch, uint32_t repeat) const;

  uint32_t repeats_;
  uint64_t rows_ = 0;
  uint64_t events_ = 0;
  std::vector<Batch> batches_;
  std::vector<Moving> moving_;  // by repeat, then batch
};

}  // namespace weir::bench
