// Serves other processes on the socket of a data directory that this one has open.
#pragma once

#include <memory>
#include <string>

#include "runtime/mutex.h"
#include "shell/server/acceptor.h"
#include "shell/server/client_log.h"

namespace weir::shell {

class Engine;
class SessionCount;
struct ServiceParts;

// Thread-safe. A connection has a thread of its own, and each statement another one.
class Server {
 public:
  // `log` takes lines of jobs whose clients have left; `sessions` outlives the server.
  Server(ClientLog log, SessionCount& sessions);
  // Ends every connection and what it executes; jobs run on. REQUIRES: the engine still exists.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves the sessions of an engine that has this data directory open. kExternal when there can be
  // no socket, and kInternal the second time.
  Status Start(Engine& engine, const std::string& data_directory);
  // The statements of clients that are being executed.
  int executing() const;
  // Whether one is, or was a moment ago: a script's next statement may be on its way.
  bool busy() const;

 private:
  void Count(int change);

  const ClientLog log_;
  SessionCount& sessions_;
  std::unique_ptr<ServiceParts> parts_;  // from Start on
  mutable Mutex mutex_;
  int executing_ WEIR_GUARDED_BY(mutex_) = 0;
  int64_t active_nanos_ WEIR_GUARDED_BY(mutex_) = 0;  // when a client was last at work; monotonic
  std::unique_ptr<Acceptor> acceptor_;                // from Start on; ended before the parts
};

}  // namespace weir::shell
