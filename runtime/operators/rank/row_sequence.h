// The order of arrival as operator state: entry "sequence".
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/operators/operator.h"

namespace weir::operators {

// The next number of any subtask at the checkpoint, so that rows which come after a restore are
// numbered behind all that came before, wherever their keys were then. 0 at a fresh start.
// kCorruption. The greatest of all entries called "sequence".
Result<int64_t> RestoreSequence(std::span<const OperatorStateEntry> entries);
// Entry "sequence": a version byte and eight bytes, little-endian.
OperatorStateEntry SaveSequence(int64_t next);

}  // namespace weir::operators
