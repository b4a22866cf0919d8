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
// A stretch with so many times more notes than are wanted is cut.
constexpr size_t kMostTimes = 4;
constexpr int64_t kPartsOfStretch = 64;
constexpr size_t kNodeBytes = 64;  // of the map, and the allocator's own

}  // namespace

void SessionEnds::Open(int64_t length) {
  length_ = std::clamp<int64_t>(length, 1, INT32_MAX);
}

int64_t SessionEnds::BeginOf(int64_t end) const {
  const int64_t rest = end % length_;
  const int64_t behind = rest < 0 ? rest + length_ : rest;
  return end < INT64_MIN + behind ? INT64_MIN : end - behind;
}

uint64_t SessionEnds::BytesOf(const Stretch& stretch) {
  return stretch.notes.empty() ? 0 : sizeof(Stretch) + kNodeBytes + stretch.notes.capacity();
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
  ++stretch.count;
}

void SessionEnds::Note(std::string_view key, int64_t end) {
  const int64_t begin = BeginOf(end);
  Stretch& stretch = stretches_[begin];
  const uint64_t before = BytesOf(stretch);
  Append(stretch, begin, key, end);
  bytes_ += BytesOf(stretch) - before;
}

int64_t SessionEnds::next_end() const {
  const int64_t own = stretches_.empty() ? kNever : stretches_.begin()->second.earliest;
  return finer_ ? std::min(own, finer_->next_end()) : own;
}

template <typename F>
void SessionEnds::ForEach(Stretch& stretch, int64_t begin, F&& f) {
  for (bool more = true; more && stretch.begin < stretch.used;) {
    const char* const at = stretch.notes.data() + stretch.begin;
    const int64_t end = begin + LoadLittle<uint32_t>(at);
    size_t head = kHeadBytes;
    size_t bytes = static_cast<uint8_t>(at[sizeof(uint32_t)]);
    if (bytes == kLongKey) {
      bytes = LoadLittle<uint32_t>(at + head);
      head += sizeof(uint32_t);
    }
    stretch.begin += head + bytes;
    --stretch.count;
    more = f(std::string_view(at + head, bytes), end);
  }
}

bool SessionEnds::TakeDue(int64_t watermark, size_t about, std::vector<std::string_view>& keys) {
  keys.clear();
  taken_.clear();
  if (finer_ && finer_->TakeDue(watermark, about, keys)) return true;
  finer_.reset();
  while (keys.size() < about && !stretches_.empty()) {
    const auto first = stretches_.begin();
    if (!window::IsComplete(first->second.earliest, watermark)) break;
    if (first->second.count / kMostTimes <= about) {
      TakeFrom(first->second, first->first, watermark, keys);
      if (first->second.count == 0) stretches_.erase(first);
      continue;
    }
    if (!keys.empty()) break;
    if (length_ > 1) {
      CutFirst(watermark);
      return finer_->TakeDue(watermark, about, keys);
    }
    TakePart(about, keys);
  }
  return !keys.empty();
}

void SessionEnds::TakeFrom(Stretch& stretch, int64_t begin, int64_t watermark,
                           std::vector<std::string_view>& keys) {
  const uint64_t before = BytesOf(stretch);
  Stretch& all = taken_.emplace_back(std::exchange(stretch, {}));
  ForEach(all, begin, [&](std::string_view key, int64_t end) {
    if (window::IsComplete(end, watermark)) {
      keys.push_back(key);
    } else {
      Append(stretch, begin, key, end);
    }
    return true;
  });
  bytes_ -= before - BytesOf(stretch);
}

void SessionEnds::CutFirst(int64_t watermark) {
  const auto first = stretches_.begin();
  const int64_t begin = first->first;
  Stretch all = std::exchange(first->second, {});
  bytes_ -= BytesOf(all);
  finer_ = std::make_unique<SessionEnds>();
  finer_->Open(length_ / kPartsOfStretch);
  ForEach(all, begin, [&](std::string_view key, int64_t end) {
    if (window::IsComplete(end, watermark)) {
      finer_->Note(key, end);
    } else {
      Append(first->second, begin, key, end);
    }
    return true;
  });
  bytes_ += BytesOf(first->second);
  if (first->second.count == 0) stretches_.erase(first);
}

void SessionEnds::TakePart(size_t about, std::vector<std::string_view>& keys) {
  const auto first = stretches_.begin();
  ForEach(first->second, first->first, [&](std::string_view key, int64_t) {
    keys.push_back(key);
    return keys.size() < about;
  });
}

}  // namespace weir::operators
