// Reads the result of operators whose state is their result, with one output row in each state row.
#pragma once

#include <cstdint>

#include "runtime/operators/operator.h"
#include "runtime/operators/rank/ranked_rows.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// Emits every row of `table` as an insert, laid out as `layout` says, in batches of at most
// `batch_rows`. Changes nothing; rows that are only on disk are read without being kept in memory.
Status EmitStoredRows(ValueTable& table, const RankedLayout& layout, uint32_t batch_rows,
                      Output& out);

}  // namespace weir::operators
