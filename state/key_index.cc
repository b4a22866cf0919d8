#include "state/key_index.h"

#include <algorithm>
#include <bit>

#include "runtime/base/check.h"

namespace weir::state {
namespace {

constexpr uint64_t kFirstSlots = 64;
constexpr uint64_t kAddressMask = (uint64_t{1} << 48) - 1;

}  // namespace

void KeyIndex::FindBatch(const KeyBatch& keys, RowHeader** rows) const {
  const uint32_t count = keys.size();
  for (uint32_t at = 0; at < count; at += kBlockRows) {
    FindBlock(keys, at, std::min(count, at + kBlockRows), rows);
  }
}

void KeyIndex::FindBlock(const KeyBatch& keys, uint32_t begin, uint32_t end,
                         RowHeader** rows) const {
  if (slots_.empty()) {
    std::fill(rows + begin, rows + end, nullptr);
    return;
  }
  const uint64_t* slots = slots_.data();
  const uint64_t mask = slots_.size() - 1;
  for (uint32_t i = begin; i < end; ++i) __builtin_prefetch(slots + (keys.hashes[i] >> shift_));
  // Looks for the first slot of an equal tag, or the empty one that ends the search, of all keys at
  // once: those that are not through with a slot go on to the next. No branch depends on a key.
  uint32_t pending[kBlockRows];
  uint64_t places[kBlockRows];
  uint32_t count = 0;
  const auto look = [&](uint32_t i, uint64_t at, uint32_t& still) {
    const uint64_t slot = slots[at];
    const bool equal = (slot ^ TagOf(keys.hashes[i])) >> kTagShift == 0 && slot != kRemoved;
    rows[i] = RowIn(slot);
    __builtin_prefetch(rows[i], 1);
    __builtin_prefetch(rows[i] + 1, 1);
    pending[still] = i;
    places[still] = (at + 1) & mask;
    still += static_cast<uint32_t>(!equal) & static_cast<uint32_t>(slot != 0);
  };
  for (uint32_t i = begin; i < end; ++i) look(i, keys.hashes[i] >> shift_, count);
  while (count > 0) {
    uint32_t still = 0;
    for (uint32_t k = 0; k < count; ++k) look(pending[k], places[k], still);
    count = still;
  }
  for (uint32_t i = begin; i < end; ++i) {
    if (rows[i] == nullptr || codec_.Equal(rows[i], keys.hashes[i], keys.words[i])) [[likely]] {
      continue;
    }
    rows[i] = Find(keys.hashes[i], keys.words[i]);
  }
}

RowHeader* KeyIndex::Find(uint64_t hash, const KeyWord& key) const {
  if (slots_.empty()) return nullptr;
  const uint64_t mask = slots_.size() - 1;
  const uint64_t tag = TagOf(hash);
  for (uint64_t at = hash >> shift_; slots_[at] != 0; at = (at + 1) & mask) {
    if ((slots_[at] ^ tag) >> kTagShift != 0 || slots_[at] == kRemoved) continue;
    RowHeader* header = RowIn(slots_[at]);
    if (codec_.Equal(header, hash, key)) return header;
  }
  return nullptr;
}

void KeyIndex::Insert(RowHeader* header) {
  if ((used_ + 1) * 8 > slots_.size() * 5) Grow();
  const uint64_t mask = slots_.size() - 1;
  uint64_t at = header->hash >> shift_;
  while (slots_[at] > kRemoved) at = (at + 1) & mask;
  if (slots_[at] == 0) ++used_;
  WEIR_DCHECK((reinterpret_cast<uint64_t>(header) & ~kAddressMask) == 0);
  slots_[at] = TagOf(header->hash) | reinterpret_cast<uint64_t>(header);
  ++live_;
}

void KeyIndex::Remove(const RowHeader* header) {
  const uint64_t mask = slots_.size() - 1;
  const uint64_t wanted = TagOf(header->hash) | reinterpret_cast<uint64_t>(header);
  uint64_t at = header->hash >> shift_;
  while (slots_[at] != wanted) {
    WEIR_CHECK(slots_[at] != 0);
    at = (at + 1) & mask;
  }
  // A slot before an empty one ends no search and can be empty itself.
  if (slots_[(at + 1) & mask] == 0) {
    slots_[at] = 0;
    --used_;
  } else {
    slots_[at] = kRemoved;
  }
  --live_;
}

void KeyIndex::Grow() {
  const uint64_t wanted = std::max(kFirstSlots, std::bit_ceil((live_ + 1) * 2 + live_ / 2));
  decltype(slots_) old(wanted, 0);
  old.swap(slots_);
  shift_ = 64 - std::countr_zero(wanted);
  const uint64_t mask = wanted - 1;
  constexpr size_t kAhead = 16;
  for (size_t i = 0; i < old.size(); ++i) {
    if (i + kAhead < old.size()) __builtin_prefetch(RowIn(old[i + kAhead]));
    if (old[i] <= kRemoved) continue;
    uint64_t at = RowIn(old[i])->hash >> shift_;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = old[i];
  }
  used_ = live_;
}

}  // namespace weir::state
