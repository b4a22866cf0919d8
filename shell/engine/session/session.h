// What statements work on: a catalog, settings, and the jobs of a data directory. Executes nothing
// by itself: that is shell/engine/statements.
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

namespace weir::shell {

// What surrounds the statement at hand. The functions may be empty.
struct StatementContext {
  // The file that the statements to come are from, for the places of errors; "" for none.
  std::string file;
  // BEGIN STATEMENT SET; … END: the inserts so far.
  std::optional<std::vector<ast::StatementPtr>> open_set;
  // Called from time to time while Await waits for a job. For progress lines.
  std::function<void(RunningJob&)> progress;
  // Called while a statement moves bytes (SAVEPOINT, RESTORE), with a line that says how far it is;
  // one call at a time, from any thread.
  std::function<void(const std::string&)> transfer_progress;
  // Shows what a statement answers before it does something that may fail: the table of RESTORE
  // JOB.
  std::function<void(const Answer&)> preface;
  // The job whose failure is the error of the statement that was executed last; null where that has
  // another error, or none. Valid until the next statement.
  const RunningJob* failed_job = nullptr;
};

// Used by one thread, but for `cancel`, which any may set, and a signal handler.
class Session {
 public:
  // The ports outlive it.
  Session(EnginePorts ports, std::unique_ptr<DataDirectory> directory,
          std::shared_ptr<state::MemoryBudget> memory, conf::Settings settings);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const EnginePorts& ports() const { return ports_; }
  // The session's options; a job copies them when it starts.
  conf::Settings& settings() { return settings_; }
  catalog::Catalog& catalog() { return catalog_; }
  // The jobs of the data directory: remembered, running here, and their savepoints.
  JobRegistry& registry() { return registry_; }
  JobRunner& jobs() { return jobs_; }
  Savepoints& savepoints() { return savepoints_; }
  const SnapshotReader& snapshots() const { return snapshots_; }
  StatementContext& context() { return context_; }
  // Ends a SELECT or a WAIT that is going on: kCancelled E8001.
  std::atomic<bool>& cancel() { return cancel_; }

  // SET and RESET of what counts for the process, or for what runs already: 'state.memory.limit',
  // 'table.exec.max-value-size', 'state.file-mode', 'state.savepoints.key-file',
  // 'state.savepoints.allowed-output-paths'.
  void ApplyOptions();
  // Waits until the job is where it shall be, reporting progress; false when a cancel or the end of
  // the timeout came first. `look`: called beside the progress function; may be empty.
  bool Await(RunningJob& job, task::WaitTarget target, std::optional<int64_t> timeout_millis,
             const std::function<void(RunningJob&)>& look = {});
  // The error of a job that did not finish well; ok otherwise.
  Status Outcome(const RunningJob& job) const;

 private:
  const EnginePorts ports_;
  conf::Settings settings_;
  catalog::Catalog catalog_;
  std::shared_ptr<state::MemoryBudget> memory_;  // kept to the settings
  JobRegistry registry_;
  SnapshotReader snapshots_;
  JobRunner jobs_;
  Savepoints savepoints_;
  StatementContext context_;
  std::atomic<bool> cancel_{false};
};

// Bytes for state where no limit is set: what the machine, or the control group, leaves.
uint64_t DefaultMemoryLimit(FileSystem& files);
// Makes the mode of files that are created what 'state.file-mode' says.
void ApplyFileMode(const conf::Settings& settings);

}  // namespace weir::shell
