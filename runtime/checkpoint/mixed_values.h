// Which windows or groups go on with values of two queries, from what a savepoint's metadata notes.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/checkpoint/compare_state.h"
#include "runtime/checkpoint/restore_plan.h"
#include "runtime/window/slice_rows.h"

namespace weir::checkpoint {

// What all subtasks of the operator noted of its slices (kSliceRowsEntry) or of its whole windows
// (kWindowRowsEntry), merged, ascending by end. Empty when it noted nothing, or what nobody can
// read.
std::vector<window::SliceRows> NotedRows(const OperatorCheckpoint& saved, std::string_view entry);

// The windows of the saved operator that have not fired, or else how many rows it holds. Of
// operators that accumulate (restore_rules.h); nothing for others, whose rows are not mixed one by
// one. A window is open when its end is not complete at the saved watermark (window::IsComplete).
MixedValues MixedIn(const OperatorCheckpoint& saved, const WantedOperator& wanted);

}  // namespace weir::checkpoint
