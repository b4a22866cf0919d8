#include "runtime/operators/time/session_ends.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::operators {
namespace {

constexpr size_t kLongKey = 255;
constexpr size_t kHeadBytes = sizeof(uint32_t) + 1;
// A stretch with more than this many times the wanted number of notes is cut.
constexpr size_t kMostTimes = 4;
constexpr int64_t kPartsOfStretch = 64;
constexpr size_t kNodeBytes = 640;  // of the map and the deque, and the allocator's own
constexpr size_t kLeastBlock = 64;
constexpr size_t kLargestBlock = 64 << 10;  // except for a longer note

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
  return stretch.blocks.empty() ? 0 : sizeof(Stretch) + kNodeBytes + stretch.bytes;
}

// The only block of a stretch doubles until it is as large as those that follow it, so that a
// stretch of few notes takes little memory.
SessionEnds::Block& SessionEnds::BlockFor(size_t bytes, Stretch& stretch) {
  const bool first = stretch.blocks.empty();
  if (!first && stretch.blocks.back().size() + bytes <= stretch.blocks.back().capacity()) {
    return stretch.blocks.back();
  }
  const size_t last = first ? kLeastBlock / 2 : stretch.blocks.back().capacity();
  if (first || last >= kLargestBlock) stretch.blocks.emplace_back();
  Block& block = stretch.blocks.back();
  stretch.bytes -= block.capacity();
  block.reserve(std::max(std::min(2 * last, kLargestBlock), block.size() + bytes));
  stretch.bytes += block.capacity();
  return block;
}

void SessionEnds::Append(Stretch& stretch, int64_t begin, std::string_view key, int64_t end) {
  stretch.earliest = std::min(stretch.earliest, end);
  const bool is_long = key.size() >= kLongKey;
  const size_t bytes = kHeadBytes + (is_long ? sizeof(uint32_t) : 0) + key.size();
  Block& block = BlockFor(bytes, stretch);
  const size_t used = block.size();
  block.resize(used + bytes);
  char* at = block.data() + used;
  const auto behind = static_cast<uint32_t>(end - begin);
  const auto length = static_cast<uint32_t>(key.size());
  std::memcpy(at, &behind, sizeof(behind));
  at[sizeof(behind)] = static_cast<char>(is_long ? kLongKey : length);
  if (is_long) std::memcpy(at + kHeadBytes, &length, sizeof(length));
  key.copy(at + bytes - key.size(), key.size());
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
void SessionEnds::ForEach(Stretch& stretch, int64_t begin, std::vector<Block>& through, F&& f) {
  bool more = true;
  while (more && !stretch.blocks.empty()) {
    const Block& block = stretch.blocks.front();
    while (more && stretch.begin < block.size()) {
      const char* const at = block.data() + stretch.begin;
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
    if (stretch.begin < block.size()) break;
    stretch.bytes -= block.capacity();
    stretch.begin = 0;
    through.push_back(std::move(stretch.blocks.front()));
    stretch.blocks.pop_front();
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
  Stretch all = std::exchange(stretch, {});
  ForEach(all, begin, taken_, [&](std::string_view key, int64_t end) {
    if (window::IsComplete(end, watermark)) {
      keys.push_back(key);
    } else {
      Append(stretch, begin, key, end);
    }
    return true;
  });
  bytes_ -= before - BytesOf(stretch);
}

// Moves notes block by block, so that memory never has two copies of all.
void SessionEnds::CutFirst(int64_t watermark) {
  const auto first = stretches_.begin();
  const int64_t begin = first->first;
  Stretch all = std::exchange(first->second, {});
  bytes_ -= BytesOf(all);
  finer_ = std::make_unique<SessionEnds>();
  finer_->Open(length_ / kPartsOfStretch);
  std::vector<Block> through;
  ForEach(all, begin, through, [&](std::string_view key, int64_t end) {
    through.clear();
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
  const uint64_t before = BytesOf(first->second);
  ForEach(first->second, first->first, taken_, [&](std::string_view key, int64_t) {
    keys.push_back(key);
    return keys.size() < about;
  });
  bytes_ -= before - BytesOf(first->second);
}

}  // namespace weir::operators
