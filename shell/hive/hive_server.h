// Serves HiveServer2's clients over TCP (docs/clients.md).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "shell/hive/sasl_connection.h"
#include "shell/http/listen_address.h"
#include "shell/login/logins.h"
#include "shell/server/client_log.h"

namespace weir::shell {

class Engine;
class SessionCount;

struct HiveServerOptions {
  ListenAddress address;
  Logins* logins = nullptr;             // who is let in; outlives the server
  std::shared_ptr<TlsCertificate> tls;  // null: connections are plain
  std::string version;
  SaslLimits limits;
  size_t most_connections = 250;
  ClientLog log;  // lines of jobs whose clients have left
  // Hears who logged in, and which clients were refused before they gave a name. May be empty;
  // called by any thread.
  std::function<void(bool refused, const std::string& message)> said;
};

// Thread-safe. A connection has a thread of its own, and each statement another one.
class HiveServer {
 public:
  // E4001 if the address cannot be bound. The engine and the count outlive the server.
  static Result<std::unique_ptr<HiveServer>> Start(Engine& engine, SessionCount& sessions,
                                                   HiveServerOptions options);
  // Ends every connection and what it executes; jobs run on.
  ~HiveServer();
  HiveServer(const HiveServer&) = delete;
  HiveServer& operator=(const HiveServer&) = delete;

  // Where it listens, with the port that the system chose where the options say 0.
  const ListenAddress& address() const;

 private:
  class Impl;
  explicit HiveServer(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace weir::shell
