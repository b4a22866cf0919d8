// Serves other processes on the socket of a data directory that this one has open.
#pragma once

#include <memory>
#include <string>

#include "shell/server/acceptor.h"
#include "shell/server/client_log.h"
#include "shell/server/guests.h"
#include "shell/server/socket_door.h"

namespace weir::shell {

class Engine;
class SessionCount;
struct ServiceParts;

// Thread-safe. A connection has a thread of its own, and each statement another one.
class Server {
 public:
  // `log` takes lines of jobs whose clients have left; `sessions` outlives the server. `keeps_jobs`
  // is that of Guests.
  Server(ClientLog log, SessionCount& sessions, bool keeps_jobs);
  // Ends every connection and what it executes; jobs run on. Requests that have come by then are
  // answered, statements among them by E4007. REQUIRES: the engine still exists.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves the sessions of an engine that has this data directory open, of whom `door` lets in.
  // kExternal when there can be no socket, and kInternal the second time.
  Status Start(Engine& engine, const std::string& data_directory, SocketDoor door = {});
  // New clients are refused from now on; those that are there stay. Not to be called at the same
  // time as itself or the destructor.
  void StopListening();
  // What the clients are doing.
  Guests& guests() { return guests_; }

 private:
  const ClientLog log_;
  SessionCount& sessions_;
  Guests guests_;
  SocketDoor door_;                      // from Start on
  std::unique_ptr<ServiceParts> parts_;  // from Start on
  std::unique_ptr<Acceptor> acceptor_;   // from Start on; ended before the parts
};

}  // namespace weir::shell
