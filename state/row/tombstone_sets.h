// The sub-keys of map tables that are erased in memory and that the disk may still hold.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "state/row/byte_arena.h"
#include "state/row/row.h"
#include "state/row/sub_key_set.h"

namespace weir::state {

// A set for each key that has tombstones, which few have at a time: apart from the other rows, so
// that the edges of a key are found at once. An entry knows the number of its set, from 1; 0 is
// none. Does not own the rows.
class TombstoneSets {
 public:
  // `arena` outlives this.
  explicit TombstoneSets(ByteArena& arena) : arena_(arena) {}
  ~TombstoneSets();
  TombstoneSets(const TombstoneSets&) = delete;
  TombstoneSets& operator=(const TombstoneSets&) = delete;

  static bool Has(MapEntry entry) { return entry.tombstone_set() != 0; }
  // Null when there is none of this sub-key. `hash`: of its bytes.
  MapRow Find(MapEntry entry, std::string_view sub_key, uint64_t hash) const {
    return Has(entry) ? sets_[entry.tombstone_set() - 1].Find(sub_key, hash) : nullptr;
  }
  // REQUIRES: there is none of its sub-key.
  void Insert(MapEntry entry, MapRow row);
  // REQUIRES: the row is there.
  void Erase(MapEntry entry, MapRow row);

 private:
  ByteArena& arena_;
  std::vector<SubKeySet> sets_;
  std::vector<uint32_t> free_;  // numbers of empty ones
};

}  // namespace weir::state
