// Restoring under other names: what CheckpointMetadata::moves does to the bookkeeping and to rows.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "state/checkpoint/memory_snapshot.h"

namespace weir::state {

// The family that a bookkeeping record belongs to; "" when the key is malformed.
std::string FamilyOfRecord(std::string_view key);

// The records of moved families under their new names, copied where there are several; others are
// dropped.
std::map<std::string, std::string> MoveBookkeeping(
    const std::map<std::string, std::string>& records, const std::vector<StateMove>& moves);

// The same for a whole snapshot.
// Moves are carried out at once, so that two tables can be swapped.
void MoveSnapshot(MemorySnapshot& snapshot, const std::vector<StateMove>& moves);

}  // namespace weir::state
