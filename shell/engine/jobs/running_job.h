// A job of this process with everything that it uses, and the outside of the engine.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/checkpoint/recovery.h"
#include "runtime/connectors/registry.h"
#include "runtime/mutex.h"
#include "runtime/notices.h"
#include "runtime/task/job.h"
#include "shell/engine/jobs/job_listener.h"
#include "shell/engine/jobs/job_record.h"
#include "shell/engine/jobs/job_request.h"

namespace weir::shell {

struct ForeignFunctions;  // foreign_functions.h

// What the engine uses from outside; owned by whoever created it.
struct EnginePorts {
  FileSystem* files = nullptr;
  Clock* clock = nullptr;
  // Where `print` writes whole lines; thread-safe.
  Status (*print)(void* target, std::string_view lines) = nullptr;
  void* print_target = nullptr;
  JobListener* listener = nullptr;  // may be null
  // Reads a native savepoint from elsewhere, using `scratch`, where it can do no harm
  // (foreign_tables.h). Null: such savepoints are trusted.
  Status (*read_through)(const std::string& path, const std::string& scratch) = nullptr;
  // The process is weir server: the listener hears about the jobs of guests, too, who have its
  // options where they say nothing, and jobs are restarted without end unless an option says
  // otherwise.
  bool is_server = false;
};

// The order of the members matters: `job` uses everything above it and is destroyed first. Who
// starts it sets it up; from then on nothing changes but what is thread-safe by itself.
struct RunningJob {
  RunningJob() = default;
  RunningJob(const RunningJob&) = delete;
  RunningJob& operator=(const RunningJob&) = delete;
  // Ends the job, and removes its scratch directory.
  ~RunningJob();

  bool ended() const { return task::IsTerminal(job->state()); }

  // The record with the state that the job is in now, or is in by `now`, a snapshot of it.
  JobRecord RecordNow() const { return RecordAt(job->Snapshot()); }
  JobRecord RecordAt(const task::JobSnapshot& now) const;
  // Lets `save` write the record of a job that has ended; the first call that succeeds does,
  // further ones do nothing.
  Status RecordEnding(const std::function<Status(const JobRecord&)>& save);
  // From now on its record says that the next server starts it again. Any thread.
  void ResumeByServer() { resumes_.store(true); }

  JobRecord record;                          // as of its start
  std::shared_ptr<const SourceText> source;  // of the spans of its failures; null: not known
  // By uid: the clause that an operator comes from, in `source` or, where that is null, in the
  // record's SQL.
  std::map<std::string, SourceSpan> places;
  bool bounded = true;
  // Files of at most so many bytes are kept in the metadata of its checkpoints and savepoints.
  uint64_t inline_bytes = 0;
  std::shared_ptr<ForeignFunctions> functions;  // null: it calls none in another language
  expr::EvaluationContext evaluation;
  connectors::ConnectorContext connectors;
  std::shared_ptr<JobOutlet> outlet;  // JobRequest's
  std::unique_ptr<Notices> notices;
  std::shared_ptr<CheckpointStorage> storage;  // thread-safe
  std::unique_ptr<task::Job> job;
  bool continued = false;                 // an unfinished job continues …
  bool from_checkpoint = false;           // … from a checkpoint
  checkpoint::RecoveryDecision recovery;  // of a job that continues
  JobListener* listener = nullptr;        // hears about it; may be null
  std::string scratch;                    // directory of a query's state; "" for none

 private:
  mutable Mutex mutex_;                                     // also held while the record is written
  std::optional<JobRecord> ended_ WEIR_GUARDED_BY(mutex_);  // as it is to be written
  bool ending_saved_ WEIR_GUARDED_BY(mutex_) = false;
  std::atomic<bool> resumes_{false};
};

// Shared by the runner and by whoever looks at the job.
using RunningJobPtr = std::shared_ptr<RunningJob>;

// The ways to end a job.
enum class JobEnding : uint8_t {
  kStop,    // with a last checkpoint, which is kept
  kLeave,   // as kStop, but a checkpoint in memory may have any size: it does not last, as the
            // process ends or a savepoint is made of it
  kDrain,   // the input of every source ends: all windows fire, everything is committed, FINISHED
  kCancel,  // at once. Its checkpoints go, unless
            // 'execution.checkpointing.externalized-checkpoint-retention' says that they stay
};

// Who ends a job that is to continue later.
enum class StoppedBy : uint8_t {
  kUser,
  kServer,  // the process, which is stopped: the next server starts it again
};

// A job as SHOW JOBS lists it.
struct JobSummary {
  JobRecord record;
  std::optional<task::JobSnapshot> snapshot;  // of jobs of this process
  std::shared_ptr<const SourceText> source;   // as RunningJob's
};

}  // namespace weir::shell
