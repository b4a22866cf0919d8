#include "state/table/records.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "runtime/base/bytes.h"

namespace weir::state {
namespace {

using Places = std::span<RecordPlace>;

constexpr size_t kWordBytes = 8;
constexpr size_t kHeadBytes = 2 * kWordBytes;
// Fewer are sorted by comparing: passes over all bytes would not pay.
constexpr size_t kFewestForRadix = 512;
constexpr size_t kFewestForHeads = 8;
constexpr size_t kMostPasses = 10;
constexpr size_t kDeepest = 4096;  // bounds the recursion

// Sorts by key, of which `head` holds 16 bytes at a time: most keys differ in numbers that are
// compared without a look at the record. Places whose heads are equal get the next 16 bytes.
class KeySort {
 public:
  explicit KeySort(std::span<const RecordSet* const> sets) : sets_(sets) {}

  // REQUIRES: heads are those of the keys.
  void Sort(Places places) {
    SortByHeads(places);
    ForEachTie(places, [&](Places tie) { SortTie(tie, 0); });
  }

 private:
  std::string_view KeyOf(const RecordPlace& place) const {
    return (*sets_[place.set])[place.number].key;
  }
  template <typename F>
  void ForEachTie(Places places, const F& f) {
    for (size_t begin = 0; begin < places.size();) {
      size_t end = begin + 1;
      while (end < places.size() && places[end].head == places[begin].head) ++end;
      if (end - begin > 1) f(places.subspan(begin, end - begin));
      begin = end;
    }
  }
  // Sorts records whose heads at `depth` are equal.
  void SortTie(Places places, size_t depth) {
    if (places.size() < kFewestForHeads || depth > kDeepest) return SortByKeys(places, depth);
    const size_t behind = depth + kHeadBytes;
    const std::optional<size_t> next = SetHeads(places, behind, CommonBytes(places, behind));
    if (!next) return SortByKeys(places, depth);
    SortByHeads(places);
    ForEachTie(places, [&](Places tie) { SortTie(tie, *next); });
  }
  // Heads from `common` bytes behind `depth` on, which all keys are expected to share, else from
  // `depth`; returns from where. Nothing where a key is shorter than `depth`: it may stand for one
  // with zeros at its end.
  std::optional<size_t> SetHeads(Places places, size_t depth, size_t common) const {
    const std::string_view first = KeyOf(places.front());
    for (RecordPlace& place : places) {
      const std::string_view key = KeyOf(place);
      if (key.size() < depth) return std::nullopt;
      if (common > 0 && key.substr(depth, common) != first.substr(depth, common)) {
        return SetHeads(places, depth, 0);
      }
      place.head = HeadOf(key.substr(depth + common));
    }
    return depth + common;
  }
  // How many bytes three of the keys have in common behind `depth`.
  size_t CommonBytes(Places places, size_t depth) const {
    const std::string_view first = KeyOf(places.front());
    return std::min(CommonBytes(first, KeyOf(places[places.size() / 2]), depth),
                    CommonBytes(first, KeyOf(places.back()), depth));
  }
  // How many bytes two keys have in common behind `depth`.
  static size_t CommonBytes(std::string_view a, std::string_view b, size_t depth) {
    const size_t least = std::min(a.size(), b.size());
    size_t end = depth;
    while (end < least && a[end] == b[end]) ++end;
    return end - depth;
  }
  void SortByKeys(Places places, size_t depth) const {
    std::sort(places.begin(), places.end(), [&](const RecordPlace& a, const RecordPlace& b) {
      return KeyOf(a).substr(depth) < KeyOf(b).substr(depth);
    });
  }

