// Savepoints of jobs: takes and drops them, and checks one before a job starts from it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/jobs/job_registry.h"
#include "shell/engine/jobs/name_holds.h"
#include "shell/engine/jobs/running_job.h"
#include "shell/engine/jobs/snapshot_reader.h"
#include "state/checkpoint/savepoints.h"
#include "state/table/memory_budget.h"

namespace weir::shell {

// What Savepoints::Drop removed.
struct DroppedSnapshot {
  CheckpointKind kind = CheckpointKind::kSavepoint;
  state::SavepointRemains remains;
};

// Thread-safe; one savepoint of a job at a time.
class Savepoints {
 public:
  // What it works with. REQUIRES: all of it outlives this.
  struct Parts {
    const EnginePorts& ports;
    JobRegistry& registry;
    const SnapshotReader& snapshots;
    // Ends a job, as JobRunner::End.
    std::function<Status(RunningJob&, JobEnding)> end;
    JobHolds& holds;  // JobRunner's too
    std::shared_ptr<state::MemoryBudget> memory;
  };
  explicit Savepoints(Parts parts) : parts_(std::move(parts)) {}

  // Takes a savepoint of a running job, which goes on. With `cancel`, nothing is emitted or
  // committed after it and the job ends. E7003 when it fails, in which case the job runs on.
  Result<state::SavepointInfo> Take(RunningJob& job, const SavepointTarget& target, bool cancel);
  // Ends the job by kLeave or kDrain and makes a savepoint of its last checkpoint. When only the
  // savepoint fails, the error says so.
  Result<state::SavepointInfo> TakeLast(RunningJob& job, const SavepointTarget& target,
                                        JobEnding how);
  // Removes a savepoint, or a checkpoint that was kept with the files that no other checkpoint
  // needs, by the path of its directory or _metadata; files that are not part of it stay.
  // kInvalidArgument E7004 while a job depends on it: one that started from it and has no
  // checkpoint of its own, or claimed it; a checkpoint's own job while it runs, or would go on from
  // it; or a job that this data directory does not know.
  Result<DroppedSnapshot> Drop(const std::string& path);
  // Removes savepoints from the list that a job claimed and has removed.
  Status ForgetClaimed();
  // Whether the entry is one of those.
  bool WasClaimed(const SavepointEntry& entry) const;

  // Checks for obstacles other than the verdicts on its state: kRestoreRefused E7002 when the
  // backend or the number of key groups differs, another job has claimed it, or it cannot be
  // claimed.
  Status CheckRestorable(const SnapshotUse& use) const;
  // Describes what will happen to the output in the snapshot, or fails with what prevents it.
  // Changes nothing.
  Result<std::vector<std::string>> CheckOutput(const SnapshotUse& use) const;
  // Counts the rows that the new readers of `plan` are sent first, by reading the state of the
  // operators that send them; changes nothing. Returns whether there are such readers: then a
  // snapshot from elsewhere was read through (JobRequest::read_through). REQUIRES: CheckRestorable
  // succeeded.
  Result<bool> CountSeeds(const SnapshotUse& use, checkpoint::RestorePlan& plan,
                          const state::ByteProgress& progress) const;
  // The jobs that completed checkpoints, and so may have committed output, after the snapshot at
  // `path` was taken: its own job and those that started from it.
  Result<std::vector<std::string>> WentOn(const CheckpointMetadata& from,
                                          const std::string& path) const;

 private:
  // A job that started from `path` and still needs it, or owns it.
  Result<std::optional<JobRecord>> DependentOn(const std::string& path, std::string_view but) const;
  Status CheckOwnership(const SnapshotUse& use) const;
  // The job of this data directory that has checkpoints in `place`.
  Result<std::optional<JobRecord>> JobOfPlace(const std::string& place) const;
  // Why the job needs the checkpoint; OK when it does not. REQUIRES: its name is held.
  Status CheckSpare(const JobRecord& owner, uint64_t checkpoint_id, const std::string& path) const;
  Result<DroppedSnapshot> DropCheckpoint(const std::string& path, const CheckpointMetadata& of);
  // The newest checkpoint that the job is known to have completed; 0: none.
  uint64_t LastCheckpoint(const JobRecord& record) const;
  Status Remember(const state::SavepointInfo& saved, const SavepointTarget& target);

  const Parts parts_;
};

}  // namespace weir::shell
