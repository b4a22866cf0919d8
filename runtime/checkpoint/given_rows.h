// Counts how many rows an operator with keyed state has emitted since the job's first start. A
// restore asks this to find out whether a new reader misses rows; the state itself cannot tell when
// it drops what it has emitted (windows, first rows).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/checkpoint_storage.h"

namespace weir::checkpoint {

// Operator state that the task adds, one entry for each subtask: a version (1) and the number of
// rows, both varints.
inline constexpr std::string_view kGivenEntry = "task.given";

// The entry of a subtask that has emitted this many rows.
std::string EncodeGiven(uint64_t rows);
// The sum over all subtasks. Nothing when it was not recorded (older checkpoints, and jobs restored
// from them) or cannot be read, as it is unknown then.
std::optional<uint64_t> GivenBefore(const OperatorCheckpoint& op);

}  // namespace weir::checkpoint
