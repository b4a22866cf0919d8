// Carries out checkpoints: starts them at the sources, collects what tasks hand over, has it made
// durable in the background, publishes it, and only then reports it and lets sinks commit. decide.h
// decides what to do when.
// Threads: one handles events, deadlines, storage and the sinks' commits. The other makes things
// durable: what tasks hand over to the sinks' committers, before an acknowledgement counts, and
// StateBackend::Persist. Public methods are thread-safe; TaskControl and CoordinatorListener are
// called from the first thread.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/checkpoint/commits.h"
#include "runtime/checkpoint/decide.h"
#include "runtime/checkpoint/history.h"
#include "runtime/clock.h"
#include "runtime/sink.h"

namespace weir::checkpoint {

// How the coordinator reaches the sources of a running job. Implemented by task::Execution. Calls
// must not block, and have no effect after the tasks have ended.
class TaskControl {
 public:
  virtual ~TaskControl() = default;
  // Makes every source emit the barrier before its next row; with `pause` it reads nothing after
  // it.
  virtual void Trigger(const Barrier& barrier, bool pause) = 0;
  // Sources that have not emitted this barrier never will; those that paused for it continue.
  virtual void Abort(uint64_t checkpoint_id) = 0;
  // Makes every source end as if its input had: the maximum watermark, then the end, behind all
  // barriers triggered before.
  virtual void Drain() = 0;
  // A checkpoint is durable and published: its sources can let go of what lies before it.
  virtual void Completed(const CheckpointMetadata& metadata) = 0;
};

// Hears of what concerns the job. Calls come one at a time from the first thread, in the order of
// the events, and must not wait for the coordinator.
class CoordinatorListener {
 public:
  virtual ~CoordinatorListener() = default;
  // A checkpoint is durable and published. Its output is committed only when OnCommitted, OnStopped
  // or OnFinished is called.
  virtual void OnCompleted(const CheckpointMetadata& metadata) = 0;
  // Called after OnCompleted of the same checkpoint.
  virtual void OnCommitted(uint64_t /*checkpoint_id*/) {}
  // A checkpoint, or its start, has failed; the job may go on. Called once for each failure that
  // statistics() counts.
  virtual void OnCheckpointFailed(const std::string& /*reason*/) {}
  // A checkpoint or savepoint is complete, or was given up while the job runs.
  virtual void OnEnded(const EndedCheckpoint& /*checkpoint*/) {}
  // The job cannot go on, because too many checkpoints failed or a commit did.
  virtual void OnFailed(Status failure) = 0;
  // The last checkpoint of STOP JOB is complete and committed.
  virtual void OnStopped() = 0;
  // Every task has ended and everything is committed.
  virtual void OnFinished() = 0;
};

// REQUIRES: all pointers outlive the coordinator.
struct CoordinatorOptions {
  CheckpointConfig config;
  Clock* clock = nullptr;
  StateBackend* backend = nullptr;       // null: no task has keyed state
  CheckpointStorage* storage = nullptr;  // null: nothing is durable, sinks commit at the end
  WriteChannels write_channels;          // called on the second thread
  CheckpointMetadata base;  // job facts; one operator a graph node, in the graph's order
  size_t tasks = 0;
  bool continued = false;  // the job started from a checkpoint
  std::vector<SinkCommit> sinks;
  TaskControl* control = nullptr;
  CoordinatorListener* listener = nullptr;
};

// For SHOW CHECKPOINTS and DESCRIBE JOB. Counted since the start of the coordinator; `in_progress`
// are those triggered but not done.
struct CheckpointStatistics {
  uint64_t completed = 0;
  uint64_t failed = 0;
  uint64_t in_progress = 0;
  // For the newest one in progress: its tasks, and how many of them the barrier has passed. The two
  // are equal while its state is being written.
  uint64_t tasks = 0;
  uint64_t tasks_passed = 0;
  uint64_t last_completed_id = 0;
  int64_t last_duration_millis = 0;
  uint64_t last_new_bytes = 0;
  uint64_t last_bytes = 0;
  int64_t longest_duration_millis = 0;
  uint64_t new_bytes = 0;    // bytes of the rows that had changed, over all completed ones
  std::string last_failure;  // empty: none yet
};

// To be started, called in any way, and stopped. A checkpoint goes through NextCheckpointId and
// Prepare, Trigger, the acknowledgements of all tasks, Persist, Publish, OnCompleted, Commit of
// every sink, OnCommitted, the answer to whoever asked, and Retain, in this order. One that fails
// takes all later ones with it, since they build on its rows; the next checkpoint commits what
// sinks pre-committed for it.
class Coordinator {
 public:
  explicit Coordinator(CoordinatorOptions options);
  // As Stop().
  ~Coordinator();

  // E4006 when the machine gives no thread.
  Status Start();
  // Ends both threads. Pending checkpoints are abandoned, and requests are answered with
  // kCancelled; a commit that still goes on after a second is given up. By then, tasks must have
  // ended or ignore TaskControl.
  void Stop();

  // Takes an acknowledgement, which counts once what sinks pre-committed is durable; if that fails,
  // the job fails. One that is late, repeated or unknown gives its part back to the backend
  // (StateBackend::Abandon).
  void Acknowledge(TaskAck ack);
  // Task `task` cannot take part in this checkpoint, which is given up; that counts as a failure if
  // it was periodic or final.
  void Decline(size_t task, uint64_t checkpoint_id, Status reason);
  // The task has seen the end of its input. When all have, the final checkpoint follows by itself.
  void TaskEnded(size_t task);
  // Whether tasks no longer need to freeze anything for this barrier.
  bool IsAborted(uint64_t checkpoint_id) const;

  // Requests a checkpoint. The answer is its id when it is complete and committed, or the reason
  // for its failure (E7003). With kStop no commit waits for what others hold any more: the job
  // ends all the same, and its next start commits. With `any_size` max_state_bytes does not hold.
  // REQUIRES: purpose is kManual or kStop.
  std::future<Result<uint64_t>> Request(Purpose purpose, bool any_size = false);
  // Requests a savepoint. The answer is its id once `capture` has taken it, or the reason for its
  // failure (E7003).
  std::future<Result<uint64_t>> RequestSavepoint(SavepointCapture capture);
  // To be called when a savepoint that was requested is unwanted. Does not wait.
  void LookAgain();
  // Ends the input of every source (TaskControl::Drain). The answer is the id of the final
  // checkpoint, which is durable whatever the interval, once its output is committed; E5002 when
  // the job has reached its end or is being drained already, E7003 when that checkpoint failed for
  // good. No other checkpoint starts meanwhile, because its state would contain windows that fired
  // before their time.
  std::future<Result<uint64_t>> RequestDrain();
  CheckpointStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::checkpoint
