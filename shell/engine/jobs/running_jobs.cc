#include "shell/engine/jobs/running_jobs.h"

#include <algorithm>
#include <utility>

#include "runtime/base/names.h"

namespace weir::shell {
namespace {

void AddTo(std::map<std::string, uint64_t>& totals, const RunningJob& job) {
  const task::JobSnapshot snapshot = job.job->Snapshot();
  totals["rows"] += snapshot.source_rows;
  totals["jobs"] += 1;
  totals["checkpoints"] += snapshot.checkpoints.completed;
  totals["restores"] += job.from_checkpoint ? 1 : 0;
  totals["restarts"] += snapshot.restarts;
  totals["rows_in_flight"] += snapshot.rows_in_flight;
  for (const task::OperatorSnapshot& node : snapshot.operators) {
    totals["batches"] += node.batches_in;
    totals["disk_reads"] += node.disk_reads;
    totals["evictions"] += node.evictions;
    totals["late_rows"] += node.late_rows;
  }
}

}  // namespace

void RunningJobs::Add(RunningJobPtr job) {
  const MutexLock lock(mutex_);
  jobs_.push_back(std::move(job));
}

std::vector<RunningJobPtr> RunningJobs::Remove(const std::string& job_id) {
  std::vector<RunningJobPtr> removed;
  const MutexLock lock(mutex_);
  for (const RunningJobPtr& job : jobs_) {
    if (job->record.id == job_id) removed.push_back(job);
  }
  for (const RunningJobPtr& job : removed) {
    AddTo(totals_, *job);
    std::erase(jobs_, job);
  }
  return removed;
}

std::vector<RunningJobPtr> RunningJobs::All() const {
  const MutexLock lock(mutex_);
  return jobs_;
}

std::vector<RunningJobPtr> RunningJobs::NotEnded() const {
  std::vector<RunningJobPtr> jobs = All();
  std::erase_if(jobs, [](const RunningJobPtr& job) { return job->ended(); });
  return jobs;
}

RunningJobPtr RunningJobs::Named(std::string_view name) const {
  for (RunningJobPtr& job : NotEnded()) {
    if (EqualsIgnoreCase(job->record.name, name)) return std::move(job);
  }
  return nullptr;
}

void RunningJobs::CountQuery(const RunningJob& query) {
  const MutexLock lock(mutex_);
  AddTo(totals_, query);
}

std::map<std::string, uint64_t> RunningJobs::Totals() const {
  const MutexLock lock(mutex_);
  std::map<std::string, uint64_t> totals = totals_;
  for (const RunningJobPtr& job : jobs_) AddTo(totals, *job);
  return totals;
}

}  // namespace weir::shell
