// Which joins are bounded in time: by an interval between two time attributes, or by equal windows.
#include <algorithm>
#include <limits>

#include "planner/logical/rewrite.h"
#include "planner/logical/window_columns.h"
#include "planner/rules/join_conditions.h"
#include "runtime/expr/function.h"

namespace weir::rules {
namespace {

using expr::ExprPtr;
using logical::Node;
using logical::NodePtr;
using logical::TimeAttribute;

// A time attribute of one input, and a constant added to it.
struct TimeTerm {
  bool left = true;
  int column = -1;  // of its input
  TimeAttribute time = TimeAttribute::kNone;
  int64_t offset_millis = 0;
};

std::optional<TimeTerm> TermOf(const expr::Expr& expression, const Node& join) {
  if (expression.kind == expr::ExprKind::kColumn) {
    const auto width = static_cast<int>(join.inputs[0]->columns.size());
    const bool left = expression.column < width;
    const int column = left ? expression.column : expression.column - width;
    const TimeAttribute time = join.inputs[left ? 0 : 1]->columns[static_cast<size_t>(column)].time;
    if (time == TimeAttribute::kNone) return std::nullopt;
    return TimeTerm{left, column, time, 0};
  }
  const bool call = expression.kind == expr::ExprKind::kCall && expression.args.size() == 2;
  if (!call) return std::nullopt;
  const bool plus = expression.function->name == "+";
  if (!plus && expression.function->name != "-") return std::nullopt;
  for (size_t i = 0; i < 2; ++i) {
    const expr::Expr& amount = *expression.args[i];
    const bool interval = amount.kind == expr::ExprKind::kLiteral && !amount.literal.is_null() &&
                          amount.type.kind() == TypeKind::kIntervalDayTime;
    if (!interval || (i == 0 && !plus)) continue;
    std::optional<TimeTerm> term = TermOf(*expression.args[1 - i], join);
    if (!term) return std::nullopt;
    const auto millis = amount.literal.get<int64_t>();
    term->offset_millis += plus ? millis : -millis;
    return term;
  }
  return std::nullopt;
}

// left - right >= lower, <= upper, in milliseconds.
struct Bound {
  TimeTerm left;
  TimeTerm right;
  std::optional<int64_t> lower;
  std::optional<int64_t> upper;
};

std::optional<Bound> BoundOf(const expr::Expr& condition, const Node& join) {
  if (condition.kind != expr::ExprKind::kCall || condition.args.size() != 2) return std::nullopt;
  static constexpr std::string_view kComparisons[] = {"=", "<", "<=", ">", ">="};
  const std::string_view name = condition.function->name;
  if (std::find(std::begin(kComparisons), std::end(kComparisons), name) == std::end(kComparisons)) {
    return std::nullopt;
  }
  const std::optional<TimeTerm> a = TermOf(*condition.args[0], join);
  const std::optional<TimeTerm> b = TermOf(*condition.args[1], join);
  if (!a || !b || a->left == b->left || a->time != b->time) return std::nullopt;
  const bool swapped = !a->left;
  Bound bound{swapped ? *b : *a, swapped ? *a : *b, {}, {}};
  const int64_t difference = bound.right.offset_millis - bound.left.offset_millis;
  const bool less = name.starts_with('<') != swapped;
  const int64_t strict = name.ends_with('=') ? 0 : 1;
  if (name == "=" || less) bound.upper = difference - strict;
  if (name == "=" || !less) bound.lower = difference + strict;
  return bound;
}

struct TracedWindow {
  window::WindowSpec window;
  logical::WindowPart part;
};

bool IsAligned(const window::WindowSpec& window) {
  return window.kind != window::WindowKind::kSession;
}

// What window column `column` of `node` is: as TraceWindowColumn, but also of results of windows.
std::optional<TracedWindow> Trace(const Node& node, int column) {
  const auto behind = [&](size_t first) -> std::optional<logical::WindowPart> {
    if (column < static_cast<int>(first)) return std::nullopt;
    return static_cast<logical::WindowPart>(column - static_cast<int>(first));
  };
  if (std::holds_alternative<logical::Filter>(node.operation)) {
    return Trace(*node.inputs[0], column);
  }
  if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
    const expr::Expr& expression = *project->expressions[static_cast<size_t>(column)];
    if (expression.kind != expr::ExprKind::kColumn) return std::nullopt;
    return Trace(*node.inputs[0], expression.column);
  }
  if (const auto* table = std::get_if<logical::WindowTable>(&node.operation)) {
    const auto part = behind(node.inputs[0]->columns.size());
    if (!part || !IsAligned(table->window)) return std::nullopt;
    return TracedWindow{table->window, *part};
  }
  if (const auto* aggregate = std::get_if<logical::WindowAggregate>(&node.operation)) {
    const auto part = behind(node.columns.size() - 3);
    if (!part || !IsAligned(aggregate->window)) return std::nullopt;
    return TracedWindow{aggregate->window, *part};
  }
  if (const auto* rank = std::get_if<logical::WindowRank>(&node.operation)) {
    const bool own = static_cast<size_t>(column) >= node.inputs[0]->columns.size();
    if (own || !IsAligned(rank->window)) return std::nullopt;
    return Trace(*node.inputs[0], column);
  }
  if (const auto* join = std::get_if<logical::Join>(&node.operation)) {
    if (!join->window) return std::nullopt;
    const auto width = static_cast<int>(node.inputs[0]->columns.size());
    return column < width ? Trace(*node.inputs[0], column) : Trace(*node.inputs[1], column - width);
  }
  return std::nullopt;
}

// The columns that a condition says are equal, one of each input.
std::optional<std::pair<int, int>> EqualColumns(const expr::Expr& condition, const Node& join) {
  const bool equal = condition.kind == expr::ExprKind::kCall && condition.args.size() == 2 &&
                     condition.function->name == "=";
  if (!equal) return std::nullopt;
  const expr::Expr& a = *condition.args[0];
  const expr::Expr& b = *condition.args[1];
  if (a.kind != expr::ExprKind::kColumn || b.kind != expr::ExprKind::kColumn) return std::nullopt;
  const auto width = static_cast<int>(join.inputs[0]->columns.size());
  if ((a.column < width) == (b.column < width)) return std::nullopt;
  return std::pair(std::min(a.column, b.column), std::max(a.column, b.column) - width);
}

}  // namespace

