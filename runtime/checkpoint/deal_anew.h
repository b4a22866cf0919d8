// Another number of key groups for what was saved: a key's group is its hash modulo that number, so
// every row and what operators keep by group is dealt anew.
#pragma once

#include <cstdint>

#include "runtime/base/result.h"
#include "runtime/checkpoint_storage.h"

namespace weir::checkpoint {

// The snapshot as a job with `max_parallelism` sees it: what operators know of key groups goes on
// by the groups of before (runtime/window/group_progress.h), and `deal` tells the backend to move
// the rows as it loads them. Files are not touched. Nothing changes where it is the same number.
// kCorruption E7001 for operator state that cannot be read. REQUIRES: the files are canonical, or
// there are none of a backend; this comes before ApplyPlan, which renames tables.
Result<CheckpointMetadata> DealAnew(CheckpointMetadata saved, uint32_t max_parallelism);

// Keyed rows of all operators, which that concerns.
uint64_t RowsToDeal(const CheckpointMetadata& saved);

}  // namespace weir::checkpoint
