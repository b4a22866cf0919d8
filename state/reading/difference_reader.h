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

// Reads the columns `wanted`: 0 is "op", and the columns of `pair.after` are behind it. Skips the
// first `given` rows, which a reader before this one has returned. Both snapshots live as long as
// the reader. Order and kinds of the rows: MakeDifferenceSource.
Result<std::unique_ptr<SplitReader>> OpenDifference(const StateScan& old, const StateScan& now,
                                                    const StatePair& pair,
                                                    std::span<const int> wanted, uint64_t given);

}  // namespace weir::state
