#include "runtime/connectors/generators/rate_limit.h"

#include <algorithm>

namespace weir::connectors {

uint32_t RateLimit::Take(uint32_t wanted) {
  if (per_second_ <= 0) return wanted;
  const int64_t now = clock_->MonotonicNanos();
  if (taken_ == 0) started_ = now;
  const double due = static_cast<double>(now - started_) * 1e-9 * per_second_ + 1;
  const double room = due - static_cast<double>(taken_);
  const uint32_t granted = room < 1 ? 0 : static_cast<uint32_t>(std::min<double>(wanted, room));
  taken_ += granted;
  return granted;
}

}  // namespace weir::connectors
