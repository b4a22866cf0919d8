// The operator state entry "sequence": the next number in the order of arrival.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/operators/operator.h"

namespace weir::operators {

// The greatest number that any subtask had reached at the checkpoint, so that rows that arrive
// after a restore are numbered behind all earlier ones, whichever subtask their keys belonged to. 0
// at a fresh start. kCorruption for a malformed entry.
Result<int64_t> RestoreSequence(std::span<const OperatorStateEntry> entries);
// The entry as a version byte and eight bytes, little-endian.
OperatorStateEntry SaveSequence(int64_t next);

}  // namespace weir::operators
