// Starts the server for HiveServer2's clients in a process that has a data directory open, whatever
// else it does.
#pragma once

#include <memory>

#include "shell/cli/login_setup.h"
#include "shell/hive/hive_server.h"

namespace weir::shell {

// What HiveServer2's clients have beside the engine. The count outlives the server, and `log` is as
// HiveServerOptions'.
struct HivePorts {
  SessionCount& sessions;
  ClientLog log;
};

// The server that 'server.thrift.address' asks for; where that says nothing, the one at
// `otherwise`. Null where there is to be none. The door outlives it.
Result<std::unique_ptr<HiveServer>> StartHive(Engine& engine, const conf::Settings& settings,
                                              const NetworkDoor& door, std::string_view otherwise,
                                              HivePorts ports);

}  // namespace weir::shell
