#include "state/sub_key_set.h"

#include <memory>

namespace weir::state {

RowHeader* SubKeySet::Find(std::string_view sub_key) const {
  if (empty()) return nullptr;
  const Tree* rows = tree();
  if (rows == nullptr) return SubKeyOf(single()) == sub_key ? single() : nullptr;
  const auto found = rows->find(Wanted(sub_key));
  return found == rows->end() ? nullptr : found->row;
}

void SubKeySet::Insert(RowHeader* row) {
  if (empty()) {
    bits_ = reinterpret_cast<uintptr_t>(row);
    return;
  }
  if (tree() == nullptr) {
    auto rows = std::make_unique<Tree>();
    rows->insert(PlaceOf(single()));
    bits_ = reinterpret_cast<uintptr_t>(rows.release()) | kTree;
  }
  tree()->insert(PlaceOf(row));
}

void SubKeySet::Erase(RowHeader* row) {
  Tree* rows = tree();
  if (rows == nullptr) {
    bits_ = 0;
    return;
  }
  rows->erase(rows->find(Wanted(SubKeyOf(row))));
  if (rows->size() > 1) return;
  RowHeader* last = rows->begin()->row;
  delete rows;
  bits_ = reinterpret_cast<uintptr_t>(last);
}

void SubKeySet::Clear() {
  delete tree();
  bits_ = 0;
}

}  // namespace weir::state
