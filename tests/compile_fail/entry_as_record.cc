// An entry of a map has no record: where records have a stamp, it has the number of a set.
#include "state/row/row.h"

namespace weir::state {

uint32_t StampOf(MapRow row, MapEntry entry) {
#ifdef WRONG
  // error: no matching (function|conversion) for .*MapEntry
  if (entry != nullptr) return Row(entry).stamp();
#endif
  return entry == nullptr ? Row(row).stamp() : entry.tombstone_set();
}

}  // namespace weir::state
