// The table that a lookup join looks rows up in: read once at each start of a job, for all subtasks
// together.
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

// What the keyed rows of a batch found: parallel arrays, ascending by the batch's row, and for one
// row in the order of the table. Reused from batch to batch for its memory.
struct LookupMatches {
  std::vector<uint32_t> own;    // physical rows of the batch
  std::vector<uint32_t> other;  // of each, a row of `rows`
  Batch rows;                   // the table's columns; more rows than were found, perhaps

  // Of Find.
  std::string keys;
  std::vector<size_t> ends;
};

// Never changes. Any thread.
class LookupTable {
 public:
  virtual ~LookupTable() = default;
  // Replaces `matches`. `keys` are the columns of the batch that it was taken with.
  virtual Status Find(const JoinBatch& batch, const std::vector<int>& keys,
                      LookupMatches& matches) const = 0;
};

struct LookupSetup {
  const graph::LookupSpec* spec = nullptr;  // outlives the table
  std::string uid;
  Source* source = nullptr;  // the table's, which ends
  const expr::EvaluationContext* evaluation = nullptr;
  uint32_t batch_rows = kDefaultBatchRows;
  // The table's alone, of all key groups, and in no checkpoint. What the table has in memory counts
  // there.
  std::unique_ptr<TaskState> state;
  // Rows that take more lie in `state`, which keeps to the limit of memory. 0: none ever do.
  uint64_t memory_bytes = 0;
};

// Reads the whole source. May be interrupted (interruption.h). Failures are the source's, those of
// the filter and the projections, and of `state`.
Result<std::shared_ptr<const LookupTable>> LoadLookupTable(LookupSetup setup);

}  // namespace weir::operators
