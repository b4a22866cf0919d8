// What an edit does to the state of a job on Flink.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/checkpoint/compare_state.h"
#include "runtime/graph/job_graph.h"
#include "shell/flink/restore/running_plan.h"

namespace weir::shell::flink {

struct FlinkVerdict {
  std::string name;  // as in NumberedNode
  checkpoint::Verdict verdict = checkpoint::Verdict::kFull;
  // What it would be for a job of ours, which finds columns by what they mean and can convert them.
  checkpoint::Verdict here = checkpoint::Verdict::kFull;
  std::string reason;  // in words; "" where nothing is to say
  std::string description;
};

// For each node with state of `after`, in its order, then for those of `before` that nothing
// continues. What state means is decided as for our own jobs (checkpoint::PlanRestore), then what
// Flink makes of it: its operators find columns and accumulators by their places and cannot convert
// them, so a MIGRATE is FULL where nothing has moved and INCOMPATIBLE elsewhere; what Flink would
// take without a word although it means something else is INCOMPATIBLE, too. docs/flink.md has the
// table that was tried. `graph` is our plan of `after`. kExternal E4010 for a plan that cannot be
// read.
Result<std::vector<FlinkVerdict>> ComparePlans(const RunningPlan& before, const RunningPlan& after,
                                               const graph::JobGraph& graph);

}  // namespace weir::shell::flink
