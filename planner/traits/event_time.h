// What is known of a column's values beside the watermark. A time attribute is later than the
// watermark in every row that is in time; so are columns computed from one, and the bounds of
// windows, which are plain timestamps for SQL. A join that compares such columns can forget rows.
#pragma once

#include <cstdint>
#include <optional>

#include "planner/logical/plan.h"

namespace weir::traits {

// The least `lag` in milliseconds for which it is known that in every row that `node` gives in
// time, the value of column `column` is greater than the watermark that `node` gave before it, less
// `lag`:
//   a time attribute, window_end and window_time: 0; window_start: the size of the window;
//   value + INTERVAL '5' SECOND: 5,000 less; the union of several: the greatest.
// Negative where values run ahead. There is no bound from above: any row may be far ahead of the
// watermark. Nothing where none is known: columns of tables, of results that are updated, the start
// of a session, local times of windows over TIMESTAMP_LTZ.
std::optional<int64_t> LagBehindWatermark(const logical::Node& node, int column);

}  // namespace weir::traits
