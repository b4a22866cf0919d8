// Splits of a source that were read to their ends, in a table of state: what checkpoints list of
// splits does not grow with those ever read.
#pragma once

#include <functional>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/state_backend.h"

namespace weir::task {

// One source subtask's share. Used by the task's thread, once it runs.
// A row is a split's id, its position and its watermark. It belongs to the subtask that read the
// split, by a salt in its key; after a restore, to the one that owns its key group.
class ReadSplits {
 public:
  // `state` outlives it, and owns the groups of `own`.
  static Result<std::unique_ptr<ReadSplits>> Open(TaskState& state, const std::string& uid,
                                                  const StateSchema& schema, KeyGroupRange own,
                                                  uint32_t max_parallelism);

  Status Add(const SplitCheckpoint& split);
  // Each once, in no particular order; all are finished.
  Status ForEach(const std::function<Status(SplitCheckpoint)>& visit);

 private:
  ReadSplits(ValueTable& table, KeyGroupRange own, uint32_t max_parallelism)
      : table_(table), own_(own), max_parallelism_(max_parallelism) {}
  // One row (split, salt, position, watermark), of a key group of its own.
  Batch RowOf(const SplitCheckpoint& split, uint64_t& hash) const;

  ValueTable& table_;
  const KeyGroupRange own_;
  const uint32_t max_parallelism_;
};

}  // namespace weir::task
