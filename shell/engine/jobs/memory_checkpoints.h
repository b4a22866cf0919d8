// Checkpoints in the memory of this process, as Flink's JobManagerCheckpointStorage keeps them:
// they outlive a failure of the job, but not the process. A job's place for them is a directory of
// files in memory (runtime/memory_files.h), so whatever reads or writes checkpoints works with it.
#pragma once

#include <string>

#include "conf/settings.h"
#include "runtime/base/status.h"
#include "runtime/graph/job_graph.h"

namespace weir::shell {

// Whether a job with these settings keeps its checkpoints in memory:
// 'execution.checkpointing.storage', or what 'state.backend.type' says of it. As in Flink, where
// neither says it, a directory for checkpoints decides.
bool KeepsCheckpointsInMemory(const conf::Settings& settings);
// The place of the checkpoints of a job that keeps them in memory.
std::string MemoryPlace(const std::string& job_id);
// E6002, at the sink, when one of the graph's sinks commits its output with checkpoints: a later
// process would not know what was committed, and write it again.
Status CheckSinksForMemory(const graph::JobGraph& graph);

}  // namespace weir::shell
