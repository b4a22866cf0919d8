// The word that links a list's row to the next one holds the hash of a value table's.
#include "state/row/row.h"

namespace weir::state {

void Link(ListRow row, ListRow next, ValueRow other) {
#ifdef WRONG
  // error: no member named .set_next.
  other.set_next(next);
#endif
  row.set_next(next);
  other.set_hash(0);
}

}  // namespace weir::state
