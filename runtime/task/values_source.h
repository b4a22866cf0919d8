// VALUES and SELECT without FROM as a bounded source of one split.
#pragma once

#include <memory>

#include "runtime/graph/job_graph.h"
#include "runtime/source.h"
#include "runtime/types/batch.h"

namespace weir::task {

// Returns the rows of `rows` in order. Readers share the batch; their positions count rows: "v1
// row=N".
std::unique_ptr<Source> MakeValuesSource(Batch rows);

}  // namespace weir::task
