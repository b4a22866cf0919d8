// The queries of the benchmark written by hand over plain arrays: what a programmer would write who
// knows the query, its types and its input. Each gives the same rows as the engine and has a sink
// that reads them as the connector `blackhole` does.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/lib/bids.h"
#include "runtime/types/column.h"

namespace weir::bench {

// Columns of bids in arrays; those that a query does not need may be null.
struct BidView {
  uint32_t count = 0;
  const int64_t* auction = nullptr;
  const int64_t* bidder = nullptr;
  const int64_t* price = nullptr;
  const int64_t* micros = nullptr;
  const StringRef* extra = nullptr;
};
BidView ViewOf(const Batch& batch);

// Takes rows as a sink does: reads every byte.
class HandSink {
 public:
  void Take(const void* values, size_t bytes);
  void TakeStrings(const StringRef* values, uint32_t count);
  void CountRows(uint64_t rows) { rows_ += rows; }
  uint64_t rows() const { return rows_; }

 private:
  uint64_t rows_ = 0;
  volatile uint64_t sum_ = 0;
};

// SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0
class HandFilter {
 public:
  void Feed(const BidView& bids);
  void Finish() {}
  uint64_t rows() const { return sink_.rows(); }

 private:
  HandSink sink_;
  std::vector<int64_t> auctions_ = std::vector<int64_t>(kDefaultBatchRows);
  std::vector<int64_t> prices_ = std::vector<int64_t>(kDefaultBatchRows);
};

// SELECT auction, bidder, 0.908 * price, dateTime, extra FROM bid
class HandProjection {
 public:
  void Feed(const BidView& bids);
  void Finish() {}
  uint64_t rows() const { return sink_.rows(); }

 private:
  HandSink sink_;
  std::vector<Int128> prices_ = std::vector<Int128>(kDefaultBatchRows);
};

inline constexpr int64_t kWindowMicros = 10'000'000;

// SELECT auction, window_start, COUNT(*) FROM TUMBLE(10 seconds) GROUP BY auction, window; input in
// order.
class HandTumble {
 public:
  HandTumble() : slots_(1024) {}
  void Feed(const BidView& bids);
  void Finish() { Fire(); }
  uint64_t rows() const { return sink_.rows(); }

 private:
  struct Slot {
    int64_t key;
    int64_t count;  // 0: free
  };
  void Fire();
  void Emit(uint32_t rows);
  void Grow();
  Slot& Find(int64_t key);

  HandSink sink_;
  std::vector<Slot> slots_;
  int shift_ = 54;
  size_t used_ = 0;
  int64_t window_end_ = INT64_MIN;
  std::vector<int64_t> keys_ = std::vector<int64_t>(kDefaultBatchRows);
  std::vector<int64_t> counts_ = std::vector<int64_t>(kDefaultBatchRows);
};

// SELECT auction, COUNT(*) FROM bid GROUP BY auction, with -U and +U rows, one change a key and
// batch.
class HandUpdate {
 public:
  HandUpdate() : slots_(1024) {}
  void Feed(const BidView& bids);
  void Finish() {}
  uint64_t rows() const { return sink_.rows(); }

 private:
  struct Slot {
    int64_t key;
    int64_t count;  // 0: free
    int64_t before;
    int64_t batch;  // that touched it last
  };
  Slot& Find(int64_t key);
  void Grow();
  void Touch(const BidView& bids);

  HandSink sink_;
  std::vector<Slot> slots_;
  int shift_ = 54;
  size_t used_ = 0;
  int64_t batch_ = 0;
  std::vector<uint32_t> touched_;
  std::vector<int64_t> keys_ = std::vector<int64_t>(2 * kDefaultBatchRows);
  std::vector<int64_t> counts_ = std::vector<int64_t>(2 * kDefaultBatchRows);
  std::vector<uint8_t> kinds_ = std::vector<uint8_t>(2 * kDefaultBatchRows);
};

}  // namespace weir::bench
