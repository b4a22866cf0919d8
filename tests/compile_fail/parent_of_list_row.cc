// Only rows of maps have an entry; the same word of a list's row is a part of its key.
#include "state/row/row.h"

namespace weir::state {

MapEntry EntryOf(MapRow row, ListRow other) {
#ifdef WRONG
  // error: no member named .parent.
  if (other != nullptr) return other.parent();
#endif
  return other == nullptr ? row.parent() : nullptr;
}

}  // namespace weir::state
