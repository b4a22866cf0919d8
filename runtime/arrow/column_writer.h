// Makes arrays in Arrow's C data interface of columns.
#pragma once

#include "runtime/abi/weir/arrow.h"
#include "runtime/base/result.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"
#include "runtime/types/time_zone.h"

namespace weir::arrow {

// How columns lie in arrays.
struct ArrayLayout {
  bool int96 = true;  // times are instants, to nanoseconds; else 64 bits with `digits`
  int digits = 6;     // behind the second: 3, 6 or 9
  TimeZone zone;      // of the local times that become instants
  // As near to columns as Arrow allows: values that lie there as they do here are not copied, so
  // that the batch has to outlive the arrays; times have the digits that they have here, texts of a
  // batch offsets of 32 bits. The members above are not read.
  bool borrows = false;
};

// The columns as the children of a struct. The caller releases it.
void MakeArrowSchema(const Schema& columns, const ArrayLayout& layout, ArrowSchema* out);
// The selected rows of a batch of such columns, which are of no INTERVAL and no NULL. kDataError
// E3001 for a value that arrays cannot have: NULL as the key of a map, a time that nanoseconds of
// 64 bits do not reach, and texts of 2 GiB where the layout borrows.
Status MakeArrowBatch(const Schema& columns, const ArrayLayout& layout, const Batch& batch,
                      ArrowArray* out);

}  // namespace weir::arrow
