#include "state/row/tagged_pointer.h"

#include "runtime/base/check.h"

namespace weir::state {

// Out of line: only what compares is where pointers are made.
void RefuseAddress(const void* address) {
  WEIR_CHECK_LE(reinterpret_cast<uint64_t>(address), TaggedPointer::kAddressMask);
  WEIR_UNREACHABLE();
}

}  // namespace weir::state
