// find-ranks: a condition on a rank that keeps the first ones becomes a Top-N, a deduplication, or
// either of them within windows. Always on. A rank that no condition is on becomes an
// OverAggregate, which is recomputed unless it is in the order of a time attribute; so is every one
// over updates. What reads rows behind the row waits for them, where rows come in the order of time
// and stay. The patterns are Flink's (FlinkLogicalRankRule, RankUtil,
// StreamPhysicalWindowRankRule).
//
//   SELECT id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS rn FROM t)
//   WHERE rn <= 2 AND v > 5
//   Filter(rn <= 2 AND v > 5) over Project over Over
//     =>  Project over Filter(v > 5) over Rank(1..2)
//
// Where the last rank is a value of the row (rn <= k), every row of the partition is ranked and the
// condition stays.
//
// ROW_NUMBER = 1 ordered by nothing but a time attribute, over inserts, is a Deduplicate. With
// window_start and window_end in the partition, over inserts, each window is ranked when it ends.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "planner/logical/rewrite.h"
#include "planner/logical/window_columns.h"
#include "planner/rules/peel.h"
#include "planner/rules/predicates.h"
#include "planner/rules/rule.h"
#include "planner/traits/rank_traits.h"
#include "planner/traits/traits.h"
#include "runtime/expr/function.h"

