// One chain in one subtask: a thread that reads from its source or input gate, runs the chain and
// takes part in checkpoints. After the end of its input it goes on passing barriers until it is
// stopped.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/thread_role.h"
#include "runtime/checkpoint/coordinator.h"
#include "runtime/task/input_gate.h"
#include "runtime/task/mailbox.h"
#include "runtime/task/operator_chain.h"
#include "runtime/task/source_reader.h"
#include "runtime/task/step_size.h"
#include "runtime/task/task_times.h"
#include "runtime/thread.h"

namespace weir::task {

// Rows that a task takes before any others: a checkpoint found them on their way to an operator of
// it, or they are of a batch that is taken in steps. Barriers may overtake them.
struct RowsAhead {
  std::shared_ptr<const checkpoint::ChannelName> channel;
  size_t member = 0;  // of the chain, as `channel->to`
  Batch batch;
  uint32_t taken = 0;  // the first rows of `batch` that the operators have had

  // The rows that are not taken yet, but not more than the first `most` of them.
  Batch Rest(uint32_t most = std::numeric_limits<uint32_t>::max()) const;
};

// What a task is made of. REQUIRES: pointers outlive it.
struct TaskSetup {
  // The number of the task among all tasks of the job, without gaps, so that acknowledgements fit a
  // bitmap.
  size_t index = 0;
  // The number among the subtasks of its chain, from 0. It decides which key groups the task owns
  // (key_encoding.h).
  uint32_t subtask = 0;
  std::string name;  // of its thread
  // For timers, waits and measuring busy time.
  Clock* clock = nullptr;
  checkpoint::Coordinator* coordinator = nullptr;
  std::function<void(Status)> fail;  // called once, from the task's thread
  std::unique_ptr<TaskState> state;  // null: no keyed state
};

// Created, connected and joined by one thread (Execution's). Between Start and the end everything
// happens on the task's own thread, except where "any thread" is stated. An error of the chain ends
// the task: it calls `fail` and waits to be stopped.
// Between two batches, or two steps of one, it reads its mailbox, fires timers that are due, copies
// some of the rows that a barrier froze (for at most 2 ms), and tidies its state. At a barrier it
// flushes, forwards the barrier, adds operator state and freezes the tables; it acknowledges when
// all frozen rows are copied and, if the barrier has overtaken rows, all of those are recorded.
class Task {
 public:
  explicit Task(TaskSetup setup) : setup_(std::move(setup)), mailbox_(arrival_) {}
  // REQUIRES: not started, or joined.
  ~Task() = default;

  // To be called before Start: the state, if any, exactly one of the two inputs, then the chain.
  void SetState(std::unique_ptr<TaskState> state) { setup_.state = std::move(state); }
  void SetGate(std::unique_ptr<InputGate> gate) { gate_ = std::move(gate); }
  void SetSource(Source& source, uint32_t batch_rows);
  Status KeepReadSplits(std::unique_ptr<ReadSplits> read);  // behind the chain's opening
  // REQUIRES: it has a source (SourceReader::Align).
  void Align(WatermarkAlignment::Member& member) { source_->Align(member); }
  void SetChain(std::unique_ptr<OperatorChain> chain) { chain_ = std::move(chain); }
  // Rows that the task takes before any others, in their order.
  void SetRestored(std::deque<RowsAhead> rows) { ahead_ = std::move(rows); }
  // For jobs in which barriers overtake rows: no barrier waits for room, and a source gives smaller
  // batches at first, under backpressure and where they are taken slowly, so that none waits for a
  // batch for long.
  void LetBarriersOvertake();

  // Starts the thread. `coordinator` is only given here, since it must know all tasks. E4006 when
  // the machine gives no thread.
  Status Start(checkpoint::Coordinator& coordinator);
  // Makes the thread end soon; its channels must be closed as well, in case it waits in one. May be
  // repeated. REQUIRES: Start was called. Any thread.
  void RequestStop();
  void Join();

  // Whether the task sleeps and has neither mail nor rows in itself. When this holds of all tasks
  // twice with TaskTimes::work unchanged in between, the job is idle. Any thread.
  bool waiting() const {
    return mailbox_.empty() && times_.waiting.load(std::memory_order_seq_cst) &&
           !partitions_.stale();
  }

  // All producers of this task's input notify this.
  EventCount& arrival() { return arrival_; }
  Mailbox& mailbox() { return mailbox_; }
  TaskTimes& times() { return times_; }
  // Null for chains without keyed state.
  TaskState* state() { return setup_.state.get(); }
  operators::PartitionTimes& partitions() { return partitions_; }
  const TaskTimes& times() const { return times_; }
  const OperatorChain& chain() const { return *chain_; }
  OperatorChain& chain() { return *chain_; }
  const SourceReader* source() const { return source_.get(); }
  uint32_t subtask() const { return setup_.subtask; }
  const std::string& name() const { return setup_.name; }

 private:
  // Measures its own lifetime as a pause.
  class PauseNote;

