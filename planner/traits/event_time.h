// What is known about the relation between a column's values and the watermark. In every row that
// is in time, a time attribute is greater than the watermark. The same holds for columns computed
// from one, and for the bounds of windows, which are plain timestamps in SQL. A join that compares
// such columns can drop rows.
#pragma once

#include <cstdint>
#include <optional>

#include "planner/logical/plan.h"

namespace weir::traits {

// The least `lag` in milliseconds such that, in every row that `node` emits in time, the value of
// column `column` is known to be greater than the watermark that `node` emitted before it, minus
// `lag`:
//   a time attribute, window_end and window_time: 0; window_start: the size of the window;
//   value + INTERVAL '5' SECOND: 5,000 less; the union of several: the greatest.
// Negative if values run ahead. There is no upper bound: any row may be far ahead of the watermark.
// Nothing if none is known: columns of tables, of results that are updated, the start of a session,
// local times of windows over TIMESTAMP_LTZ.
std::optional<int64_t> LagBehindWatermark(const logical::Node& node, int column);

}  // namespace weir::traits
