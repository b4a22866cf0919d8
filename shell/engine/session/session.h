// What the statements of one user work on: a catalog and settings of its own, and what all sessions
// of the engine share. Statements are executed by shell/engine/statements.
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
#include "shell/engine/session/answer.h"
#include "shell/engine/session/engine_parts.h"
#include "shell/engine/session/script_inserts.h"

namespace weir::shell {

// A job or query as it is at a moment. A plain value.
struct JobNow {
  std::string start;  // StartOf its record
  std::string name;   // "" for a query
  bool bounded = true;
  RecordedState recorded = RecordedState::kRunning;
  task::JobSnapshot snapshot;
  std::shared_ptr<const SourceText> source;  // of the spans of its failure; null: not known
};
JobNow NowOf(const RunningJob& job);

// The surroundings of the current statement. The functions may be empty.
struct StatementContext {
  // The file that the next statements are from, for the places of errors; "" for none.
  std::string file;
  // The inserts so far within BEGIN STATEMENT SET; … END.
  std::optional<std::vector<ast::StatementPtr>> open_set;
  // Of the script that statements are from.
  ScriptInserts inserts;
  // Called from time to time while Await waits for a job, with its start; and, for progress lines,
  // with how far it is.
  std::function<void(std::string_view start)> waiting;
  std::function<void(const JobNow&)> progress;
  // Called with a line of progress while a statement transfers bytes (SAVEPOINT, RESTORE): one call
  // at a time, from any thread.
  std::function<void(const std::string&)> transfer_progress;
  // Shows a part of the answer before the statement does something that may fail: the table of
  // RESTORE JOB.
  std::function<void(const Answer&)> preface;
  // Asks whoever sits at the terminal; null where nobody does.
  std::function<bool(const std::string& question)> ask;
  // The job whose failure is the error of the last statement; nothing if it had another error or
  // none.
  std::optional<JobNow> failed_job;
};

// Of whom a session is. The options of the process are set by who opened the engine, and by nobody
// else.
enum class SessionOf : uint8_t { kOwner, kGuest };

// Where a session finds permanent tables and views, and puts those that it creates.
enum class SessionCatalog : uint8_t {
  kOwn,     // empty at first, and gone with the session: a query file means the same everywhere
  kShared,  // that of the data directory
};

// Used by one thread, except `cancel`, which any thread and signal handlers may set.
class Session {
 public:
  // The parts outlive it.
  Session(EngineParts& parts, conf::Settings settings, SessionOf whose, SessionCatalog catalog);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const EnginePorts& ports() const { return parts_.ports(); }
  // The session's options. A job copies them when it starts.
  conf::Settings& settings() { return settings_; }
  catalog::Catalog& catalog() { return catalog_; }
  // The jobs of the data directory: their records, those running here, and their savepoints.
  JobRegistry& registry() { return parts_.registry(); }
  JobRunner& jobs() { return parts_.jobs(); }
  Savepoints& savepoints() { return parts_.savepoints(); }
  const SnapshotReader& snapshots() const { return parts_.snapshots(); }
  StatementContext& context() { return context_; }
  // Ends a running SELECT or WAIT: kCancelled E8001.
  std::atomic<bool>& cancel() { return cancel_; }

  // E6001 for an option of the process, unless this session is its owner's.
  Status CheckMaySet(std::string_view key) const;
  // Applies the options of the process, if this session is its owner's.
  void ApplyOptions();
  // Waits until the job reaches the target, reporting progress; false if it was cancelled or timed
  // out first. `look` is called with the progress function; may be empty.
  bool Await(RunningJob& job, task::WaitTarget target, std::optional<int64_t> timeout_millis,
             const std::function<void(RunningJob&)>& look = {});
  // The error of a job that did not end well; ok otherwise.
  Status Outcome(const RunningJob& job) const;

 private:
  EngineParts& parts_;
  const SessionOf whose_;
  conf::Settings settings_;
  catalog::Catalog catalog_;
  StatementContext context_;
  std::atomic<bool> cancel_{false};
};

}  // namespace weir::shell
