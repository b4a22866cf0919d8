#include "planner/traits/event_time.h"

#include <algorithm>
#include <map>
#include <utility>

#include "planner/logical/window_columns.h"
#include "runtime/expr/function.h"

namespace weir::traits {
namespace {

using logical::Node;
using Lag = std::optional<int64_t>;

// Milliseconds of an INTERVAL literal of days or less.
std::optional<int64_t> IntervalOf(const expr::Expr& expression) {
  const bool literal = expression.kind == expr::ExprKind::kLiteral &&
                       !expression.literal.is_null() &&
                       expression.type.kind() == TypeKind::kIntervalDayTime;
  if (!literal) return std::nullopt;
  return expression.literal.get<int64_t>();
}

// Finds lags. The lag of a column of a node is computed once, however many paths lead to it.
class Lags {
 public:
  Lag Of(const Node& node, int column);

 private:
  std::map<std::pair<const Node*, int>, Lag> known_;
};

Lag OfExpression(const expr::Expr& expression, const Node& input, Lags& lags) {
  if (expression.kind == expr::ExprKind::kColumn) return lags.Of(input, expression.column);
  const bool call = expression.kind == expr::ExprKind::kCall && expression.args.size() == 2;
  if (!call) return std::nullopt;
  const bool plus = expression.function->name == "+";
  if (!plus && expression.function->name != "-") return std::nullopt;
  for (size_t i = 0; i < (plus ? 2U : 1U); ++i) {
    const std::optional<int64_t> amount = IntervalOf(*expression.args[1 - i]);
    const Lag lag = amount ? OfExpression(*expression.args[i], input, lags) : std::nullopt;
    if (lag) return plus ? *lag - *amount : *lag + *amount;
  }
  return std::nullopt;
}

// The lag of a bound of a window, whose rows come before the watermark has reached its end.
Lag OfWindow(const Node& node, logical::WindowPart part) {
  const window::WindowSpec& window = logical::WindowOf(node);
  // The bounds of windows over TIMESTAMP_LTZ are local times, which may be hours off.
  if (window.processing_time || logical::OverInstants(node)) return std::nullopt;
  if (part != logical::WindowPart::kStart) return 0;
  if (window.kind == window::WindowKind::kSession) return std::nullopt;
  return window.size;
}

Lag OfUnion(const Node& node, int column, Lags& lags) {
  Lag greatest;
  for (const logical::NodePtr& input : node.inputs) {
    const Lag lag = lags.Of(*input, column);
    if (!lag) return std::nullopt;
    greatest = std::max(greatest.value_or(*lag), *lag);
  }
  return greatest;
}

// Windows of the input, whose rows come when the window is over.
Lag OfWindowEnd(int column, std::initializer_list<int> ends) {
  if (std::find(ends.begin(), ends.end(), column) == ends.end()) return std::nullopt;
  return 0;
}

struct LagVisitor {
  const Node& node;
  int column;
  Lags& lags;

  Lag Below() const { return lags.Of(*node.inputs[0], column); }
  Lag operator()(const logical::Watermark& watermark) const {
    return column == watermark.spec.rowtime_column ? Lag(0) : Below();
  }
  Lag operator()(const logical::Filter&) const { return Below(); }
  Lag operator()(const logical::Project& project) const {
    return OfExpression(*project.expressions.at(static_cast<size_t>(column)), *node.inputs[0],
                        lags);
  }
  Lag operator()(const logical::Replicate&) const {
    const auto others = static_cast<int>(node.inputs[0]->columns.size()) - 1;
    return column < others ? Below() : std::nullopt;
  }
  Lag operator()(const logical::ToChangelog&) const {
    return column > 0 ? lags.Of(*node.inputs[0], column - 1) : std::nullopt;
  }
  Lag operator()(const logical::FromChangelog& changes) const {
    return lags.Of(*node.inputs[0], changes.spec.InputOf(column));
  }
  Lag operator()(const logical::WindowTable&) const {
    const int behind = column - static_cast<int>(node.inputs[0]->columns.size());
    return behind < 0 ? Below() : OfWindow(node, static_cast<logical::WindowPart>(behind));
  }
  Lag operator()(const logical::WindowAggregate&) const {
    const int behind = column - static_cast<int>(node.columns.size()) + 3;
    if (behind < 0) return std::nullopt;
    return OfWindow(node, static_cast<logical::WindowPart>(behind));
  }
  Lag operator()(const logical::WindowRank& rank) const {
    const auto traced = logical::TraceWindowColumn(*node.inputs[0], rank.spec.end_column);
    if (!traced || logical::OverInstants(*traced->table) || rank.window.processing_time)
      return std::nullopt;
    return OfWindowEnd(column, {rank.spec.end_column});
  }
  Lag operator()(const logical::Union&) const { return OfUnion(node, column, lags); }
  Lag operator()(const logical::Join& join) const {
    const auto width = static_cast<int>(node.inputs[0]->columns.size());
    if (join.lookup) return column < width ? Below() : std::nullopt;
    // The rows wait for the watermark and leave in the order of their times, as those of a Sort do.
    if (join.versions) return column == join.versions->left_time ? Below() : std::nullopt;
    if (join.window && !join.window->processing_time && !join.window->instants) {
      return OfWindowEnd(column, {join.window->left_end, width + join.window->right_end});
    }
    // It holds the watermark back so that times do not fall behind.
    const bool interval = join.interval && !join.interval->processing_time;
    if (!interval) return std::nullopt;
    return OfWindowEnd(column, {join.interval->left_time, width + join.interval->right_time});
  }
  // Rows wait until the watermark has come to the time that they are sorted by; their other times
  // may be passed meanwhile.
  Lag operator()(const logical::Sort& sort) const {
    const bool by_column =
        sort.time == logical::TimeAttribute::kEvent && sort.keys[0].column == column;
    return by_column ? Below() : std::nullopt;
  }
  // Where rows wait, it holds the watermark back behind them.
  Lag operator()(const logical::OverAggregate& over) const {
    const bool by_column = !over.by_clock && !over.recomputed && over.order[0].column == column;
    return by_column ? Below() : std::nullopt;
  }
  // It holds the watermark back behind matches that are not certain yet.
  Lag operator()(const logical::Match& match) const {
    const graph::MatchSpec& spec = match.spec;
    const int given = column - static_cast<int>(spec.partition.size());
    if (given < 0) return std::nullopt;
    const auto index = static_cast<size_t>(spec.given.at(static_cast<size_t>(given)));
    return graph::IsTimeGiven(spec.values.at(index), spec)
               ? lags.Of(*node.inputs[0], spec.time_column)
               : std::nullopt;
  }
  // Also an aggregate: its results are updated, and DISTINCT passes the first row of each kind on
  // without its late mark.
  template <typename Other>
  Lag operator()(const Other&) const {
    return std::nullopt;
  }
};

Lag Lags::Of(const Node& node, int column) {
  const std::pair<const Node*, int> asked(&node, column);
  if (const auto known = known_.find(asked); known != known_.end()) return known->second;
  const Lag lag = std::visit(LagVisitor{node, column, *this}, node.operation);
  return known_.emplace(asked, lag).first->second;
}

}  // namespace

std::optional<int64_t> LagBehindWatermark(const Node& node, int column) {
  return Lags().Of(node, column);
}

}  // namespace weir::traits
