// A const handle is one to read by.
#include "state/row/row.h"

namespace weir::state {

bool Touch(ListRow row) {
#ifdef WRONG
  const ListRow seen = row;
#else
  ListRow seen = row;
#endif
  // error: passing .const .*ListRow. as .this.|.this. argument .* not marked const
  seen.Set(Row::kTouched);
  return seen.Has(Row::kTouched);
}

}  // namespace weir::state
