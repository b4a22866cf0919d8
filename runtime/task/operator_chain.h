// The operators of one chain in one task. They call each other directly, and exchanges at the ends.
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

// What DESCRIBE JOB shows of one operator's subtask besides its own counters. Written by the task
// with relaxed atomics: each figure is right, but they may be of different moments.
struct MemberMetrics {
  operators::OperatorMetrics counters;
  std::atomic<uint64_t> state_rows{0};
  std::atomic<uint64_t> state_bytes{0};  // in memory and on disk
  std::atomic<uint64_t> disk_reads{0};
  std::atomic<uint64_t> evictions{0};  // rows moved to disk
  // Time in the operator's own code, without the threads that it hands work to.
  std::atomic<uint64_t> busy_nanos{0};
};

// What an operator has left out since the job's first start.
struct Losses {
  uint64_t late_rows = 0;
  uint64_t skipped_records = 0;  // of sources
};

// One operator of the chain before it is opened. Members are listed parents first, as in Chain.
struct MemberSetup {
  size_t node_index = 0;                    // in the job graph
  int parent = -1;                          // member; -1 for the first
  std::unique_ptr<operators::Operator> op;  // null for a source, which is the first
  operators::OperatorContext context;
  bool ended_before = false;             // it was restored after the end of its input
  bool has_state = false;                // keeps keyed tables
  Losses before;                         // until the restore
  std::optional<uint64_t> given_before;  // rows emitted until the restore; nothing: not known
  std::vector<std::unique_ptr<Exchange>> exchanges;  // where its output leaves the chain
  // A restore sends it its parent's result so far before anything else. The vector says the same
  // for the consumers behind its exchanges, by the exchanges' positions.
  bool seeded = false;
  std::vector<size_t> seeded_exchanges;
};

// Used by the task's thread only. A failure names the innermost operator, once, with its place in
// the SQL. Watermarks are forwarded only when they rise. An operator that had ended before the
// restore gets no second end of input.
class OperatorChain {
 public:
  OperatorChain(std::vector<MemberSetup> members, TaskState* state);
  ~OperatorChain();
  OperatorChain(const OperatorChain&) = delete;
  OperatorChain& operator=(const OperatorChain&) = delete;

  // Notes that the input of a member goes on, although it had ended before the restore. To be
  // called before Seed.
  void NoteInputGoesOn(size_t member);
  // Opens all operators from the last to the first, so that each finds its consumers open.
  Status Open();

  // Lets operators with new readers behind them send their results (Operator::Seed), the last
  // operator first, before anything is read and before any barrier passes. Returns early, with
  // kCancelled, once `stop` is set.
  Status Seed(const std::atomic<bool>& stop);

  // Passes a batch to a member, as the one before it would: to the first one from an input gate.
  Status Deliver(size_t member, int port, Batch batch);
  Status OnWatermark(Timestamp watermark);
  // Passes a batch from a source behind the first member. Deselected rows advance time, too, so
  // that a watermark operator behind it gets a batch even if all are; else such a batch is dropped.
  // A `watermark` below Max() asks the watermark operator to check its partitions again.
  Status EmitFromSource(Batch batch);
  Status EmitSourceWatermark(Timestamp watermark);
  // When the next operator wants to be called; Max() for never.
  Timestamp NextProcessingTime() const;
  Status OnProcessingTime(Timestamp now);

  // Whether an operator holds rows back for a moment.
  bool HoldsRows() const;
  // Empties what operators buffer, producers first.
  Status Flush();
  // Whether all exchanges have room for rows.
  bool HasRoom() const;
  // Adds operator state and what sinks pre-commit. Called after Flush.
  Status Snapshot(uint64_t checkpoint_id, std::vector<checkpoint::OperatorContribution>& out);
  // Sends idleness, barriers and the end of input to all exchanges; idleness not to those that
  // begin a loop, where ForwardIntoLoop has sent it. An idle mark flushes first, as rows that are
  // held back would otherwise arrive late behind it.
  Status Forward(const Element& element);
  // Sends a watermark, idleness or a marker (LoopProgress) only through the exchanges that lie in a
  // loop, at its beginning or further on, after flushing what operators hold.
  Status ForwardIntoLoop(const Element& element);
  // Lets every operator emit the rest, producers first. Called after the watermark Max() and before
  // the end of input is forwarded.
  Status EndOfInput();

  // Sets how many records the source has skipped since this start, for Snapshot.
  void NoteSkippedRecords(uint64_t skipped) { source_skipped_ = skipped; }
  // Counts time that the source spent on rows, outside of the chain.
  void NoteSourceTime(int64_t nanos);
  // Copies the state's figures into the metrics.
  void PublishStateMetrics();
  // As PublishStateMetrics, but does nothing within 100 ms of the last time. `now` is in monotonic
  // nanoseconds; the caller has read it for other purposes, which saves reading the clock again.
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
  // Attributes the time since the last call to `running_` and makes `next` the running one (null:
  // nobody).
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

// The operator-state entry in which a task records whether the operator's input had ended and what
// it left out. Version 1: 1 byte, 0 or 1. Version 2 (if rows were late): the same and the varint of
// late rows. Version 3 (if records were skipped): the same and their varint.
inline constexpr std::string_view kEndedEntry = "task.ended";
// The entry of a recursion with the rows that were on their way back to it (channel_state.h).
inline constexpr std::string_view kReturnedEntry = "task.returned";
// Whether an entry of operator state is the task's own rather than the operator's.
bool IsOfTask(std::string_view entry);
// Whether all subtasks of the operator had ended.
bool EndedEverywhere(const OperatorCheckpoint& op);
// The sum of what all subtasks of the operator had left out.
Losses LossesBefore(const OperatorCheckpoint& op);

}  // namespace weir::task
