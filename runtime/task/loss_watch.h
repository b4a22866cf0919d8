// Rows and records that a job leaves out, told from its figures: so that the counts that are said
// are those that DESCRIBE JOB shows.
#pragma once

#include <cstdint>

#include "runtime/notices.h"
#include "runtime/task/job_snapshot.h"

namespace weir::task {

// Used by one thread.
// A restart takes counts back to those of its checkpoint: what is counted again then was said
// before.
class LossWatch {
 public:
  // What was left out before the job's start was said then.
  void Begin(const JobSnapshot& restored);
  // Reports what was left out since the last look, naming the operator that left out most.
  void Update(const JobSnapshot& job, Notices& notices);

 private:
  uint64_t late_ = 0;     // the most that was seen
  uint64_t skipped_ = 0;  // as late_
};

}  // namespace weir::task
