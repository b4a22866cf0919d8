// The stateful operators of `bench operators` written by hand over plain arrays. Each keeps what
// the operator has to keep, in flat hash maps, and puts out its changes through a sink that reads
// them.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/lib/flat_table.h"
#include "bench/lib/hand_loops.h"

namespace weir::bench {

// Rows of BIGINT columns, flushed in batches.
class HandRows {
 public:
  explicit HandRows(size_t columns)
      : columns_(columns, std::vector<int64_t>(kDefaultBatchRows)), kinds_(kDefaultBatchRows) {}
  // Columns of one row, in order.
  template <typename... Values>
  void Add(RowKind kind, Values... values) {
    size_t column = 0;
    ((columns_[column++][count_] = values), ...);
    kinds_[count_] = static_cast<uint8_t>(kind);
    if (++count_ == kDefaultBatchRows) Flush();
  }
  void Flush();
  uint64_t rows() const { return sink_.rows(); }

 private:
  std::vector<std::vector<int64_t>> columns_;
  std::vector<uint8_t> kinds_;
  uint32_t count_ = 0;
  HandSink sink_;
};

// SELECT a.k, a.v, b.v FROM a JOIN b ON a.k = b.k, both append-only.
class HandJoin {
 public:
  void Feed(int side, const int64_t* keys, const int64_t* values, uint32_t count);
  uint64_t Finish();
  uint64_t state_rows() const { return sides_[0].rows.size() + sides_[1].rows.size(); }

 private:
  struct Row {
    int64_t value;
    uint32_t next;  // the next row of the key, one more than its index; 0: none
  };
  struct Side {
    FlatTable<int64_t, uint32_t> heads;
    std::vector<Row> rows;
  };
  Side sides_[2];
  HandRows out_{3};
};

// The ten dearest bids of each auction: auction, bidder, price.
class HandTop {
 public:
  void Feed(const BidView& bids);
  uint64_t Finish();
  uint64_t state_rows() const { return kept_; }

 private:
  static constexpr uint32_t kMost = 10;
  struct Top {
    uint32_t count = 0;
    int64_t prices[kMost];  // falling
    int64_t bidders[kMost];
  };
  FlatTable<int64_t, Top> tops_;
  uint64_t kept_ = 0;
  HandRows out_{3};
};

// The last bid of each bidder and auction: auction, bidder, price, dateTime.
class HandLast {
 public:
  void Feed(const BidView& bids);
  uint64_t Finish();
  uint64_t state_rows() const { return last_.size(); }

 private:
  struct Last {
    int64_t price;
    int64_t micros;
  };
  FlatTable<IntPair, Last> last_;
  HandRows out_{4};
};

// Bids of each bidder's sessions with a gap of ten seconds: bidder, start, end, count. In order.
class HandSessions {
 public:
  void Feed(const BidView& bids);
  uint64_t Finish();
  uint64_t state_rows() const { return most_; }

 private:
  struct Session {
    int64_t begin;
    int64_t last;
    int64_t count = 0;
  };
  void Emit(int64_t bidder, const Session& session);
  void Sweep(int64_t watermark);

  FlatTable<int64_t, Session> open_;
  int64_t swept_ = INT64_MIN;
  int64_t watermark_ = INT64_MIN;
  uint64_t most_ = 0;
  HandRows out_{4};
};

}  // namespace weir::bench
