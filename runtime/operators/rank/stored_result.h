// The result of operators that keep it row by row: one of the output a row of state.
#pragma once

#include <cstdint>

#include "runtime/operators/operator.h"
#include "runtime/operators/rank/ranked_rows.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// Emits every row of `table` as an insert, laid out as `layout` says, in batches of at most
// `batch_rows`. Nothing is changed. One pass; what is only on disk is read and not kept.
Status EmitStoredRows(ValueTable& table, const RankedLayout& layout, uint32_t batch_rows,
                      Output& out);

}  // namespace weir::operators
