// Determines which operators' rows must carry how far time had come when they arrived.
#pragma once

#include "planner/logical/plan.h"
#include "runtime/graph/late_marks.h"

namespace weir::traits {

// What `consumer` needs from its inputs if its own consumers need `own`. Windows and joins that are
// ended by watermarks recognise late rows by their marks, and operators that hand rows on hand on
// the marks. An operator that changes rows which it emitted before needs a mark on every row: only
// the row that arrives tells when the changed ones were in time.
graph::LateMarks LateMarksNeeded(const logical::Node& consumer, graph::LateMarks own);

}  // namespace weir::traits
