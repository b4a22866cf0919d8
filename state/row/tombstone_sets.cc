#include "state/row/tombstone_sets.h"

namespace weir::state {

TombstoneSets::~TombstoneSets() {
  for (SubKeySet& set : sets_) set.Clear(arena_);
}

void TombstoneSets::Insert(RowHeader* entry, RowHeader* row) {
  if (!Has(entry)) {
    if (free_.empty()) {
      sets_.emplace_back();
      free_.push_back(static_cast<uint32_t>(sets_.size()));
    }
    entry->stamp = free_.back();
    free_.pop_back();
  }
  sets_[entry->stamp - 1].Insert(row, uint64_t{HashOfSubKey(row)} << 32, false, arena_);
}

void TombstoneSets::Erase(RowHeader* entry, RowHeader* row) {
  SubKeySet& set = sets_[entry->stamp - 1];
  set.Erase(row, arena_);
  if (!set.empty()) return;
  free_.push_back(entry->stamp);
  entry->stamp = 0;
}

}  // namespace weir::state
