// The finished splits of a source in a table of state, so that the list of splits in checkpoints
// does not grow with the number ever read.
#pragma once

#include <functional>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/state_backend.h"

namespace weir::task {

// One source subtask's share. Used by the task's thread once that runs. A row holds a split's id,
// position and watermark. A salt in its key makes it belong to the subtask that read the split;
// after a restore it belongs to the subtask that owns its key group.
class ReadSplits {
 public:
  // `state` outlives it and owns the key groups of `own`.
  static Result<std::unique_ptr<ReadSplits>> Open(TaskState& state, const std::string& uid,
                                                  const StateSchema& schema, KeyGroupRange own,
                                                  uint32_t max_parallelism);

  // Stores a split that was read to its end. A failure of the state must be returned; the task
  // ends.
  Status Add(const SplitCheckpoint& split);
  // Visits each row once, in no particular order; all splits are finished.
  Status ForEach(const std::function<Status(SplitCheckpoint)>& visit);

 private:
  ReadSplits(ValueTable& table, KeyGroupRange own, uint32_t max_parallelism)
      : table_(table), own_(own), max_parallelism_(max_parallelism) {}
  // One row (split, salt, position, watermark) whose key group belongs to this subtask.
  Batch RowOf(const SplitCheckpoint& split, uint64_t& hash) const;

  ValueTable& table_;
  const KeyGroupRange own_;
  const uint32_t max_parallelism_;
};

}  // namespace weir::task
