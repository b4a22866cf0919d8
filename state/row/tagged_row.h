// A row's address with some of a hash above it, in 8 bytes: a slot of tables that are searched
// without a look at rows of other keys. Which bits of the hash, KeyIndex decides for itself.
#pragma once

#include <cstdint>

#include "state/row/row_arena.h"

namespace weir::state {

// Of the tables of sub-keys; `hash`: HashOfSubKey of the row.
inline uint64_t RowTag(uint32_t hash) {
  return hash & 0xFFFF;
}
inline uint64_t TaggedRow(const RowHeader* row, uint32_t hash) {
  return RowTag(hash) << kAddressBits | reinterpret_cast<uint64_t>(row);
}
inline bool HasTag(uint64_t slot, uint32_t hash) {
  return slot >> kAddressBits == RowTag(hash);
}
inline RowHeader* RowIn(uint64_t slot) {
  return reinterpret_cast<RowHeader*>(slot & ((uint64_t{1} << kAddressBits) - 1));
}

}  // namespace weir::state
