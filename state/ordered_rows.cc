#include "state/ordered_rows.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "state/sub_key_set.h"

namespace weir::state {
namespace {

constexpr uint32_t kFirstRoom = 2;
constexpr uint32_t kMoreRoom = 4;

}  // namespace

OrderedRows* OrderedRows::Make() {
  return WithRoom(kFirstRoom);
}

OrderedRows* OrderedRows::WithRoom(uint32_t room) {
  void* block = std::malloc(sizeof(OrderedRows) + room * sizeof(uint64_t));
  if (block == nullptr) throw std::bad_alloc();
  return new (block) OrderedRows(room);
}

void OrderedRows::Delete(OrderedRows* table) {
  std::free(table);
}

RowHeader* OrderedRows::Find(std::string_view sub_key, uint32_t hash) const {
  for (const uint64_t slot : slots()) {
    if (HasTag(slot, hash) && SubKeyOf(RowIn(slot)) == sub_key) return RowIn(slot);
  }
  return nullptr;
}

OrderedRows* OrderedRows::Insert(OrderedRows* table, RowHeader* row) {
  if (table->size_ == table->room_) {
    OrderedRows* const larger = WithRoom(std::min(table->room_ + kMoreRoom, kMost));
    std::ranges::copy(table->slots(), larger->begin());
    larger->size_ = table->size_;
    Delete(table);
    table = larger;
  }
  uint64_t* const begin = table->begin();
  uint64_t* const end = begin + table->size_;
  uint64_t* const at = std::upper_bound(
      begin, end, SubKeyOf(row),
      [](std::string_view bytes, uint64_t slot) { return bytes < SubKeyOf(RowIn(slot)); });
  std::copy_backward(at, end, end + 1);
  *at = TaggedRow(row, HashOf(row));
  ++table->size_;
  return table;
}

void OrderedRows::Erase(const RowHeader* row) {
  uint64_t* const end = begin() + size_;
  uint64_t* const at =
      std::find_if(begin(), end, [&](uint64_t slot) { return RowIn(slot) == row; });
  std::copy(at + 1, end, at);
  --size_;
}

}  // namespace weir::state
