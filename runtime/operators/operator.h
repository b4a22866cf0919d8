// The contract between an operator and the task that runs it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/clock.h"
#include "runtime/expr/evaluator.h"
#include "runtime/graph/job_graph.h"
#include "runtime/state_backend.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Where an operator sends what it makes: the next operators of the chain, or exchanges. Both calls
// run everything downstream in the same chain before they return, and may block on a full queue.
// Used from within the operator's own calls only, by the task's thread. A failure (kCancelled when
// the job stops) is passed up at once.
class Output {
 public:
  virtual ~Output() = default;
  // REQUIRES: `batch` is not empty, and no row is behind a watermark that was emitted before.
  virtual Status Emit(Batch batch) = 0;
  virtual Status EmitWatermark(Timestamp watermark) = 0;
};

// Operator state: named opaque bytes an operator adds to a checkpoint besides its keyed tables. At
// restore every subtask sees the entries of all subtasks and takes what is its own.
// Names are part of what is persisted.
struct OperatorStateEntry {
  std::string name;   // "progress"
  std::string bytes;  // starts with a version
};

// Counters that DESCRIBE JOB shows. Written by the task, read by anyone.
struct OperatorMetrics {
  std::atomic<uint64_t> rows_in{0};
  std::atomic<uint64_t> rows_out{0};
  std::atomic<uint64_t> batches_in{0};
  std::atomic<uint64_t> late_rows{0};  // dropped because their window had fired
  std::atomic<uint64_t> skipped_records{0};
  std::atomic<int64_t> watermark{Timestamp::Min().millis};
};

class PartitionTimes;  // partition_times.h

// What an operator is given when it opens. Outlives the operator.
// Pointers are valid until the operator is destroyed. `attempt` counts the starts of the job; names
// of files are made with it.
struct OperatorContext {
  const graph::Node* node = nullptr;
  std::vector<const Schema*> inputs;  // one a port
  uint32_t subtask = 0;
  uint32_t parallelism = 1;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  uint64_t attempt = 0;
  uint32_t batch_rows = kDefaultBatchRows;
  TaskState* state = nullptr;
  Clock* clock = nullptr;
  const expr::EvaluationContext* evaluation = nullptr;
  OperatorMetrics* metrics = nullptr;
  // In a source's chain: the times of its partitions, for the watermark operator. Null elsewhere.
  PartitionTimes* partitions = nullptr;
  // Operator state of every subtask at the restored checkpoint; empty at a fresh start.
  std::vector<OperatorStateEntry> restored;
};

// One instance of one plan node inside one task. Not thread-safe: all calls come from the task's
// thread, in the order Open, Seed, (OnBatch | OnWatermark | OnProcessingTime | OnBarrier)*,
// OnEndOfInput, Close. After a non-OK return there is no further call. Output is a function of
// input and state only. Makes no decision by chance or by the size of batches: the same rows in the
// same order, cut into batches in any way, give the same changes after folding. Only the clock may
// tell runs apart.
class Operator {
 public:
  virtual ~Operator() = default;
  // Opens its tables in ctx.state; restored contents are visible when it returns. Must not emit.
  virtual Status Open(OperatorContext& ctx) = 0;
  // At most once, behind Open and before everything else: gives its result as it stands in the
  // restored state, as inserts in no particular order, to `seeded`, where new readers are, and what
  // it owes by then to `others`. Called of operators whose state holds their result alone
  // (KindRules::lacks_result in runtime/checkpoint); the default is kInternal.
  virtual Status Seed(Output& others, Output& seeded);
  // Consumes `batch` (never empty) from input `port`.
  // Rows of deselected places must not be looked at. The batch may be kept or emitted again.
  virtual Status OnBatch(int port, Batch batch, Output& out) = 0;
  // No later row on any port has an event time <= `watermark`, save rows marked late. Emits what
  // has become final, then forwards the watermark (the default only forwards).
  virtual Status OnWatermark(Timestamp watermark, Output& out);
  // Wall-clock time has reached what NextProcessingTime asked for.
  virtual Status OnProcessingTime(Timestamp now, Output& out);
  // When OnProcessingTime should be called next; Timestamp::Max() for never (the default).
  virtual Timestamp NextProcessingTime() const;
  // Whether rows wait in it for a moment only, to be sent on together: those of a local phase. What
  // waits for time to come, as in a window, does not count.
  virtual bool HoldsRows() const { return false; }
  // Before a barrier (and before every watermark in local aggregates): empties what is buffered.
  // A flush of an operator that buffers nothing does nothing (the default).
  virtual Status Flush(Output& out);
  // After Flush, at the barrier: adds operator state. Keyed tables are snapshotted by the task.
  // Must not emit; an entry is written even where nothing changed, as every checkpoint is whole.
  virtual Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state);
  // After OnBarrier: makes durable what its entries promise, once, on another thread, while the
  // operator goes on. The checkpoint waits for it. Null (the default): nothing is left to be done.
  virtual std::function<Status()> TakeSync() { return nullptr; }
  // Every port has ended; the maximum watermark came before. Emits the rest.
  virtual Status OnEndOfInput(Output& out);
};

}  // namespace weir::operators
