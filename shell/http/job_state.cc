#include "shell/http/job_state.h"

#include <map>

#include "runtime/base/check.h"
#include "runtime/base/names.h"

namespace weir::shell {

std::string_view StateName(const JobSummary& job) {
  if (job.snapshot) return task::JobStateName(job.snapshot->state);
  if (!job.record.damage.empty()) return task::JobStateName(task::JobState::kFailed);
  switch (job.record.state) {
    case RecordedState::kRunning:
    case RecordedState::kSuspended:
      return task::JobStateName(task::JobState::kSuspended);
    case RecordedState::kFinished:
      return task::JobStateName(task::JobState::kFinished);
    case RecordedState::kFailed:
      return task::JobStateName(task::JobState::kFailed);
    case RecordedState::kCanceled:
      return task::JobStateName(task::JobState::kCanceled);
  }
  WEIR_UNREACHABLE();
}

std::vector<const JobSummary*> NewestOfNames(const std::vector<JobSummary>& jobs) {
  std::map<std::string, const JobSummary*> newest;  // by the name as it is compared
  for (const JobSummary& job : jobs) newest[ToLower(job.record.name)] = &job;
  std::vector<const JobSummary*> kept;
  for (const JobSummary& job : jobs) {
    if (newest[ToLower(job.record.name)] == &job) kept.push_back(&job);
  }
  return kept;
}

}  // namespace weir::shell
