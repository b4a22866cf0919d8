// Sinks of upserts that write only the last of several changes of a key.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/clock.h"
#include "runtime/sink.h"

namespace weir::connectors {

struct LatestRows {
  std::vector<int> key;         // columns
  int64_t most_keys = 0;        // the most keys whose changes are held back
  int64_t interval_millis = 0;  // the longest that they are held; a barrier ends it earlier
  Clock* clock = nullptr;
};

// A sink whose writers hold rows back, and then hand the last change of each key to those of
// `sink`. The changes of a key come to one writer. REQUIRES: most_keys > 0.
std::unique_ptr<Sink> WriteLatestRows(std::unique_ptr<Sink> sink, LatestRows latest);

}  // namespace weir::connectors
