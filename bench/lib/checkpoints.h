// What checkpoints cost: bytes and time beside what changed, and throughput.
#pragma once

#include <cstdint>

#include "bench/lib/measure.h"
#include "bench/lib/queries.h"

namespace weir::bench {

struct EpochCosts {
  Samples millis;         // of a manual checkpoint, request to completion
  Samples amplification;  // bytes of the epoch's new files and metadata by those of the dirty rows
  Samples compaction;     // bytes that compaction wrote since the checkpoint before, by the same
};

// A job with `keys` keys of a count and a sum, of which `touched` change between checkpoints.
EpochCosts MeasureEpochs(uint64_t keys, uint64_t touched, int checkpoints);

struct Throughput {
  double rows_per_wall_second = 0;
  double rows_per_cpu_second = 0;
  uint64_t checkpoints = 0;
};

// A count and a sum of `keys` keys, of which `touched` are updated as fast as they can for
// `seconds`.
Throughput MeasureThroughput(uint64_t keys, uint64_t touched, int64_t checkpoint_millis,
                             double seconds);

}  // namespace weir::bench
