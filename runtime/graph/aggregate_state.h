// Decisions about the state of aggregates that StateOf, the lowering and the operators must take
// alike.
#pragma once

#include <span>
#include <string>

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

// Values of the column "slice" of a local window aggregate: a slice that windows share or, for rows
// that came too late for some windows of their slice, a single window, both named by their ends in
// milliseconds. Not persisted.
constexpr int64_t SliceId(int64_t slice_end) {
  return slice_end * 4;
}
constexpr int64_t WindowId(int64_t window_end) {
  return window_end * 4 + 1;
}
// A single window whose rows belong to a later window as well, so that they are late for everything
// only when that later one is complete.
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

// What the name of a call's state says: "count(distinct f(a)) filter (b)" has the texts "f(a)" and
// " filter (b)" and is distinct. The tables of values are named by these.
struct CallTexts {
  std::string argument;
  std::string filter;
  bool distinct = false;
};
CallTexts TextsOfCall(const std::string& state_name);

// Whether the calls can be computed in two phases, which needs Merge of a partial result to equal
// Update of its rows: no call keeps values in a map or a list.
bool CanSplit(std::span<const expr::AggregateCall> calls, bool input_retracts);

// Whether the lowering may do so: not where a sum begins anew when its last value goes, since what
// a local phase adds up does not say whether it was the last one.
bool MaySplit(std::span<const expr::AggregateCall> calls, bool input_retracts);

// Whether a window aggregate keeps a table a window: for TUMBLE, for rows that have windows
// already, and where values are kept in maps, which cannot be combined. Otherwise it keeps a table
// a slice, which windows share. This decides the layout of saved state, so it must never depend on
// options.
bool KeepsWholeWindows(const WindowAggregateSpec& spec);

// Whether a window aggregate has both kinds of table and a window's content is the sum of what they
// hold: where windows overlap (HOP and CUMULATE over rows by time). New rows go to the kind that
// KeepsWholeWindows names. The other one has rows that are late for some windows of their HOP
// slice, and rows from before a restore that added or dropped a call which needs whole windows
// (DISTINCT).
bool KeepsSlicesAndWindows(const WindowAggregateSpec& spec);

}  // namespace weir::graph
