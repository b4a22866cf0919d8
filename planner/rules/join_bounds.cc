// Which joins are bounded in time: by an interval between two time attributes, by equal windows, or
// by an interval between other columns that follow the watermark.
#include <algorithm>
#include <limits>

#include "planner/logical/rewrite.h"
#include "planner/logical/window_columns.h"
#include "planner/rules/join_conditions.h"
#include "planner/rules/predicates.h"
#include "planner/traits/event_time.h"
#include "planner/traits/traits.h"
#include "runtime/expr/function.h"

namespace weir::rules {
namespace {

using expr::ExprPtr;
using logical::Node;
using logical::NodePtr;
using logical::TimeAttribute;

// A column of one input that tells a time, and a constant added to it.
struct TimeTerm {
  bool left = true;
  int column = -1;  // of its input
  TimeAttribute time = TimeAttribute::kNone;
  int64_t offset_millis = 0;
};

// The columns by whose difference a join can be bounded: time attributes, as in SQL, or all columns
// that are known to follow the watermark.
enum class Times { kAttributes, kFollowingWatermark };

// A window_start is replaced by the window_end of the same windows minus their size, so that
// conditions on either of them are about one column.
TimeTerm OfWindowEnd(const TimeTerm& term, const Node& input) {
  const auto start = logical::TraceWindowColumn(input, term.column);
  if (!start || start->part != logical::WindowPart::kStart) return term;
  const window::WindowSpec& window = logical::WindowOf(*start->table);
  if (window.kind != window::WindowKind::kTumble && window.kind != window::WindowKind::kHop) {
    return term;
  }
  for (size_t i = 0; i < input.columns.size(); ++i) {
    const auto end = logical::TraceWindowColumn(input, static_cast<int>(i));
    if (!end || end->table != start->table || end->part != logical::WindowPart::kEnd) continue;
    return {term.left, static_cast<int>(i), term.time, term.offset_millis - window.size};
  }
  return term;
}

// The term, if its column holds whole milliseconds and never falls behind the watermark.
std::optional<TimeTerm> FollowingTerm(TimeTerm term, const Node& input) {
  term = OfWindowEnd(term, input);
  const Type& type = input.columns[static_cast<size_t>(term.column)].type;
  const bool timestamp =
      type.kind() == TypeKind::kTimestamp || type.kind() == TypeKind::kTimestampLtz;
  if (!timestamp || type.precision() > 3) return std::nullopt;
  const std::optional<int64_t> lag = traits::LagBehindWatermark(input, term.column);
  if (!lag || *lag > 0) return std::nullopt;
  return term;
}

std::optional<TimeTerm> TermOf(const expr::Expr& expression, const Node& join, Times times) {
  if (expression.kind == expr::ExprKind::kColumn) {
    const auto width = static_cast<int>(join.inputs[0]->columns.size());
    const bool left = expression.column < width;
    const int column = left ? expression.column : expression.column - width;
    const Node& input = *join.inputs[left ? 0 : 1];
    const TimeAttribute time = input.columns[static_cast<size_t>(column)].time;
    if (times == Times::kFollowingWatermark) {
      return FollowingTerm({left, column, TimeAttribute::kEvent, 0}, input);
    }
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
    std::optional<TimeTerm> term = TermOf(*expression.args[1 - i], join, times);
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

std::optional<Bound> BoundOf(const expr::Expr& condition, const Node& join, Times times) {
  if (condition.kind != expr::ExprKind::kCall || condition.args.size() != 2) return std::nullopt;
  static constexpr std::string_view kComparisons[] = {"=", "<", "<=", ">", ">="};
  const std::string_view name = condition.function->name;
  if (std::find(std::begin(kComparisons), std::end(kComparisons), name) == std::end(kComparisons)) {
    return std::nullopt;
  }
  const std::optional<TimeTerm> a = TermOf(*condition.args[0], join, times);
  const std::optional<TimeTerm> b = TermOf(*condition.args[1], join, times);
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
  bool instants;  // its times are of TIMESTAMP_LTZ
};

bool IsAligned(const window::WindowSpec& window) {
  return window.kind != window::WindowKind::kSession;
}

// Which part of which window the column is: as TraceWindowColumn, but also through operators that
// compute results of windows.
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
    return TracedWindow{table->window, *part, logical::OverInstants(node)};
  }
  if (const auto* aggregate = std::get_if<logical::WindowAggregate>(&node.operation)) {
    const auto part = behind(node.columns.size() - 3);
    if (!part || !IsAligned(aggregate->window)) return std::nullopt;
    return TracedWindow{aggregate->window, *part, logical::OverInstants(node)};
  }
  if (const auto* rank = std::get_if<logical::WindowRank>(&node.operation)) {
    const bool own = static_cast<size_t>(column) >= node.inputs[0]->columns.size();
    if (own || !IsAligned(rank->window)) return std::nullopt;
    return Trace(*node.inputs[0], column);
  }
  if (const auto* join = std::get_if<logical::Join>(&node.operation)) {
    if (!join->window) return std::nullopt;
    const auto width = static_cast<int>(node.inputs[0]->columns.size());
    if (logical::MayBeMissing(*join, column < width)) return std::nullopt;
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

// The columns of a key, as a condition over left and right columns.
ExprPtr EqualKeys(const Node& node, const logical::Join& join, size_t key) {
  const auto width = static_cast<int>(node.inputs[0]->columns.size());
  auto equal = std::make_shared<expr::Expr>();
  equal->kind = expr::ExprKind::kCall;
  equal->function = expr::FindFunction("=");
  equal->type = Type::Boolean();
  equal->args = {
      logical::ColumnRef(*node.inputs[0], join.left_keys[key]),
      expr::MakeColumnRef(width + join.right_keys[key],
                          node.inputs[1]->columns[static_cast<size_t>(join.right_keys[key])].type)};
  return equal;
}

// Takes the bounds on the difference of two times, one an input, out of `conditions`; nothing when
// one of them is missing.
std::optional<logical::JoinInterval> TakeBounds(const Node& join, Times times,
                                                std::vector<ExprPtr>& conditions) {
  logical::JoinInterval interval;
  interval.lower_millis = std::numeric_limits<int64_t>::min();
  interval.upper_millis = std::numeric_limits<int64_t>::max();
  bool lower = false;
  bool upper = false;
  std::vector<ExprPtr> rest;
  for (const ExprPtr& condition : conditions) {
    const std::optional<Bound> bound = BoundOf(*condition, join, times);
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

// TakeBounds looks for bounds of the pair of columns that the first condition has. Here each
// condition is put first once.
std::optional<logical::JoinInterval> TakeBoundsOfSome(const Node& join, Times times,
                                                      std::vector<ExprPtr>& conditions) {
  for (size_t first = 0; first < conditions.size(); ++first) {
    std::vector<ExprPtr> turned = conditions;
    std::rotate(turned.begin(), turned.begin() + static_cast<std::ptrdiff_t>(first), turned.end());
    if (auto interval = TakeBounds(join, times, turned)) {
      conditions = std::move(turned);
      return interval;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<logical::JoinInterval> TakeInterval(const Node& join,
                                                  std::vector<ExprPtr>& conditions) {
  return TakeBoundsOfSome(join, Times::kAttributes, conditions);
}

void KeepWhileInTime(logical::Join& join) {
  join.left_ttl_millis = 0;
  join.right_ttl_millis = 0;
}

NodePtr BoundByWatermark(const NodePtr& node) {
  logical::Join join = std::get<logical::Join>(node->operation);
  // A STATE_TTL says how long rows are kept, and no bound may shorten that.
  const bool regular =
      !join.interval && !join.window && !join.lookup && !join.versions && join.ttl_hint.empty();
  if (!regular || join.type != graph::JoinType::kInner) return node;
  std::vector<ExprPtr> conditions;
  if (join.residual) conditions = SplitConjunction(join.residual);
  for (size_t key = 0; key < join.left_keys.size(); ++key) {
    if (join.null_safe[key] == 0) conditions.push_back(EqualKeys(*node, join, key));
  }
  join.interval = TakeBoundsOfSome(*node, Times::kFollowingWatermark, conditions);
  if (!join.interval) return node;
  for (const NodePtr& input : node->inputs) {
    const traits::TraitMap known = traits::InferOutputs({{input}});
    if (!known.at(input.get()).gives.append_only()) return node;
  }
  KeepWhileInTime(join);
  // Equalities that are keys were tried as bounds, too. Only those of the residual go back there.
  std::vector<ExprPtr> rest;
  const std::vector<ExprPtr> all =
      join.residual ? SplitConjunction(join.residual) : std::vector<ExprPtr>();
  for (const ExprPtr& condition : all) {
    if (std::find(conditions.begin(), conditions.end(), condition) != conditions.end()) {
      rest.push_back(condition);
    }
  }
  join.residual = MakeConjunction(rest);
  return logical::MakeNode(std::move(join), node->inputs, node->columns, node->origin);
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
    const bool equal = left && right && left->part == right->part &&
                       left->window == right->window && left->instants == right->instants;
    if (equal) window.instants = left->instants;
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
