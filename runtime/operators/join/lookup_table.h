// The table of a lookup join: read at each start of a job, and again where its options say so, and
// shared by all subtasks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/clock.h"
#include "runtime/expr/evaluator.h"
#include "runtime/graph/operator_spec.h"
#include "runtime/mutex.h"
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

// The table's rows: as they were read at one time, or as the table has them when they are asked
// for. Any thread may use it.
class LookupRows {
 public:
  virtual ~LookupRows() = default;
  // Replaces `matches`. `keys` are the key columns that `batch` was taken with.
  virtual Status Find(const JoinBatch& batch, const std::vector<int>& keys,
                      LookupMatches& matches) const = 0;
  // The number of rows that passed the filter; of a table that is asked key by key, of those kept.
  virtual uint64_t row_count() const = 0;
  // How often a key without a row was asked for again.
  virtual uint64_t retries() const { return 0; }
};

// The table as it was read last. A subtask calls Get once for each batch and releases the rows
// behind it, so that all rows of a batch see the same reading. Thread-safe.
class LookupTable {
 public:
  explicit LookupTable(std::shared_ptr<const LookupRows> rows) : rows_(std::move(rows)) {}

  std::shared_ptr<const LookupRows> Get() const {
    const MutexLock lock(mutex_);
    return rows_;
  }
  // Makes `rows` what Get returns, and returns those of before, which other threads may still use.
  std::shared_ptr<const LookupRows> Replace(std::shared_ptr<const LookupRows> rows) {
    const MutexLock lock(mutex_);
    return std::exchange(rows_, std::move(rows));
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const LookupRows> rows_ WEIR_GUARDED_BY(mutex_);
};

struct LookupSetup {
  const graph::LookupSpec* spec = nullptr;  // outlives the rows
  std::string uid;
  std::unique_ptr<Source> source;  // the table's, which ends
  const expr::EvaluationContext* evaluation = nullptr;
  const Clock* clock = nullptr;  // by which cached answers expire
  uint32_t batch_rows = kDefaultBatchRows;
  // State for these rows alone: of all key groups, and part of no checkpoint. The rows report their
  // memory there, also while they are read.
  std::unique_ptr<TaskState> state;
  // Rows beyond this size are put into `state`, which obeys the memory limit. 0: rows never are.
  uint64_t memory_bytes = 0;
};

// Reads the whole source; of a table that is asked key by key (lookup_options.h) it reads nothing
// yet, and Find asks (asked_rows.h). Can be interrupted (interruption.h). Fails as the source, the
// filter, the projections and `state` do.
Result<std::shared_ptr<const LookupRows>> LoadLookupRows(LookupSetup setup);

}  // namespace weir::operators
