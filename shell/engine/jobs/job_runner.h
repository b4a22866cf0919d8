// The jobs of this process: starts, continues and ends them.
// A job has one record for its life, under an id of its own; its name is unique among unfinished
// jobs. Start decides by name. Without a record, or if the last one has finished or was cancelled,
// it is a fresh start under a new id. If an unfinished job has the same SQL and definitions, its id
// continues from its newest complete checkpoint; if they differ, the start is refused.
//
//   record RUNNING ─┬─ End kStop, StopAll ─────▶ SUSPENDED ─ Start ─▶ RUNNING
//                   │                            (kServer: JobRecord::resumes)
//                   ├─ its process died ───────▶ still RUNNING on disk, listed as SUSPENDED
//                   ├─ no restart left ────────▶ FAILED    ─ Start ─▶ RUNNING
//                   ├─ end of input, kDrain ───▶ FINISHED  ─ Start ─▶ a new job
//                   └─ End kCancel ────────────▶ CANCELED  ─ Reopen ─▶ SUSPENDED, when
//                                                checkpoints were kept
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/state_tables.h"
#include "shell/engine/jobs/job_registry.h"
#include "shell/engine/jobs/job_remains.h"
#include "shell/engine/jobs/name_holds.h"
#include "shell/engine/jobs/running_jobs.h"
#include "shell/engine/jobs/snapshot_reader.h"
#include "state/table/memory_budget.h"

namespace weir::shell {

// Thread-safe. A record is durable before its job runs and after it has ended; what a crash left is
// corrected when it is next read. Who starts a job holds its name, from before it looks at what the
// start depends on.
class JobRunner {
 public:
  // What it works with. REQUIRES: all of it outlives this.
  struct Parts {
    const EnginePorts& ports;
    JobRegistry& registry;
    const SnapshotReader& snapshots;
    connectors::StateTables& states;
    JobHolds& holds;
    std::shared_ptr<state::MemoryBudget> memory;
  };
  explicit JobRunner(const Parts& parts);
  // Stops all running jobs with a last checkpoint.
  ~JobRunner();

  // The jobs of this process and their totals.
  RunningJobs& running() { return jobs_; }
  const RunningJobs& running() const { return jobs_; }

  // Runs a job: from its last checkpoint if an unfinished job has this name and the same SQL and
  // definitions, else anew. kRestoreRefused when they differ, with the statements to use; E5002
  // when a job of this name runs in this process. A start that fails leaves the records as they
  // were.
  // REQUIRES: `hold` is of the request's name.
  Result<RunningJobPtr> Start(JobRequest request, const NameHold& hold);
  // Runs a SELECT, which has no name and no checkpoints and is not recorded.
  Result<std::unique_ptr<RunningJob>> StartQuery(JobRequest request, ResultListener& results);
  // A running job of this process by name or id. E5001 for an unknown job, E5002 for one that does
  // not run here.
  Result<RunningJobPtr> FindRunning(std::string_view name_or_id);

  // Ends a job. E5002 when it is not running (cancelling a finished job does nothing). E7003 when
  // the last checkpoint failed, in which case it runs on.
  Status End(RunningJob& job, JobEnding how);
  // Forgets a job that is not running and removes its checkpoints wherever they are. Returns lines
  // about those that lay elsewhere or were left. E5001, E5002.
  Result<std::vector<std::string>> Drop(std::string_view name_or_id);
  // Stops every running job with a last checkpoint, several at a time, and returns the failure of
  // the one that was started first. A job that waits for its restart is suspended as it is, which
  // counts as a failure, E7003.
  Status StopAll(StoppedBy by = StoppedBy::kUser);
  // Updates the records of jobs that have ended.
  Status RecordEndings();
  // Every recorded job, oldest first, with its current state; includes damaged records. Writes
  // nothing.
  Result<std::vector<JobSummary>> List() const;
  // Whether the job, which was one to resume, still is: nobody has dropped, ended, restored or
  // started it meanwhile. REQUIRES: the caller holds its name.
  Result<bool> IsToResume(const JobRecord& then) const;
  // Makes a job that was cancelled or ended without finishing one that can be continued. E7004 when
  // none of its checkpoints was kept, E5002 when it has finished.
  Status Reopen(JobRecord record);

