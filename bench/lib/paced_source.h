// A source that offers rows by the clock, and a sink that tells how long they took.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "runtime/sink.h"
#include "runtime/source.h"

namespace weir::bench {

struct PacedSetup {
  uint64_t rows_per_second = 0;  // of all splits together
  double seconds = 0;            // then the input ends
  uint32_t splits = 1;
  uint64_t keys = 10'000;
};

// Rows (k BIGINT, arrival BIGINT, at TIMESTAMP(3)): a key below `keys`, the microsecond since 1970
// at which the row was due, whether or not anybody was there to read it, and the same as event
// time.
std::unique_ptr<Source> MakePacedSource(const PacedSetup& setup);

// Microseconds, to within 3 %. Any number of threads may add.
class Latencies {
 public:
  void Add(int64_t micros, uint64_t times);
  uint64_t count() const { return count_.load(); }
  // The least time that `share` (0..1) of them did not exceed. 0 when there are none.
  int64_t Quantile(double share) const;

 private:
  static constexpr size_t kFine = 32;  // steps to the next power of two
  std::array<std::atomic<uint64_t>, 40 * kFine> counts_{};
  std::atomic<uint64_t> count_{0};
};

// Adds now less column `column` (microseconds since 1970; BIGINT or TIMESTAMP) for every row that
// is put out, unless that is before `from`: the time in which a job warms up.
std::unique_ptr<Sink> MakeLatencySink(Latencies& latencies, size_t column, int64_t from);

// Microseconds since 1970.
int64_t NowMicros();

}  // namespace weir::bench
