// Event time of a whole table: what the subtasks of its source agree on, so that a partition that
// comes later finds the same time whichever subtask it falls to (docs: "Results do not depend on
// timing"; Flink's counterpart, a watermark a subtask, drops such rows by chance).
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "runtime/base/timestamp.h"

namespace weir::operators {

// Shared by the source tasks of one table. Thread-safe; each subtask publishes for itself, once a
// batch at most.
class TableTime {
 public:
  // Until a subtask has published, it counts as one that knows nothing: time stays at Min().
  explicit TableTime(uint32_t subtasks) : subtasks_(subtasks) {}

  // The least watermark of the subtask's active partitions; or, when it has none, the greatest of
  // all it has had.
  // Never blocks for long: a lock around a loop over the subtasks.
  void Publish(uint32_t subtask, bool active, Timestamp watermark);
  // The minimum over subtasks with active partitions; the maximum over all when there is none.
  // Never goes back.
  Timestamp Combined() const { return {combined_.load(std::memory_order_acquire)}; }

 private:
  struct Subtask {
    bool active = true;
    Timestamp watermark = Timestamp::Min();
  };
  std::mutex mutex_;
  std::vector<Subtask> subtasks_;  // guarded by mutex_
  std::atomic<int64_t> combined_{Timestamp::Min().millis};
};

}  // namespace weir::operators
