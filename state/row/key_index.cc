#include "state/row/key_index.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "runtime/base/check.h"
#include "state/row/group_match.h"

namespace weir::state {
namespace {

constexpr uint64_t kFirstSlots = 64;
// Slots of 16 that are in use at most. Then one search in eleven for a key that is there looks into
// more groups than one, and every other one for a key that is not.
constexpr uint64_t kFullest = 13;
// Quarters of the rows that live for which there is room after growing, at least. Where keys come
// and go, so that removed slots fill the index, 2.4 rows are moved for each that is put in.
constexpr uint64_t kRoom = 7;

uint64_t MostIn(uint64_t slots) {
  return slots * kFullest / 16;
}

GroupMatch Match(const uint64_t* group, uint64_t tag) {
  return WidestMatch::Match(group, tag);
}

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
  const uint64_t* const slots = slots_.data();
  const uint64_t* const hashes = keys.hashes.data();
  for (uint32_t i = begin; i < end; ++i) __builtin_prefetch(slots + FirstOf(hashes[i]));
  // No branch depends on a key: those that are neither in their first group nor, for sure, nowhere
  // are looked for afterwards, as are those of which another key had the tag.
  uint32_t pending[kBlockRows];
  uint32_t count = 0;
  for (uint32_t i = begin; i < end; ++i) {
    const uint64_t* const group = slots + FirstOf(hashes[i]);
    const GroupMatch match = Match(group, TagOf(hashes[i]));
    const uint64_t found = group[std::countr_zero(match.equal | 0x80U)];
    const uint64_t none = uint64_t{match.equal != 0} - 1;
    rows[i] = RowIn(found & ~none);
    // Never of address 0, which processors look up in vain each time.
    const auto* const near = reinterpret_cast<const char*>(
        (found & ~none & kAddressMask) | (reinterpret_cast<uint64_t>(group) & none));
    __builtin_prefetch(near, 1);
    __builtin_prefetch(near + sizeof(RowHeader), 1);
    pending[count] = i;
    count += static_cast<uint32_t>((match.equal | match.empty) == 0);
  }
  for (uint32_t k = 0; k < count; ++k) {
    rows[pending[k]] = Find(hashes[pending[k]], keys.words[pending[k]]);
  }
  count = Different(keys, begin, end, rows, pending);
  for (uint32_t k = 0; k < count; ++k) {
    rows[pending[k]] = Find(hashes[pending[k]], keys.words[pending[k]]);
  }
}

uint32_t KeyIndex::Different(const KeyBatch& keys, uint32_t begin, uint32_t end,
                             RowHeader* const* rows, uint32_t* different) const {
  static constexpr RowHeader kNone{};
  const KeyWord* const words = keys.words.data();
  const uint64_t upper_bits = codec_.upper_bits();
  uint32_t count = 0;
  if (!codec_.packed()) {
    for (uint32_t i = begin; i < end; ++i) {
      if (rows[i] == nullptr || codec_.Equal(rows[i], words[i])) continue;
      different[count++] = i;
    }
    return count;
  }
  const auto collect = [&](const auto& difference) {
    for (uint32_t i = begin; i < end; ++i) {
      const auto address = reinterpret_cast<uint64_t>(rows[i]);
      const uint64_t none = uint64_t{address != 0} - 1;
      const auto* row =
          reinterpret_cast<const RowHeader*>(address | (reinterpret_cast<uint64_t>(&kNone) & none));
      different[count] = i;
      count += static_cast<uint32_t>((difference(row, words[i]) & ~none) != 0);
    }
  };
  if (codec_.alone()) {
    collect([](const RowHeader* row, const KeyWord& key) { return row->key[1] ^ key.low; });
  } else {
    collect([&](const RowHeader* row, const KeyWord& key) {
      return (row->key[0] ^ key.low) | ((row->key[1] ^ key.high) & upper_bits);
    });
  }
  return count;
}

RowHeader* KeyIndex::Find(uint64_t hash, const KeyWord& key) const {
  if (slots_.empty()) return nullptr;
  const uint64_t tag = TagOf(hash);
  for (uint64_t at = FirstOf(hash);; at = NextGroup(at)) {
    const GroupMatch match = Match(&slots_[at], tag);
    for (uint32_t equal = match.equal; equal != 0; equal &= equal - 1) {
      RowHeader* const header = RowIn(slots_[at + static_cast<uint32_t>(std::countr_zero(equal))]);
      if (codec_.Equal(header, key)) return header;
    }
    if (match.empty != 0) return nullptr;
  }
}

KeyIndex::Spot KeyIndex::Seek(uint64_t hash, const KeyWord& key) {
  if (used_ + 1 > MostIn(slots_.size())) GrowTo((live_ + 1) * kRoom / 4);
  const uint64_t tag = TagOf(hash);
  uint64_t* free_slot = nullptr;
  for (uint64_t at = FirstOf(hash);; at = NextGroup(at)) {
    const GroupMatch match = Match(&slots_[at], tag);
    for (uint32_t equal = match.equal; equal != 0; equal &= equal - 1) {
      RowHeader* const header = RowIn(slots_[at + static_cast<uint32_t>(std::countr_zero(equal))]);
      if (codec_.Equal(header, key)) return {header, nullptr, hash};
    }
    if (free_slot == nullptr && match.free != 0)
      free_slot = &slots_[at + static_cast<uint32_t>(std::countr_zero(match.free))];
    if (match.empty != 0) return {nullptr, free_slot, hash};
  }
}

void KeyIndex::InsertAt(const Spot& spot, RowHeader* header) {
  WEIR_DCHECK((reinterpret_cast<uint64_t>(header) & ~kAddressMask) == 0);
  if (*spot.free_slot == 0) ++used_;
  *spot.free_slot = SlotOf(spot.hash, header);
  ++live_;
}

void KeyIndex::Insert(uint64_t hash, RowHeader* header) {
  if (used_ + 1 > MostIn(slots_.size())) GrowTo((live_ + 1) * kRoom / 4);
  InsertAt({nullptr, FreeSlot(hash), hash}, header);
}

uint64_t* KeyIndex::FreeSlot(uint64_t hash) {
  for (uint64_t at = FirstOf(hash);; at = NextGroup(at)) {
    const uint32_t free = Match(&slots_[at], 0).free;
    if (free != 0) return &slots_[at + static_cast<uint32_t>(std::countr_zero(free))];
  }
}

uint64_t* KeyIndex::SlotWith(uint64_t hash, const RowHeader* header) {
  const uint64_t wanted = SlotOf(hash, header);
  for (uint64_t at = FirstOf(hash);; at = NextGroup(at)) {
    uint64_t* const end = &slots_[at] + kGroup;
    uint64_t* const found = std::find(&slots_[at], end, wanted);
    if (found != end) return found;
    WEIR_CHECK(Match(&slots_[at], wanted).empty == 0);
  }
}

void KeyIndex::Remove(uint64_t hash, const RowHeader* header) {
  uint64_t* const slot = SlotWith(hash, header);
  const uint64_t group = static_cast<uint64_t>(slot - slots_.data()) & ~(kGroup - 1);
  // No search has gone on from a group that has an empty slot.
  const bool passed = Match(&slots_[group], 0).empty == 0;
  *slot = passed ? kRemoved : 0;
  if (!passed) --used_;
  --live_;
}

void KeyIndex::Reserve(uint64_t rows) {
  if (rows > MostIn(slots_.size())) GrowTo(rows * 16 / kFullest + 1);
}

void KeyIndex::GrowTo(uint64_t slots) {
  const uint64_t wanted = std::max(kFirstSlots, std::bit_ceil(slots));
  decltype(slots_) old(wanted, 0);
  old.swap(slots_);
  shift_ = 64 - std::countr_zero(wanted / kGroup);
  constexpr size_t kAhead = 16;
  for (size_t i = 0; i < old.size(); ++i) {
    if (i + kAhead < old.size()) __builtin_prefetch(RowIn(old[i + kAhead]));
    if (old[i] <= kRemoved) continue;
    const RowHeader* const row = RowIn(old[i]);
    *FreeSlot(rows_keep_hash_ ? row->hash : codec_.HashOf(codec_.KeyOf(row))) = old[i];
  }
  used_ = live_;
}

}  // namespace weir::state
