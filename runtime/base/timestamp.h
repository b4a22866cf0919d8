// Event-time and wall-clock instants in milliseconds, the unit of watermarks (Flink's convention).
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace weir {

// Milliseconds since 1970-01-01 00:00:00: without a zone for event time of type TIMESTAMP, in UTC
// for TIMESTAMP_LTZ and the wall clock. It is a type of its own so that it cannot be mixed up with
// the microseconds of TIMESTAMP values.
struct Timestamp {
  int64_t millis = 0;

  // "No watermark yet": nothing has been promised.
  static constexpr Timestamp Min() { return {std::numeric_limits<int64_t>::min()}; }
  // The watermark after the end of bounded input: everything has arrived.
  static constexpr Timestamp Max() { return {std::numeric_limits<int64_t>::max()}; }

  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

}  // namespace weir
