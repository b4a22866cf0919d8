#include "runtime/operators/time/window_progress.h"

#include <algorithm>

#include "runtime/base/bytes.h"

namespace weir::operators {
namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

// Bytes: version, then runs of (first group, end group, progress) until the end.
Result<WindowProgress> WindowProgress::Restore(std::span<const OperatorStateEntry> entries,
                                               KeyGroupRange range, uint32_t max_parallelism) {
  WindowProgress progress;
  progress.range_ = range;
  progress.max_parallelism_ = max_parallelism;
  progress.ahead_.assign(range.end - range.first, Timestamp::Min().millis);
  for (const OperatorStateEntry& entry : entries) {
    if (entry.name != "progress") continue;
    ByteReader reader(entry.bytes);
    if (reader.Little<uint8_t>() != kVersion) {
      return Status::Corruption("the progress of windows was saved in an unknown version");
    }
    while (!reader.at_end() && !reader.failed()) {
      const auto first = reader.Little<uint32_t>();
      const auto end = reader.Little<uint32_t>();
      const auto value = reader.Little<int64_t>();
      for (uint32_t group = std::max(first, range.first); group < std::min(end, range.end);
           ++group) {
        progress.ahead_[group - range.first] = value;
      }
    }
    if (reader.failed()) return Status::Corruption("the progress of windows is cut short");
  }
  progress.UpdateFloor();
  return progress;
}

void WindowProgress::Advance(int64_t watermark) {
  if (ahead_.empty()) {
    floor_ = std::max(floor_, watermark);
    return;
  }
  for (int64_t& group : ahead_) group = std::max(group, watermark);
  UpdateFloor();
}

void WindowProgress::UpdateFloor() {
  if (ahead_.empty()) return;
  const auto [least, greatest] = std::minmax_element(ahead_.begin(), ahead_.end());
  floor_ = *least;
  if (*least == *greatest) ahead_.clear();
}

std::string WindowProgress::Serialize() const {
  std::string bytes;
  AppendLittle(bytes, kVersion);
  uint32_t first = range_.first;
  while (first < range_.end) {
    const int64_t value = ahead_.empty() ? floor_ : ahead_[first - range_.first];
    uint32_t end = first + 1;
    while (end < range_.end && (ahead_.empty() || ahead_[end - range_.first] == value)) ++end;
    AppendLittle(bytes, first);
    AppendLittle(bytes, end);
    AppendLittle(bytes, value);
    first = end;
  }
  return bytes;
}

}  // namespace weir::operators
