// How many rows a task takes at once, so that a barrier that may overtake rows does not wait long
// for a batch that an operator is at. Used by the task's thread. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace weir::task {

// A step is to take 10 ms at most, judged by the one before. It begins with few rows, as nobody
// knows yet how fast they are taken, and grows eightfold at most, as the first rows of a batch may
// be the cheap ones.
class StepSize {
 public:
  // One or more.
  uint32_t rows() const { return rows_; }

  // A step of that many rows took so long.
  void Note(uint32_t rows, int64_t nanos) {
    if (rows == 0) return;
    const int64_t for_one = std::max<int64_t>(nanos / rows, 1);
    const int64_t most = std::max<int64_t>(kLongestNanos / for_one, 1);
    const int64_t grown = std::max<int64_t>(rows_, rows) * kGrowth;
    rows_ = static_cast<uint32_t>(std::min({most, grown, kMostRows}));
  }

 private:
  static constexpr int64_t kLongestNanos = 10'000'000;
  static constexpr int64_t kGrowth = 8;
  static constexpr int64_t kMostRows = std::numeric_limits<uint32_t>::max();

  uint32_t rows_ = 16;
};

}  // namespace weir::task
