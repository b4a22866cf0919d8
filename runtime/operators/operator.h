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
#include "runtime/record_sorter.h"
#include "runtime/state_backend.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Where an operator sends its output: the next operators of the chain, or exchanges. Both calls run
// everything downstream in the same chain before they return, and may block on a full queue. Only
// used from within the operator's own calls, by the task's thread. A failure (kCancelled when the
// job stops) must be returned at once.
class Output {
 public:
  virtual ~Output() = default;
  // REQUIRES: `batch` is not empty, and none of its rows is older than a watermark that was emitted
  // before, unless it is marked late.
  virtual Status Emit(Batch batch) = 0;
  virtual Status EmitWatermark(Timestamp watermark) = 0;
};

// Operator state: named, opaque bytes that an operator adds to a checkpoint besides its keyed
// tables. On restore every subtask gets the entries of all subtasks and picks what belongs to it.
// Names are persisted.
struct OperatorStateEntry {
  std::string name;   // "progress"
  std::string bytes;  // starts with a version
};

// Counters that DESCRIBE JOB shows. Written by the task, read by anyone.
struct OperatorMetrics {
  std::atomic<uint64_t> rows_in{0};
  std::atomic<uint64_t> rows_out{0};
  std::atomic<uint64_t> batches_in{0};
  std::atomic<uint64_t> late_rows{0};  // came when their window, or time to match, was over
  std::atomic<uint64_t> skipped_records{0};
  std::atomic<int64_t> watermark{Timestamp::Min().millis};
};

class PartitionTimes;  // partition_times.h

// What an operator is given when it is opened; pointers are valid until it is destroyed. `attempt`
// counts the starts of the job and becomes part of file names.
struct OperatorContext {
  const graph::Node* node = nullptr;
  std::vector<const Schema*> inputs;  // one a port
  uint32_t subtask = 0;
  uint32_t parallelism = 1;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  uint64_t attempt = 0;
  uint32_t batch_rows = kDefaultBatchRows;
  TaskState* state = nullptr;
  Clock* clock = nullptr;  // of the job; tests may leave it out
  const expr::EvaluationContext* evaluation = nullptr;
  OperatorMetrics* metrics = nullptr;
  // For operators in a source's chain: the times of its partitions, which the watermark operator
  // moves. Null elsewhere.
  PartitionTimes* partitions = nullptr;
  // Operator state of every subtask at the restored checkpoint; empty at a fresh start.
  std::vector<OperatorStateEntry> restored;
  // Rows of the restored state may have expired, though none expire any more: what its rows say of
  // others, such as how many there are, cannot be relied on.
  bool forgot = false;
  // The operator calls it, at most once and from Open or OnBatch, when no further input can change
  // its output. Sources that no other operator reads then end soon; rows that still come must be
  // taken as before. Null where it would have no effect.
  std::function<void()> enough;
  // Makes what sorts rows that memory does not hold; one at a time. Null where state lies in memory
  // in any case: then sort there. Outlives the operator.
  std::function<std::unique_ptr<RecordSorter>()> make_sorter;
};

// One instance of one plan node inside one task. Not thread-safe: all calls come from the task's
// thread, in the order Open, Seed, (OnBatch | OnWatermark | OnProcessingTime | OnBarrier)*,
// OnEndOfInput, Close. After a failure there is no further call.
// The output is a function of input and state only; two runs may differ only through the clock. It
// must not depend on chance, nor on how rows are cut into batches: the same rows in the same order
// always give the same changes after folding.
class Operator {
 public:
  virtual ~Operator() = default;
  // Opens the operator's tables in ctx.state; restored contents are visible when it returns. Must
  // not emit.
  virtual Status Open(OperatorContext& ctx) = 0;
  // Called at most once, after Open and before everything else, when new readers were added to a
  // query that is restored. Sends the result as it stands in the restored state to `seeded`, the
  // new readers, as inserts in any order, and to `others` what the operator owes them by then. Only
  // called for operators whose state is their result (KindRules::lacks_result in
  // runtime/checkpoint); the default is kInternal.
  virtual Status Seed(Output& others, Output& seeded);
  // Consumes `batch` (never empty) from input `port`. Values of deselected rows must not be read.
  // The batch may be kept or emitted again.
  virtual Status OnBatch(int port, Batch batch, Output& out) = 0;
  // Promises that no later row on any port has an event time <= `watermark`, except rows marked
  // late. Emits what has become final, then forwards the watermark; the default only forwards.
  virtual Status OnWatermark(Timestamp watermark, Output& out);
  // Wall-clock time has reached what NextProcessingTime asked for.
  virtual Status OnProcessingTime(Timestamp now, Output& out);
  // When OnProcessingTime should be called next; Timestamp::Max() for never (the default).
  virtual Timestamp NextProcessingTime() const;
  // Whether rows are held back for a moment in order to be sent together, as in a local phase. Rows
  // that wait for time to pass, as in a window, do not count.
  virtual bool HoldsRows() const { return false; }
  // Called before a barrier (and before every watermark in local aggregates): emits what is
  // buffered. The default does nothing.
  virtual Status Flush(Output& out);
  // Called after Flush, at the barrier: adds operator state. Keyed tables are snapshotted by the
  // task. Must not emit. Entries are written even when nothing has changed, since every checkpoint
  // is complete in itself.
  virtual Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state);
  // Called after OnBarrier: returns what makes durable the things that its entries refer to, to be
  // run once on another thread while the operator goes on. The checkpoint completes only after it.
  // Null (the default) when nothing is to be done.
  virtual std::function<Status()> TakeSync() { return nullptr; }
  // Every port has ended, and the maximum watermark came before. Emits the rest.
  virtual Status OnEndOfInput(Output& out);
};

}  // namespace weir::operators
