#include "state/records.h"

#include <algorithm>
#include <array>
#include <cstring>
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
constexpr int kMostPasses = 10;
constexpr size_t kDeepest = 4096;  // bounds the recursion

// Sorts by key, of which `head` holds 16 bytes at a time: most keys differ in numbers that are
// compared without a look at the record. Places whose heads are equal get the next 16 bytes.
class KeySort {
 public:
  explicit KeySort(std::span<const RecordSet* const> sets) : sets_(sets) {}

  void Sort(Places places, size_t depth) {
    if (places.size() < kFewestForHeads || depth > kDeepest) return SortByKeys(places, depth);
    for (RecordPlace& place : places) SetHead(place, depth);
    SortByHeads(places);
    for (size_t begin = 0; begin < places.size();) {
      size_t end = begin + 1;
      while (end < places.size() && places[end].head == places[begin].head) ++end;
      if (end - begin > 1) SortEqual(places.subspan(begin, end - begin), depth);
      begin = end;
    }
  }

 private:
  std::string_view KeyOf(const RecordPlace& place) const {
    return (*sets_[place.set])[place.number].key;
  }
  // Short keys are filled up with zeros.
  void SetHead(RecordPlace& place, size_t depth) const {
    const std::string_view key = KeyOf(place);
    char head[kHeadBytes] = {};
    if (depth < key.size()) key.copy(head, sizeof(head), depth);
    place.head = {LoadBig64(head), LoadBig64(head + kWordBytes)};
  }
  // Of equal heads: a key that ends within them may stand for one with zeros at its end.
  void SortEqual(Places places, size_t depth) {
    const bool ends = std::any_of(places.begin(), places.end(), [&](const RecordPlace& place) {
      return KeyOf(place).size() < depth + kHeadBytes;
    });
    if (ends) return SortByKeys(places, depth);
    Sort(places, depth + kHeadBytes);
  }
  void SortByKeys(Places places, size_t depth) const {
    std::sort(places.begin(), places.end(), [&](const RecordPlace& a, const RecordPlace& b) {
      return KeyOf(a).substr(depth) < KeyOf(b).substr(depth);
    });
  }

  void SortByHeads(Places places) {
    std::array<uint64_t, 2> differ{};  // bits in which heads differ
    for (const RecordPlace& place : places) {
      for (size_t word = 0; word < 2; ++word)
        differ[word] |= place.head[word] ^ places[0].head[word];
    }
    int passes = 0;
    for (size_t byte = 0; byte < kHeadBytes; ++byte) passes += ByteOf(differ, byte) != 0 ? 1 : 0;
    if (places.size() < kFewestForRadix || passes > kMostPasses) {
      std::sort(places.begin(), places.end(),
                [](const RecordPlace& a, const RecordPlace& b) { return a.head < b.head; });
      return;
    }
    for (size_t byte = kHeadBytes; byte-- > 0;) {
      if (ByteOf(differ, byte) != 0) SortByByte(places, byte);
    }
  }
  static size_t ByteOf(const std::array<uint64_t, 2>& head, size_t byte) {
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
                             static_cast<uint32_t>(full_.size())});
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
    for (uint32_t i = 0; i < sets[s]->size(); ++i) order.push_back({{}, s, i});
  }
  KeySort(sets).Sort(order, 0);
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
