// Decisions about the state of aggregates that StateOf, lowering and the operators share.
#pragma once

#include <span>
#include <string>

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

// The column "slice" of a local window aggregate names a slice that windows share, or (for rows
// that came too late for some windows of their slice) a single window, both by their ends in
// milliseconds. Not persisted.
constexpr int64_t SliceId(int64_t slice_end) {
  return slice_end * 4;
}
constexpr int64_t WindowId(int64_t window_end) {
  return window_end * 4 + 1;
}
// A window whose rows are in a later one as well: late for all of theirs only when that one is
// complete.
constexpr int64_t EarlierWindowId(int64_t window_end) {
  return window_end * 4 + 3;
}
constexpr bool IsEarlierWindowId(int64_t id) {
  return (id & 2) != 0;
}
constexpr bool IsWindowId(int64_t id) {
  return (id & 1) != 0;
}
constexpr int64_t EndOfId(int64_t id) {
  return id >> 2;
}

// What the name of a call's state says: "count(distinct f(a)) filter (b)" has "f(a)", " filter (b)"
// and is distinct. The tables of values are named by these.
struct CallTexts {
  std::string argument;
  std::string filter;
  bool distinct = false;
};
CallTexts TextsOfCall(const std::string& state_name);

// Whether the calls can be computed in two phases: none keeps values in a map or a list.
// REQUIRES of a split: Merge of a partial result equals Update of its rows.
bool CanSplit(std::span<const expr::AggregateCall> calls, bool input_retracts);

// Whether a window aggregate keeps a table a window: for TUMBLE, for rows that have windows, and
// where values are kept in maps, which cannot be combined.
// Else it keeps one a slice, which windows share.
// Decides the layout of saved state: never depends on options.
bool KeepsWholeWindows(const WindowAggregateSpec& spec);

// Whether a window aggregate has both tables, one a slice and one a window, and a window is what
// both hold of it: where windows overlap (HOP and CUMULATE over rows by time). New rows go to one
// of them (KeepsWholeWindows); the other has rows that are late for some windows of their HOP
// slice, and those from before a restore that added or dropped a call which needs whole windows
// (DISTINCT).
bool KeepsSlicesAndWindows(const WindowAggregateSpec& spec);

}  // namespace weir::graph