namespace weir::rules {
namespace {

using expr::ExprPtr;
using logical::Node;
using logical::NodePtr;

int RankColumn(const Node& over) {
  return static_cast<int>(over.columns.size()) - 1;
}

bool Reads(const expr::Expr& expression, int column) {
  std::vector<int> columns;
  expr::CollectColumns(expression, columns);
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

// The ranks that conditions let through, both ends included.
struct Range {
  int64_t first = 1;
  int64_t last = INT64_MAX;

  // Narrows the range by `rank OP value`; false when OP is no comparison of order.
  bool Narrow(std::string_view op, int64_t value) {
    constexpr int64_t kMost = INT64_MAX - 1;
    const int64_t limited = std::clamp<int64_t>(value, -1, kMost);
    if (op == "=") {
      first = std::max(first, limited);
      last = std::min(last, limited);
    } else if (op == "<=") {
      last = std::min(last, limited);
    } else if (op == "<") {
      last = std::min(last, limited - 1);
    } else if (op == ">=") {
      first = std::max(first, limited);
    } else if (op == ">") {
      first = std::max(first, limited + 1);
    } else {
      return false;
    }
    return true;
  }
};

std::optional<int64_t> WholeNumber(const expr::Expr& expression) {
  if (expression.kind != expr::ExprKind::kLiteral || expression.literal.is_null()) return {};
  if (expression.type.kind() == TypeKind::kInt) return expression.literal.get<int32_t>();
  if (expression.type.kind() == TypeKind::kBigInt) return expression.literal.get<int64_t>();
  return {};
}

// Whether the condition keeps the ranks up to a value of the row: rn <= k.
bool EndsAtValue(const expr::Expr& condition, int rank_column) {
  if (condition.kind != expr::ExprKind::kCall || condition.args.size() != 2) return false;
  const bool first = IsColumn(*condition.args[0], rank_column);
  if (!first && !IsColumn(*condition.args[1], rank_column)) return false;
  const std::string_view op = first ? condition.function->name : Mirrored(condition.function->name);
  const expr::Expr& other = *condition.args[first ? 1 : 0];
  return (op == "<=" || op == "<" || op == "=") && !Reads(other, rank_column) &&
         expr::IsDeterministic(other);
}

// Narrows `range` by the condition, if it compares the rank with a number.
bool TakeCondition(const expr::Expr& condition, int rank_column, Range& range) {
  if (condition.kind != expr::ExprKind::kCall || condition.args.size() != 2) return false;
  const expr::Expr& left = *condition.args[0];
  const expr::Expr& right = *condition.args[1];
  const std::string_view op = condition.function->name;
  if (IsColumn(left, rank_column)) {
    const std::optional<int64_t> value = WholeNumber(right);
    return value && range.Narrow(op, *value);
  }
  if (!IsColumn(right, rank_column)) return false;
  const std::optional<int64_t> value = WholeNumber(left);
  return value && range.Narrow(Mirrored(op), *value);
}

graph::OverCall CallOf(const Node& node, const logical::Over& over) {
  graph::OverCall call;
  call.function = over.function == graph::RankFunction::kRank ? graph::OverFunction::kRank
                  : over.function == graph::RankFunction::kDenseRank
                      ? graph::OverFunction::kDenseRank
                      : graph::OverFunction::kRowNumber;
  call.call.result_type = node.columns.back().type;
  call.call.span = node.origin.span;
  return call;
}

// A rank of every row; null in an order by the clock that only a Top-N has.
NodePtr RankOfEveryRow(const Node& node) {
  const auto& over = std::get<logical::Over>(node.operation);
  const NodePtr& input = node.inputs[0];
  const auto time_of = [&](const graph::SortKey& key) {
    return input->columns[static_cast<size_t>(key.column)].time;
  };
  logical::OverAggregate every;
  every.recomputed = over.order.size() > 1 || over.order[0].descending ||
                     time_of(over.order[0]) == logical::TimeAttribute::kNone;
  every.by_clock = std::ranges::any_of(over.order, [&](const graph::SortKey& key) {
    return time_of(key) == logical::TimeAttribute::kProcessing;
  });
  if (every.recomputed && every.by_clock) return nullptr;
  every.partition = over.partition;
  every.order = over.order;
  every.ttl_millis = over.ttl_millis;
  every.ttl_hint = over.ttl_hint;
  every.calls.push_back(CallOf(node, over));
  // Calls over the same rows in the same order share what is kept of them.
  const auto* below = std::get_if<logical::OverAggregate>(&input->operation);
  if (every.recomputed && below != nullptr && below->recomputed &&
      below->partition == every.partition && below->order == every.order &&
      below->ttl_millis == every.ttl_millis &&
      node.origin.discriminator == input->origin.discriminator) {
    logical::OverAggregate both = *below;
    both.calls.push_back(std::move(every.calls[0]));
    return logical::MakeNode(std::move(both), input->inputs, node.columns, input->origin);
  }
  return logical::MakeNode(std::move(every), node.inputs, node.columns, node.origin);
}

// Calls that read rows behind the row, over inserts in the order of an event time, wait for these
// rows rather than being put right as they come. Those of one SELECT over the same rows share a
// node, which keeps these once.
NodePtr Ahead(NodePtr node) {
  const auto* over = std::get_if<logical::OverAggregate>(&node->operation);
  if (over == nullptr || !over->recomputed || over->order.size() != 1 || over->order[0].descending)
    return node;
  const NodePtr& input = node->inputs[0];
  const auto column = static_cast<size_t>(over->order[0].column);
  if (input->columns[column].time != logical::TimeAttribute::kEvent) return node;
  if (!traits::InferOutputs({{input}}).at(input.get()).gives.append_only()) return node;
  logical::OverAggregate ahead = *over;
  ahead.recomputed = false;
  ahead.ahead = true;
  ahead.frames.assign(ahead.calls.size(), std::exchange(ahead.frame, {}));
  const auto* below = std::get_if<logical::OverAggregate>(&input->operation);
  if (below == nullptr || !below->ahead || below->partition != ahead.partition ||
      below->order != ahead.order || below->ttl_millis != ahead.ttl_millis ||
      node->origin.discriminator != input->origin.discriminator) {
    return logical::MakeNode(std::move(ahead), node->inputs, node->columns, node->origin);
  }
  logical::OverAggregate both = *below;
  both.frames.insert(both.frames.end(), ahead.frames.begin(), ahead.frames.end());
  both.calls.insert(both.calls.end(), ahead.calls.begin(), ahead.calls.end());
  return logical::MakeNode(std::move(both), input->inputs, node->columns, input->origin);
}

// Over updates, what was given has to be put right.
NodePtr RecomputedOverUpdates(NodePtr node) {
  const auto* over = std::get_if<logical::OverAggregate>(&node->operation);
  if (over == nullptr || over->recomputed || over->by_clock) return node;
  const NodePtr& input = node->inputs[0];
  if (traits::InferOutputs({{input}}).at(input.get()).gives.append_only()) return node;
  logical::OverAggregate recomputed = *over;
  recomputed.recomputed = true;
  // That of LAG is as long as it looks back (graph::OverAggregateSpec).
  const bool looks_back = recomputed.calls[0].function == graph::OverFunction::kLag;
  if (looks_back) recomputed.frame = {};
  return logical::MakeNode(std::move(recomputed), node->inputs, node->columns, node->origin);
}

Status NoPattern(const Node& over) {
  const auto& spec = std::get<logical::Over>(over.operation);
  return Status::Unsupported(
             fmt::format("{} in the order of a processing time is supported where a condition "
                         "keeps the first ranks, or if it is the only order, ascending",
                         graph::RankFunctionName(spec.function)))
      .WithId("E1002")
      .WithHint("write WHERE rn <= 10 around it, with a number, or QUALIFY")
      .WithSpan(over.origin.span);
}

// Builds what takes the place of one filter.
class Ranking {
 public:
  Ranking(const Node& filter, Peeled ranked)
      : filter_(filter),
        ranked_(std::move(ranked)),
        over_(std::get<logical::Over>(ranked_.base->operation)),
        input_(ranked_.base->inputs[0]),
        traits_(traits::InferOutputs({{input_}})) {}

  // Null when no condition keeps the first ranks.
  Result<NodePtr> Build() {
    for (const ExprPtr& condition : ranked_.conditions) {
      if (TakeCondition(*condition, RankColumn(*ranked_.base), range_)) continue;
      rest_.push_back(condition);
      ends_ = ends_ || EndsAtValue(*condition, RankColumn(*ranked_.base));
    }
    if (range_.last == INT64_MAX && !ends_) return NodePtr();
    if (range_.last < range_.first || range_.last < 1) {
      return Status::InvalidSql("no rank fulfils the condition: ranks are counted from 1")
          .WithId("E2015")
          .WithSpan(filter_.origin.span);
    }
    const NodePtr chosen = Chosen();
    if (!over_.ttl_hint.empty() && std::holds_alternative<logical::WindowRank>(chosen->operation)) {
      return logical::RefuseTtlOfWindow(over_.ttl_hint);
    }
    return Above(chosen);
  }

 private:
  bool OneRow() const {
    return over_.function == graph::RankFunction::kRowNumber && range_.first == range_.last;
  }
  bool first_only() const {
    return over_.function == graph::RankFunction::kRowNumber && range_.last == 1;
  }
  bool InsertsOnly() const { return traits_.at(input_.get()).gives.append_only(); }
  logical::TimeAttribute TimeOf(int column) const {
    return input_->columns[static_cast<size_t>(column)].time;
  }

  bool ReadsRank() const {
    const auto reads = [&](const ExprPtr& expression) {
      return Reads(*expression, RankColumn(*ranked_.base));
    };
    return std::any_of(ranked_.columns.begin(), ranked_.columns.end(), reads) ||
           std::any_of(rest_.begin(), rest_.end(), reads);
  }

  NodePtr Chosen() const {
    const Node* window =
        InsertsOnly() ? logical::FindGroupedWindow(*input_, over_.partition) : nullptr;
    if (window != nullptr && !logical::WindowOf(*window).processing_time) {
      return WithinWindows(logical::WindowOf(*window));
    }
    const bool by_time =
        over_.order.size() == 1 && TimeOf(over_.order[0].column) != logical::TimeAttribute::kNone;
    return by_time && first_only() && InsertsOnly() ? Deduplicated() : TopN();
  }

  NodePtr Made(logical::Operation operation, bool with_rank) const {
    std::vector<logical::Column> columns = input_->columns;
    if (with_rank) columns.push_back(ranked_.base->columns.back());
    return logical::MakeNode(std::move(operation), {input_}, std::move(columns),
                             ranked_.base->origin);
  }

  NodePtr Deduplicated() const {
    logical::Deduplicate deduplicate;
    deduplicate.keys = over_.partition;
    const int time = over_.order[0].column;
    if (TimeOf(time) == logical::TimeAttribute::kEvent) deduplicate.time_column = time;
    deduplicate.keep_last = over_.order[0].descending;
    deduplicate.ttl_millis = over_.ttl_millis;
    return Made(std::move(deduplicate), false);
  }

  // Cuts the order from a processing time on: rows arrive in its order, so that it needs no key,
  // and no later key matters. Returns whether it is descending: the last of equal rows is then
  // first.
  bool CutAtProcessingTime(std::vector<graph::SortKey>& order) const {
    for (size_t i = 0; i < order.size(); ++i) {
      if (TimeOf(order[i].column) != logical::TimeAttribute::kProcessing) continue;
      const bool descending = order[i].descending;
      order.resize(i);
      return descending;
    }
    return false;
  }

  NodePtr TopN() const {
    logical::Rank rank;
    rank.function = over_.function;
    rank.partition = over_.partition;
    rank.order = over_.order;
    rank.last_of_equal = CutAtProcessingTime(rank.order);
    rank.first = range_.first;
    rank.last = range_.last;
    // Also for a single place, whose rank is known: restored from the state of a query that had
    // more places, the operator takes rows of other ranks back.
    rank.output_rank = ReadsRank();
    rank.ttl_millis = over_.ttl_millis;
    if (!InsertsOnly()) {
      const std::vector<int>& key = traits_.at(input_.get()).upsert_key;
      const bool forward =
          over_.function == graph::RankFunction::kRowNumber && !key.empty() && OnlyForward(key);
      rank.strategy = forward ? graph::RankStrategy::kUpdate : graph::RankStrategy::kRetract;
      if (forward) rank.input_key = key;
    }
    return Made(rank, rank.output_rank);
  }

  // Whether rows stay in their partitions, are never deleted, and their sort keys never get worse.
  bool OnlyForward(const std::vector<int>& key) const {
    const auto in = [](const std::vector<int>& columns, int column) {
      return std::find(columns.begin(), columns.end(), column) != columns.end();
    };
    if (traits_.at(input_.get()).gives.remove) return false;
    const auto inserts_only = [&](const Node& node) {
      return traits_.at(&node).gives.append_only();
    };
    return std::all_of(over_.partition.begin(), over_.partition.end(),
                       [&](int column) { return in(key, column); }) &&
           std::all_of(over_.order.begin(), over_.order.end(), [&](const graph::SortKey& item) {
             if (in(over_.partition, item.column)) return true;
             // A NULL that comes first moves back when it becomes a value.
             const bool nullable =
                 input_->columns.at(static_cast<size_t>(item.column)).type.nullable();
             if (nullable && item.nulls_first) return false;
             const traits::Trend trend = traits::TrendOf(*input_, item.column, inserts_only);
             return trend == (item.descending ? traits::Trend::kRising : traits::Trend::kFalling);
           });
  }

  NodePtr WithinWindows(const window::WindowSpec& window) const {
    logical::WindowRank rank;
    rank.window = window;
    graph::WindowRankSpec& spec = rank.spec;
    spec.function = over_.function;
    for (const int column : over_.partition) {
      const auto traced = logical::TraceWindowColumn(*input_, column);
      const bool start = traced && traced->part == logical::WindowPart::kStart;
      const bool end = traced && traced->part == logical::WindowPart::kEnd;
      if (start) spec.start_column = column;
      if (end) spec.end_column = column;
      if (!start && !end) spec.partition.push_back(column);
    }
    spec.order = over_.order;
    const bool by_time =
        spec.order.size() == 1 && TimeOf(spec.order[0].column) == logical::TimeAttribute::kEvent;
    spec.last_of_equal = CutAtProcessingTime(spec.order);
    // Keeping the last one by time is a deduplication: a later row of equal time takes over.
    if (by_time && first_only() && spec.order[0].descending) spec.last_of_equal = true;
    spec.first = range_.first;
    spec.last = range_.last;
    spec.output_rank = ReadsRank() && !OneRow();
    const bool with_rank = spec.output_rank;
    return Made(std::move(rank), with_rank);
  }

  // The filter's columns again, with the conditions that are left.
  NodePtr Above(const NodePtr& node) const {
    std::vector<ExprPtr> replacements;
    for (size_t i = 0; i < node->columns.size(); ++i) {
      replacements.push_back(logical::ColumnRef(*node, static_cast<int>(i)));
    }
    // A node for a single place may leave out the rank, which is a constant then.
    if (replacements.size() < ranked_.base->columns.size()) {
      replacements.push_back(
          expr::MakeLiteral(Value(Type::BigInt().WithNullable(false), range_.first)));
    }
    std::vector<ExprPtr> conditions;
    for (const ExprPtr& condition : rest_) {
      conditions.push_back(expr::Substitute(condition, replacements));
    }
    logical::Project project;
    for (const ExprPtr& column : ranked_.columns) {
      project.expressions.push_back(expr::Substitute(column, replacements));
    }
    const NodePtr filtered = MakeFilter(node, conditions, filter_.origin);
    return logical::MakeNode(std::move(project), {filtered}, filter_.columns, filter_.origin);
  }

  const Node& filter_;
  const Peeled ranked_;
  const logical::Over& over_;
  const NodePtr input_;
  const traits::TraitMap traits_;
  Range range_;
  bool ends_ = false;  // at a value of the row: every row is ranked
  std::vector<ExprPtr> rest_;
};

}  // namespace

Result<logical::Plan> FindRanks(const logical::Plan& plan) {
  logical::Plan found =
      TRY(logical::Rewrite(plan, [](const Node&, NodePtr node) -> Result<NodePtr> {
        if (!std::holds_alternative<logical::Filter>(node->operation)) return node;
        std::optional<Peeled> ranked = Peel(node, [](const Node& base) {
          return std::holds_alternative<logical::Over>(base.operation);
        });
        if (!ranked) return node;
        NodePtr built = TRY(Ranking(*node, *std::move(ranked)).Build());
        return built ? built : node;
      }));
  found = TRY(logical::Rewrite(found, [](const Node&, NodePtr node) -> Result<NodePtr> {
    if (!std::holds_alternative<logical::Over>(node->operation)) return node;
    NodePtr every = RankOfEveryRow(*node);
    if (every == nullptr) return NoPattern(*node);
    return every;
  }));
  found = TRY(logical::Rewrite(found, [](const Node&, NodePtr node) -> Result<NodePtr> {
    return Ahead(RecomputedOverUpdates(std::move(node)));
  }));
  return LeaveOutUnreadRanks(found);
}

}  // namespace weir::rules
