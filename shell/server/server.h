// Serves other processes on the socket of a data directory that this one has open.
#pragma once

#include <memory>
#include <string>

#include "runtime/mutex.h"
#include "shell/server/acceptor.h"
#include "shell/server/client_log.h"
#include "shell/server/socket_door.h"

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

  // Serves the sessions of an engine that has this data directory open, of whom `door` lets in.
  // kExternal when there can be no socket, and kInternal the second time.
  Status Start(Engine& engine, const std::string& data_directory, SocketDoor door = {});
  // The process has done its own work: clients that come from now on are served, but counted as
  // newcomers.
  void Leave();
  // New clients are refused from now on; those that are there stay. Not to be called at the same
  // time as itself or the destructor.
  void StopListening();
  // The statements of clients that are being executed.
  int executing() const;
  // Whether a statement of a client is executed, or was a moment ago: a script's next statement may
  // be on its way.
  bool busy() const;
  // As busy(), without the statements of newcomers.
  bool busy_for_earlier() const;

 private:
  // What newcomers do, or what the other clients do.
  struct Work {
    int executing = 0;
    int64_t active_nanos = 0;  // when one was last at it; monotonic

    bool goes_on() const;
  };

  bool leaving() const;
  void Count(bool newcomer, int change);

  const ClientLog log_;
  SessionCount& sessions_;
  SocketDoor door_;                      // from Start on
  std::unique_ptr<ServiceParts> parts_;  // from Start on
  mutable Mutex mutex_;
  bool leaving_ WEIR_GUARDED_BY(mutex_) = false;
  Work earlier_ WEIR_GUARDED_BY(mutex_);
  Work newcomers_ WEIR_GUARDED_BY(mutex_);
  std::unique_ptr<Acceptor> acceptor_;  // from Start on; ended before the parts
};

}  // namespace weir::shell
