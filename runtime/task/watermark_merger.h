// The event time of a task: the minimum over its input channels. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "runtime/base/timestamp.h"

namespace weir::task {

// Merges the watermarks of channels, as Flink's StatusWatermarkValve does. Idle channels hold
// nothing back; when all are idle, time is the maximum over them. A channel that has ended counts
// as Max() for good, idle or not. Time never goes back: a channel that becomes active again joins
// at the current time.
class WatermarkMerger {
 public:
  // REQUIRES: channels >= 1.
  explicit WatermarkMerger(size_t channels) : channels_(channels) {}

  // Each returns the combined watermark if it rose.
  std::optional<Timestamp> Advance(size_t channel, Timestamp watermark);
  std::optional<Timestamp> SetIdle(size_t channel, bool idle);
  std::optional<Timestamp> SetEnded(size_t channel);

  Timestamp combined() const { return combined_; }
  // Whether every channel is idle or has ended, but not all have ended.
  bool all_idle() const;
  bool all_ended() const { return ended_ == channels_.size(); }
  // The active channel with the smallest watermark; nothing when none is active.
  std::optional<size_t> Holder() const;

 private:
  std::optional<Timestamp> Combine();

  struct Channel {
    Timestamp watermark = Timestamp::Min();
    bool idle = false;
    bool ended = false;
  };
  std::vector<Channel> channels_;
  size_t ended_ = 0;
  Timestamp combined_ = Timestamp::Min();
};

}  // namespace weir::task
