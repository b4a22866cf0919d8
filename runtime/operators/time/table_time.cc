#include "runtime/operators/time/table_time.h"

#include <algorithm>

namespace weir::operators {

void TableTime::Publish(uint32_t subtask, Standing standing, Timestamp watermark) {
  const MutexLock lock(mutex_);
  subtasks_[subtask] = {standing, watermark};
  Combine();
}

void TableTime::Expect() {
  const MutexLock lock(mutex_);
  ++expected_;
  has_active_.store(true, std::memory_order_release);
}

void TableTime::Arrived() {
  const MutexLock lock(mutex_);
  --expected_;
  Combine();
}

void TableTime::Combine() {
  if (expected_ > 0) return;
  Timestamp least = Timestamp::Max();
  Timestamp greatest = Timestamp::Min();
  bool active = false;
  bool idle = false;
  for (const Subtask& one : subtasks_) {
    active |= one.standing == Standing::kActive;
    idle |= one.standing == Standing::kIdle;
    if (one.standing == Standing::kActive) least = std::min(least, one.watermark);
    greatest = std::max(greatest, one.watermark);
  }
  if (active || !idle) {
    const int64_t reached = (active ? least : greatest).millis;
    if (reached > combined_.load(std::memory_order_relaxed)) {
      combined_.store(reached, std::memory_order_release);
    }
  }
  has_active_.store(active, std::memory_order_release);
}

}  // namespace weir::operators
