// What statements work on: a catalog, settings, and the jobs of a data directory. Statements are
// executed by shell/engine/statements.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/settings.h"
#include "planner/ast/statement.h"
#include "planner/catalog/catalog.h"
#include "shell/engine/jobs/job_registry.h"
#include "shell/engine/jobs/job_runner.h"
#include "shell/engine/jobs/snapshot_reader.h"
#include "shell/engine/savepoints/savepoints.h"
#include "shell/engine/session/answer.h"
#include "shell/engine/session/script_inserts.h"

namespace weir::shell {

// The surroundings of the current statement. The functions may be empty.
struct StatementContext {
  // The file that the next statements are from, for the places of errors; "" for none.
  std::string file;
  // The inserts so far within BEGIN STATEMENT SET; … END.
  std::optional<std::vector<ast::StatementPtr>> open_set;
  // Of the script that statements are from.
  ScriptInserts inserts;
  // Called from time to time while Await waits for a job; for progress lines.
  std::function<void(RunningJob&)> progress;
  // Called with a line of progress while a statement transfers bytes (SAVEPOINT, RESTORE): one call
  // at a time, from any thread.
  std::function<void(const std::string&)> transfer_progress;
  // Shows a part of the answer before the statement does something that may fail: the table of
  // RESTORE JOB.
  std::function<void(const Answer&)> preface;
  // The job whose failure is the error of the last statement; null if it had another error or none.
  // Valid until the next statement.
  const RunningJob* failed_job = nullptr;
};

// Used by one thread, except `cancel`, which any thread and signal handlers may set.
class Session {
 public:
  // The ports outlive it.
  Session(EnginePorts ports, std::unique_ptr<DataDirectory> directory,
          std::shared_ptr<state::MemoryBudget> memory, conf::Settings settings);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const EnginePorts& ports() const { return ports_; }
  // The session's options. A job copies them when it starts.
  conf::Settings& settings() { return settings_; }
  catalog::Catalog& catalog() { return catalog_; }
  // The jobs of the data directory: their records, those running here, and their savepoints.
  JobRegistry& registry() { return registry_; }
  JobRunner& jobs() { return jobs_; }
  Savepoints& savepoints() { return savepoints_; }
  const SnapshotReader& snapshots() const { return snapshots_; }
  StatementContext& context() { return context_; }
  // Ends a running SELECT or WAIT: kCancelled E8001.
  std::atomic<bool>& cancel() { return cancel_; }

  // Applies the options that affect the process or what is running already: 'state.memory.limit',
  // 'table.exec.max-value-size', 'state.file-mode', 'state.savepoints.key-file',
  // 'state.savepoints.allowed-output-paths'.
  void ApplyOptions();
  // Waits until the job reaches the target, reporting progress; false if it was cancelled or timed
  // out first. `look` is called with the progress function; may be empty.
  bool Await(RunningJob& job, task::WaitTarget target, std::optional<int64_t> timeout_millis,
             const std::function<void(RunningJob&)>& look = {});
  // The error of a job that did not end well; ok otherwise.
  Status Outcome(const RunningJob& job) const;

 private:
  const EnginePorts ports_;
  conf::Settings settings_;
  catalog::Catalog catalog_;
  std::shared_ptr<state::MemoryBudget> memory_;  // follows the settings
  JobRegistry registry_;
  SnapshotReader snapshots_;
  JobRunner jobs_;
  Savepoints savepoints_;
  StatementContext context_;
  std::atomic<bool> cancel_{false};
};

// The memory for state when no limit is set: a part of what the machine or the control group has.
uint64_t DefaultMemoryLimit(FileSystem& files);
// Sets the mode of newly created files to 'state.file-mode'.
void ApplyFileMode(const conf::Settings& settings);

}  // namespace weir::shell
