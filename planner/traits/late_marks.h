// Which operators' rows must tell how far time had come when they arrived.
#pragma once

#include "planner/logical/plan.h"
#include "runtime/graph/late_marks.h"

namespace weir::traits {

// What `consumer` needs of its inputs, when its own consumers need `own`: windows and joins that
// watermarks end tell late rows by their marks, and whatever hands rows on hands on the marks. One
// that changes rows which it gave before lets them go at a time that only the row that came tells:
// it needs a mark on every row.
graph::LateMarks LateMarksNeeded(const logical::Node& consumer, graph::LateMarks own);

}  // namespace weir::traits
