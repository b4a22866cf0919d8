// How many rows a task takes at once, so that a barrier that may overtake rows does not wait long
// for a batch that an operator is at. Used by the task's thread. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace weir::task {

// A step should take at most 10 ms, so that a barrier waits no longer for it; the time of the last
// step says how many rows that is. The first step is small, since nothing is known yet, and each is
// at most eight times as large as the last one, whose rows may have been cheap ones.
class StepSize {
 public:
  // The most rows of the next step; one or more.
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
