// Arrays of a stranger's, before they are read.
#pragma once

#include <cstdint>

#include "runtime/abi/weir/arrow.h"
#include "runtime/arrow/arrow_type.h"
#include "runtime/base/status.h"

namespace weir::arrow {

// Whether an array is one of `length` flat values of this type, as far as can be told: nothing says
// how large its buffers are. kDataError for one that is not, and for texts of more than 1 GiB.
Status CheckArray(const ArrowType& type, const ArrowArray& array, uint32_t length);

}  // namespace weir::arrow
