// Event time of a whole table: what the subtasks of its source agree on, so that a partition that
// comes later finds the same time whichever subtask it falls to (docs/design/language-rules.md,
// "Results do not depend on timing"; Flink's counterpart, a watermark a subtask, drops such rows by
// chance).
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "runtime/base/timestamp.h"
#include "runtime/mutex.h"

namespace weir::operators {

// What the partitions of one subtask have to say about time.
enum class Standing : uint8_t {
  kActive,  // some hold it back
  kIdle,    // none does, but some only because they have been silent for the time-out
  kRead     // all were read to their ends, or there is none
};

// Shared by the source tasks of one table. Thread-safe; each subtask publishes for itself, once a
// batch at most.
class TableTime {
 public:
  // Until a subtask has published, it counts as one that knows nothing: time stays at Min().
  explicit TableTime(uint32_t subtasks) : subtasks_(subtasks) {}

  // The least watermark of the subtask's active partitions; or, when it has none, the greatest of
  // all it has had.
  // Never blocks for long: a lock around a loop over the subtasks.
  void Publish(uint32_t subtask, Standing standing, Timestamp watermark);
  // Partitions are on their way to a subtask: time stands still until it has them, or one that was
  // found together with them could be read to its end elsewhere and leave their rows behind.
  void Expect();
  // What Expect told of has come: the subtask has published it.
  void Arrived();
  // The minimum over subtasks with active partitions. When there is none, the maximum over all if
  // everything was read; where some are idle, time stays where it is, as in Flink's
  // WatermarkOutputMultiplexer. Never goes back.
  Timestamp Combined() const { return {combined_.load(std::memory_order_acquire)}; }
  // Whether some partition holds time back, or is about to.
  bool has_active() const { return has_active_.load(std::memory_order_acquire); }

 private:
  struct Subtask {
    Standing standing = Standing::kActive;
    Timestamp watermark = Timestamp::Min();
  };
  void Combine() WEIR_REQUIRES(mutex_);

  Mutex mutex_;
  std::vector<Subtask> subtasks_ WEIR_GUARDED_BY(mutex_);
  uint32_t expected_ WEIR_GUARDED_BY(mutex_) = 0;
  std::atomic<int64_t> combined_{Timestamp::Min().millis};
  std::atomic<bool> has_active_{true};
};

}  // namespace weir::operators
