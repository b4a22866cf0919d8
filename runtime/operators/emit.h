// What several operators do with batches on their way in and out.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/operators/operator.h"

namespace weir::operators {

// Emits `batch` in pieces of at most `batch_rows` rows; nothing when it is empty.
// Pieces keep order, kinds and marks; an update's two halves may fall into two of them.
Status EmitInPieces(Batch batch, uint32_t batch_rows, Output& out);

// Signs of the selected rows in order: +1 for +I and +U, -1 for -U and -D. Null when all are +1,
// else points into `scratch`.
const int8_t* SignsOf(const Batch& batch, std::vector<int8_t>& scratch);

// `batch` with other rows selected, columns shared. REQUIRES: `rows` ascending, not empty.
// Row kinds, marks and hashes stay where they are: by physical row.
Batch Select(const Batch& batch, const uint32_t* rows, uint32_t count);

}  // namespace weir::operators
