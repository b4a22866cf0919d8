// The same bit means "scanned" to value tables, "last" to lists and "partial" to keys of maps.
#include "state/row/row.h"

namespace weir::state {

bool Scanned(ValueRow row) {
#ifdef WRONG
  // error: RowFlags<.*ListRow>. to .*RowFlags<.*ValueRow>
  if (row.Has(ListRow::kLast)) return true;
#endif
  return row.Has(ValueRow::kScanned | Row::kDeleted);
}

}  // namespace weir::state
