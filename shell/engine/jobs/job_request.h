// What is asked of the job manager: a job to be run, a savepoint to be taken, a snapshot to start
// from. Values.
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
#include "state/checkpoint/savepoints.h"
#include "state/files/parallel.h"

namespace weir::shell {

// A text that was run, and the file that it is from ("" for none): what spans count in.
struct SourceText {
  std::string text;
  std::string file;
};

// A job to be run: what was planned, and what is recorded of it.
// Consumed by Start.
struct JobRequest {
  std::string name;
  std::string sql;
  std::vector<std::string> definitions;
  graph::JobGraph graph;
  std::shared_ptr<const SourceText> source;  // of the graph's spans; null: not known
  uint32_t parallelism = 1;
  bool bounded = true;
  conf::Settings settings;
  // RESTORE JOB: what it starts from (verified), where that is, and the clauses.
  std::optional<CheckpointMetadata> from;
  std::string restored_from;  // absolute, of its directory
  checkpoint::RestoreClauses clauses;
  bool claims = false;           // the job takes it over
  bool read_through = false;     // its tables were, since it was verified
  state::ByteProgress progress;  // of loading it; may be empty
};

// What a savepoint is to be.
struct SavepointTarget {
  std::string directory;
  state::SavepointFormat format = state::SavepointFormat::kCanonical;
  std::string name;              // "" for none
  state::ByteProgress progress;  // of writing it; may be empty
  // Called a few times a second until the job's state has been handed over, with how far the
  // barrier is; may be empty. Never at the same time as `progress`.
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
