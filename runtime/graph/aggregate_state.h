// What aggregations keep and what their local phase sends: the one place where StateOf, lowering and the
// operators agree on names and order of columns.
//
//   group row        [rows BIGINT, when the input retracts], then expr::StateFields of every call
//   local output     keys, [slice BIGINT, window aggregates only], then the fields of a group row
//   global input     the local output; its keys are columns 0..n-1
//   value map        one a call that needs one: key -> [window_end BIGINT,] arguments -> count BIGINT
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

inline constexpr std::string_view kRowCountField = "rows";
inline constexpr std::string_view kSliceField = "slice";
inline constexpr std::string_view kGroupsTable = "groups";
inline constexpr std::string_view kSlicesTable = "slices";
inline constexpr std::string_view kWindowsTable = "windows";
inline constexpr std::string_view kSortTable = "rows";

// The column `slice` of a local window aggregate: a slice that windows share, or (for rows that came too
// late for some windows of their slice) a single window.
constexpr int64_t SliceId(int64_t slice_end) { return slice_end * 2; }
constexpr int64_t WindowId(int64_t window_end) { return window_end * 2 + 1; }
constexpr bool IsWindowId(int64_t id) { return (id & 1) != 0; }
constexpr int64_t EndOfId(int64_t id) { return id >> 1; }

// The fields of a group's state row, in order.
std::vector<Field> GroupFields(std::span<const expr::AggregateCall> calls, bool input_retracts);

// Whether the calls can be computed in two phases: none needs a value map.
bool CanSplit(std::span<const expr::AggregateCall> calls, bool input_retracts);

// Output of the kLocal phase of an aggregate over `input`.
Schema LocalOutput(const GroupAggregateSpec& spec, const Schema& input);
Schema LocalOutput(const WindowAggregateSpec& spec, const Schema& input);

// The map of values of one call: "values(<state_name>)".
StateSchema ValueMapSchema(const expr::AggregateCall& call, std::vector<Field> key, bool windowed,
                           const Schema& input);

// Tables of one operator; empty for kLocal. Group aggregates: "groups", then the value maps in the order
// of the calls. Window aggregates: "slices" unless every row goes to whole windows; "windows" where
// rows can go to single windows; then the value maps.
OperatorStateSchema StateOfGroupAggregate(const GroupAggregateSpec& spec, const Schema& input);
OperatorStateSchema StateOfWindowAggregate(const WindowAggregateSpec& spec, const Schema& input);
// "rows": all columns -> how often the row occurs, and when it came first.
OperatorStateSchema StateOfSortLimit(const SortLimitSpec& spec, const Schema& input);

// Whether a window aggregate keeps whole windows instead of slices that windows share: value maps
// cannot be combined from slices.
bool KeepsWholeWindows(const WindowAggregateSpec& spec);

}  // namespace weir::graph
