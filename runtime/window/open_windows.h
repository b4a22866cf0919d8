// The windows of a slice that have not fired, found without looking at each of them.
#pragma once

#include <cstdint>

#include "runtime/window/window_spec.h"

namespace weir::window {

// CheckWindowSpec refuses a HOP or CUMULATE that gives a row more windows than this, since the
// window function emits the row once for each of them.
constexpr int64_t kMostWindowsOfRow = 1'000'000;

// The end of the first window of a slice that is not complete at `watermark_millis`; false, and
// `end` stays as it was, when all are complete. Constant time. REQUIRES:
// CheckAggregationSpec(spec).ok(), and no session.
bool FirstOpenWindowEnd(const WindowSpec& spec, int64_t slice_end, int64_t watermark_millis,
                        int64_t* end);

}  // namespace weir::window
