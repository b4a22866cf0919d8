// What both backends have in common: tasks and their key groups, statistics, and restored
// bookkeeping.
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

// Thread-safe, as StateBackend is. First it is created with the restored contents, then tasks are
// opened, then epochs come.
class BackendCore : public StateBackend, public TableHome {
 public:
  Result<std::unique_ptr<TaskState>> OpenTask(KeyGroupRange groups) override;
  StateStatistics statistics() const override;
  const std::map<std::string, std::string>& bookkeeping() const override { return bookkeeping_; }
  void Report(const TaskState* task, const StateStatistics& statistics) override;

 protected:
  BackendCore(BackendOptions options, bool whole_snapshots);
  // kRestoreRefused when the checkpoint to restore is of another kind of backend or has another
  // number of key groups.
  Status CheckRestore(const std::string& backend) const;
  // `relative`: the path of a StateFile of the checkpoint that is restored. Reads its files of rows
  // and calls `visit` with each, under the new names of its tables and in their key groups now:
  // several at a time, in no particular order, on threads of their own. Rows ascend, unless they
  // were dealt anew. Where they were, or some had expired, the last calls have their counters.
  Status VisitSnapshots(const std::function<Status(MemorySnapshot)>& visit) const;
  // Whether the checkpoint to restore lies in this job's own directory.
  bool restores_here() const;

  BackendOptions options_;
  std::map<std::string, std::string> bookkeeping_;  // constant once the backend is created

 private:
  const bool whole_snapshots_;
  mutable Mutex mutex_;
  std::map<const TaskState*, StateStatistics> reports_ WEIR_GUARDED_BY(mutex_);
};

// Parts of checkpoints that are not durable yet, in ascending order. Parts of aborted checkpoints
// stay, since later ones build on them: the commit of checkpoint n contains what the aborted n - 1
// had changed. Used by the thread of Persist.
class PendingParts {
 public:
  void Add(std::vector<std::unique_ptr<EpochPart>> parts);
  // kInternal when an epoch of some task is missing in between.
  Status CheckComplete() const;
  // Oldest first.
  std::vector<const TaskPart*> parts() const;
  // To be called when all parts are durable: tells the tasks, and drops the parts.
  void Persisted();

 private:
  std::map<uint64_t, std::vector<std::unique_ptr<TaskPart>>> by_checkpoint_;
};

}  // namespace weir::state
