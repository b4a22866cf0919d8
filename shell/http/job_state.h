// The state of a job that is listed, running here or not.
#pragma once

#include <string_view>
#include <vector>

#include "shell/engine/jobs/running_job.h"

namespace weir::shell {

// The state that SHOW JOBS shows: "RUNNING", or "SUSPENDED" for a job whose process has died.
// "FAILED" for a damaged record, since Flink's clients know no better word. Lives forever.
std::string_view StateName(const JobSummary& job);

// Leaves out jobs whose name a newer one has, in the same case; the others stay in their order.
// REQUIRES: `jobs` are oldest first, as JobRunner::List gives them.
std::vector<const JobSummary*> NewestOfNames(const std::vector<JobSummary>& jobs);

}  // namespace weir::shell
