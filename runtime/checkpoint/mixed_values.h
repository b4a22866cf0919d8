// Finds the windows or groups that will contain values of both the old and the new query, from what
// a savepoint's metadata records.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/checkpoint/compare_state.h"
#include "runtime/checkpoint/restore_plan.h"
#include "runtime/window/slice_rows.h"

namespace weir::checkpoint {

// What the subtasks of the operator recorded about its slices (kSliceRowsEntry) or its whole
// windows (kWindowRowsEntry), merged and ascending by end. Empty when nothing readable was
// recorded.
std::vector<window::SliceRows> NotedRows(const OperatorCheckpoint& saved, std::string_view entry);

// The windows of the saved operator that have not fired or, without windows, the number of its
// rows. Only for operators that accumulate (restore_rules.h), as others do not mix values within a
// row. A window is open when its end is not complete at the saved watermark (window::IsComplete).
MixedValues MixedIn(const OperatorCheckpoint& saved, const WantedOperator& wanted);

}  // namespace weir::checkpoint
