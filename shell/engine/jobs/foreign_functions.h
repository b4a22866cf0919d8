// The functions in other languages that a job calls.
#pragma once

#include <memory>

#include "planner/ast/function.h"
#include "runtime/base/result.h"
#include "runtime/expr/foreign.h"
#include "runtime/file_system.h"
#include "runtime/native/functions.h"
#include "runtime/python/workers.h"
#include "runtime/task/job_options.h"
#include "shell/engine/jobs/job_request.h"
#include "shell/engine/jobs/running_job.h"

namespace weir::shell {

// Those of one job, each with who runs it. Thread-safe once the job has begun.
struct ForeignFunctions final : expr::ForeignRunner {
  Status Call(const expr::ForeignCall& call, Column& out) override;
  // Ends what is in no call.
  void Rest();

  std::unique_ptr<python::Workers> python;    // null: it calls none in Python
  std::unique_ptr<native::Functions> native;  // null: it calls none of a library
};

// Loads the libraries, and starts the first process of those in Python, if there are any, and gives
// them to the job and its options. E6001 for an interpreter that cannot be started, E3010 for what
// is wrong with modules and libraries. REQUIRES: `options` has what the job says, and its clock.
Status BeginFunctions(FileSystem& files, const JobRequest& request, RunningJob& job,
                      task::JobOptions& options);

// Says which functions have other modules or libraries, or are others of theirs, than when `from`
// was written, under the same VERSION. Nobody knows whether they give other values.
void SayChangedModules(const JobRequest& request, const CheckpointMetadata& from,
                       const task::JobOptions& options);

// Whether the library of a function that is being created has it, as it is declared. E3010 with the
// place of what is wrong in `create`.
Status CheckLibrary(FileSystem& files, const ast::CreateFunction& create,
                    const expr::ForeignFunction& function);

}  // namespace weir::shell
