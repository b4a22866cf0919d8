// Many sub-keys of one key, in no order: what SubKeySet uses until an order is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "state/row/row.h"

namespace weir::state {

// A hash table of rows by their sub-keys, with open addressing, linear probing and at most three
// quarters of its slots in use. It is one block of memory, this head followed by slots of 8 bytes,
// each with the low bits of the hash above the row's address, so that rows of other sub-keys are
// rarely looked at. A chain starts at the position given by the high bits of the hash. Growing
// recomputes the hashes from the rows (HashOfSubKey). Never shrinks. Does not own the rows.
class HashedRows {
 public:
  using Slot = TaggedRow<MapRow>;
  // An empty table with room for `rows` rows. To be freed by Delete.
  static HashedRows* Make(size_t rows);
  static void Delete(HashedRows* table);
  HashedRows(const HashedRows&) = delete;
  HashedRows& operator=(const HashedRows&) = delete;

  size_t size() const { return size_; }
  // Null when there is no row with this sub-key. `hash`: HashOfSubKey of such a row.
  MapRow Find(std::string_view sub_key, uint32_t hash) const;
  // Adds the row and returns the table, which may be a new one, the old one being freed. `hash`: as
  // for Find. REQUIRES: there is no row with its sub-key.
  [[nodiscard]] static HashedRows* Insert(HashedRows* table, MapRow row, uint32_t hash);
  // REQUIRES: the row is in the table.
  void Erase(MapRow row);
  // Calls visit(MapRow) in no order, until it returns false.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (const Slot slot : slots()) {
      if (!slot.empty() && !visit(slot.row())) return;
    }
  }
  // All slots; free ones are empty. Valid until a row is inserted or erased.
  std::span<const Slot> slots() const { return {first_slot(), mask() + 1}; }

  // For looking up many rows at once: prefetches the slot where a chain starts and, once that has
  // arrived, the row that Find will most likely return.
  void PrefetchSlot(uint32_t hash) const { __builtin_prefetch(first_slot() + HomeOf(hash)); }
  void PrefetchRow(uint32_t hash) const;

 private:
  explicit HashedRows(uint32_t bits) : size_(0), bits_(bits) {}
  size_t mask() const { return (size_t{1} << bits_) - 1; }
  size_t HomeOf(uint32_t hash) const { return hash >> (32 - bits_); }
  Slot* first_slot() { return reinterpret_cast<Slot*>(this + 1); }
  const Slot* first_slot() const { return reinterpret_cast<const Slot*>(this + 1); }
  static uint16_t TagOf(uint32_t hash) { return static_cast<uint16_t>(hash); }
  static HashedRows* WithBits(uint32_t bits);
  // REQUIRES: a slot is free.
  void Place(Slot slot, uint32_t hash);

  uint32_t size_;
  uint32_t bits_;  // the base-2 logarithm of the number of slots
};
static_assert(sizeof(HashedRows) == 8);

}  // namespace weir::state
