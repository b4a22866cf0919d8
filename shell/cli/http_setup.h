// HTTP beside whatever a process does that has a data directory open.
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

// The same for a process that does something else. A plain value.
struct ServedHttp {
  NetworkDoor door;
  std::unique_ptr<HttpServer> server;  // null: there is none
};
// It says where it answers, or why it does not.
ServedHttp ServeHttp(Engine& engine, const RemoteOptions& remote, JobWatch& watch);

}  // namespace weir::shell
