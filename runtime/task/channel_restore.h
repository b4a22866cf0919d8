// Finds the tasks that go on with the rows that an unaligned checkpoint found on their way.
#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/job_graph.h"
#include "runtime/task/chain_planner.h"
#include "runtime/task/task.h"

namespace weir::task {

// The rows of `files` (channel_state.h), of the channels' file and of recursions, for each subtask
// of each chain, in the order in which they are to be taken: those of a hash exchange go to the
// owner of their key group, others are dealt out by the number of the subtask that they were for.
// The parallelism may be another one than that of the checkpoint. E7002 where the graph has no such
// edge any more, kCorruption E7001 for damaged bytes.
Result<std::vector<std::vector<std::deque<RowsAhead>>>> RowsInFlight(
    const std::vector<std::string_view>& files, const graph::JobGraph& graph, const ChainPlan& plan,
    uint32_t max_parallelism);

}  // namespace weir::task
