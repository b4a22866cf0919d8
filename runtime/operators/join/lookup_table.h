// The table of a lookup join: read once at each start of a job and shared by all subtasks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/expr/evaluator.h"
#include "runtime/graph/operator_spec.h"
#include "runtime/operators/join/join_batch.h"
#include "runtime/source.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// The matches of a batch's keyed rows as parallel arrays: ascending by the batch's row and, for one
// row, in the order of the table. Reused from batch to batch for its memory.
struct LookupMatches {
  std::vector<uint32_t> own;    // physical rows of the batch
  std::vector<uint32_t> other;  // the matching row of `rows`
  Batch rows;                   // the table's columns; may contain rows that match nothing

  // Scratch of Find.
  std::string keys;
  std::vector<size_t> ends;
};

// Immutable once it is loaded; any thread may use it.
class LookupTable {
 public:
  virtual ~LookupTable() = default;
  // Replaces `matches`. `keys` are the key columns that `batch` was taken with.
  virtual Status Find(const JoinBatch& batch, const std::vector<int>& keys,
                      LookupMatches& matches) const = 0;
};

struct LookupSetup {
  const graph::LookupSpec* spec = nullptr;  // outlives the table
  std::string uid;
  Source* source = nullptr;  // the table's, which ends
  const expr::EvaluationContext* evaluation = nullptr;
  uint32_t batch_rows = kDefaultBatchRows;
  // State for this table alone: of all key groups, and part of no checkpoint. The table reports its
  // memory there.
  std::unique_ptr<TaskState> state;
  // Rows beyond this size are put into `state`, which obeys the memory limit. 0: rows never are.
  uint64_t memory_bytes = 0;
};

// Reads the whole source. Can be interrupted (interruption.h). Fails as the source, the filter, the
// projections and `state` do.
Result<std::shared_ptr<const LookupTable>> LoadLookupTable(LookupSetup setup);

}  // namespace weir::operators
