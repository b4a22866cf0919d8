// Sources that wait for each other's event time, so that one that is read fast does not fill the
// state of the joins and windows behind it. Flink: watermark alignment of sources (FLIP-182).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>

#include "runtime/base/timestamp.h"
#include "runtime/graph/watermark_alignment_options.h"

namespace weir::task {

// One group of one start of a job. Members join before the first of them runs.
class WatermarkAlignment {
 public:
  // One source subtask; used by its task's thread, but for reached().
  class Member {
   public:
    Member(const WatermarkAlignment& group, const graph::AlignmentRule& rule);

    // How far the subtask has got: the watermark of the partition that is furthest behind. Max()
    // while nobody has to wait for it, as it is idle or has ended. Min() until the first call.
    void Report(Timestamp watermark) {
      reached_.store(watermark.millis, std::memory_order_relaxed);
    }
    // Whether rows may be read behind this watermark: not if it is ahead of what a member has
    // reached, this one or another, by more than the drift. `now` is monotonic; it looks at the
    // others once an interval.
    bool Allows(Timestamp watermark, int64_t now_nanos);

    // Any thread.
    Timestamp reached() const { return {reached_.load(std::memory_order_relaxed)}; }

   private:
    const WatermarkAlignment& group_;
    const int64_t max_drift_millis_;
    const int64_t interval_nanos_;
    std::optional<int64_t> looked_;        // when; monotonic nanoseconds
    Timestamp others_ = Timestamp::Max();  // then
    std::atomic<int64_t> reached_{Timestamp::Min().millis};
  };

  // Owned by the group.
  Member* Join(const graph::AlignmentRule& rule) { return &members_.emplace_back(*this, rule); }

 private:
  // What the last one of the others has reached; Max() where there is nobody to wait for.
  Timestamp LeastBut(const Member& asks) const;

  std::deque<Member> members_;
};

}  // namespace weir::task
