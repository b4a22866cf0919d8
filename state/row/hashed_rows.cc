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
  const size_t slot_bytes = (size_t{1} << bits) * sizeof(uint64_t);
  auto* table = new (AllocateBlock(sizeof(HashedRows) + slot_bytes)) HashedRows(bits);
  std::memset(table->first_slot(), 0, slot_bytes);
  return table;
}

void HashedRows::Delete(HashedRows* table) {
  std::free(table);
}

RowHeader* HashedRows::Find(std::string_view sub_key, uint32_t hash) const {
  const uint64_t* const all = first_slot();
  for (size_t at = HomeOf(hash); all[at] != 0; at = (at + 1) & mask()) {
    if (!HasTag(all[at], hash)) continue;
    RowHeader* const row = RowIn(all[at]);
    if (SubKeyOf(row) == sub_key) return row;
  }
  return nullptr;
}

void HashedRows::PrefetchRow(uint32_t hash) const {
  const uint64_t* const all = first_slot();
  for (size_t at = HomeOf(hash); all[at] != 0; at = (at + 1) & mask()) {
    if (!HasTag(all[at], hash)) continue;
    const RowHeader* const row = RowIn(all[at]);
    __builtin_prefetch(row);
    __builtin_prefetch(reinterpret_cast<const char*>(row) + 64);  // a block has more than one line
    return;
  }
}

HashedRows* HashedRows::Insert(HashedRows* table, RowHeader* row, uint32_t hash) {
  if ((size_t{table->size_} + 1) * 4 > (table->mask() + 1) * 3) {
    HashedRows* const larger = WithBits(table->bits_ + 1);
    const uint64_t* const old = table->first_slot();
    constexpr size_t kAhead = 16;
    for (size_t at = 0; at <= table->mask(); ++at) {
      if (at + kAhead <= table->mask()) __builtin_prefetch(RowIn(old[at + kAhead]));
      if (old[at] != 0) larger->Place(old[at], HashOfSubKey(RowIn(old[at])));
    }
    larger->size_ = table->size_;
    Delete(table);
    table = larger;
  }
  table->Place(TaggedRow(row, hash), hash);
  ++table->size_;
  return table;
}

void HashedRows::Place(uint64_t slot, uint32_t hash) {
  uint64_t* const all = first_slot();
  size_t at = HomeOf(hash);
  while (all[at] != 0) at = (at + 1) & mask();
  all[at] = slot;
}

// Slots behind the gap move up where their chain would break.
void HashedRows::Erase(const RowHeader* row) {
  uint64_t* const all = first_slot();
  size_t gap = HomeOf(HashOfSubKey(row));
  while (RowIn(all[gap]) != row) gap = (gap + 1) & mask();
  --size_;
  for (size_t at = (gap + 1) & mask(); all[at] != 0; at = (at + 1) & mask()) {
    const size_t from_home = (at - HomeOf(HashOfSubKey(RowIn(all[at])))) & mask();
    if (from_home < ((at - gap) & mask())) continue;
    all[gap] = all[at];
    gap = at;
  }
  all[gap] = 0;
}

}  // namespace weir::state
