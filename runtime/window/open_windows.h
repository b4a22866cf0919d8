// The windows of a slice that have not fired, however many there are of them.
#pragma once

#include <cstdint>

#include "runtime/window/window_spec.h"

namespace weir::window {

// A row is put out once for each of its windows: CheckWindowSpec refuses more.
constexpr int64_t kMostWindowsOfRow = 1'000'000;

// The end of the first window of a slice that is not complete at `watermark_millis`; false when all
// are. Costs the same for however many windows. REQUIRES: as of all that is about slices
// (window_arithmetic.h).
bool FirstOpenWindowEnd(const WindowSpec& spec, int64_t slice_end, int64_t watermark_millis,
                        int64_t* end);

}  // namespace weir::window
