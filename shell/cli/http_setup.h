// Starts the HTTP server in a process that has a data directory open, whatever else it does.
#pragma once

#include <memory>

#include "shell/cli/login_setup.h"
#include "shell/cli/session_setup.h"
#include "shell/http/http_server.h"
#include "shell/output/job_watch.h"

namespace weir::shell {

// The server that 'server.http.address' asks for; where that says nothing, the one at `otherwise`.
// Null where there is to be none. The door outlives it.
Result<std::unique_ptr<HttpServer>> StartHttp(Engine& engine, const conf::Settings& settings,
                                              const NetworkDoor& door, std::string_view otherwise);

// The HTTP server of a process whose work is another one, such as a script. The order of the
// members matters: the server is destroyed before the door that it uses.
struct ServedHttp {
  NetworkDoor door;
  std::unique_ptr<HttpServer> server;  // null: there is none
};
// Starts it where 'server.http.address' says an address, and prints by the watch where it answers.
// A failure is printed, too, and leaves `server` null: it does not keep the process from its work.
ServedHttp ServeHttp(Engine& engine, const RemoteOptions& remote, JobWatch& watch);

}  // namespace weir::shell
