// Requests to the job manager: a job to run, a savepoint to take, a snapshot to start from. Plain
// values.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/settings.h"
#include "planner/planner.h"
#include "runtime/checkpoint/coordinator.h"
#include "runtime/checkpoint/restore_plan.h"
#include "shell/engine/jobs/job_outlet.h"
#include "state/checkpoint/savepoints.h"
#include "state/files/parallel.h"

namespace weir::shell {

// A text that was run, which spans refer to, and the file it is from ("" for none).
struct SourceText {
  std::string text;
  std::string file;
};

// A job to run: its plan, and what is recorded of it. Consumed by Start.
struct JobRequest {
  std::string name;
  std::string sql;
  std::vector<std::string> definitions;
  graph::JobGraph graph;
  std::vector<const expr::ForeignFunction*> functions;  // in other languages, that it may call
  std::shared_ptr<const SourceText> source;             // of the graph's spans; null: not known
  std::shared_ptr<JobOutlet> outlet;  // of the guest who starts it; null: the engine's ports
  uint32_t parallelism = 1;
  bool bounded = true;
  conf::Settings settings;
  // For RESTORE JOB: the verified snapshot it starts from, where that is, and the clauses.
  std::optional<CheckpointMetadata> from;
  std::string restored_from;  // absolute, of its directory
  checkpoint::RestoreClauses clauses;
  bool claims = false;           // the job takes ownership of the snapshot
  bool read_through = false;     // its tables were read through since it was verified
  state::ByteProgress progress;  // for the progress of loading it; may be empty
};

// Where and how a savepoint is to be written, and who is told how that is getting on.
struct SavepointTarget {
  std::string directory;
  state::SavepointFormat format = state::SavepointFormat::kCanonical;
  std::string name;              // "" for none
  bool passing = false;          // it is read at once and removed: neither listed nor signed
  state::ByteProgress progress;  // for the progress of writing it; may be empty
  // Called a few times a second, with the progress of the barrier, until the job has handed over
  // its state; may be empty. Never called at the same time as `progress`.
  std::function<void(const checkpoint::CheckpointStatistics&)> waiting;
};

// A snapshot that a job is to start from.
struct SnapshotUse {
  const CheckpointMetadata* from = nullptr;
  std::string path;  // absolute, of its directory
  std::string name;  // of the job
  bool claims = false;
  const conf::Settings* settings = nullptr;  // of the job
  const graph::JobGraph* graph = nullptr;
  const checkpoint::RestorePlan* plan = nullptr;
};

}  // namespace weir::shell
