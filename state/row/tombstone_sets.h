// The sub-keys of map tables that are erased in memory but that the disk may still have.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "state/row/byte_arena.h"
#include "state/row/row.h"
#include "state/row/sub_key_set.h"

namespace weir::state {

// Has a set for each key with tombstones, which few keys have at a time. Tombstones are kept apart
// from other rows so that the first and last row of a key are found at once. An entry contains the
// number of its set, from 1; 0 is none. Does not own the rows.
class TombstoneSets {
 public:
  // `arena` outlives this.
  explicit TombstoneSets(ByteArena& arena) : arena_(arena) {}
  ~TombstoneSets();
  TombstoneSets(const TombstoneSets&) = delete;
  TombstoneSets& operator=(const TombstoneSets&) = delete;

  static bool Has(MapEntry entry) { return entry.tombstone_set() != 0; }
  // Null when there is none with this sub-key. `hash`: of its bytes.
  MapRow Find(MapEntry entry, std::string_view sub_key, uint64_t hash) const {
    return Has(entry) ? sets_[entry.tombstone_set() - 1].Find(sub_key, hash) : nullptr;
  }
  // REQUIRES: there is none with its sub-key.
  void Insert(MapEntry entry, MapRow row);
  // REQUIRES: the row is in the set.
  void Erase(MapEntry entry, MapRow row);

 private:
  ByteArena& arena_;
  std::vector<SubKeySet> sets_;
  std::vector<uint32_t> free_;  // numbers of empty sets
};

}  // namespace weir::state
