// The session of a client of others: a session of the engine, and the thread that executes its
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
  // Of `who`; `said`: what the client wants set: "use:database", "set:hiveconf:KEY", or a key. Of
  // settings that are none, those of Hive's are taken and forgotten. E6001 for others, for options
  // of the process, and E2014 for a database that is not there. The engine outlives it, and `log`
  // is as ClientFeed's.
  static Result<std::unique_ptr<HiveSession>> Open(Engine& engine, const Principal& who,
                                                   const std::map<std::string, std::string>& said,
                                                   ClientLog log);
  // Cancels what runs. Jobs run on.
  ~HiveSession();
  HiveSession(const HiveSession&) = delete;
  HiveSession& operator=(const HiveSession&) = delete;

  // Begins to execute a statement, as Hive's clients write it. kInvalidArgument while another one
  // is executed, for which it waits a moment.
  Result<HiveOperationPtr> Start(const std::string& statement);
  // The catalog as it is now, until the next statement. kInvalidArgument while one is executed.
  Result<const catalog::Catalog*> Catalog();
  // What was said and printed since the last call.
  std::string TakeLog();

 private:
  HiveSession(std::unique_ptr<LocalSession> session, std::shared_ptr<ClientFeed> feed)
      : session_(std::move(session)), feed_(std::move(feed)) {}
  Status Configure(const std::map<std::string, std::string>& said);
  // Waits until nothing is executed.
  Status AwaitIdle();
  void Run(const ToolStatement& statement, HiveOperation& operation);
  Result<Answer> Execute(const ToolStatement& statement, QueryView& view);
  void Say(const Answer& answer);

  const std::unique_ptr<LocalSession> session_;
  const std::shared_ptr<ClientFeed> feed_;
  HiveOperationPtr running_;  // the one that was started last; null at first
  Mutex mutex_;
  std::string said_ WEIR_GUARDED_BY(mutex_);  // by answers
  Thread thread_;
};

}  // namespace weir::shell
