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
// The distance from the place that handles point to back to the begin of the header.
constexpr size_t kHeaderBefore = kRowHeaderBytes - sizeof(RowState);

uint64_t MostIn(uint64_t slots) {
  return slots * kFullest / 16;
}

// A slot is its word and nothing else.
template <typename Tier = WidestMatch, typename Slot>
GroupMatch Match(const Slot* group, uint64_t tag) {
  static_assert(sizeof(Slot) == sizeof(uint64_t));
  return Tier::Match(reinterpret_cast<const uint64_t*>(group), tag);
}

// The tag, shifted to the bits of a slot's word that are above the address.
uint64_t Above(uint16_t tag) {
  return uint64_t{tag} << TaggedPointer::kAddressBits;
}

}  // namespace

template <IndexedKind Entry>
void KeyIndex<Entry>::FindBatch(const KeyBatch& keys, Entry* rows) const {
  const uint32_t count = keys.size();
  for (uint32_t at = 0; at < count; at += kBlockRows) {
    FindBlock(keys, at, std::min(count, at + kBlockRows), rows);
  }
}

template <IndexedKind Entry>
void KeyIndex<Entry>::FindBlock(const KeyBatch& keys, uint32_t begin, uint32_t end,
                                Entry* rows) const {
  if (slots_.empty()) {
    std::fill(rows + begin, rows + end, nullptr);
    return;
  }
  OnWidest([&](auto target) {
    FindBlockWith<MatchTiers::For<decltype(target)::kWidth>>(keys, begin, end, rows);
  });
}

template <IndexedKind Entry>
template <typename Tier>
void KeyIndex<Entry>::FindBlockWith(const KeyBatch& keys, uint32_t begin, uint32_t end,
                                    Entry* rows) const {
  const Slot* const slots = slots_.data();
  const uint64_t* const hashes = keys.hashes.data();
  for (uint32_t i = begin; i < end; ++i) __builtin_prefetch(slots + FirstOf(hashes[i]));
  // No branch depends on a key: those that are neither in their first group nor, for sure, nowhere
  // are looked for afterwards, as are those of which another key had the tag.
  uint32_t pending[kBlockRows];
  uint32_t count = 0;
  for (uint32_t i = begin; i < end; ++i) {
    const Slot* const group = slots + FirstOf(hashes[i]);
    const GroupMatch match = Match<Tier>(group, Above(TagOf(hashes[i])));
    const uint64_t none = uint64_t{match.equal != 0} - 1;
    const uint64_t found = group[std::countr_zero(match.equal | 0x80U)].word() & ~none;
    rows[i] = Slot::FromWord(found).row();
    // Never of address 0, which processors look up in vain each time.
    const auto* const near = reinterpret_cast<const char*>(
        (found & kAddressMask) | ((reinterpret_cast<uint64_t>(group) + kHeaderBefore) & none));
    __builtin_prefetch(near - kHeaderBefore, 1);
    __builtin_prefetch(near - kHeaderBefore + kRowHeaderBytes, 1);
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

template <IndexedKind Entry>
uint32_t KeyIndex<Entry>::Different(const KeyBatch& keys, uint32_t begin, uint32_t end,
                                    const Entry* rows, uint32_t* different) const {
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
      const uint64_t none = uint64_t{rows[i] != nullptr} - 1;
      different[count] = i;
      const KeyedRow row = KeyedRow(rows[i]).OrZeros();
      count += static_cast<uint32_t>((difference(row, words[i]) & ~none) != 0);
    }
  };
  if (codec_.alone()) {
    collect([](KeyedRow row, const KeyWord& key) { return row.upper_key() ^ key.low; });
  } else {
    collect([&](KeyedRow row, const KeyWord& key) {
      return (row.lower_key() ^ key.low) | ((row.upper_key() ^ key.high) & upper_bits);
    });
  }
  return count;
}

template <IndexedKind Entry>
Entry KeyIndex<Entry>::Find(uint64_t hash, const KeyWord& key) const {
  if (slots_.empty()) return nullptr;
  const uint64_t tag = Above(TagOf(hash));
  for (uint64_t at = FirstOf(hash);; at = NextGroup(at)) {
    const GroupMatch match = Match(&slots_[at], tag);
    for (uint32_t equal = match.equal; equal != 0; equal &= equal - 1) {
      const Entry row = slots_[at + static_cast<uint32_t>(std::countr_zero(equal))].row();
      if (codec_.Equal(row, key)) return row;
    }
    if (match.empty != 0) return nullptr;
  }
}

