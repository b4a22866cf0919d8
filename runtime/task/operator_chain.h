// The operators of one chain in one task: they call each other directly, and exchanges at the ends.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/operators/operator.h"
#include "runtime/task/exchange.h"

namespace weir::task {

// What DESCRIBE JOB shows of one operator's subtask beyond its own counters. Written by the task.
// Relaxed atomics: each figure is right, all together may be of different moments.
struct MemberMetrics {
  operators::OperatorMetrics counters;
  std::atomic<uint64_t> state_rows{0};
  std::atomic<uint64_t> state_bytes{0};  // in memory and on disk
  std::atomic<uint64_t> disk_reads{0};
  std::atomic<uint64_t> evictions{0};  // rows moved to disk
  // In the operator's own code. What it hands to other threads is not in it.
  std::atomic<uint64_t> busy_nanos{0};
};

// What an operator left out, since the job's first start.
struct Losses {
  uint64_t late_rows = 0;
  uint64_t skipped_records = 0;  // of sources
};

// One operator of the chain as it is put together.
// Members are given parents first, as in Chain.
struct MemberSetup {
  size_t node_index = 0;                    // in the job graph
  int parent = -1;                          // member; -1 for the first
  std::unique_ptr<operators::Operator> op;  // null for a source, which is the first
  operators::OperatorContext context;
  bool ended_before = false;                         // restored after its end of input
  bool has_state = false;                            // keeps keyed tables
  Losses before;                                     // until a restore
  std::optional<uint64_t> given_before;              // rows put out until then; nothing: not known
  std::vector<std::unique_ptr<Exchange>> exchanges;  // where its output leaves the chain
  // Its parent's result so far comes to it before anything else; the same of what is behind its own
  // exchanges, by their positions.
  bool seeded = false;
  std::vector<size_t> seeded_exchanges;
};

// Used by the task's thread only. A failure carries the name of the operator that it happened in.
// Watermarks are forwarded when they rise, and only then. A failure names the innermost operator,
// once, with its place in the SQL. An operator that had ended before the restore gets no second end
// of input.
class OperatorChain {
 public:
  OperatorChain(std::vector<MemberSetup> members, TaskState* state);
  ~OperatorChain();
  OperatorChain(const OperatorChain&) = delete;
  OperatorChain& operator=(const OperatorChain&) = delete;

  // Opens all operators, the last first, so that each finds its consumers open.
  Status Open();

  // Operators with new readers behind them give those their results (Operator::Seed), the last
  // operator first: none has read anything by then, and no barrier has passed. Ends early, with
  // kCancelled, once `stop` is set.
  Status Seed(const std::atomic<bool>& stop);

  // From an input gate, into the first operator.
  Status OnBatch(int port, Batch batch);
  Status OnWatermark(Timestamp watermark);
  // From a source, out of the first member. An empty batch (all rows deselected) reaches only a
  // watermark operator. `watermark` below Max() asks the watermark operator to look at its
  // partitions again.
  Status EmitFromSource(Batch batch);
  Status EmitSourceWatermark(Timestamp watermark);
  // The next call that an operator wants; Max() for none.
  Timestamp NextProcessingTime() const;
  Status OnProcessingTime(Timestamp now);

  // Whether an operator holds rows back for a moment.
  bool HoldsRows() const;
  // Empties what operators buffer, producers first.
  Status Flush();
  // Adds operator state and what sinks pre-commit. After Flush.
  Status Snapshot(uint64_t checkpoint_id, std::vector<checkpoint::OperatorContribution>& out);
  // Idleness, barriers, end of input: to all exchanges.
  // An idle mark flushes first, as rows that are held would come late behind it.
  Status Forward(const Element& element);
  // After Max(): lets every operator emit its rest, producers first.
  Status EndOfInput();

  // How many records the source has skipped since this start; for Snapshot.
  void NoteSkippedRecords(uint64_t skipped) { source_skipped_ = skipped; }
  // Counts time in which the source made rows, outside of the chain.
  void NoteSourceTime(int64_t nanos);
  // Takes the state's figures over into the metrics.
  void PublishStateMetrics();
  // The same at most ten times a second: `now` is monotonic nanoseconds. Without it, between two
  // batches, the clock that the operators' time is measured with is not read once more.
  void PublishDueStateMetrics(int64_t now);
  void PublishDueStateMetrics() { PublishDueStateMetrics(running_since_); }
  size_t size() const { return members_.size(); }
  size_t node_index(size_t member) const;
  const graph::Node& node(size_t member) const;
  const MemberMetrics& metrics(size_t member) const;
  // The operator whose code runs now; null for none. Any thread.
  const graph::Node* at() const;

 private:
  class Member;
  class SomeWays;
  class Turn;
  Status Annotate(Status failure, const Member& member);

  std::vector<std::unique_ptr<Member>> members_;
  // Gives the time since `running_` began to it; `next` begins (null: nobody).
  Member* Switch(Member* next);

  TaskState* const state_;
  Clock* clock_ = nullptr;
  std::atomic<Member*> running_{nullptr};  // whose code runs; written by the task's thread alone
  int64_t running_since_ = 0;              // monotonic nanoseconds
  uint64_t source_skipped_ = 0;
  int64_t published_at_ = 0;  // when the state's figures were last due; monotonic nanoseconds
  bool annotated_ = false;
  bool ended_ = false;
};

// The operator-state entry in which a task notes whether the operator's input had ended and what it
// left out, and reading it. Version 1: 1 byte, 0 or 1; version 2 (where rows were late): the same
// and the varint of late rows; version 3 (where records were skipped): the same and their varint.
inline constexpr std::string_view kEndedEntry = "task.ended";
// Whether an entry of operator state is the task's own, and none of the operator's.
bool IsOfTask(std::string_view entry);
// Whether all subtasks of the operator had ended.
bool EndedEverywhere(const OperatorCheckpoint& op);
// What all subtasks of the operator had left out.
Losses LossesBefore(const OperatorCheckpoint& op);

}  // namespace weir::task
