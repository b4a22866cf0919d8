// Savepoints of jobs that never ran, for tests of what a restore would do.
#pragma once

#include "runtime/checkpoint/saved_form.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/graph/job_graph.h"

namespace weir::planner::testing {

// The metadata of a savepoint of this job: seven rows in every operator that keeps rows.
inline CheckpointMetadata SavedOf(const graph::JobGraph& graph) {
  CheckpointMetadata saved = checkpoint::SavedFormOf(graph);
  for (OperatorCheckpoint& op : saved.operators) op.rows *= 7;
  return saved;
}

}  // namespace weir::planner::testing
