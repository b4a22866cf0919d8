// One chain × one subtask: a thread that takes from its source or input gate, runs the chain, and
// takes part in checkpoints. After the end of its input it stays, for barriers, until it is
// stopped.
#pragma once

#include <atomic>
#include <functional>
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
#include "runtime/task/task_times.h"
#include "runtime/thread.h"

namespace weir::task {

// What a task is made of. Pointers outlive it.
struct TaskSetup {
  // Dense over all tasks of the job, so that acknowledgements fit a bitmap.
  size_t index = 0;  // among the job's tasks, as in TaskAck
  // Of its chain, from 0; owns the key groups of that share (key_encoding.h).
  uint32_t subtask = 0;
  std::string name;  // of its thread
  // For timers, waits and the figures of busy time.
  Clock* clock = nullptr;
  checkpoint::Coordinator* coordinator = nullptr;
  std::function<void(Status)> fail;  // called once, from the task's thread
  std::unique_ptr<TaskState> state;  // null: no keyed state
};

// Created, wired and joined by one thread (Execution's); everything between Start and the end
// happens on the task's own thread, save what says "any thread". Errors of the chain end the task:
// `fail` is told, the thread waits to be stopped.
// Between two batches it looks at its mail, fires timers that are due, copies a piece of what a
// barrier froze (for at most 2 ms), and tidies its state. A barrier passes in this order: flush,
// forward, operator state, freeze; the acknowledgement follows when the copy is through.
class Task {
 public:
  explicit Task(TaskSetup setup) : setup_(std::move(setup)), mailbox_(arrival_) {}
  // REQUIRES: not started, or joined.
  ~Task() = default;

  // Before Start: state, if any, exactly one of the two inputs, then the chain.
  void SetState(std::unique_ptr<TaskState> state) { setup_.state = std::move(state); }
  void SetGate(std::unique_ptr<InputGate> gate) { gate_ = std::move(gate); }
  void SetSource(Source& source, uint32_t batch_rows);
  Status KeepReadSplits(std::unique_ptr<ReadSplits> read);  // behind the chain's opening
  void SetChain(std::unique_ptr<OperatorChain> chain) { chain_ = std::move(chain); }

  // `coordinator` may be given late, as it knows all tasks.
  // E4006 when the machine gives no thread.
  Status Start(checkpoint::Coordinator& coordinator);
  // Ends the thread soon; channels must be closed, too, so that it is not stuck in one. Any thread.
  // REQUIRES of these: Start was called. RequestStop may be repeated.
  void RequestStop();
  void Join();

  // Sleeps, and has neither mail nor anything in itself. Any thread.
  // With TaskTimes::work unchanged between two looks at all tasks, the job is idle.
  bool waiting() const {
    return mailbox_.empty() && times_.waiting.load(std::memory_order_seq_cst) &&
           !partitions_.stale();
  }

  // On which all producers of this task's input notify.
  EventCount& arrival() { return arrival_; }
  Mailbox& mailbox() { return mailbox_; }
  TaskTimes& times() { return times_; }
  // Null for chains without keyed state.
  TaskState* state() { return setup_.state.get(); }
  operators::PartitionTimes& partitions() { return partitions_; }
  const TaskTimes& times() const { return times_; }
  const OperatorChain& chain() const { return *chain_; }
  const SourceReader* source() const { return source_.get(); }
  uint32_t subtask() const { return setup_.subtask; }
  const std::string& name() const { return setup_.name; }

 private:
  // Notes how long it lived as a pause.
  class PauseNote;

  // The thread: Loop until stopped or failed.
  void Run();
  // One turn takes either one event of the gate or one batch of the source, after any mail.
  Status Loop() WEIR_REQUIRES(self_);
  Status RunGateOnce() WEIR_REQUIRES(self_);
  Status RunSourceOnce() WEIR_REQUIRES(self_);
  Status HandleGateEvent(GateEvent event) WEIR_REQUIRES(self_);
  Status HandleMail() WEIR_REQUIRES(self_);
  Status HandleLetter(Letter& letter) WEIR_REQUIRES(self_);
  Status ReadSource() WEIR_REQUIRES(self_);
  Status UpdateSourceTime() WEIR_REQUIRES(self_);
  Status EndInput() WEIR_REQUIRES(self_);
  Status Drain() WEIR_REQUIRES(self_);
  // Whether nothing may be emitted, as the last barrier has passed and was not given up.
  bool Silent() WEIR_REQUIRES(self_);
  // Freezes the state; CopyState acknowledges.
  Status PassBarrier(const checkpoint::Barrier& barrier) WEIR_REQUIRES(self_);
  // Copies what a barrier froze, and acknowledges the barrier when it is through. REQUIRES:
  // copying_.
  Status CopyState(std::chrono::nanoseconds longest) WEIR_REQUIRES(self_);
  // Between two batches.
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
  std::unique_ptr<SourceReader> source_;
  std::unique_ptr<OperatorChain> chain_;
  TaskTimes times_;
  std::atomic<bool> stop_{false};
  Thread thread_;

  ThreadRole self_;  // the task's thread
  std::vector<Letter> letters_ WEIR_GUARDED_BY(self_);
  uint64_t last_barrier_ WEIR_GUARDED_BY(self_) = 0;
  // The checkpoint behind whose barrier nothing is read, and behind whose nothing is emitted; 0:
  // none.
  uint64_t paused_for_ WEIR_GUARDED_BY(self_) = 0;
  uint64_t silent_for_ WEIR_GUARDED_BY(self_) = 0;
  // Of the last barrier, until its state is copied.
  std::optional<checkpoint::TaskAck> copying_ WEIR_GUARDED_BY(self_);
  bool input_ended_ WEIR_GUARDED_BY(self_) = false;
  bool idle_ WEIR_GUARDED_BY(self_) = false;
};

}  // namespace weir::task