std::optional<logical::JoinInterval> TakeInterval(const Node& join,
                                                  std::vector<ExprPtr>& conditions) {
  logical::JoinInterval interval;
  interval.lower_millis = std::numeric_limits<int64_t>::min();
  interval.upper_millis = std::numeric_limits<int64_t>::max();
  bool lower = false;
  bool upper = false;
  std::vector<ExprPtr> rest;
  for (const ExprPtr& condition : conditions) {
    const std::optional<Bound> bound = BoundOf(*condition, join);
    const bool first = !lower && !upper;
    const bool same = bound && (first || (bound->left.column == interval.left_time &&
                                          bound->right.column == interval.right_time));
    if (!same) {
      rest.push_back(condition);
      continue;
    }
    interval.left_time = bound->left.column;
    interval.right_time = bound->right.column;
    interval.processing_time = bound->left.time == TimeAttribute::kProcessing;
    if (bound->lower) interval.lower_millis = std::max(interval.lower_millis, *bound->lower);
    if (bound->upper) interval.upper_millis = std::min(interval.upper_millis, *bound->upper);
    lower = lower || bound->lower.has_value();
    upper = upper || bound->upper.has_value();
  }
  if (!lower || !upper) return std::nullopt;
  conditions = std::move(rest);
  return interval;
}

std::optional<logical::JoinWindow> TakeWindow(const Node& join, std::vector<ExprPtr>& conditions) {
  logical::JoinWindow window;
  std::optional<window::WindowSpec> of_start;
  std::optional<window::WindowSpec> of_end;
  std::vector<ExprPtr> rest;
  for (const ExprPtr& condition : conditions) {
    const auto columns = EqualColumns(*condition, join);
    std::optional<TracedWindow> left;
    std::optional<TracedWindow> right;
    if (columns) {
      left = Trace(*join.inputs[0], columns->first);
      right = Trace(*join.inputs[1], columns->second);
    }
    const bool equal = left && right && left->part == right->part && left->window == right->window;
    if (equal && left->part == logical::WindowPart::kStart && !of_start) {
      std::tie(window.left_start, window.right_start) = *columns;
      of_start = left->window;
    } else if (equal && left->part == logical::WindowPart::kEnd && !of_end) {
      std::tie(window.left_end, window.right_end) = *columns;
      of_end = left->window;
    } else {
      rest.push_back(condition);
    }
  }
  if (!of_start || !of_end || !(*of_start == *of_end)) return std::nullopt;
  window.processing_time = of_start->processing_time;
  conditions = std::move(rest);
  return window;
}

}  // namespace weir::rules
