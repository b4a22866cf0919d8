#include "runtime/operators/session_ends.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::operators {
namespace {

constexpr size_t kLongKey = 255;
constexpr size_t kHeadBytes = sizeof(uint32_t) + 1;

}  // namespace

void SessionEnds::Open(int64_t length) {
  length_ = std::clamp<int64_t>(length, 1, INT32_MAX);
}

int64_t SessionEnds::BeginOf(int64_t end) const {
  const int64_t rest = end % length_;
  const int64_t behind = rest < 0 ? rest + length_ : rest;
  return end < INT64_MIN + behind ? INT64_MIN : end - behind;
}

void SessionEnds::Append(Stretch& stretch, int64_t begin, std::string_view key, int64_t end) {
  stretch.earliest = std::min(stretch.earliest, end);
  const bool is_long = key.size() >= kLongKey;
  const size_t bytes = kHeadBytes + (is_long ? sizeof(uint32_t) : 0) + key.size();
  if (stretch.notes.size() < stretch.used + bytes) {
    stretch.notes.resize(2 * stretch.notes.size() + bytes);
  }
  char* at = stretch.notes.data() + stretch.used;
  const auto behind = static_cast<uint32_t>(end - begin);
  const auto length = static_cast<uint32_t>(key.size());
  std::memcpy(at, &behind, sizeof(behind));
  at[sizeof(behind)] = static_cast<char>(is_long ? kLongKey : length);
  if (is_long) std::memcpy(at + kHeadBytes, &length, sizeof(length));
  key.copy(at + bytes - key.size(), key.size());
  stretch.used += bytes;
}

void SessionEnds::Note(std::string_view key, int64_t end) {
  const int64_t begin = BeginOf(end);
  Stretch& stretch = stretches_[begin];
  const size_t before = stretch.used;
  Append(stretch, begin, key, end);
  bytes_ += stretch.used - before;
}

int64_t SessionEnds::next_end() const {
  return stretches_.empty() ? kNever : stretches_.begin()->second.earliest;
}

bool SessionEnds::TakeDue(int64_t watermark, size_t about, std::vector<std::string_view>& keys) {
  keys.clear();
  taken_.clear();
  while (keys.size() < about && !stretches_.empty()) {
    const auto first = stretches_.begin();
    if (!window::IsComplete(first->second.earliest, watermark)) break;
    TakeFrom(first->second, first->first, watermark, keys);
    if (first->second.used == 0) stretches_.erase(first);
  }
  return !keys.empty();
}

void SessionEnds::TakeFrom(Stretch& stretch, int64_t begin, int64_t watermark,
                           std::vector<std::string_view>& keys) {
  const Stretch& all = taken_.emplace_back(std::exchange(stretch, {}));
  for (size_t place = 0; place < all.used;) {
    const char* const at = all.notes.data() + place;
    const int64_t end = begin + LoadLittle<uint32_t>(at);
    size_t head = kHeadBytes;
    size_t bytes = static_cast<uint8_t>(at[sizeof(uint32_t)]);
    if (bytes == kLongKey) {
      bytes = LoadLittle<uint32_t>(at + head);
      head += sizeof(uint32_t);
    }
    const std::string_view key(at + head, bytes);
    if (window::IsComplete(end, watermark)) {
      keys.push_back(key);
    } else {
      Append(stretch, begin, key, end);
    }
    place += head + bytes;
  }
  bytes_ -= all.used - stretch.used;
}

}  // namespace weir::operators
