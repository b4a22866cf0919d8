#include "state/sub_key_set.h"

#include <memory>

namespace weir::state {

size_t SubKeySet::size() const {
  if (const Tree* rows = tree()) return rows->rows.size();
  if (const HashedRows* rows = hashed()) return rows->size();
  if (const OrderedRows* rows = sorted()) return rows->size();
  return empty() ? 0 : 1;
}

RowHeader* SubKeySet::Find(std::string_view sub_key, uint64_t hash) const {
  if (empty()) return nullptr;
  if (const HashedRows* rows = hashed()) return rows->Find(sub_key, UpperHalf(hash));
  if (const OrderedRows* rows = sorted()) return rows->Find(sub_key, UpperHalf(hash));
  const Tree* rows = tree();
  if (rows == nullptr) return SubKeyOf(single()) == sub_key ? single() : nullptr;
  const auto found = rows->rows.find(Wanted(sub_key));
  return found == rows->rows.end() ? nullptr : found->row;
}

void SubKeySet::Insert(RowHeader* row, bool in_order) {
  if (empty()) {
    bits_ = reinterpret_cast<uintptr_t>(row);
  } else if (tree() != nullptr || sorted() != nullptr || (in_order && hashed() == nullptr)) {
    InsertInOrder(row);
  } else {
    HashedRows* rows = hashed();
    if (rows == nullptr) rows = HashedRows::Insert(HashedRows::Make(2), single());
    bits_ = reinterpret_cast<uintptr_t>(HashedRows::Insert(rows, row)) | kHashed;
  }
}

void SubKeySet::InsertInOrder(RowHeader* row) {
  if (tree() == nullptr && size() < OrderedRows::kMost) {
    OrderedRows* rows = sorted();
    if (rows == nullptr) rows = OrderedRows::Insert(OrderedRows::Make(), single());
    bits_ = reinterpret_cast<uintptr_t>(OrderedRows::Insert(rows, row)) | kSorted;
    return;
  }
  InsertInTree(row);
}

void SubKeySet::InsertInTree(RowHeader* row) {
  if (OrderedRows* few = sorted()) {
    auto rows = std::make_unique<Tree>();
    for (const uint64_t slot : few->slots()) {
      rows->rows.insert(rows->rows.end(), PlaceOf(RowIn(slot)));
    }
    OrderedRows::Delete(few);
    bits_ = reinterpret_cast<uintptr_t>(rows.release()) | kTree;
  }
  tree()->rows.insert(PlaceOf(row));
  if (tree()->rows.size() >= kSmallestHashed && !tree()->asked) GiveUpOrder();
}

void SubKeySet::GiveUpOrder() {
  const std::unique_ptr<Tree> old(tree());
  HashedRows* rows = HashedRows::Make(2 * old->rows.size());
  for (const Place& place : old->rows) rows = HashedRows::Insert(rows, place.row);
  bits_ = reinterpret_cast<uintptr_t>(rows) | kHashed;
}

void SubKeySet::KeepOrder() const {
  if (HashedRows* unordered = hashed()) {
    auto rows = std::make_unique<Tree>();
    unordered->ForEach([&](RowHeader* row) { return rows->rows.insert(PlaceOf(row)), true; });
    HashedRows::Delete(unordered);
    bits_ = reinterpret_cast<uintptr_t>(rows.release()) | kTree;
  }
  if (Tree* rows = tree()) rows->asked = true;
}

void SubKeySet::Erase(RowHeader* row) {
  if (HashedRows* rows = hashed()) {
    rows->Erase(row);
    if (rows->size() > 1) return;
    rows->ForEach([&](RowHeader* last) { return KeepOne(last), false; });
    return;
  }
  if (OrderedRows* rows = sorted()) {
    rows->Erase(row);
    if (rows->size() == 1) KeepOne(RowIn(rows->slots().front()));
    return;
  }
  Tree* rows = tree();
  if (rows == nullptr) {
    bits_ = 0;
    return;
  }
  rows->rows.erase(rows->rows.find(Wanted(SubKeyOf(row))));
  if (rows->rows.size() == 1) KeepOne(rows->rows.begin()->row);
}

void SubKeySet::KeepOne(RowHeader* row) {
  Clear();
  bits_ = reinterpret_cast<uintptr_t>(row);
}

void SubKeySet::Clear() {
  delete tree();
  HashedRows::Delete(hashed());
  OrderedRows::Delete(sorted());
  bits_ = 0;
}

}  // namespace weir::state
