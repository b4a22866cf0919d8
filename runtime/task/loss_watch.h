// Watches the figures of a job for rows and records that it leaves out, so that the numbers in
// notices are those that DESCRIBE JOB shows.
#pragma once

#include <cstdint>

#include "runtime/notices.h"
#include "runtime/task/job_snapshot.h"

namespace weir::task {

// Used by one thread. A restart puts counters back to their values in its checkpoint; what is then
// counted a second time has been announced already, so only new maxima are reported.
class LossWatch {
 public:
  // Remembers what was left out before the job's start, which was announced then.
  void Begin(const JobSnapshot& restored);
  // Reports what was left out since the last call, naming the operator that left out most.
  void Update(const JobSnapshot& job, Notices& notices);

 private:
  uint64_t late_ = 0;     // the greatest value so far
  uint64_t skipped_ = 0;  // as late_
};

}  // namespace weir::task
