// The engine in one process: what its sessions share, and the sessions, each of which executes
// statements, one at a time. Shells and scripts sit on top of a session, and so will a server.
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
};

// Used by one thread; RequestCancel may be called by any, and from a signal handler.
class EngineSession {
 public:
  // The parts outlive it.
  EngineSession(EngineParts& parts, conf::Settings settings, SessionOf whose)
      : session_(parts, std::move(settings), whose) {}

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

  Session& session() { return session_; }

 private:
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
  std::unique_ptr<EngineSession> NewSession();

 private:
  Engine(EngineOptions options, std::unique_ptr<DataDirectory> directory)
      : settings_(std::move(options.settings)),
        parts_(options.ports, std::move(directory)),
        own_(parts_, settings_, SessionOf::kOwner) {}

  const conf::Settings settings_;  // that a session begins with
  EngineParts parts_;
  EngineSession own_;
};

}  // namespace weir::shell
