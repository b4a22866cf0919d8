// The functions in Python that a job calls.
#pragma once

#include "runtime/base/result.h"
#include "runtime/task/job_options.h"
#include "shell/engine/jobs/job_request.h"
#include "shell/engine/jobs/running_job.h"

namespace weir::shell {

// Starts the first process of those that run them, if there are any, and gives it to the job and
// its options. E6001 for an interpreter that cannot be started, E3010 for what is wrong with the
// modules. REQUIRES: `options` has what the job says, and its clock.
Status BeginPython(const JobRequest& request, RunningJob& job, task::JobOptions& options);

// Says which functions have other modules than when `from` was written, under the same VERSION.
// Nobody knows whether they give other values.
void SayChangedModules(const JobRequest& request, const CheckpointMetadata& from,
                       const task::JobOptions& options);

}  // namespace weir::shell
