// The stateful operators of `bench operators` written by hand over plain arrays. Each keeps what
// the operator has to keep, in flat hash maps, and puts out its changes through a sink that reads
// them.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/hand/flat_map.h"
#include "bench/hand/output.h"
#include "bench/lib/hand_loops.h"

namespace weir::bench {

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
    FlatMap<uint32_t> heads;  // one more than the index of the last row; 0: none
    std::vector<Row> rows;
  };
  Side sides_[2];
  Output out_{"nnn", nullptr};
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
  void Put(int64_t auction, int64_t bidder, int64_t price);
  FlatMap<Top> tops_;
  uint64_t kept_ = 0;
  Output out_{"nnn", nullptr};
};

// The 100,000 dearest bids: auction, bidder, price. Of equal prices the first to come are kept.
class HandRanks {
 public:
  void Feed(const BidView& bids);
  uint64_t Finish();
  uint64_t state_rows() const { return kept_.size(); }

 private:
  static constexpr size_t kMost = 100'000;
  struct Bid {
    int64_t price;
    uint64_t number;
    int64_t auction;
    int64_t bidder;
    bool operator<(const Bid& b) const {
      return price != b.price ? price > b.price : number < b.number;
    }
  };
  void Put(const Bid& bid);
  std::vector<Bid> kept_;  // a heap, the last rank on top
  uint64_t next_ = 0;
  Output out_{"nnn", nullptr};
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
    int64_t micros;  // 0: there was none
  };
  void Put(const BidView& bids, uint32_t i, const Last& last);
  FlatMap<Last> last_;
  Output out_{"nnnn", nullptr};
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
    int64_t count;  // 0: there is none
  };
  void Emit(uint64_t bidder, const Session& session);
  void Sweep(int64_t watermark);

  FlatMap<Session> open_;
  std::vector<uint64_t> over_;
  int64_t swept_ = INT64_MIN;
  int64_t watermark_ = INT64_MIN;
  uint64_t most_ = 0;
  Output out_{"nnnn", nullptr};
};

}  // namespace weir::bench
