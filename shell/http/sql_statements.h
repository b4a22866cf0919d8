// Statements that somebody has executed over HTTP: each in a session and on a thread of its own.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/engine/engine.h"
#include "shell/http/http_listener.h"

namespace weir::shell {

// Thread-safe.
class SqlStatements {
 public:
  // The work on a session until there is an answer. Must not throw.
  using Work = std::function<void(LocalSession& session, const HttpExchange& exchange)>;

  // The engine outlives it.
  SqlStatements(Engine& engine, size_t most);
  // As Stop().
  ~SqlStatements();
  SqlStatements(const SqlStatements&) = delete;
  SqlStatements& operator=(const SqlStatements&) = delete;

  // Begins the work in a session of `who`, with the data directory's catalog and these settings on
  // top of the engine's; the statement that it executes is cancelled when the client leaves.
  // kExternal when too many are at work, E6001 for a setting of the process or one that cannot be,
  // E6004 for a path that they may not name.
  Status Begin(const Principal& who, const std::map<std::string, std::string>& settings,
               const HttpExchange& exchange, Work work);
  // Cancels what is executed, and begins nothing any more; jobs run on.
  void Stop();

 private:
  struct Running;

  Engine& engine_;
  const size_t most_;
  Mutex mutex_;
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
  std::list<std::unique_ptr<Running>> running_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
