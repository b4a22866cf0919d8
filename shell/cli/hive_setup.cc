#include "shell/cli/hive_setup.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

constexpr std::string_view kKey = "server.thrift.address";
// Beside those of sessions: who logs in, and who cancels for another connection.
constexpr size_t kMoreConnections = 50;

}  // namespace

Result<std::unique_ptr<HiveServer>> StartHive(Engine& engine, SessionCount& sessions,
                                              const RemoteOptions& remote,
                                              std::string_view otherwise, HivePorts ports) {
  const std::string said = remote.settings.Get(kKey);
  const std::optional<ListenAddress> address =
      TRY(ParseListenAddress(said.empty() ? otherwise : said, kKey));
  if (!address) return std::unique_ptr<HiveServer>();
  HiveServerOptions options;
  options.address = *address;
  options.data_directory = remote.data_directory;
  options.version = WEIR_VERSION;
  options.most_connections =
      static_cast<size_t>(remote.settings.GetInteger("server.max-sessions")) + kMoreConnections;
  options.log = std::move(ports.log);
  options.logins = std::move(ports.logins);
  return HiveServer::Start(engine, sessions, std::move(options));
}

}  // namespace weir::shell
