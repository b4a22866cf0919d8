// Changes as a sink takes them that has one row of each key.
#pragma once

#include "runtime/graph/operator_spec.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// `batch` without -U, which `sink` skips or writes as -D. No -D comes of an old row whose key a
// later change of the batch has as well, for that one decides about it. REQUIRES: old rows are not
// written, and batch.row_kinds.
Batch AsUpserts(Batch batch, const graph::SinkSpec& sink);

}  // namespace weir::operators
