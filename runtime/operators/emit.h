// Cutting of batches that are emitted, and the signs and selections of batches that come in.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/operators/operator.h"
#include "runtime/types/kinds_of.h"

namespace weir::operators {

// Emits `batch` in pieces of at most `batch_rows` rows, or nothing when it is empty. Order, kinds
// and marks are kept; the -U and +U of one update may end up in different pieces.
Status EmitInPieces(Batch batch, uint32_t batch_rows, Output& out);

// Signs of the selected rows in order: +1 for +I and +U, -1 for -U and -D. Null when all are +1,
// else points into `scratch`.
const int8_t* SignsOf(const Batch& batch, std::vector<int8_t>& scratch);

// `batch` with `rows` selected instead; all columns are shared. Kinds, marks and hashes need no
// change, as they are indexed by physical row. REQUIRES: `rows` ascending, not empty.
Batch Select(const Batch& batch, const uint32_t* rows, uint32_t count);

}  // namespace weir::operators
