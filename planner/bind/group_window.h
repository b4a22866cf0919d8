// Group windows: GROUP BY TUMBLE(ts, INTERVAL '1' HOUR), the older way of writing windows, and the
// functions of their bounds: TUMBLE_START, TUMBLE_END, TUMBLE_ROWTIME, TUMBLE_PROCTIME; the same
// for HOP and SESSION (Flink: "Group Window Aggregation").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/query.h"
#include "planner/bind/query_scope.h"
#include "planner/bind/relation.h"
#include "runtime/base/result.h"

namespace weir::bind {

// A call of a group window function or of a function of its bounds: "TUMBLE" for TUMBLE_START, the
// time column, and the lengths in milliseconds.
struct GroupWindowCall {
  std::string function;
  int time_column = -1;
  std::vector<int64_t> lengths;
  friend bool operator==(const GroupWindowCall&, const GroupWindowCall&) = default;
};

// The group window of a SELECT, whose rows have the window's three columns.
struct GroupWindow {
  GroupWindowCall call;
  int first_column = -1;  // of window_start, window_end, window_time
};

// The parts of a function's name: "TUMBLE" and "_START" for TUMBLE_START, "TUMBLE" and "" for
// TUMBLE.
struct GroupWindowName {
  std::string function;
  std::string part;
};
// Takes names in any case and returns upper case; nothing for other names.
std::optional<GroupWindowName> GroupWindowNamed(std::string_view name);

// Binds the window in GROUP BY, if there is one: puts a node that adds the windows' columns above
// `relation`, whose columns stay the first ones. E2010 for a time that is not a time attribute and
// for lengths that make no window, E2015 for two windows.
Result<std::optional<GroupWindow>> BindGroupWindow(const ast::GroupBy& group_by,
                                                   const QueryScope& scope, Relation& relation);

// The columns that the window of GROUP BY represents: its start, end and time.
std::vector<expr::ExprPtr> KeysOfGroupWindow(const GroupWindow& window, const Relation& relation);

// The column that a function of the bounds refers to. E2015 if GROUP BY has no such window or its
// time is of the other kind. `place` as in ExpressionBinder.
Result<expr::ExprPtr> BindWindowBound(const ast::Call& call, SourceSpan span,
                                      const GroupWindow* window, const Relation& relation);

}  // namespace weir::bind
