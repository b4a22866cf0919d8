// How many rows new readers will be given first, for EXPLAIN RESTORE: the seeds are made as the job
// would make them, and go nowhere.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/clock.h"
#include "runtime/expr/evaluator.h"
#include "runtime/graph/job_graph.h"
#include "runtime/state_backend.h"

namespace weir::task {

// All pointers outlive the call.
struct SeedCountSetup {
  const graph::JobGraph* graph = nullptr;    // as the job would run it
  const CheckpointMetadata* from = nullptr;  // with its seeds
  StateBackend* backend = nullptr;           // opened from it, and thrown away afterwards
  Clock* clock = nullptr;
  const expr::EvaluationContext* evaluation = nullptr;
};

// Rows by the uid of the reader, behind all filters on the way. Reads the whole state of those who
// give, on one thread.
Result<std::map<std::string, uint64_t>> CountSeeds(const SeedCountSetup& setup);

}  // namespace weir::task
