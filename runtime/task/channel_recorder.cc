#include "runtime/task/channel_recorder.h"

#include <algorithm>
#include <utility>

namespace weir::task {

void ChannelRecorder::Begin(uint64_t checkpoint_id, std::vector<bool> arrived) {
  active_ = checkpoint_id;
  arrived_ = std::move(arrived);
  recorded_.clear();
}

std::optional<std::vector<ChannelRecorder::Recorded>> ChannelRecorder::TakeIfComplete() {
  if (!active_ || std::ranges::find(arrived_, false) != arrived_.end()) return std::nullopt;
  active_.reset();
  return std::exchange(recorded_, {});
}

}  // namespace weir::task
