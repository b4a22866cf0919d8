#include "runtime/task/channel_recorder.h"

#include <algorithm>
#include <utility>

namespace weir::task {

void ChannelRecorder::Begin(const checkpoint::Barrier& barrier, std::vector<bool> arrived) {
  barrier_ = barrier;
  arrived_ = std::move(arrived);
  recorded_.clear();
}

std::optional<std::vector<ChannelRecorder::Recorded>> ChannelRecorder::TakeIfComplete() {
  if (!barrier_ || std::ranges::find(arrived_, false) != arrived_.end()) return std::nullopt;
  barrier_.reset();
  return std::exchange(recorded_, {});
}

}  // namespace weir::task
