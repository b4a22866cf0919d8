// HiveServer2's clients beside whatever a process does that has a data directory open.
#pragma once

#include <memory>

#include "shell/cli/session_setup.h"
#include "shell/hive/hive_server.h"

namespace weir::shell {

// Whom the server tells.
struct HivePorts {
  ClientLog log;
  std::function<void(bool refused, const std::string& message)> logins;
};

// The server that 'server.thrift.address' asks for; where that says nothing, the one at
// `otherwise`. Null where there is to be none.
Result<std::unique_ptr<HiveServer>> StartHive(Engine& engine, SessionCount& sessions,
                                              const RemoteOptions& remote,
                                              std::string_view otherwise, HivePorts ports);

}  // namespace weir::shell
