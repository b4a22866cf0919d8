// The engine in one process: what its sessions share, and the sessions, each of which executes
// statements, one at a time. Shells and scripts sit on top of a session, and so will a server; they
// see jobs as values.
//
//   main ─▶ cli ─┬─▶ terminal ─┐
//                └─▶ output ───┴─▶ EngineSession ─▶ StatementExecutor ─┬─▶ planner (pure)
//                                                                      ├─▶ JobRunner ─▶ task::Job
//                                                                      └─▶ Savepoints
//
// Jobs run on threads of their own; the engine itself has none.
//
// What a statement answers is a value: who called shows it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/session/query_view.h"
#include "shell/engine/session/session.h"

namespace weir::shell {

// What an engine is opened with. The ports outlive the engine.
struct EngineOptions {
  EnginePorts ports;
  std::string data_directory = "weir-data";
  conf::Settings settings;  // with the conf file's and command line's values as base
  SessionCatalog catalog = SessionCatalog::kOwn;  // of the session of who opens the engine
};

// Used by one thread; RequestCancel may be called by any, and from a signal handler.
class EngineSession {
 public:
  // The parts outlive it.
  EngineSession(EngineParts& parts, conf::Settings settings, SessionOf whose,
                SessionCatalog catalog)
      : session_(parts, std::move(settings), whose, catalog) {}

  // Executes one statement. Spans of errors count within `text`, the script that contains it. The
  // rows of a SELECT go to `view` as they come or, if the view wants the final table, into the
  // answer's table.
  Result<Answer> Execute(const ast::Statement& statement, std::string_view text, QueryView& view);

  // SplitScript and ParseStatementAt of planner/parse/parse.h, which RequestCancel ends as well.
  Result<std::vector<SourceSpan>> Split(std::string_view script);
  Result<ast::StatementPtr> Parse(std::string_view script, SourceSpan part);

  // Ends a SELECT or a WAIT that Execute is running: kCancelled E8001.
  void RequestCancel() { session_.cancel().store(true, std::memory_order_relaxed); }
  void ClearCancel() { session_.cancel().store(false, std::memory_order_relaxed); }

  const conf::Settings& settings() { return session_.settings(); }
  const catalog::Catalog& catalog() { return session_.catalog(); }
  // Where the statements to come are from, and who hears of what goes on meanwhile.
  StatementContext& context() { return session_.context(); }

  // The jobs of the process that have failed, and those that have ended in any way, in the order of
  // their starts.
  std::vector<JobNow> FailedJobs();
  std::vector<JobNow> EndedJobs();
  size_t RunningJobs();
  // Waits until the job that began first of those that run has ended, or for RequestCancel: false.
  // True when none runs.
  bool AwaitJob();
  // Stops what runs with a last checkpoint; `stopped` is what became of it.
  Status StopJobs(std::vector<JobNow>& stopped);
  // Brings the records of jobs that have ended to the disk.
  Status RecordEndings() { return session_.jobs().RecordEndings(); }
  // Every job of the data directory.
  Result<std::vector<JobSummary>> ListJobs() { return session_.jobs().List(); }
  // What to type to continue a job that is not running, or to get rid of it.
  std::string WaysOn(const JobRecord& record) { return session_.registry().WaysOn(record); }
  std::map<std::string, uint64_t> Totals() { return session_.jobs().Totals(); }

  // What statements work on, for tests.
  Session& session() { return session_; }

 private:
  std::vector<JobNow> JobsThat(const std::function<bool(task::JobState)>& wanted);
  // The flag that ends this thread's work on a statement, unless that defect is planted.
  const std::atomic<bool>& CancelUnless(std::string_view defect);

  Session session_;
};

// Thread-safe, except for its owner's session. Destroying it stops running jobs with a last
// checkpoint.
class Engine {
 public:
  // E4003, by the first statement about jobs, when another process has the data directory open.
  static Result<std::unique_ptr<Engine>> Open(EngineOptions options);

  // The session of who opened the engine.
  EngineSession& own() { return own_; }
  // One for somebody else, who must be gone before the engine.
  std::unique_ptr<EngineSession> NewSession(SessionCatalog catalog = SessionCatalog::kOwn);

 private:
  Engine(EngineOptions options, std::unique_ptr<DataDirectory> directory)
      : settings_(std::move(options.settings)),
        parts_(options.ports, std::move(directory)),
        own_(parts_, settings_, SessionOf::kOwner, options.catalog) {}

  const conf::Settings settings_;  // that a session begins with
  EngineParts parts_;
  EngineSession own_;
};

}  // namespace weir::shell
