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
    // Whether a partition with this watermark may be read further: not if the watermark is ahead of
    // the member that is furthest behind (perhaps this one) by more than the drift. The other
    // members are looked at once an interval. `now_nanos` is monotonic.
    bool Allows(Timestamp watermark, int64_t now_nanos);

    // Any thread.
    Timestamp reached() const { return {reached_.load(std::memory_order_relaxed)}; }

   private:
    const WatermarkAlignment& group_;
    const int64_t max_drift_millis_;
    const int64_t interval_nanos_;
    // When the other members were last looked at (monotonic nanoseconds), and what the one furthest
    // behind had reached then.
    std::optional<int64_t> looked_;
    Timestamp others_ = Timestamp::Max();
    std::atomic<int64_t> reached_{Timestamp::Min().millis};
  };

  // Owned by the group.
  Member* Join(const graph::AlignmentRule& rule) { return &members_.emplace_back(*this, rule); }

 private:
  // What the member furthest behind, except `asks`, has reached; Max() when there is no other to
  // wait for.
  Timestamp LeastBut(const Member& asks) const;

  std::deque<Member> members_;
};

}  // namespace weir::task
