// A job from its start to its end: runs it, restarts it when it fails, stops, cancels and watches
// it. The face that the shell uses.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/checkpoint/coordinator.h"
#include "runtime/graph/job_graph.h"
#include "runtime/task/job_options.h"
#include "runtime/task/job_snapshot.h"

namespace weir::task {

enum class WaitTarget : uint8_t {
  kFinished,    // any terminal state
  kIdle,        // all input there is has been read and every queue is empty, or a terminal state
  kCheckpoint,  // one more checkpoint than now is complete, its output committed
};

// What one wait, carried out in pieces, has come to. Not thread-safe.
struct WaitProgress {
  std::optional<uint64_t> committed = std::nullopt;  // checkpoints, when it began
  uint64_t refreshed = 0;                            // the attempt whose input was looked for
  int idle_polls = 0;                                // in a row
};

//            Start        failure, attempts left
//   CREATED ──────▶ RUNNING ──────────────────▶ RESTARTING ──▶ RUNNING …
//                      │ │                          └─ Suspend ─▶ SUSPENDED
//                      │ ├─ inputs ended, output committed ─▶ FINISHED
//                      │ ├─ failure, no attempts left ──────▶ FAILED
//                      │ ├─ Drain ──────────────────────────▶ FINISHED
//                      │ ├─ StopWithCheckpoint ─────────────▶ SUSPENDED
//                      │ └─ Cancel ─────────────────────────▶ CANCELED
//
// Thread-safe.
// Has a thread of its own that restarts what fails; methods that answer wait for it. Destroying it
// cancels.
class Job {
 public:
  // Starts the job; it runs when this returns. `from`: the checkpoint to continue from, verified
  // already; nothing for a fresh start. Fails as the options, sources, sinks or restored state do;
  // a first start is not retried.
  static Result<std::unique_ptr<Job>> Start(graph::JobGraph graph, JobOptions options,
                                            std::optional<CheckpointMetadata> from);
  // Cancels what still runs.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Ends the job at once; output that no checkpoint covers is dropped. Returns when all threads
  // have ended. No effect in a terminal state.
  void Cancel();
  // Takes a last checkpoint, which is kept, and ends the job; returns its id. The job runs on when
  // the checkpoint fails (E7003). E5002 when the job runs no more, or has reached the end of its
  // input.
  Result<uint64_t> StopWithCheckpoint();
  // Ends a job that waits for its restart: SUSPENDED, at its last complete checkpoint. False, and
  // no effect, in any other state.
  bool Suspend();
  // Ends the input of every source: windows fire, everything is committed by a last, durable
  // checkpoint, and the job is FINISHED. Its id; E5002 when the job runs no more or has reached the
  // end of its input, E7003 when that checkpoint failed.
  Result<uint64_t> Drain();
  // The id of a checkpoint taken now, once it is complete and its output committed. E7003 when it
  // failed, E5002 when the job does not run.
  Result<uint64_t> TriggerCheckpoint();
  // The id of a savepoint, once `capture` has taken it. E7003 when it failed, E5002 when the job
  // does not run. After one that paused the sources only Cancel makes sense.
  Result<uint64_t> TakeSavepoint(checkpoint::SavepointCapture capture);
  // False when `timeout` (nothing: for ever) was over before.
  bool Wait(WaitTarget target, std::optional<std::chrono::milliseconds> timeout);
  // The same in pieces: `progress` of the piece before, or a new one, for the same target.
  bool Wait(WaitTarget target, std::optional<std::chrono::milliseconds> timeout,
            WaitProgress& progress);

  JobState state() const;
  // Between two starts of the job the figures are those of the last one.
  JobSnapshot Snapshot() const;
  // Every task of the running start, by chain and subtask; none between two starts.
  std::vector<TaskFigures> Tasks() const;
  // The newest complete checkpoint of this process or the one it started from; null when there is
  // none.
  std::shared_ptr<const CheckpointMetadata> LastCheckpoint() const;

 private:
  class Impl;
  explicit Job(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::task
