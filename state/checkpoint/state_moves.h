// Restores tables under other names: applies CheckpointMetadata::moves to the bookkeeping and to
// rows.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "state/checkpoint/memory_snapshot.h"

namespace weir::state {

// The family that a bookkeeping record belongs to; "" when its key is malformed.
std::string FamilyOfRecord(std::string_view key);

// The records of moved families under their new names, copied if there are several; those of other
// families are dropped.
std::map<std::string, std::string> MoveBookkeeping(
    const std::map<std::string, std::string>& records, const std::vector<StateMove>& moves);

// The same for a whole snapshot. All moves are applied at once, so that two tables can be swapped.
void MoveSnapshot(MemorySnapshot& snapshot, const std::vector<StateMove>& moves);

}  // namespace weir::state
