#include "runtime/operators/table_time.h"

#include <algorithm>

namespace weir::operators {

void TableTime::Publish(uint32_t subtask, bool active, Timestamp watermark) {
  const std::lock_guard lock(mutex_);
  subtasks_[subtask] = {active, watermark};
  Timestamp least = Timestamp::Max();
  Timestamp greatest = Timestamp::Min();
  bool any = false;
  for (const Subtask& one : subtasks_) {
    any |= one.active;
    if (one.active) least = std::min(least, one.watermark);
    greatest = std::max(greatest, one.watermark);
  }
  const int64_t reached = (any ? least : greatest).millis;
  if (reached > combined_.load(std::memory_order_relaxed)) {
    combined_.store(reached, std::memory_order_release);
  }
}

}  // namespace weir::operators
