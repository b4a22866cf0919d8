#include "planner/traits/rank_traits.h"

#include <algorithm>

#include "planner/logical/window_columns.h"
#include "planner/traits/upsert_key.h"
#include "runtime/expr/aggregate_function.h"

namespace weir::traits {
namespace {

bool OneRowAPartition(graph::RankFunction function, int64_t first, int64_t last) {
  return function == graph::RankFunction::kRowNumber && first == last;
}

// Whether a row that moves to another rank is an update.
bool ShowsPlaces(const logical::Rank& rank) {
  return rank.output_rank && !OneRowAPartition(rank.function, rank.first, rank.last);
}

}  // namespace

bool ChangesByPlace(const logical::Rank& rank) {
  if (rank.function != graph::RankFunction::kRowNumber) return false;
  const bool only_one = rank.last == 1 && rank.strategy != graph::RankStrategy::kRetract;
  return ShowsPlaces(rank) || rank.first > 1 || only_one;
}

bool RowsCross(const logical::Rank& rank) {
  return ChangesByPlace(rank) && !rank.output_rank && rank.first != rank.last;
}

logical::Rank RankOfSort(const logical::Sort& sort, bool input_retracts) {
  logical::Rank rank;
  rank.order = sort.keys;
  rank.first = sort.offset + 1;
  rank.last = sort.offset + sort.limit;
  if (input_retracts) rank.strategy = graph::RankStrategy::kRetract;
  return rank;
}

bool TakesNothingBack(const logical::Sort& sort, bool input_retracts) {
  return sort.keys.empty() && !input_retracts;
}

ChangelogMode GivenBySort(const logical::Sort& sort, bool input_retracts, bool update_before) {
  if (TakesNothingBack(sort, input_retracts)) return ChangelogMode::AppendOnly();
  return GivenByRank(RankOfSort(sort, input_retracts), update_before);
}

ChangelogMode GivenByRank(const logical::Rank& rank, bool update_before) {
  const bool retracts = rank.strategy == graph::RankStrategy::kRetract;
  // A place that has a row keeps having one, unless rows are retracted.
  if (ChangesByPlace(rank)) return {true, update_before, true, retracts};
  // Rows that stay are updated where their ranks are emitted, or come by key.
  const bool updates = ShowsPlaces(rank) || rank.strategy == graph::RankStrategy::kUpdate;
  return {true, updates && update_before, updates, true};
}

ChangelogMode GivenByOver(const logical::Node& node, const logical::Over& over,
                          const ChangelogMode& input) {
  if (!input.append_only()) return ChangelogMode::All();
  const logical::Node* window = logical::FindGroupedWindow(*node.inputs[0], over.partition);
  const bool final = window != nullptr && !logical::WindowOf(*window).processing_time;
  return final ? ChangelogMode::AppendOnly() : ChangelogMode::All();
}

ChangelogMode GivenByDeduplicate(const logical::Deduplicate& deduplicate, bool update_before) {
  if (!deduplicate.keep_last) return ChangelogMode::AppendOnly();
  return {true, update_before, true, false};
}

std::vector<int> UpsertKeyOfRank(const logical::Node& node, const logical::Rank& rank,
                                 const std::vector<int>& input_key, bool input_moves) {
  if (OneRowAPartition(rank.function, rank.first, rank.last)) return rank.partition;
  if (!rank.output_rank || rank.function != graph::RankFunction::kRowNumber)
    return KeyBehindExchange(input_key, rank.partition, input_moves);
  // Rows move from place to place, so the changes of one row, by its own key, may come in another
  // order.
  std::vector<int> key = rank.partition;
  key.push_back(static_cast<int>(node.columns.size()) - 1);
  return key;
}

std::vector<int> UpsertKeyOfWindowRank(const logical::Node& node, const logical::WindowRank& rank,
                                       const std::vector<int>& input_key) {
  const graph::WindowRankSpec& spec = rank.spec;
  std::vector<int> key = spec.partition;
  key.push_back(spec.start_column);
  key.push_back(spec.end_column);
  if (OneRowAPartition(spec.function, spec.first, spec.last)) return key;
  if (!spec.output_rank || spec.function != graph::RankFunction::kRowNumber) return input_key;
  key.push_back(static_cast<int>(node.columns.size()) - 1);
  return key;
}

Trend TrendOf(const logical::Node& node, int column,
              const std::function<bool(const logical::Node&)>& inserts_only) {
  if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
    const expr::Expr& expression = *project->expressions[static_cast<size_t>(column)];
    if (expression.kind != expr::ExprKind::kColumn) return Trend::kUnknown;
    return TrendOf(*node.inputs[0], expression.column, inserts_only);
  }
  const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation);
  if (aggregate == nullptr || !inserts_only(*node.inputs[0])) return Trend::kUnknown;
  const int call = column - static_cast<int>(aggregate->keys.size());
  if (call < 0) return Trend::kUnknown;
  switch (aggregate->calls[static_cast<size_t>(call)].function) {
    case expr::AggregateFunction::kCount:
    case expr::AggregateFunction::kMax:
      return Trend::kRising;
    case expr::AggregateFunction::kMin:
      return Trend::kFalling;
    default:
      return Trend::kUnknown;
  }
}

}  // namespace weir::traits
