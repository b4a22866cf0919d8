#include "state/row/ordered_rows.h"

#include "state/row/map_rows.h"

namespace weir::state {

void OrderedRows::Delete(ByteArena& arena) const {
  if (size_ > 0) arena.Free(slots_, size_ * kSlotBytes);
}

MapRow OrderedRows::Find(std::string_view sub_key, uint32_t hash) const {
  for (uint32_t i = 0; i < size_; ++i) {
    const uint64_t slot = SlotAt(i);
    if ((slot & kTagBits) != (hash & kTagBits)) continue;
    const MapRow row = RowIn(slot);
    if (row.sub_key() == sub_key) return row;
  }
  return nullptr;
}

OrderedRows OrderedRows::WithGap(uint32_t at, ByteArena& arena) const {
  const OrderedRows larger(arena.Allocate((size_ + 1) * kSlotBytes), size_ + 1);
  if (size_ == 0) return larger;
  const size_t before = at * kSlotBytes;
  std::memcpy(larger.slots_, slots_, before);
  std::memcpy(larger.slots_ + before + kSlotBytes, slots_ + before, size_ * kSlotBytes - before);
  Delete(arena);
  return larger;
}

OrderedRows OrderedRows::Without(uint32_t at, ByteArena& arena) const {
  const OrderedRows smaller(arena.Allocate((size_ - 1) * kSlotBytes), size_ - 1);
  const size_t before = at * kSlotBytes;
  const char* const behind = slots_ + before + kSlotBytes;
  std::memcpy(smaller.slots_, slots_, before);
  std::memcpy(smaller.slots_ + before, behind, size_ * kSlotBytes - before - kSlotBytes);
  Delete(arena);
  return smaller;
}

OrderedRows OrderedRows::Insert(MapRow row, uint32_t hash, ByteArena& arena) const {
  const std::string_view sub_key = row.sub_key();
  uint32_t begin = 0;
  for (uint32_t end = size_; begin < end;) {
    const uint32_t middle = (begin + end) / 2;
    if (sub_key < (*this)[middle].sub_key()) {
      end = middle;
    } else {
      begin = middle + 1;
    }
  }
  const OrderedRows larger = WithGap(begin, arena);
  const uint64_t slot = TaggedRow<MapRow>(row, 0).word() | (hash & kTagBits);
  std::memcpy(larger.slots_ + begin * kSlotBytes, &slot, kSlotBytes);
  return larger;
}

OrderedRows OrderedRows::Erase(MapRow row, ByteArena& arena) const {
  uint32_t at = 0;
  while ((*this)[at] != row) ++at;
  return Without(at, arena);
}

}  // namespace weir::state
