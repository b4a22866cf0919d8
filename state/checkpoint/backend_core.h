// What both backends do alike: tasks and their key groups, statistics, the bookkeeping restored.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/mutex.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/memory_snapshot.h"
#include "state/table/epoch.h"
#include "state/table/task_state.h"

namespace weir::state {

// Thread-safe as StateBackend is.
// Life: made (restored contents are in place), tasks opened, then epochs.
class BackendCore : public StateBackend, public TableHome {
 public:
  Result<std::unique_ptr<TaskState>> OpenTask(KeyGroupRange groups) override;
  StateStatistics statistics() const override;
  const std::map<std::string, std::string>& bookkeeping() const override { return bookkeeping_; }
  void Report(const TaskState* task, const StateStatistics& statistics) override;

 protected:
  BackendCore(BackendOptions options, bool whole_snapshots);
  // kRestoreRefused when the checkpoint to restore is of another kind of backend or number of
  // groups.
  Status CheckRestore(const std::string& backend) const;
  // `relative`: a path of a StateFile of the checkpoint that is restored.
  // Reads the files of rows to restore and calls `visit` with each, under the names that its rows
  // have from now on: several at a time, in no particular order, on threads of their own.
  Status VisitSnapshots(const std::function<Status(MemorySnapshot)>& visit) const;
  // Whether the checkpoint to restore lies in this job's own directory.
  bool restores_here() const;

  BackendOptions options_;
  std::map<std::string, std::string> bookkeeping_;  // constant once the backend is made

 private:
  const bool whole_snapshots_;
  mutable Mutex mutex_;
  std::map<const TaskState*, StateStatistics> reports_ WEIR_GUARDED_BY(mutex_);
};

// Parts of checkpoints that are not durable yet, aborted ones included, in ascending order.
// One thread: that of Persist. Aborted parts stay, since later ones build on them.
// So that a commit of checkpoint n carries what the aborted n - 1 had changed.
class PendingParts {
 public:
  void Add(std::vector<std::unique_ptr<EpochPart>> parts);
  // kInternal when an epoch of a task is missing in between.
  Status CheckComplete() const;
  // Oldest first.
  std::vector<const TaskPart*> parts() const;
  // Everything is durable: tells the tasks, and forgets it.
  void Persisted();

 private:
  std::map<uint64_t, std::vector<std::unique_ptr<TaskPart>>> by_checkpoint_;
};

}  // namespace weir::state
