// HTTP beside whatever a process does that has a data directory open.
#pragma once

#include <memory>

#include "shell/cli/session_setup.h"
#include "shell/http/http_server.h"
#include "shell/output/job_watch.h"

namespace weir::shell {

// The server that 'server.http.address' asks for; where that says nothing, the one at `otherwise`.
// Null where there is to be none.
Result<std::unique_ptr<HttpServer>> StartHttp(Engine& engine, const conf::Settings& settings,
                                              const std::string& data_directory,
                                              std::string_view otherwise);

// The same for a process that does something else: it says where it answers, or why it does not.
std::unique_ptr<HttpServer> ServeHttp(Engine& engine, const RemoteOptions& remote, JobWatch& watch);

}  // namespace weir::shell
