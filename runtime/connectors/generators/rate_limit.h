// Lets rows through at a steady rate.
#pragma once

#include <cstdint>

#include "runtime/clock.h"

namespace weir::connectors {

// Counts from its first use, so that a generator that starts late has nothing to catch up on. Not
// thread-safe.
class RateLimit {
 public:
  // `per_second` <= 0: no limit.
  RateLimit(Clock* clock, double per_second) : clock_(clock), per_second_(per_second) {}

  // How many of `wanted` rows may be sent now; the first row may always be. A token bucket of
  // unbounded depth: what was not used in time may be used later.
  uint32_t Take(uint32_t wanted);

 private:
  Clock* clock_;
  double per_second_;
  int64_t started_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace weir::connectors
