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

// What the partitions of one subtask contribute to time.
enum class Standing : uint8_t {
  kActive,  // some partitions hold it back
  kIdle,    // none does, but some only because they have been silent for the time-out
  kRead     // all were read to their ends, or there is none
};

// Shared by the source tasks of one table. Thread-safe; each subtask publishes its own state, at
// most once a batch.
class TableTime {
 public:
  // Time stays at Min() until every subtask has published for the first time.
  explicit TableTime(uint32_t subtasks) : subtasks_(subtasks) {}

  // Publishes the least watermark of the subtask's active partitions or, when it has none, the
  // greatest that it has had. Holds a lock for a loop over the subtasks.
  void Publish(uint32_t subtask, Standing standing, Timestamp watermark);
  // Announces partitions that are on their way to a subtask. Time stands still until they have
  // arrived: otherwise another partition found together with them could be read to its end first,
  // and time would pass over their rows.
  void Expect();
  // What Expect announced has arrived, and the subtask has published it.
  void Arrived();
  // The minimum over the subtasks with active partitions. When there is none, it is the maximum
  // over all if everything was read; if some are idle, time stays where it is, as in Flink's
  // WatermarkOutputMultiplexer. Never goes back.
  Timestamp Combined() const { return {combined_.load(std::memory_order_acquire)}; }
  // Whether some partition holds time back or has been announced.
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
