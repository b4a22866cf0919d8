#include "runtime/task/watermark_merger.h"

#include <algorithm>

namespace weir::task {

std::optional<Timestamp> WatermarkMerger::Advance(size_t channel, Timestamp watermark) {
  channels_[channel].watermark = std::max(channels_[channel].watermark, watermark);
  return Combine();
}

std::optional<Timestamp> WatermarkMerger::SetIdle(size_t channel, bool idle) {
  channels_[channel].idle = idle;
  return Combine();
}

std::optional<Timestamp> WatermarkMerger::SetEnded(size_t channel) {
  Channel& ended = channels_[channel];
  if (ended.ended) return std::nullopt;
  ended = {.watermark = Timestamp::Max(), .idle = false, .ended = true};
  ++ended_;
  return Combine();
}

bool WatermarkMerger::all_idle() const {
  return !Holder() && !all_ended();
}

std::optional<size_t> WatermarkMerger::Holder() const {
  std::optional<size_t> holder;
  for (size_t i = 0; i < channels_.size(); ++i) {
    const Channel& channel = channels_[i];
    if (channel.idle || channel.ended) continue;
    if (!holder || channel.watermark < channels_[*holder].watermark) holder = i;
  }
  return holder;
}

std::optional<Timestamp> WatermarkMerger::Combine() {
  Timestamp reached = combined_;
  if (const auto holder = Holder()) {
    reached = channels_[*holder].watermark;
  } else if (all_ended()) {
    reached = Timestamp::Max();
  } else {
    // All channels that have not ended are idle: time is the watermark of the one furthest ahead.
    for (const Channel& channel : channels_) {
      if (!channel.ended) reached = std::max(reached, channel.watermark);
    }
  }
  if (reached <= combined_) return std::nullopt;
  combined_ = reached;
  return combined_;
}

}  // namespace weir::task
