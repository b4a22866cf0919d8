#include "runtime/task/watermark_alignment.h"

#include <algorithm>

#include "runtime/clock.h"

namespace weir::task {

WatermarkAlignment::Member::Member(const WatermarkAlignment& group,
                                   const graph::AlignmentRule& rule)
    : group_(group),
      max_drift_millis_(rule.max_drift_millis),
      interval_nanos_(PauseNanos(rule.update_interval_millis)) {}

bool WatermarkAlignment::Member::Allows(Timestamp watermark, int64_t now_nanos) {
  if (!looked_ || now_nanos - *looked_ >= interval_nanos_) {
    looked_ = now_nanos;
    others_ = group_.LeastBut(*this);
  }
  Timestamp allowed;
  // If the sum overflows, the limit is later than any watermark.
  if (__builtin_add_overflow(std::min(others_, reached()).millis, max_drift_millis_,
                             &allowed.millis))
    return true;
  return watermark <= allowed;
}

Timestamp WatermarkAlignment::LeastBut(const Member& asks) const {
  Timestamp least = Timestamp::Max();
  for (const Member& member : members_) {
    if (&member != &asks) least = std::min(least, member.reached());
  }
  return least;
}

}  // namespace weir::task
