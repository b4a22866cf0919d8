#include <numeric>

#include "planner/logical/window_columns.h"
#include "planner/lower/lowering.h"
#include "runtime/graph/aggregate_state.h"
#include "runtime/types/key_encoding.h"

namespace weir::lower {
namespace {

using logical::Node;

// Partial results of sessions cannot be merged, and processing time must be read only once.
bool AllowsTwoPhases(const graph::WindowAggregateSpec& spec) {
  return spec.window.kind != window::WindowKind::kSession && !spec.window.processing_time &&
         spec.end_column < 0;
}
bool AllowsTwoPhases(const graph::GroupAggregateSpec&) {
  return true;
}

}  // namespace

Result<int> Lowering::LowerAggregate(const Node& node, const logical::Aggregate& aggregate) {
  graph::GroupAggregateSpec spec;
  spec.keys = aggregate.keys;
  spec.calls = aggregate.calls;
  spec.input_retracts = Retracts(node);
  spec.emit_update_before = TraitsOf(node).needs_update_before;
  spec.ttl_millis = aggregate.ttl_millis;
  const int input = TRY(Lower(node.inputs[0]));
  const auto* recursion = std::get_if<logical::Recursion>(&node.inputs[0]->operation);
  if (recursion == nullptr) return AddAggregate(node, std::move(spec), input);
  // The DISTINCT of a recursive UNION runs on the recursion's subtasks, over which rows are spread
  // by its keys. The step reads what it lets through.
  const int distinct = AddBehind(node, std::move(spec), input, "");
  recursive_rows_[recursion->id] = distinct;
  return distinct;
}

Result<int> Lowering::LowerWindowAggregate(const Node& node,
                                           const logical::WindowAggregate& aggregate) {
  graph::WindowAggregateSpec spec;
  spec.window = aggregate.window;
  spec.time_column = aggregate.time_column;
  spec.start_column = aggregate.start_column;
  spec.end_column = aggregate.end_column;
  spec.keys = aggregate.keys;
  spec.calls = aggregate.calls;
  spec.input_retracts = Retracts(node);
  spec.emit_time = true;
  spec.window_type = node.columns[node.columns.size() - 3].type;
  // Days and hours are those of the session's zone, also where the time column itself is
  // TIMESTAMP_LTZ.
  const bool local = logical::OverInstants(node);
  if (local) spec.time_zone = options_.time_zone;
  return AddAggregate(node, std::move(spec), TRY(Lower(node.inputs[0])));
}

template <typename Spec>
Result<int> Lowering::AddAggregate(const Node& node, Spec spec, int input) {
  const uint32_t parallelism = spec.keys.empty() ? 1 : 0;
  if (!AllowsTwoPhases(spec) || !TwoPhases(node, spec.calls, spec.input_retracts, input)) {
    const graph::Edge edge = ByKey(input, spec.keys);
    return Add({&node, std::move(spec), {edge}, parallelism, ""});
  }
  spec.phase = graph::AggregatePhase::kLocal;
  Schema partial = graph::PartialSchema(spec, At(input).output);
  const int local = AddBehind(node, spec, input, "local");
  graph::Node& added = graph_.nodes[static_cast<size_t>(local)];
  // The local phase is named after its aggregate. The name that it got as an operator without state
  // is free again.
  uids_.erase(added.uid);
  added.uid = node.origin.identity ? node.origin.identity->uid + ".local" : added.uid;
  added.output = std::move(partial);
  added.changelog = ChangelogMode::AppendOnly();
  added.upsert_key.clear();
  spec.phase = graph::AggregatePhase::kGlobal;
  std::iota(spec.keys.begin(), spec.keys.end(), 0);
  const graph::Edge edge = ByKey(local, spec.keys);
  return Add({&node, std::move(spec), {edge}, parallelism, ""});
}

bool Lowering::TwoPhases(const Node& node, const std::vector<expr::AggregateCall>& calls,
                         bool retracts, int input) const {
  if (options_.phases == PhaseStrategy::kOnePhase) return false;
  if (!graph::MaySplit(calls, retracts)) return false;
  if (options_.phases == PhaseStrategy::kTwoPhase) return true;
  // The local phase emits its buffer with the next watermark or at the end. Without either, rows
  // would wait forever.
  const traits::NodeTraits& below = TraitsOf(*node.inputs[0]);
  const bool pays = options_.phases == PhaseStrategy::kAtAnyParallelism ||
                    (options_.parallelism > 1 && At(input).parallelism != 1);
  return pays && (below.event_time || below.bounded);
}

graph::Edge Lowering::ByKey(int from, const std::vector<int>& keys) const {
  if (keys.empty()) return Together(from);
  return {from, graph::ExchangeKind::kHash, keys};
}

graph::Edge Lowering::Together(int from) const {
  const bool one = At(from).parallelism == 1;
  return {from, one ? graph::ExchangeKind::kForward : graph::ExchangeKind::kSingleton, {}};
}

}  // namespace weir::lower
