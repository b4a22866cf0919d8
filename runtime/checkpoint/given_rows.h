// How many rows an operator with keyed state has put out since the job's first start: whether a new
// reader misses any of them is the restore's question, and states that let go of what they gave
// (windows, first rows) cannot tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/checkpoint_storage.h"

namespace weir::checkpoint {

// Operator state that the task adds, one entry a subtask: the varints of a version (1) and of the
// rows.
inline constexpr std::string_view kGivenEntry = "task.given";

// The bytes of the entry of a subtask that has put out so many.
std::string EncodeGiven(uint64_t rows);
// Of all subtasks. Nothing where it was not noted, as in older checkpoints and what went on from
// them, or cannot be read: then nobody knows.
std::optional<uint64_t> GivenBefore(const OperatorCheckpoint& op);

}  // namespace weir::checkpoint
