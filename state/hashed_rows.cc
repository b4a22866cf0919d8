#include "state/hashed_rows.h"

#include <bit>

#include "runtime/base/hash.h"
#include "state/sub_key_set.h"

namespace weir::state {
namespace {

uint64_t HashOf(std::string_view sub_key) {
  return Hash64(sub_key.data(), sub_key.size());
}

}  // namespace

HashedRows::HashedRows(size_t rows) : slots_(std::bit_ceil(rows * 3 / 2 + 2)) {}

RowHeader* HashedRows::Find(std::string_view sub_key) const {
  const uint64_t hash = HashOf(sub_key);
  for (size_t at = hash & mask(); slots_[at].row != nullptr; at = (at + 1) & mask()) {
    if (slots_[at].hash == hash && SubKeyOf(slots_[at].row) == sub_key) return slots_[at].row;
  }
  return nullptr;
}

void HashedRows::Insert(RowHeader* row) {
  if ((size_ + 1) * 3 > slots_.size() * 2) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.row != nullptr) Place(slot.hash, slot.row);
    }
  }
  Place(HashOf(SubKeyOf(row)), row);
  ++size_;
}

void HashedRows::Place(uint64_t hash, RowHeader* row) {
  size_t at = hash & mask();
  while (slots_[at].row != nullptr) at = (at + 1) & mask();
  slots_[at] = {hash, row};
}

// Slots behind the gap move up where their chain would break.
void HashedRows::Erase(const RowHeader* row) {
  size_t gap = HashOf(SubKeyOf(row)) & mask();
  while (slots_[gap].row != row) gap = (gap + 1) & mask();
  --size_;
  for (size_t at = (gap + 1) & mask(); slots_[at].row != nullptr; at = (at + 1) & mask()) {
    const size_t from_home = (at - slots_[at].hash) & mask();
    if (from_home < ((at - gap) & mask())) continue;
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap].row = nullptr;
}

}  // namespace weir::state