template <IndexedKind Entry>
typename KeyIndex<Entry>::Spot KeyIndex<Entry>::Seek(uint64_t hash, const KeyWord& key) {
  if (used_ + 1 > MostIn(slots_.size())) GrowTo((live_ + 1) * kRoom / 4);
  const uint64_t tag = Above(TagOf(hash));
  Slot* free_slot = nullptr;
  for (uint64_t at = FirstOf(hash);; at = NextGroup(at)) {
    const GroupMatch match = Match(&slots_[at], tag);
    for (uint32_t equal = match.equal; equal != 0; equal &= equal - 1) {
      const Entry row = slots_[at + static_cast<uint32_t>(std::countr_zero(equal))].row();
      if (codec_.Equal(row, key)) return {row, nullptr, hash};
    }
    if (free_slot == nullptr && match.free != 0)
      free_slot = &slots_[at + static_cast<uint32_t>(std::countr_zero(match.free))];
    if (match.empty != 0) return {nullptr, free_slot, hash};
  }
}

template <IndexedKind Entry>
void KeyIndex<Entry>::InsertAt(const Spot& spot, Entry row) {
  if (spot.free_slot->empty()) ++used_;
  *spot.free_slot = Slot(row, TagOf(spot.hash));
  ++live_;
}

template <IndexedKind Entry>
void KeyIndex<Entry>::Insert(uint64_t hash, Entry row) {
  if (used_ + 1 > MostIn(slots_.size())) GrowTo((live_ + 1) * kRoom / 4);
  InsertAt({nullptr, FreeSlot(hash), hash}, row);
}

template <IndexedKind Entry>
typename KeyIndex<Entry>::Slot* KeyIndex<Entry>::FreeSlot(uint64_t hash) {
  for (uint64_t at = FirstOf(hash);; at = NextGroup(at)) {
    const uint32_t free = Match(&slots_[at], 0).free;
    if (free != 0) return &slots_[at + static_cast<uint32_t>(std::countr_zero(free))];
  }
}

template <IndexedKind Entry>
typename KeyIndex<Entry>::Slot* KeyIndex<Entry>::SlotWith(uint64_t hash, Entry row) {
  const Slot wanted(row, TagOf(hash));
  for (uint64_t at = FirstOf(hash);; at = NextGroup(at)) {
    Slot* const end = &slots_[at] + kGroup;
    Slot* const found = std::find(&slots_[at], end, wanted);
    if (found != end) return found;
    WEIR_CHECK(Match(&slots_[at], 0).empty == 0);
  }
}

template <IndexedKind Entry>
void KeyIndex<Entry>::Remove(uint64_t hash, Entry row) {
  Slot* const slot = SlotWith(hash, row);
  const uint64_t group = static_cast<uint64_t>(slot - slots_.data()) & ~(kGroup - 1);
  // No search has gone on from a group that has an empty slot.
  const bool passed = Match(&slots_[group], 0).empty == 0;
  *slot = passed ? kRemoved : Slot();
  if (!passed) --used_;
  --live_;
}

template <IndexedKind Entry>
void KeyIndex<Entry>::Reserve(uint64_t rows) {
  if (rows > MostIn(slots_.size())) GrowTo(rows * 16 / kFullest + 1);
}

template <IndexedKind Entry>
void KeyIndex<Entry>::GrowTo(uint64_t slots) {
  const uint64_t wanted = std::max(kFirstSlots, std::bit_ceil(slots));
  decltype(slots_) old(wanted, Slot());
  old.swap(slots_);
  shift_ = 64 - std::countr_zero(wanted / kGroup);
  constexpr size_t kAhead = 16;
  for (size_t i = 0; i < old.size(); ++i) {
    if (i + kAhead < old.size()) old[i + kAhead].row().PrefetchHeader();
    if (old[i].empty() || old[i] == kRemoved) continue;
    *FreeSlot(codec_.HashIn(old[i].row())) = old[i];
  }
  used_ = live_;
}

template class KeyIndex<ValueRow>;
template class KeyIndex<ListRow>;
template class KeyIndex<MapEntry>;

}  // namespace weir::state
