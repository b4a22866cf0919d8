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

// A call of a group window function or of one of the functions of its bounds, without its part:
// "TUMBLE" of TUMBLE_START, the time column, the lengths in milliseconds.
struct GroupWindowCall {
  std::string function;
  int time_column = -1;
  std::vector<int64_t> lengths;
  friend bool operator==(const GroupWindowCall&, const GroupWindowCall&) = default;
};

// The group window of a SELECT: its rows have the window's columns.
// Three columns from there on.
struct GroupWindow {
  GroupWindowCall call;
  int first_column = -1;  // of window_start, window_end, window_time
};

// "TUMBLE" and "_START" of TUMBLE_START, "TUMBLE" and "" of TUMBLE; nothing for other names.
struct GroupWindowName {
  std::string function;
  std::string part;
};
// Any case; the results are in upper case.
std::optional<GroupWindowName> GroupWindowNamed(std::string_view name);

// The window in GROUP BY, if there is one: a node that gives windows is put above `relation`, whose
// columns stay the first ones. E2010 for a time that is no time attribute and for lengths that make
// no window, E2015 for two windows.
Result<std::optional<GroupWindow>> BindGroupWindow(const ast::GroupBy& group_by,
                                                   const QueryScope& scope, Relation& relation);

// The columns that GROUP BY's window stands for: its start, end and time.
std::vector<expr::ExprPtr> KeysOfGroupWindow(const GroupWindow& window, const Relation& relation);

// The column that a function of the bounds stands for. E2015 where GROUP BY has no such window, or
// where its time is of the other kind. `place` as in ExpressionBinder.
Result<expr::ExprPtr> BindWindowBound(const ast::Call& call, SourceSpan span,
                                      const GroupWindow* window, const Relation& relation);

}  // namespace weir::bind