 private:
  Status CheckNotRunning(const std::string& name) const;
  void FillRecord(const JobRequest& request, const std::optional<JobRecord>& continued,
                  JobRecord& record);
  Status Record(const JobRecord& record);
  Status Unrecord(const std::optional<JobRecord>& continued, const JobRecord& record);
  // Tells the user if a new job finds output of another job that is not here any more.
  void SayOfOutput(const JobRecord& record) const;
  Status Begin(JobRequest request, task::JobOptions options, RunningJob& job);
  Status OpenStorage(RunningJob& job) const;
  Status TakePlace(const std::string& place, const JobRecord& record) const;
  Result<std::optional<CheckpointMetadata>> LoadRecovered(
      const RunningJob& job, const JobRecord& record, const conf::Settings& settings,
      std::map<std::string, std::string> damaged, checkpoint::RecoveryDecision& recovery) const;
  Result<CheckpointMetadata> FallBack(const RunningJob& job, const conf::Settings& settings,
                                      const std::string& path, const Status& damage) const;
  Result<CheckpointMetadata> LoadOwn(const RunningJob& job, const std::string& path) const;
  Status PassOver(const RunningJob& job, const checkpoint::RecoveryDecision& recovery) const;
  void SayPassedOver(const RunningJob& job, const std::string& fallback) const;
  std::vector<JobListener*> ListenersOf(const RunningJob& job) const;
  Result<task::JobOptions> MakeOptions(const JobRequest& request, RunningJob& job);
  // Opens state in `directory` that is part of no checkpoint.
  Result<task::Scratch> OpenScratch(std::string directory, const conf::Settings& settings,
                                    const std::shared_ptr<state::MemoryBudget>& memory) const;
  // What lookups and sorts put on disk. The paths of their directories begin with these.
  void SetScratchPorts(const conf::Settings& settings,
                       const std::shared_ptr<state::MemoryBudget>& memory,
                       const std::string& lookups, const std::string& sorts,
                       task::JobPorts& ports) const;
  Result<std::optional<JobRecord>> Continued(const JobRequest& request) const;
  Status ForgetFormer(const JobRecord& by);
  Status CheckNameIsNoId(const std::string& name) const;
  Status Supersede(const JobRecord& by, bool damaged_too);
  // Drops a job of this process that has ended.
  void Forget(const std::string& job_id);
  Status RecordEnding(RunningJob& job);
  bool GoesOn(const RunningJob& job) const;
  Status Cancel(RunningJob& job);
  // For a job that nobody asked to drop; the user is told what happened.
  Status RemoveCheckpoints(const JobRecord& record) const;
  Status StopInAnyState(RunningJob& job);
  Status StopAndRecord(RunningJob& job, StoppedBy by);
  void Announce(RunningJob& job, bool recorded);

  const EnginePorts& ports_;
  JobRegistry& registry_;
  const SnapshotReader& snapshots_;
  connectors::StateTables& states_;
  JobHolds& holds_;
  std::shared_ptr<state::MemoryBudget> memory_;
  const JobRemains remains_;
  RunningJobs jobs_;
};

// E5002 for a job that has finished, and so cannot go on itself.
Status CheckNotFinished(const JobRecord& record);
// Whether the job of this record had other SQL or tables than what is asked for.
bool IsEdited(const JobRecord& record, const JobRequest& request);
// What to type when the SQL of a job that has a checkpoint was changed to `sql`; `clauses` are
// those that its RESTORE takes.
std::string WaysOfChangedSql(const std::string& name, const std::string& sql,
                             const std::string& clauses);

}  // namespace weir::shell
