// Reads the difference of one table in two snapshots, in one pass over both.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "runtime/source.h"
#include "state/reading/state_columns.h"
#include "state/reading/state_source.h"

namespace weir::state {

// Two tables that fit each other: their keys and their layout are the same. They are one where only
// one of the snapshots has it.
struct StatePair {
  StateTable before, after;
};

// The columns `wanted` of "op", which is 0, and the columns of `pair.after` behind it; the first
// `given` rows are passed. Both snapshots live as long as the reader.
Result<std::unique_ptr<SplitReader>> OpenDifference(const StateScan& old, const StateScan& now,
                                                    const StatePair& pair,
                                                    std::span<const int> wanted, uint64_t given);

}  // namespace weir::state
