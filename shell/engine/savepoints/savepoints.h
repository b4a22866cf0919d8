// Savepoints of jobs: taken, dropped, and judged before a job starts from one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/jobs/job_registry.h"
#include "shell/engine/jobs/running_job.h"
#include "shell/engine/jobs/snapshot_reader.h"
#include "state/checkpoint/savepoints.h"
#include "state/table/memory_budget.h"

namespace weir::shell {

// Used by one thread.
class Savepoints {
 public:
  // What it works with, which outlives it.
  struct Parts {
    const EnginePorts& ports;
    JobRegistry& registry;
    const SnapshotReader& snapshots;
    // Ends a job, as JobRunner::End.
    std::function<Status(RunningJob&, JobEnding)> end;
    std::shared_ptr<state::MemoryBudget> memory;
  };
  explicit Savepoints(Parts parts) : parts_(std::move(parts)) {}

  // A savepoint of a running job, which goes on; with `cancel` nothing is emitted or committed
  // after it and the job ends. E7003 when there is none: then it runs on.
  Result<state::SavepointInfo> Take(RunningJob& job, const SavepointTarget& target, bool cancel);
  // Ends the job, `how` being kStop or kDrain, and makes a savepoint of its last checkpoint. When
  // only the savepoint fails, the error says so.
  Result<state::SavepointInfo> TakeLast(RunningJob& job, const SavepointTarget& target,
                                        JobEnding how);
  // Removes a savepoint by its path; what is there besides stays. kInvalidArgument E7004 while a
  // job depends on it: one that started from it and has no checkpoint of its own, or one that
  // claimed it.
  Result<state::SavepointRemains> Drop(const std::string& path);
  // Takes savepoints that a job claimed and removed off the list.
  Status ForgetClaimed();
  // Whether it is one of those.
  bool WasClaimed(const SavepointEntry& entry) const;

  // What stands in the way of it besides the verdicts on its state: kRestoreRefused E7002 when its
  // files are of another backend, the number of key groups is another one, another job has claimed
  // it, or it cannot be claimed.
  Status CheckRestorable(const SnapshotUse& use) const;
  // What becomes of the output in it, in words; what stands in the way of that. Changes nothing.
  Result<std::vector<std::string>> CheckOutput(const SnapshotUse& use) const;
  // Fills in how many rows the new readers of `plan` are given first; reads the state of those who
  // give it, and changes nothing. Whether there are such readers: then a snapshot from elsewhere
  // was read through (JobRequest::read_through). REQUIRES: CheckRestorable found nothing.
  Result<bool> CountSeeds(const SnapshotUse& use, checkpoint::RestorePlan& plan,
                          const state::ByteProgress& progress) const;
  // Jobs that completed checkpoints, and so may have committed output, after this snapshot at
  // `path` was taken: its own and those that started from it.
  Result<std::vector<std::string>> WentOn(const CheckpointMetadata& from,
                                          const std::string& path) const;

 private:
  // A job that started from `path` and cannot do without it yet, or owns it.
  Result<std::optional<JobRecord>> DependentOn(const std::string& path, std::string_view but) const;
  Status CheckOwnership(const SnapshotUse& use) const;
  // The newest checkpoint that the job ever completed, as far as is known; 0: none.
  uint64_t LastCheckpoint(const JobRecord& record) const;
  Status Remember(const state::SavepointInfo& saved, const SavepointTarget& target);

  const Parts parts_;
};

}  // namespace weir::shell
