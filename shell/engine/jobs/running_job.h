// A job of this process, with everything that it uses, and what an engine is given from outside.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/checkpoint/recovery.h"
#include "runtime/connectors/registry.h"
#include "runtime/notices.h"
#include "runtime/task/job.h"
#include "shell/engine/jobs/job_listener.h"
#include "shell/engine/jobs/job_record.h"
#include "shell/engine/jobs/job_request.h"

namespace weir::shell {

// The outside of the engine, owned by whoever made it.
struct EnginePorts {
  FileSystem* files = nullptr;
  Clock* clock = nullptr;
  // Where `print` writes whole lines; thread-safe.
  Status (*print)(void* target, std::string_view lines) = nullptr;
  void* print_target = nullptr;
  JobListener* listener = nullptr;  // may be null
  // Reads a native savepoint of somebody else's, in `scratch`, where it does no harm
  // (foreign_tables.h). Null: it is believed.
  Status (*read_through)(const std::string& path, const std::string& scratch) = nullptr;
};

// The members stand in the order of their lives: `job` uses all above it and goes first.
struct RunningJob {
  RunningJob() = default;
  RunningJob(const RunningJob&) = delete;
  RunningJob& operator=(const RunningJob&) = delete;
  // Ends the job, and removes its scratch directory.
  ~RunningJob();

  bool ended() const { return task::IsTerminal(job->state()); }

  JobRecord record;
  std::shared_ptr<const SourceText> source;  // of the spans of its failures; null: not known
  bool bounded = true;
  expr::EvaluationContext evaluation;
  connectors::ConnectorContext connectors;
  std::unique_ptr<Notices> notices;
  std::shared_ptr<CheckpointStorage> storage;  // thread-safe
  std::unique_ptr<task::Job> job;
  bool continued = false;                 // a job that did not finish goes on …
  bool from_checkpoint = false;           // … from a checkpoint
  checkpoint::RecoveryDecision recovery;  // of a job that goes on
  JobListener* listener = nullptr;        // told of it; may be null
  std::string scratch;                    // directory of a query's state; "" for none
};

// How a job is ended.
enum class JobEnding : uint8_t {
  kStop,    // with a last checkpoint, which is kept
  kDrain,   // the input of every source ends: all windows fire, everything is committed, FINISHED
  kCancel,  // at once. Its checkpoints go, unless
            // 'execution.checkpointing.externalized-checkpoint-retention' says that they stay
};

// A job as SHOW JOBS lists it.
struct JobSummary {
  JobRecord record;
  std::optional<task::JobSnapshot> snapshot;  // of jobs of this process
  std::shared_ptr<const SourceText> source;   // as RunningJob's
};

}  // namespace weir::shell
