// The plans of jobs that were started on Flink from this data directory: a file a job below
// DIR/flink, written when it starts (state/FORMAT.md).
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "shell/flink/restore/running_plan.h"

namespace weir::shell::flink {

// Whether it is an id of Flink's, or the beginning of one: hexadecimal digits.
bool BeginsJobId(std::string_view text);

// Those of one data directory.
class JobPlans {
 public:
  // `files` outlives it.
  JobPlans(FileSystem& files, const std::string& data_directory);

  // Atomically, in the place of what was kept of this job. REQUIRES: plan.job is an id of Flink's.
  Status Keep(const RunningPlan& plan) const;

  // What the job runs that wrote a savepoint or a retained checkpoint, which is told by its path:
  // ".../savepoint-ab12cd-…" has the beginning of the job's id, ".../<id>/chk-7" all of it.
  // kNotFound E4010 where nothing is kept of such a job, or of several; kInvalidArgument E4010 for
  // a path that names none.
  Result<RunningPlan> OfSnapshot(std::string_view path) const;
  // By its id, or by how that begins. kNotFound E4010.
  Result<RunningPlan> OfJob(std::string_view id) const;

 private:
  FileSystem& files_;
  const std::string directory_;
};

}  // namespace weir::shell::flink
