#include "runtime/checkpoint/saved_form.h"

namespace weir::checkpoint {

OperatorCheckpoint DescribedAs(const graph::JobGraph& graph, const graph::Node& node) {
  OperatorCheckpoint op;
  op.uid = node.uid;
  op.also = node.also;
  op.kind = graph::OperatorKindName(node.spec);
  op.uid_stable = node.uid_stable;
  op.fingerprint = node.fingerprint;
  op.schema = graph::StateOf(node.spec, graph::InputSchema(graph, node));
  return op;
}

CheckpointMetadata SavedFormOf(const graph::JobGraph& graph) {
  CheckpointMetadata saved;
  saved.backend = "memory";
  for (const graph::Node& node : graph.nodes) {
    OperatorCheckpoint& op = saved.operators.emplace_back(DescribedAs(graph, node));
    op.rows = op.schema.tables.empty() ? 0 : 1;
  }
  return saved;
}

}  // namespace weir::checkpoint
