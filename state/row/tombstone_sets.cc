#include "state/row/tombstone_sets.h"

namespace weir::state {

TombstoneSets::~TombstoneSets() {
  for (SubKeySet& set : sets_) set.Clear(arena_);
}

void TombstoneSets::Insert(MapEntry entry, MapRow row) {
  if (!Has(entry)) {
    if (free_.empty()) {
      sets_.emplace_back();
      free_.push_back(static_cast<uint32_t>(sets_.size()));
    }
    entry.set_tombstone_set(free_.back());
    free_.pop_back();
  }
  sets_[entry.tombstone_set() - 1].Insert(row, uint64_t{HashOfSubKey(row)} << 32, false, arena_);
}

void TombstoneSets::Erase(MapEntry entry, MapRow row) {
  SubKeySet& set = sets_[entry.tombstone_set() - 1];
  set.Erase(row, arena_);
  if (!set.empty()) return;
  free_.push_back(entry.tombstone_set());
  entry.set_tombstone_set(0);
}

}  // namespace weir::state