  // The body of the thread: runs Loop until the task is stopped or fails.
  void Run();
  // Each turn reads the mail and then handles one event of the gate or one batch of the source.
  Status Loop() WEIR_REQUIRES(self_);
  // A turn while rows are ahead: reads the mail or a barrier, then hands those rows to the
  // operators, in a step if barriers may overtake them.
  Status RunAheadOnce() WEIR_REQUIRES(self_);
  Status TakeAhead() WEIR_REQUIRES(self_);
  Status TakeAllAhead() WEIR_REQUIRES(self_);
  Status StepAhead() WEIR_REQUIRES(self_);
  // Rows of the gate: at once, or in steps where barriers may overtake them.
  Status TakeRows(GateEvent event) WEIR_REQUIRES(self_);
  // Hands rows to the operators, and notes how long that took.
  Status Step(size_t member, int port, Batch batch) WEIR_REQUIRES(self_);
  Status RunGateOnce() WEIR_REQUIRES(self_);
  Status RunSourceOnce() WEIR_REQUIRES(self_);
  Status HandleGateEvent(GateEvent event) WEIR_REQUIRES(self_);
  Status HandleMail() WEIR_REQUIRES(self_);
  Status HandleLetter(Letter& letter) WEIR_REQUIRES(self_);
  Status ReadSource() WEIR_REQUIRES(self_);
  Status UpdateSourceTime() WEIR_REQUIRES(self_);
  Status EndInput() WEIR_REQUIRES(self_);
  Status Drain() WEIR_REQUIRES(self_);
  // Whether nothing may be emitted: the barrier of the job's last checkpoint has passed, and that
  // checkpoint was not given up.
  bool Silent() WEIR_REQUIRES(self_);
  // Freezes the state; AcknowledgeIfWhole acknowledges the barrier. `recording`: the barrier has
  // overtaken rows, and Recorded follows. `first_nanos`: when the first of the channels brought the
  // barrier, in monotonic nanoseconds.
  Status PassBarrier(const checkpoint::Barrier& barrier, int64_t first_nanos, bool recording)
      WEIR_REQUIRES(self_);
  Status SendBarrier(const checkpoint::Barrier& barrier) WEIR_REQUIRES(self_);
  // Copies frozen rows and, once all are copied, acknowledges the barrier. REQUIRES:
  // held_->copying.
  Status CopyState(std::chrono::nanoseconds longest) WEIR_REQUIRES(self_);
  // Takes the rows that the barrier of a checkpoint overtook, the last part of its acknowledgement.
  // `in_flight` is empty for a checkpoint that was given up.
  void Recorded(uint64_t checkpoint_id, std::vector<checkpoint::ChannelRows> in_flight)
      WEIR_REQUIRES(self_);
  void HoldInFlight(std::vector<checkpoint::ChannelRows> in_flight) WEIR_REQUIRES(self_);
  void AcknowledgeIfWhole() WEIR_REQUIRES(self_);
  void AdaptBatches(int64_t step_nanos) WEIR_REQUIRES(self_);
  // Whether no step may begin, as its rows would have to wait where no barrier is seen.
  bool LacksRoom() const WEIR_REQUIRES(self_);
  Status WaitForRoom() WEIR_REQUIRES(self_);
  // Maintenance of the state between two batches.
  Status TendState() WEIR_REQUIRES(self_);
  Status FireProcessingTime() WEIR_REQUIRES(self_);
  // How long the task may wait for input before a timer is due.
  std::chrono::nanoseconds LongestWait() WEIR_REQUIRES(self_);
  void NoteWork() { times_.work.fetch_add(1, std::memory_order_seq_cst); }
  void WaitForMail(std::chrono::nanoseconds longest) WEIR_REQUIRES(self_);

  TaskSetup setup_;
  EventCount arrival_;
  Mailbox mailbox_;
  operators::PartitionTimes partitions_;
  std::unique_ptr<InputGate> gate_;
  Source* read_from_ = nullptr;
  bool overtaken_ = false;
  std::unique_ptr<SourceReader> source_;
  std::unique_ptr<OperatorChain> chain_;
  TaskTimes times_;
  std::atomic<bool> stop_{false};
  Thread thread_;

  ThreadRole self_;  // the task's thread
  std::vector<Letter> letters_ WEIR_GUARDED_BY(self_);
  uint64_t last_barrier_ WEIR_GUARDED_BY(self_) = 0;
  uint64_t blocked_before_ WEIR_GUARDED_BY(self_) = 0;  // TaskTimes::blocked_nanos at AdaptBatches
  // The checkpoint behind whose barrier nothing is read, and the one behind whose barrier nothing
  // is emitted; 0: none.
  uint64_t paused_for_ WEIR_GUARDED_BY(self_) = 0;
  uint64_t silent_for_ WEIR_GUARDED_BY(self_) = 0;
  // The acknowledgement of the last barrier, until its state is copied and its rows are recorded.
  struct HeldAck {
    checkpoint::TaskAck ack;
    bool copying = false;
    bool recording = false;
  };
  std::optional<HeldAck> held_ WEIR_GUARDED_BY(self_);
  bool copying() const WEIR_REQUIRES(self_) { return held_ && held_->copying; }
  // Another thread fills it with restored rows before the start; then it is the task's alone.
  std::deque<RowsAhead> ahead_;
  // The source's watermark is not sent before the rows in ahead_ are taken.
  bool time_waits_ WEIR_GUARDED_BY(self_) = false;
  StepSize step_ WEIR_GUARDED_BY(self_);
  bool input_ended_ WEIR_GUARDED_BY(self_) = false;
  bool idle_ WEIR_GUARDED_BY(self_) = false;
};

}  // namespace weir::task
