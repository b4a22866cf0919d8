// The session of a third-party client: a session of the engine, and the thread that executes its
// statements, one at a time.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/thread.h"
#include "shell/hive/hive_operation.h"
#include "shell/hive/tool_statements.h"
#include "shell/server/client_feed.h"

namespace weir::shell {

using HiveOperationPtr = std::shared_ptr<HiveOperation>;

// Used by the thread of its connection.
class HiveSession {
 public:
  // Opens a session of `who`. `said` is what the client wants set: a key, "set:hiveconf:KEY" or
  // "use:database". Hive's own settings are ignored. E6001 for any other key that is no option, or
  // an option of the process; E2014 if there is no such database. The engine outlives the session.
  // `log` is that of ClientFeed.
  static Result<std::unique_ptr<HiveSession>> Open(Engine& engine, const Principal& who,
                                                   const std::map<std::string, std::string>& said,
                                                   ClientLog log);
  // Cancels what runs. Jobs run on.
  ~HiveSession();
  HiveSession(const HiveSession&) = delete;
  HiveSession& operator=(const HiveSession&) = delete;

  // Starts to execute a statement in Hive's dialect. Waits a moment for the statement before it;
  // kInvalidArgument if that is still being executed.
  Result<HiveOperationPtr> Start(const std::string& statement);
  // The current catalog, valid until the next statement. kInvalidArgument while one is executed.
  Result<const catalog::Catalog*> Catalog();
  // The notices, messages and printed lines since the last call.
  std::string TakeLog();

 private:
  HiveSession(std::unique_ptr<LocalSession> session, std::shared_ptr<ClientFeed> feed)
      : session_(std::move(session)), feed_(std::move(feed)) {}
  Status Configure(const std::map<std::string, std::string>& said);
  // Waits a moment until nothing is executed; kInvalidArgument if something still is.
  Status AwaitIdle();
  void Run(const ToolStatement& statement, HiveOperation& operation);
  Result<Answer> Execute(const ToolStatement& statement, QueryView& view);
  void Say(const Answer& answer);

  const std::unique_ptr<LocalSession> session_;
  const std::shared_ptr<ClientFeed> feed_;
  HiveOperationPtr running_;  // the statement that was started last; null at first
  Mutex mutex_;
  std::string said_ WEIR_GUARDED_BY(mutex_);  // notices and messages of answers
  Thread thread_;
};

}  // namespace weir::shell
