// The state of a job that is listed, running here or not.
#pragma once

#include <string_view>
#include <vector>

#include "shell/engine/jobs/running_job.h"

namespace weir::shell {

// As SHOW JOBS has it: "RUNNING", or "SUSPENDED" for one whose process has died. Of a damaged
// record "FAILED", since Flink's clients know no other word for it. Lives forever.
std::string_view StateName(const JobSummary& job);

// Of several jobs with one name the newest, in the order of `jobs`.
std::vector<const JobSummary*> NewestOfNames(const std::vector<JobSummary>& jobs);

}  // namespace weir::shell
