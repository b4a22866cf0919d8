// Many sub-keys of one key, in no order: what SubKeySet keeps where nobody asks for an order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "state/row/row.h"

namespace weir::state {

// Rows by the hash of their sub-keys' bytes: open addressing with linear probing, at most three
// quarters full. One block of memory: this head, then the slots, 8 bytes each, with the lower bits
// of the hash above the row's address, so that a row of another sub-key is hardly ever looked at.
// A chain begins at the place that the upper bits of the hash give, and growing computes the hashes
// of its rows (HashOfSubKey). Gives no memory back while it lives. Does not own the rows.
class HashedRows {
 public:
  using Slot = TaggedRow<MapRow>;
  // An empty table with room for `rows` of them without growing. Delete gives it back.
  static HashedRows* Make(size_t rows);
  static void Delete(HashedRows* table);
  HashedRows(const HashedRows&) = delete;
  HashedRows& operator=(const HashedRows&) = delete;

  size_t size() const { return size_; }
  // Null when there is none of this sub-key. `hash`: as HashOfSubKey gives it for its row.
  MapRow Find(std::string_view sub_key, uint32_t hash) const;
  // Takes the row in and returns the table, which may be another one then: the old one is gone.
  // `hash`: as for Find. REQUIRES: there is no row of its sub-key.
  [[nodiscard]] static HashedRows* Insert(HashedRows* table, MapRow row, uint32_t hash);
  // REQUIRES: the row is there.
  void Erase(MapRow row);
  // Calls visit(MapRow) in no order, until it returns false.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (const Slot slot : slots()) {
      if (!slot.empty() && !visit(slot.row())) return;
    }
  }
  // Those of rows and free ones, which are empty. Valid until a row is taken in or erased.
  std::span<const Slot> slots() const { return {first_slot(), mask() + 1}; }

  // For looking up many at once: bring the place where a chain begins into the processor's cache;
  // once it came, the row that Find will most likely return.
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
  // A free slot must be left.
  void Place(Slot slot, uint32_t hash);

  uint32_t size_;
  uint32_t bits_;  // 2 to their power is the number of slots
};
static_assert(sizeof(HashedRows) == 8);

}  // namespace weir::state
