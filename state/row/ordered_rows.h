// A few sub-keys of one key, in order: what SubKeySet uses once an order was asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "state/row/byte_arena.h"
#include "state/row/row.h"

namespace weir::state {

// At most kMost rows in the order of their sub-keys' bytes, as an array of 6-byte slots in a byte
// arena without spare room; a tree would take five times as much. A slot is an address of 48 bits
// whose lowest 3, always 0, hold a part of the sub-key's hash, so that few rows of other sub-keys
// are looked at. This is a view that owns neither array nor rows and must be replaced by what
// Insert and Erase return.
class OrderedRows {
 public:
  static constexpr uint32_t kMost = 16;

  OrderedRows() = default;
  // The array as slots() and size() described it.
  OrderedRows(char* slots, uint32_t size) : slots_(slots), size_(size) {}
  // Frees the array.
  void Delete(ByteArena& arena) const;

  char* slots() const { return slots_; }
  uint32_t size() const { return size_; }
  // REQUIRES: i < size().
  MapRow operator[](uint32_t i) const { return RowIn(SlotAt(i)); }
  // Null when there is no row with this sub-key. `hash`: HashOfSubKey of such a row.
  MapRow Find(std::string_view sub_key, uint32_t hash) const;
  // Adds the row. `hash`: as for Find. REQUIRES: size() < kMost, and no row has its sub-key.
  [[nodiscard]] OrderedRows Insert(MapRow row, uint32_t hash, ByteArena& arena) const;
  // REQUIRES: the row is in the array, and not the only one.
  [[nodiscard]] OrderedRows Erase(MapRow row, ByteArena& arena) const;

 private:
  static constexpr size_t kSlotBytes = TaggedPointer::kAddressBits / 8;
  static constexpr uint64_t kTagBits = 7;
  static MapRow RowIn(uint64_t slot) { return TaggedRow<MapRow>::FromWord(slot & ~kTagBits).row(); }
  uint64_t SlotAt(uint32_t i) const {
    uint64_t slot = 0;
    std::memcpy(&slot, slots_ + i * kSlotBytes, kSlotBytes);
    return slot;
  }
  // Another array, with a gap at slot `at` or without that slot.
  OrderedRows WithGap(uint32_t at, ByteArena& arena) const;
  OrderedRows Without(uint32_t at, ByteArena& arena) const;

  char* slots_ = nullptr;
  uint32_t size_ = 0;
};

}  // namespace weir::state