  // Few by comparing, many by one byte after the other: by the last one first where few bytes
  // differ, else by the first, and each part for itself.
  void SortByHeads(Places places) {
    if (places.size() < kFewestForRadix) {
      std::sort(places.begin(), places.end(),
                [](const RecordPlace& a, const RecordPlace& b) { return a.head < b.head; });
      return;
    }
    KeyHead differ{};  // bits in which heads differ
    for (const RecordPlace& place : places) {
      for (size_t word = 0; word < 2; ++word)
        differ[word] |= place.head[word] ^ places[0].head[word];
    }
    std::vector<size_t> bytes;
    for (size_t byte = 0; byte < kHeadBytes; ++byte) {
      if (ByteOf(differ, byte) != 0) bytes.push_back(byte);
    }
    if (bytes.empty()) return;
    if (bytes.size() > kMostPasses) {
      for (const Places part : Divide(places, bytes.front())) SortByHeads(part);
      return;
    }
    for (size_t i = bytes.size(); i-- > 0;) SortByByte(places, bytes[i]);
  }
  // Sorts by one byte; the parts that are equal in it.
  std::vector<Places> Divide(Places places, size_t byte) {
    SortByByte(places, byte);
    std::vector<Places> parts;
    for (size_t begin = 0; begin < places.size();) {
      size_t end = begin + 1;
      const size_t value = ByteOf(places[begin].head, byte);
      while (end < places.size() && ByteOf(places[end].head, byte) == value) ++end;
      parts.push_back(places.subspan(begin, end - begin));
      begin = end;
    }
    return parts;
  }
  static size_t ByteOf(const KeyHead& head, size_t byte) {
    return head[byte / kWordBytes] >> (56 - byte % kWordBytes * 8) & 0xFF;
  }
  // A stable counting sort: of the last byte first, each pass keeps the order of those before.
  void SortByByte(Places places, size_t byte) {
    std::array<uint32_t, 256> starts{};
    for (const RecordPlace& place : places) ++starts[ByteOf(place.head, byte)];
    uint32_t next = 0;
    for (uint32_t& start : starts) next += std::exchange(start, next);
    if (scratch_.size() < places.size()) scratch_.resize(places.size());
    for (const RecordPlace& place : places) scratch_[starts[ByteOf(place.head, byte)]++] = place;
    std::copy_n(scratch_.begin(), places.size(), places.begin());
  }

  std::span<const RecordSet* const> sets_;
  std::vector<RecordPlace> scratch_;
};

}  // namespace

KeyHead HeadOf(std::string_view key) {
  char head[kHeadBytes] = {};
  key.copy(head, sizeof(head));
  return {LoadBig64(head), LoadBig64(head + kWordBytes)};
}

void RecordSet::EndKey() {
  key_end_ = block_.size();
  head_ = state::HeadOf(std::string_view(block_).substr(start_));
}

void RecordSet::End(bool deleted) {
  if (size_ % kEntriesABlock == 0) {
    entries_.emplace_back();
    // Small sets grow as they need, large ones never move an entry.
    if (size_ > 0) entries_.back().reserve(kEntriesABlock);
  }
  // A block is begun before it has 1 MiB, and no key or value has 4 GiB.
  entries_.back().push_back({static_cast<uint32_t>(start_),
                             static_cast<uint32_t>(key_end_ - start_),
                             deleted ? kDeleted : static_cast<uint32_t>(block_.size() - key_end_),
                             static_cast<uint32_t>(full_.size()), head_});
  ++size_;
  start_ = block_.size();
  if (block_.size() < kBlockBytes) return;
  full_bytes_ += block_.size();
  full_.push_back(std::move(block_));
  block_ = {};
  block_.reserve(kBlockBytes + kBlockBytes / 8);
  start_ = 0;
}

std::vector<RecordPlace> SortedOrder(std::span<const RecordSet* const> sets) {
  std::vector<RecordPlace> order;
  size_t count = 0;
  for (const RecordSet* set : sets) count += set->size();
  order.reserve(count);
  for (uint32_t s = 0; s < sets.size(); ++s) {
    for (uint32_t i = 0; i < sets[s]->size(); ++i) order.push_back({sets[s]->HeadOf(i), s, i});
  }
  KeySort(sets).Sort(order);
  return order;
}

void AddRanges(std::vector<KeyRange> more, std::vector<KeyRange>& ranges) {
  const auto last = ranges.end() - static_cast<ptrdiff_t>(std::min(more.size(), ranges.size()));
  const auto holds = [](const KeyRange& old, const KeyRange& now) {
    return now.begin <= old.begin && old.end <= now.end;
  };
  const bool within = std::equal(last, ranges.end(), more.begin(), more.end(), holds);
  if (within) ranges.erase(last, ranges.end());
  ranges.insert(ranges.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

std::vector<uint32_t> RecordSet::SortedOrder() const {
  const RecordSet* one = this;
  std::vector<uint32_t> numbers;
  numbers.reserve(size());
  for (const RecordPlace& place : state::SortedOrder({&one, 1})) numbers.push_back(place.number);
  return numbers;
}

}  // namespace weir::state
