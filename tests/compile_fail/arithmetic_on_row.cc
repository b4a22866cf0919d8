// Rows lie at addresses, but what is behind one is none: blocks differ in size by tables.
#include "state/row/row.h"

namespace weir::state {

Row Behind(Row row) {
#ifdef WRONG
  // error: no match for .operator\+|invalid operands to binary expression
  return row + 1;
#endif
  return row;
}

}  // namespace weir::state
