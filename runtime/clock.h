// Port: time. Nobody calls now() or sleep() except through a Clock, so that tests own time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "runtime/base/timestamp.h"

namespace weir {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time in UTC milliseconds: processing time, modification times, file names. May jump
  // when the machine's clock is set.
  virtual Timestamp Now() const = 0;
  // Nanoseconds from an arbitrary start that never go back: intervals, timeouts, rates.
  virtual int64_t MonotonicNanos() const = 0;
  // Sleeps for at least `duration`; on a test's clock, until the test has moved it that far.
  virtual void Sleep(std::chrono::nanoseconds duration) = 0;

  // The machine's clock.
  static Clock& System();
};

// A pause, as is added to MonotonicNanos: a longer one than a year, which could overflow, is a
// year, as good as for ever. A negative one is none.
constexpr int64_t PauseNanos(int64_t millis) {
  constexpr int64_t kLongestMillis = int64_t{365} * 24 * 3600 * 1000;
  return std::clamp<int64_t>(millis, 0, kLongestMillis) * 1'000'000;
}

}  // namespace weir
