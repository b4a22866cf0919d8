// Hot: every value of a DISTINCT aggregate is looked up here.
#include "state/row/hashed_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "state/row/large_memory.h"
#include "state/row/map_rows.h"

namespace weir::state {
namespace {

constexpr uint32_t kFewestBits = 2;

void* AllocateBlock(size_t bytes) {
  // A large table by huge pages: its probes are at random.
  if (bytes > kHugePage) return AllocateHuge((bytes + kHugePage - 1) / kHugePage * kHugePage);
  void* block = std::malloc(bytes);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

HashedRows* HashedRows::Make(size_t rows) {
  return WithBits(std::max(kFewestBits, static_cast<uint32_t>(std::bit_width(rows * 4 / 3))));
}

HashedRows* HashedRows::WithBits(uint32_t bits) {
  const size_t slot_bytes = (size_t{1} << bits) * sizeof(Slot);
  auto* table = new (AllocateBlock(sizeof(HashedRows) + slot_bytes)) HashedRows(bits);
  std::memset(static_cast<void*>(table->first_slot()), 0, slot_bytes);
  return table;
}

void HashedRows::Delete(HashedRows* table) {
  std::free(table);
}

MapRow HashedRows::Find(std::string_view sub_key, uint32_t hash) const {
  const Slot* const all = first_slot();
  for (size_t at = HomeOf(hash); !all[at].empty(); at = (at + 1) & mask()) {
    if (all[at].tag() != TagOf(hash)) continue;
    const MapRow row = all[at].row();
    if (row.sub_key() == sub_key) return row;
  }
  return nullptr;
}

void HashedRows::PrefetchRow(uint32_t hash) const {
  const Slot* const all = first_slot();
  for (size_t at = HomeOf(hash); !all[at].empty(); at = (at + 1) & mask()) {
    if (all[at].tag() != TagOf(hash)) continue;
    all[at].row().Prefetch();
    return;
  }
}

HashedRows* HashedRows::Insert(HashedRows* table, MapRow row, uint32_t hash) {
  if ((size_t{table->size_} + 1) * 4 > (table->mask() + 1) * 3) {
    HashedRows* const larger = WithBits(table->bits_ + 1);
    const Slot* const old = table->first_slot();
    constexpr size_t kAhead = 16;
    for (size_t at = 0; at <= table->mask(); ++at) {
      if (at + kAhead <= table->mask()) old[at + kAhead].row().PrefetchHeader();
      if (!old[at].empty()) larger->Place(old[at], HashOfSubKey(old[at].row()));
    }
    larger->size_ = table->size_;
    Delete(table);
    table = larger;
  }
  table->Place(Slot(row, TagOf(hash)), hash);
  ++table->size_;
  return table;
}

void HashedRows::Place(Slot slot, uint32_t hash) {
  Slot* const all = first_slot();
  size_t at = HomeOf(hash);
  while (!all[at].empty()) at = (at + 1) & mask();
  all[at] = slot;
}

// Slots behind the gap move up where their chain would break.
void HashedRows::Erase(MapRow row) {
  Slot* const all = first_slot();
  size_t gap = HomeOf(HashOfSubKey(row));
  while (all[gap].row() != row) gap = (gap + 1) & mask();
  --size_;
  for (size_t at = (gap + 1) & mask(); !all[at].empty(); at = (at + 1) & mask()) {
    const size_t from_home = (at - HomeOf(HashOfSubKey(all[at].row()))) & mask();
    if (from_home < ((at - gap) & mask())) continue;
    all[gap] = all[at];
    gap = at;
  }
  all[gap] = Slot();
}

}  // namespace weir::state
