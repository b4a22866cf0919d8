// VALUES and SELECT without FROM as a bounded source of one split.
#pragma once

#include <memory>

#include "runtime/graph/job_graph.h"
#include "runtime/source.h"
#include "runtime/types/batch.h"

namespace weir::task {

// Yields the rows of `rows`, in order. Positions: "v1 row=N".
// The batch is shared by the readers, whose positions count rows.
std::unique_ptr<Source> MakeValuesSource(Batch rows);

}  // namespace weir::task
