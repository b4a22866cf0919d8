// The jobs of this process: started, continued, ended.
//
// A job has one record for its life, under an id of its own; its name is unique among those that
// did not finish. Start decides by name: no record, or one that has finished or was cancelled: a
// fresh start under a new id. An unfinished one with the same SQL and definitions: the same id goes
// on from its newest complete checkpoint. An unfinished one with others: refused.
//
//   record RUNNING ─┬─ End kStop, StopAll ─────▶ SUSPENDED ─ Start ─▶ RUNNING
//                   ├─ its process died ───────▶ still RUNNING on disk, listed as SUSPENDED
//                   ├─ no restart left ────────▶ FAILED    ─ Start ─▶ RUNNING
//                   ├─ end of input, kDrain ───▶ FINISHED  ─ Start ─▶ a new job
//                   └─ End kCancel ────────────▶ CANCELED  ─ Reopen ─▶ SUSPENDED, when
//                                                checkpoints were kept
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/jobs/job_registry.h"
#include "shell/engine/jobs/running_job.h"
#include "shell/engine/jobs/snapshot_reader.h"
#include "state/table/memory_budget.h"

namespace weir::shell {

// Used by one thread. What it is made from outlives it.
// A record is durable before its job runs and after it ended; what a crash left is brought up to
// date when it is next looked at.
class JobRunner {
 public:
  JobRunner(const EnginePorts& ports, JobRegistry& registry, const SnapshotReader& snapshots,
            std::shared_ptr<state::MemoryBudget> memory);
  // Stops what runs with a last checkpoint.
  ~JobRunner();

  // Runs a job: anew, or from its last checkpoint when a job of this name did not finish and its
  // SQL and definitions are the same. kRestoreRefused when they differ, with the statements to use;
  // E5002 when a job of this name runs in this process. A start that fails leaves the records of
  // the name as they were.
  Result<RunningJob*> Start(JobRequest request);
  // A SELECT: no name, no checkpoints, not remembered.
  Result<std::unique_ptr<RunningJob>> StartQuery(JobRequest request, ResultListener& results);
  // A job of this process by name or id; E5001, or E5002 when it does not run here.
  Result<RunningJob*> FindRunning(std::string_view name_or_id);

  // E5002 when the job runs no more (one that has finished can be cancelled, to no effect); E7003
  // when the last checkpoint failed: then it runs on.
  Status End(RunningJob& job, JobEnding how);
  // Forgets a job that does not run, and removes its checkpoints wherever they are. Says what of
  // them lay elsewhere or stays. E5001, E5002.
  Result<std::vector<std::string>> Drop(std::string_view name_or_id);
  // Stops every running job with a last checkpoint; the first failure. One that waits for its
  // restart is suspended where it is, which counts as a failure, E7003.
  Status StopAll();
  // Records of jobs that have ended are brought up to date.
  Status RecordEndings();
  // Every recorded job, oldest first, as it is now; damaged records among them. Writes nothing.
  Result<std::vector<JobSummary>> List() const;
  // Those of this process, those that have ended too, in order of their start; valid until the next
  // call that starts or drops a job.
  std::vector<RunningJob*> jobs() const;
  // What the jobs and queries of this process did so far, by name: "rows", "checkpoints",
  // "restores", …
  std::map<std::string, uint64_t> Totals() const;
  // Adds a query that has ended to the totals.
  void CountQuery(const RunningJob& job) { AddTo(totals_, job); }
  // Makes a job that was cancelled, or ended otherwise without finishing, one that can be
  // continued. E7004 when none of its checkpoints was kept, E5002 when it has finished.
  Status Reopen(JobRecord record);

 private:
  Status CheckNotRunning(const std::string& name) const;
  void FillRecord(const JobRequest& request, const std::optional<JobRecord>& continued,
                  JobRecord& record);
  Status Record(const JobRecord& record);
  Status Unrecord(const std::optional<JobRecord>& continued, const JobRecord& record);
  // Says so where a new job finds output of another one that is not here any more.
  void SayOfOutput(const JobRecord& record) const;
  Status Begin(JobRequest request, task::JobOptions options, RunningJob& job);
  Status OpenStorage(RunningJob& job) const;
  // The record of a job of this process as it is now.
  JobRecord RecordNow(const RunningJob& job) const;
  Result<std::optional<CheckpointMetadata>> LoadRecovered(RunningJob& job) const;
  Result<task::JobOptions> MakeOptions(const JobRequest& request, RunningJob& job);
  // Opens state in `directory` that is in no checkpoint.
  std::function<Result<task::Scratch>()> ScratchIn(std::string directory,
                                                   const conf::Settings& settings) const;
  Result<std::optional<JobRecord>> Continued(const JobRequest& request) const;
  Status ForgetFormer(const JobRecord& by);
  Status Supersede(const JobRecord& by);
  static void AddTo(std::map<std::string, uint64_t>& totals, const RunningJob& job);
  void Forget(const std::string& job_id);
  Status RecordEnding(RunningJob& job);
  Status Cancel(RunningJob& job);
  // Of a job that nobody asked to forget; its user is told what there is to tell.
  Status RemoveCheckpoints(const JobRecord& record) const;
  Status StopInAnyState(RunningJob& job);
  void Announce(RunningJob& job);

  const EnginePorts& ports_;
  JobRegistry& registry_;
  const SnapshotReader& snapshots_;
  std::shared_ptr<state::MemoryBudget> memory_;
  std::vector<std::unique_ptr<RunningJob>> jobs_;  // of this process, in order of their start
  std::map<std::string, uint64_t> totals_;         // of jobs that are not in jobs_ any more
};

// Those of them that have not ended.
std::vector<RunningJob*> Running(const JobRunner& jobs);

}  // namespace weir::shell
