// Rows that come too late for their turn.
#pragma once

#include <cstdint>

#include "runtime/operators/operator.h"
#include "runtime/operators/time/timed_rows.h"
#include "runtime/operators/time/window_progress.h"

namespace weir::operators {

// Takes out the rows that the watermark has passed, or that of their own partition (their late
// marks), and counts them. `hashes` are those of the rows' keys; `metrics` may be null. `rows` are
// without sequences yet.
void DropLate(TimedRows& rows, const WindowProgress& progress, const uint64_t* hashes,
              OperatorMetrics* metrics);

}  // namespace weir::operators
