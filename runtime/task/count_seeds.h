// Counts the rows that new readers will be sent first, for EXPLAIN RESTORE. They are computed as
// the job would compute them and then thrown away.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/clock.h"
#include "runtime/expr/evaluator.h"
#include "runtime/graph/job_graph.h"
#include "runtime/state_backend.h"

namespace weir::task {

// REQUIRES: all pointers outlive the call.
struct SeedCountSetup {
  const graph::JobGraph* graph = nullptr;    // as the job would run it
  const CheckpointMetadata* from = nullptr;  // including its seeds
  StateBackend* backend = nullptr;           // opened from `from`, and thrown away afterwards
  Clock* clock = nullptr;
  const expr::EvaluationContext* evaluation = nullptr;
};

// The number of rows by the uid of the reader, behind all filters in between; nothing where only
// the job can compute them, as with functions in Python. Reads the whole state of the operators
// that send them, on one thread.
using SeedCounts = std::map<std::string, std::optional<uint64_t>>;
Result<SeedCounts> CountSeeds(const SeedCountSetup& setup);

}  // namespace weir::task
