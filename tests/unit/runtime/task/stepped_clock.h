// Time that stands still between the steps that a test takes.
#pragma once

#include <cstdint>

#include "runtime/clock.h"

namespace weir::task {

constexpr int64_t kMilli = 1'000'000;  // in nanoseconds

class SteppedClock final : public Clock {
 public:
  explicit SteppedClock(int64_t at = 0) : nanos(at) {}

  Timestamp Now() const override { return {nanos / kMilli}; }
  int64_t MonotonicNanos() const override { return nanos; }
  void Sleep(std::chrono::nanoseconds) override {}

  int64_t nanos;
};

}  // namespace weir::task
