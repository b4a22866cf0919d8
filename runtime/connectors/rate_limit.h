// Lets rows through at a steady rate.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/clock.h"

namespace weir::connectors {

// Counts from its first use, so that a generator that starts late has nothing to catch up on. Not
// thread-safe.
class RateLimit {
 public:
  // `per_second` <= 0: no limit.
  RateLimit(Clock* clock, double per_second) : clock_(clock), per_second_(per_second) {}

  // How many of `wanted` rows may go now; the caller sends them. The first may always go.
  uint32_t Take(uint32_t wanted) {
    if (per_second_ <= 0) return wanted;
    const int64_t now = clock_->MonotonicNanos();
    if (taken_ == 0) started_ = now;
    const double due = static_cast<double>(now - started_) * 1e-9 * per_second_ + 1;
    const double room = due - static_cast<double>(taken_);
    const uint32_t granted = room < 1 ? 0 : static_cast<uint32_t>(std::min<double>(wanted, room));
    taken_ += granted;
    return granted;
  }

 private:
  Clock* clock_;
  double per_second_;
  int64_t started_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace weir::connectors
