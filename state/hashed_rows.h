// Many sub-keys of one key, in no order: what SubKeySet keeps where nobody asks for an order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "state/row_arena.h"

namespace weir::state {

// Rows by the hash of their sub-keys' bytes: open addressing with linear probing, at most two
// thirds full, 16 bytes a slot. Gives no memory back while it lives. Does not own the rows. One
// thread.
class HashedRows {
 public:
  // Room for `rows` of them without growing.
  explicit HashedRows(size_t rows);

  size_t size() const { return size_; }
  // Null when there is none of this sub-key.
  RowHeader* Find(std::string_view sub_key) const;
  // REQUIRES: there is no row of its sub-key.
  void Insert(RowHeader* row);
  // REQUIRES: the row is there.
  void Erase(const RowHeader* row);
  // Calls visit(RowHeader*) in no order, until it returns false.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.row != nullptr && !visit(slot.row)) return;
    }
  }

 private:
  struct Slot {
    uint64_t hash;
    RowHeader* row;  // null: free
  };
  size_t mask() const { return slots_.size() - 1; }
  void Place(uint64_t hash, RowHeader* row);

  std::vector<Slot> slots_;  // a power of two
  size_t size_ = 0;
};

}  // namespace weir::state
