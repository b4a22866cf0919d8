#include <limits>

#include "planner/logical/window_columns.h"
#include "planner/lower/check_order.h"
#include "planner/lower/lowering.h"
#include "planner/traits/rank_traits.h"
#include "runtime/graph/rank_state.h"
#include "runtime/types/key_encoding.h"

namespace weir::lower {
namespace {

using logical::Node;

}  // namespace

Result<int> Lowering::LowerRank(const Node& node, const logical::Rank& rank) {
  RETURN_IF_ERROR(CheckOrder(node.inputs[0]->columns, rank.order, node.origin.span));
  graph::RankSpec spec;
  spec.function = rank.function;
  spec.partition = rank.partition;
  spec.order = rank.order;
  spec.first = rank.first;
  spec.last = rank.last;
  spec.output_rank = rank.output_rank;
  spec.last_of_equal = rank.last_of_equal;
  spec.strategy = rank.strategy;
  spec.input_key = rank.input_key;
  spec.by_place = traits::ChangesByPlace(rank);
  spec.emit_update_before = TraitsOf(node).needs_update_before;
  spec.ttl_millis = rank.ttl_millis;
  return AddByKey(node, std::move(spec), rank.partition, TRY(Lower(node.inputs[0])));
}

Result<int> Lowering::LowerOver(const Node& node, const logical::OverAggregate& over) {
  if (over.recomputed) return LowerRecomputedOver(node, over);
  if (over.ahead) return LowerOverAhead(node, over);
  graph::OverAggregateSpec spec;
  spec.partition = over.partition;
  spec.time_column = over.by_clock ? -1 : over.order[0].column;
  spec.frame = over.frame;
  spec.calls = over.calls;
  spec.ttl_millis = over.frame.preceding ? 0 : over.ttl_millis;
  return AddByKey(node, std::move(spec), over.partition, TRY(Lower(node.inputs[0])));
}

Result<int> Lowering::LowerRecomputedOver(const Node& node, const logical::OverAggregate& over) {
  RETURN_IF_ERROR(CheckOrder(node.inputs[0]->columns, over.order, node.origin.span));
  graph::OverRecomputeSpec spec;
  spec.partition = over.partition;
  spec.order = over.order;
  spec.frame = over.frame;
  spec.calls = over.calls;
  spec.emit_update_before = TraitsOf(node).needs_update_before;
  spec.ttl_millis = over.ttl_millis;
  return AddByKey(node, std::move(spec), over.partition, TRY(Lower(node.inputs[0])));
}

// Calls of one frame that stand together are a part.
Result<int> Lowering::LowerOverAhead(const Node& node, const logical::OverAggregate& over) {
  graph::OverAheadSpec spec;
  spec.partition = over.partition;
  spec.time_column = over.order[0].column;
  spec.ttl_millis = over.ttl_millis;
  for (size_t i = 0; i < over.calls.size(); ++i) {
    if (spec.parts.empty() || spec.parts.back().frame != over.frames[i])
      spec.parts.push_back({over.frames[i], {}});
    spec.parts.back().calls.push_back(over.calls[i]);
  }
  return AddByKey(node, std::move(spec), over.partition, TRY(Lower(node.inputs[0])));
}

Result<int> Lowering::LowerMatch(const Node& node, const logical::Match& match) {
  return AddByKey(node, match.spec, match.spec.partition, TRY(Lower(node.inputs[0])));
}

Result<int> Lowering::LowerDeduplicate(const Node& node, const logical::Deduplicate& deduplicate) {
  graph::DeduplicateSpec spec;
  spec.keys = deduplicate.keys;
  spec.time_column = deduplicate.time_column;
  spec.keep_last = deduplicate.keep_last;
  spec.emit_update_before = TraitsOf(node).needs_update_before;
  spec.ttl_millis = deduplicate.ttl_millis;
  return AddByKey(node, std::move(spec), deduplicate.keys, TRY(Lower(node.inputs[0])));
}

// Rows are spread by window and partition, so that a ranking without a partition runs on all
// subtasks too.
Result<int> Lowering::LowerWindowRank(const Node& node, const logical::WindowRank& rank) {
  RETURN_IF_ERROR(CheckOrder(node.inputs[0]->columns, rank.spec.order, node.origin.span));
  graph::WindowRankSpec spec = rank.spec;
  const Node* window =
      logical::FindGroupedWindow(*node.inputs[0], {spec.start_column, spec.end_column});
  if (window != nullptr && logical::OverInstants(*window)) spec.time_zone = options_.time_zone;
  const int input = TRY(Lower(node.inputs[0]));
  const graph::Edge edge = ByKey(input, graph::WindowRankKeys(spec));
  return Add({&node, std::move(spec), {edge}, 0, ""});
}

Result<int> Lowering::LowerWindowTable(const Node& node, const logical::WindowTable& table) {
  const int input = TRY(Lower(node.inputs[0]));
  graph::WindowAssignSpec spec{table.window, table.time_column, table.keys};
  if (table.window.kind != window::WindowKind::kSession) {
    return AddBehind(node, std::move(spec), input, "window");
  }
  return AddByKey(node, std::move(spec), table.keys, input);
}

}  // namespace weir::lower
