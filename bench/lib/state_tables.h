// What it costs to read the state of snapshots as tables, on the thread that calls.
#pragma once

#include <cstdint>
#include <string>

#include "bench/lib/measure.h"

namespace weir::bench {

// The state of the only aggregate of a savepoint, whose key is one BIGINT, 0, 1, …. `scratch` is a
// directory for links.
struct StatePlace {
  std::string path;
  std::string scratch;
};

// Milliseconds from nothing to the row of one key, `keys` times: the metadata is read and verified,
// the snapshot opened, the key looked up. Ends the program where a key below `of` is not found.
Samples MeasureLookups(const StatePlace& place, uint64_t keys, uint64_t of);

struct ReadCosts {
  Cost cost;
  uint64_t rows = 0;  // that were read, or of `before` that were compared
  uint64_t given = 0;
};
// All rows and columns.
ReadCosts MeasureScan(const StatePlace& place);
// All changes.
ReadCosts MeasureDifference(const StatePlace& before, const StatePlace& after);

}  // namespace weir::bench
