// Savepoints of jobs that never ran, for tests of what a restore would do.
#pragma once

#include "runtime/checkpoint_storage.h"
#include "runtime/graph/job_graph.h"

namespace weir::planner::testing {

// The metadata of a savepoint of this job: seven rows in every operator that keeps rows.
inline CheckpointMetadata SavedOf(const graph::JobGraph& graph) {
  CheckpointMetadata saved;
  for (const graph::Node& node : graph.nodes) {
    OperatorCheckpoint& op = saved.operators.emplace_back();
    op.uid = node.uid;
    op.also = node.also;
    op.kind = graph::OperatorKindName(node.spec);
    op.uid_stable = node.uid_stable;
    op.fingerprint = node.fingerprint;
    op.schema = graph::StateOf(node.spec, graph::InputSchema(graph, node));
    op.rows = op.schema.tables.empty() ? 0 : 7;
  }
  return saved;
}

}  // namespace weir::planner::testing
