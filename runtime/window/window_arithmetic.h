// Which windows and slices a time belongs to: pure functions of (spec, milliseconds). Windows are
// [start, end) and named by their end where one number suffices.
//
// Sliced aggregation (TUMBLE, HOP, CUMULATE) keeps one table a slice: a slice is the largest piece
// of time that no window boundary cuts. TUMBLE: the window itself; HOP: gcd(size, slide); CUMULATE:
// the step. Windows are merged from their slices when they fire (Flink's SliceAssigners).
//
// All sums saturate at the ends of int64, so that Timestamp::Max() belongs to a window whose end is
// max.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/types/time_zone.h"
#include "runtime/window/window_spec.h"

namespace weir::window {

struct Window {
  int64_t start = 0;
  int64_t end = 0;  // exclusive; window_time is end - 1
  friend bool operator==(const Window&, const Window&) = default;
};

// kInvalidSql when the lengths make no window (sizes <= 0, CUMULATE's maximum no multiple of its
// step).
Status CheckWindowSpec(const WindowSpec& spec);
// As above and, for aggregation, kUnsupported when HOP's size is no multiple of its slide.
Status CheckAggregationSpec(const WindowSpec& spec);

// --- Window table functions: all windows of a row ------------------------------------------------

// The windows of a time, latest start first for HOP, earliest end first for CUMULATE (Flink's order
// of output). HOP whose slide exceeds its size may yield none. Sessions: the window of one row
// alone, [time, time + gap). `windows` is overwritten.
void AssignWindows(const WindowSpec& spec, int64_t millis, std::vector<Window>& windows);
// The most windows AssignWindows yields, for reserving.
size_t MaxWindowsPerRow(const WindowSpec& spec);

// --- Slices. REQUIRES of all below: CheckAggregationSpec(spec).ok(), not a session. --------------

// Length of a slice in milliseconds.
int64_t SliceLength(const WindowSpec& spec);
// End of the slice that holds a time.
int64_t SliceEnd(const WindowSpec& spec, int64_t millis);
// End of the earliest and of the last window that holds the slice. When the last has fired the
// slice can be dropped.
int64_t FirstWindowEnd(const WindowSpec& spec, int64_t slice_end);
int64_t LastWindowEnd(const WindowSpec& spec, int64_t slice_end);
// The end of the next window that shares slices with the one that ends at `window_end`. False, and
// `next` stays as it was, when none does: TUMBLE, HOP with slide = size, the longest window of a
// CUMULATE, and at the end of time.
bool NextWindowEnd(const WindowSpec& spec, int64_t window_end, int64_t* next);

// Start of the window that ends at `window_end`.
int64_t WindowStart(const WindowSpec& spec, int64_t window_end);
// The ends of the slices that make up a window, ascending. `ends` is overwritten.
void SlicesOfWindow(const WindowSpec& spec, int64_t window_end, std::vector<int64_t>& ends);
// The ends of the windows that a slice belongs to, ascending.
void WindowsOfSlice(const WindowSpec& spec, int64_t slice_end, std::vector<int64_t>& ends);

// Whether a window has fired: no row before its end can come any more. A row is late for the window
// when this holds for the row's watermark.
constexpr bool IsComplete(int64_t window_end, int64_t watermark_millis) {
  return window_end == INT64_MIN || window_end - 1 <= watermark_millis;
}
// The largest window end that is complete at a watermark: every window with end <= it has fired.
int64_t LastCompleteWindowEnd(const WindowSpec& spec, int64_t watermark_millis);
// Whether every window of a row is complete at the row's watermark, so that the row is dropped.
bool IsLate(const WindowSpec& spec, int64_t millis, int64_t watermark_millis);

// Slice ends of a whole column of times: `millis[row]` and `slice_ends[row]` for row in [0, count).
// Consecutive rows of one slice cost a comparison.
void SliceEnds(const WindowSpec& spec, std::span<const int64_t> millis, int64_t* slice_ends);
// As SliceEnds, for times in microseconds (TIMESTAMP(0..6) columns).
void SliceEndsOfMicros(const WindowSpec& spec, std::span<const int64_t> micros,
                       int64_t* slice_ends);

// --- Windows over TIMESTAMP_LTZ ----------------------------------------------------------------

// Their boundaries lie on the zone's wall clock: days have 23 or 25 hours when the clock changes.
// Rows are shifted to local milliseconds (ToLocalTimes), windows are computed there, and boundaries
// are shifted back: LocalWindowToUtc for window_start and window_end, TimerOf for firing.

// Convert a column of times to local ones, and the bounds of one window back. A time that the clock
// skips or repeats is shifted as TimeZone says.
void ToLocalTimes(const TimeZone& zone, std::span<const int64_t> utc_millis, int64_t* local_millis);
Window LocalWindowToUtc(const TimeZone& zone, Window local);
// The watermark that completes a local window: that no later row can be before its local end.
// Saturates.
int64_t TimerOf(const TimeZone& zone, int64_t local_window_end);
// The local watermark to compare local window ends with, for a UTC watermark: a window is complete
// exactly when IsComplete(local end, LocalWatermark(...)).
int64_t LocalWatermark(const TimeZone& zone, int64_t utc_watermark);

}  // namespace weir::window
