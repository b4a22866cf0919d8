// Determines which operators' rows must carry how far time had come when they arrived.
#pragma once

#include "planner/logical/plan.h"
#include "runtime/base/result.h"
#include "runtime/graph/late_marks.h"

namespace weir::traits {

// What `consumer` needs from its inputs if its own consumers need `own`. Windows and joins that are
// ended by watermarks recognise late rows by their marks, and operators that hand rows on hand on
// the marks. An operator that changes rows which it emitted before needs a mark on every row: only
// the row that arrives tells when the changed ones were in time. So does one that calls
// CURRENT_WATERMARK, which gives the row's mark.
graph::LateMarks LateMarksNeeded(const logical::Node& consumer, graph::LateMarks own);

// E1002 for a CURRENT_WATERMARK of `node` whose rows do not come with marks, or not at the moment
// of the row that was read.
Status CheckWatermarkReads(const logical::Node& node);

}  // namespace weir::traits
