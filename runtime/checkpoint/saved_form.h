// A job as its checkpoints describe it.
#pragma once

#include "runtime/checkpoint_storage.h"
#include "runtime/graph/job_graph.h"

namespace weir::checkpoint {

// What state of the operator would mean, and how it is laid out; nothing of what there is of it.
// REQUIRES: node is one of the graph's.
OperatorCheckpoint DescribedAs(const graph::JobGraph& graph, const graph::Node& node);

// As a savepoint would have it, with a row in each operator that keeps rows, in memory: for what is
// decided by plans alone, such as whether a job that runs elsewhere would keep its state, and for
// tests of verdicts. Everything else is as in an empty metadata.
CheckpointMetadata SavedFormOf(const graph::JobGraph& graph);

}  // namespace weir::checkpoint
