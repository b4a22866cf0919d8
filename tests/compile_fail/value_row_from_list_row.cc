// A row of one kind does not become a row of another.
#include "state/row/row.h"

namespace weir::state {

ValueRow First(ListRow list, ValueRow value) {
#ifdef WRONG
  // error: no matching (function|conversion) .*ListRow
  return static_cast<ValueRow>(list);
#endif
  return list == nullptr ? nullptr : value;
}

}  // namespace weir::state
