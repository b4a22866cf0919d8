// Carries checkpoints out: starts them at the sources, collects what tasks hand over, has it made
// durable in the background, publishes, and only then says so and lets sinks commit. What to do
// when is decided in decide.h.
//
// Threads: one for events, deadlines, storage and sink commits, one that makes things durable: what
// tasks hand over to sinks' committers, before it counts as acknowledged, and
// StateBackend::Persist. Public methods are thread-safe; TaskControl and CoordinatorListener are
// called from the first thread.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/checkpoint/decide.h"
#include "runtime/clock.h"
#include "runtime/sink.h"

namespace weir::checkpoint {

// How the coordinator reaches the sources of a running job. Calls must not block.
// Implemented by task::Execution; a call after the tasks have ended has no effect.
class TaskControl {
 public:
  virtual ~TaskControl() = default;
  // Every source emits the barrier before its next row; with `pause` it reads nothing after it.
  virtual void Trigger(const Barrier& barrier, bool pause) = 0;
  // Sources that have not emitted this barrier never will; they read on if they paused for it.
  virtual void Abort(uint64_t checkpoint_id) = 0;
  // Every source ends as if its input had: the maximum watermark, then the end. Behind all barriers
  // that were triggered before.
  virtual void Drain() = 0;
};

// Told about what concerns the job. Calls must not wait for the coordinator.
// Calls come one at a time, from the first thread, in the order of what happened.
class CoordinatorListener {
 public:
  virtual ~CoordinatorListener() = default;
  // Durable and published; its output is committed by the time OnCommitted, OnStopped or OnFinished
  // is called.
  virtual void OnCompleted(const CheckpointMetadata& metadata) = 0;
  // Behind OnCompleted of the same checkpoint.
  virtual void OnCommitted(uint64_t /*checkpoint_id*/) {}
  // A checkpoint, or its start, failed; the job may go on. Once for each that statistics() counts
  // as failed.
  virtual void OnCheckpointFailed(const std::string& /*reason*/) {}
  // The job cannot go on: too many failed checkpoints, or a commit that failed.
  virtual void OnFailed(Status failure) = 0;
  // The last checkpoint of STOP JOB is complete and committed.
  virtual void OnStopped() = 0;
  // Every task has ended and everything is committed.
  virtual void OnFinished() = 0;
};

// The committer outlives the coordinator; it is called from the first thread alone.
struct SinkCommit {
  size_t node = 0;  // in the job graph
  SinkCommitter* committer = nullptr;
  std::vector<std::string> committables = {};  // of before the first checkpoint, which commits them
};

// All pointers outlive the coordinator.
struct CoordinatorOptions {
  CheckpointConfig config;
  Clock* clock = nullptr;
  StateBackend* backend = nullptr;       // null: no task has keyed state
  CheckpointStorage* storage = nullptr;  // null: nothing is durable, sinks commit at the end
  CheckpointMetadata base;  // job facts; one operator a graph node, in the graph's order
  size_t tasks = 0;
  bool continued = false;  // the job started from a checkpoint
  std::vector<SinkCommit> sinks;
  TaskControl* control = nullptr;
  CoordinatorListener* listener = nullptr;
};

// For SHOW CHECKPOINTS and DESCRIBE JOB.
// Since the start of the coordinator; `in_progress` counts those that are triggered and not done.
struct CheckpointStatistics {
  uint64_t completed = 0;
  uint64_t failed = 0;
  uint64_t in_progress = 0;
  // Of the newest in progress: its tasks, and how many of them the barrier has passed. Equal while
  // its state is being written.
  uint64_t tasks = 0;
  uint64_t tasks_passed = 0;
  uint64_t last_completed_id = 0;
  int64_t last_duration_millis = 0;
  uint64_t last_new_bytes = 0;
  uint64_t last_bytes = 0;
  int64_t longest_duration_millis = 0;
  uint64_t new_bytes = 0;    // of all completed ones: of the rows that had changed
  std::string last_failure;  // empty: none yet
};

// Life: Start, then any calls, then Stop. A checkpoint's order of events: NextCheckpointId and
// Prepare, Trigger, acknowledgements of all tasks, Persist, Publish, OnCompleted, Commit of every
// sink, OnCommitted, the answer to whoever asked, Retain. One that fails takes all later ones with
// it, since they build on its rows. What sinks pre-committed for it, the next one commits.
class Coordinator {
 public:
  explicit Coordinator(CoordinatorOptions options);
  // As Stop().
  ~Coordinator();

  // E4006 when the machine gives no thread.
  Status Start();
  // Ends both threads; what is pending is abandoned, requests are answered kCancelled. Tasks must
  // have ended or ignore TaskControl by then.
  void Stop();

  // Counts once what sinks pre-committed is durable; where that fails, so does the job. An
  // acknowledgement that is late, doubled or unknown gives its part back to the backend
  // (StateBackend::Abandon).
  void Acknowledge(TaskAck ack);
  // Task `task` cannot take part in this checkpoint.
  // The checkpoint is given up, and counted as a failure if it was periodic or final.
  void Decline(size_t task, uint64_t checkpoint_id, Status reason);
  // The task has seen the end of its input; when all have, the final checkpoint follows by itself.
  void TaskEnded(size_t task);
  // True when tasks need not freeze anything for this barrier any more.
  bool IsAborted(uint64_t checkpoint_id) const;

  // Requests a checkpoint; its id when it is complete and committed, or why there is none (E7003).
  // REQUIRES: purpose is kManual or kStop.
  std::future<Result<uint64_t>> Request(Purpose purpose);
  // Requests a savepoint; its id once `capture` has taken it, or why there is none (E7003).
  std::future<Result<uint64_t>> RequestSavepoint(SavepointCapture capture);
  // Ends the input of every source (TaskControl::Drain). The id of the final checkpoint, which is
  // durable whatever the interval, once its output is committed; E5002 when the job has reached its
  // end or is being drained already, E7003 when that checkpoint failed for good. No other
  // checkpoint starts meanwhile: one would hold windows that fired before their time.
  std::future<Result<uint64_t>> RequestDrain();
  CheckpointStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::checkpoint
