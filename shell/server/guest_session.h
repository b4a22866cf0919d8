// The session of a client: a session of the engine, and the thread that executes its statement.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "shell/server/client_feed.h"
#include "shell/server/operation.h"

namespace weir::shell {

using Configuration = std::map<std::string, std::string>;

// The part of a script that a client asks to execute.
struct StatementRequest {
  std::string script;
  SourceSpan part;
  std::string file;
  std::string hooks;        // letters of shell/rpc/protocol.h
  bool awaits_job = false;  // instead of a statement: EngineSession::AwaitJob
};

// Used by the thread of its connection.
class GuestSession {
 public:
  // Opens a session of `who` by what the client says of itself (shell/rpc/protocol.h). E6001 where
  // that sets an option of the process to another value than it has, and E6004 where it sets one to
  // a path that the user may not name; kExternal for a client of another version. The engine
  // outlives it, and `log` is as ClientFeed's.
  static Result<std::unique_ptr<GuestSession>> Open(Engine& engine, const Configuration& said,
                                                    const Principal& who, ClientLog log);
  // Cancels what runs. Jobs run on.
  ~GuestSession();
  GuestSession(const GuestSession&) = delete;
  GuestSession& operator=(const GuestSession&) = delete;

  // Begins to execute a statement. kInvalidArgument while another one is executed.
  Status Start(StatementRequest request);
  // The statement that was started last, until Finish; null: none.
  Operation* operation() { return operation_.get(); }
  // Ends a SELECT or a WAIT, never a job.
  void Cancel();
  // Waits for the end of the operation, and forgets it.
  void Finish();
  // Adds what has happened besides the statement (notices of jobs, lines of `print`).
  rpc::wire::News WithFeed(rpc::wire::News news);
  // Answers a call of shell/rpc/protocol.h, between statements.
  Result<rpc::wire::News> Call(std::string_view name, const std::string& argument);

 private:
  GuestSession(std::unique_ptr<LocalSession> session, std::shared_ptr<ClientFeed> feed)
      : session_(std::move(session)), feed_(std::move(feed)) {}
  void Run(const StatementRequest& request);
  rpc::wire::Outcome Execute(const StatementRequest& request);
  void SetHooks(const StatementRequest& request);
  void AddEnded(std::vector<rpc::wire::Event>& events);
  void TellEnded();

  const std::unique_ptr<LocalSession> session_;
  const std::shared_ptr<ClientFeed> feed_;
  std::set<std::string> told_;  // starts of jobs whose ends the client knows
  std::map<std::string, std::string> told_settings_;
  std::unique_ptr<Operation> operation_;
  Thread thread_;
};

}  // namespace weir::shell
