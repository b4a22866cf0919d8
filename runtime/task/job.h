// A job from its start to its end: runs it, restarts it after failures, stops, cancels and watches
// it. This is the interface that the shell uses.
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

// Whether the job hands rows to somebody who waits for them, and so is not gone on with.
bool ReturnsRows(const graph::JobGraph& graph);

enum class WaitTarget : uint8_t {
  kFinished,    // any terminal state
  kIdle,        // all input there is has been read and every queue is empty, or a terminal state
  kCheckpoint,  // one more checkpoint than now is complete, its output committed
};

// The progress of one wait that is carried out in pieces. Not thread-safe.
struct WaitProgress {
  std::optional<uint64_t> committed = std::nullopt;  // the number of checkpoints when it began
  uint64_t refreshed = 0;  // the attempt that was asked to look for new input
  int idle_polls = 0;      // polls in a row that found it idle
};

// The states of a job:
//
//            Start        failure, attempts left
//   CREATED ──────▶ RUNNING ──────────────────▶ RESTARTING ──▶ RUNNING …
//                      │ │                          └─ Suspend ─▶ SUSPENDED
//                      │ ├─ inputs ended, output committed ─▶ FINISHED
//                      │ ├─ failure, no attempts left ──────▶ FAILED
//                      │ ├─ Drain ──────────────────────────▶ FINISHED
//                      │ ├─ StopWithCheckpoint ─────────────▶ SUSPENDED
//                      │ └─ Cancel ─────────────────────────▶ CANCELED
//
// Thread-safe. A thread of the job's own supervises and restarts it. The destructor cancels.
class Job {
 public:
  // Starts the job; it runs when this returns. `from` is the verified checkpoint to continue from,
  // or nothing for a fresh start. Fails as the options, sources, sinks or restored state do; a
  // failing first start is not retried.
  static Result<std::unique_ptr<Job>> Start(graph::JobGraph graph, JobOptions options,
                                            std::optional<CheckpointMetadata> from);
  // Cancels what still runs.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Ends the job at once and returns when all threads have ended. Output that no checkpoint covers
  // is dropped. No effect in a terminal state.
  void Cancel();
  // Takes a last checkpoint, which is retained, and ends the job; returns its id. When the
  // checkpoint fails, the job runs on (E7003). E5002 when the job is not running or has reached the
  // end of its input. With `any_size` a checkpoint in memory may be of any.
  Result<uint64_t> StopWithCheckpoint(bool any_size = false);
  // Ends a job that waits for its restart, as SUSPENDED at its last complete checkpoint. False,
  // without effect, in any other state.
  bool Suspend();
  // Ends the input of every source: windows fire, a last, durable checkpoint commits everything,
  // and the job is FINISHED. Returns the checkpoint's id. E5002 when the job is not running or has
  // reached the end of its input, E7003 when that checkpoint failed.
  Result<uint64_t> Drain();
  // Takes a checkpoint now and returns its id once it is complete and its output committed. E7003
  // when it failed, E5002 when the job is not running.
  Result<uint64_t> TriggerCheckpoint();
  // Takes a savepoint; its id, once `capture` has it. E7003 when it failed, E5002 when the job does
  // not run. Behind one that paused the sources only Cancel makes sense. Can be interrupted.
  Result<uint64_t> TakeSavepoint(checkpoint::SavepointCapture capture);
  // Waits for the target; false when `timeout` (nothing: unlimited) passes first.
  bool Wait(WaitTarget target, std::optional<std::chrono::milliseconds> timeout);
  // As Wait above, for a caller that waits in several calls: each passes the same target and the
  // same `progress`, which starts out new and keeps what earlier calls have seen.
  bool Wait(WaitTarget target, std::optional<std::chrono::milliseconds> timeout,
            WaitProgress& progress);

  JobState state() const;
  // Between two starts of the job, the figures of the last one.
  JobSnapshot Snapshot() const;
  // Every task of the running start, by chain and subtask; none between two starts.
  std::vector<TaskFigures> Tasks() const;
  // The newest complete checkpoint of this process, or the one it started from; null when there is
  // none.
  std::shared_ptr<const CheckpointMetadata> LastCheckpoint() const;

 private:
  class Impl;
  explicit Job(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::task
