#include "state/row/sub_key_set.h"

#include <memory>

namespace weir::state {

size_t SubKeySet::size() const {
  if (const Tree* rows = tree()) return rows->rows.size();
  if (const HashedRows* rows = hashed()) return rows->size();
  if ((bits_ & kSorted) != 0) return sorted().size();
  return empty() ? 0 : 1;
}

MapRow SubKeySet::Find(std::string_view sub_key, uint64_t hash) const {
  if (empty()) return nullptr;
  if (const HashedRows* rows = hashed()) return rows->Find(sub_key, UpperHalf(hash));
  if ((bits_ & kSorted) != 0) return sorted().Find(sub_key, UpperHalf(hash));
  const Tree* rows = tree();
  if (rows == nullptr) return single().sub_key() == sub_key ? single() : nullptr;
  const auto found = rows->rows.find(Wanted(sub_key));
  return found == rows->rows.end() ? nullptr : found->row;
}

void SubKeySet::Insert(MapRow row, uint64_t hash, bool in_order, ByteArena& arena) {
  if (empty()) {
    KeepSingle(row);
  } else if ((bits_ & (kTree | kSorted)) != 0 || (in_order && hashed() == nullptr)) {
    InsertInOrder(row, UpperHalf(hash), arena);
  } else {
    HashedRows* rows = hashed();
    if (rows == nullptr) {
      rows = HashedRows::Insert(HashedRows::Make(2), single(), HashOfSubKey(single()));
    }
    bits_ = reinterpret_cast<uintptr_t>(HashedRows::Insert(rows, row, UpperHalf(hash))) | kHashed;
  }
}

void SubKeySet::InsertInOrder(MapRow row, uint32_t hash, ByteArena& arena) {
  if (tree() == nullptr && size() < OrderedRows::kMost) {
    OrderedRows rows = sorted();
    if (rows.size() == 0) rows = rows.Insert(single(), HashOfSubKey(single()), arena);
    return Keep(rows.Insert(row, hash, arena));
  }
  InsertInTree(row, arena);
}

void SubKeySet::InsertInTree(MapRow row, ByteArena& arena) {
  if (const OrderedRows few = sorted(); few.size() > 0) {
    auto rows = std::make_unique<Tree>();
    for (uint32_t i = 0; i < few.size(); ++i) {
      rows->rows.insert(rows->rows.end(), PlaceOf(few[i]));
    }
    few.Delete(arena);
    bits_ = reinterpret_cast<uintptr_t>(rows.release()) | kTree;
  }
  tree()->rows.insert(PlaceOf(row));
  if (tree()->rows.size() >= kSmallestHashed && !tree()->asked) GiveUpOrder();
}

void SubKeySet::GiveUpOrder() {
  const std::unique_ptr<Tree> old(tree());
  HashedRows* rows = HashedRows::Make(2 * old->rows.size());
  for (const Place& place : old->rows) {
    rows = HashedRows::Insert(rows, place.row, HashOfSubKey(place.row));
  }
  bits_ = reinterpret_cast<uintptr_t>(rows) | kHashed;
}

void SubKeySet::KeepOrder() const {
  if (HashedRows* unordered = hashed()) {
    auto rows = std::make_unique<Tree>();
    unordered->ForEach([&](MapRow row) { return rows->rows.insert(PlaceOf(row)), true; });
    HashedRows::Delete(unordered);
    bits_ = reinterpret_cast<uintptr_t>(rows.release()) | kTree;
  }
  if (Tree* rows = tree()) rows->asked = true;
}

void SubKeySet::Erase(MapRow row, ByteArena& arena) {
  if (HashedRows* rows = hashed()) {
    rows->Erase(row);
    if (rows->size() > 1) return;
    rows->ForEach([&](MapRow last) { return KeepOne(last, arena), false; });
    return;
  }
  if ((bits_ & kSorted) != 0) {
    Keep(sorted().Erase(row, arena));
    if (sorted().size() == 1) KeepOne(sorted()[0], arena);
    return;
  }
  Tree* rows = tree();
  if (rows == nullptr) {
    bits_ = 0;
    return;
  }
  rows->rows.erase(rows->rows.find(Wanted(row.sub_key())));
  if (rows->rows.size() == 1) KeepOne(rows->rows.begin()->row, arena);
}

void SubKeySet::KeepOne(MapRow row, ByteArena& arena) {
  Clear(arena);
  KeepSingle(row);
}

void SubKeySet::Clear(ByteArena& arena) {
  delete tree();
  HashedRows::Delete(hashed());
  sorted().Delete(arena);
  bits_ = 0;
}

}  // namespace weir::state
