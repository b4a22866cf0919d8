#include "shell/cli/hive_setup.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

constexpr std::string_view kThriftAddress = "server.thrift.address";
// Connections beyond those of sessions, for clients that are logging in or cancel a statement of
// another connection.
constexpr size_t kMoreConnections = 50;

}  // namespace

Result<std::unique_ptr<HiveServer>> StartHive(Engine& engine, const conf::Settings& settings,
                                              const NetworkDoor& door, std::string_view otherwise,
                                              HivePorts ports) {
  const std::optional<ListenAddress> address =
      TRY(AddressFor(settings, kThriftAddress, otherwise, door));
  if (!address) return std::unique_ptr<HiveServer>();
  HiveServerOptions options;
  options.address = *address;
  options.logins = door.logins.get();
  options.tls = door.tls;
  options.version = WEIR_VERSION;
  options.most_connections =
      static_cast<size_t>(settings.GetInteger("server.max-sessions")) + kMoreConnections;
  options.limits.idle_time =
      std::chrono::milliseconds(settings.GetMillis("server.session.timeout"));
  options.log = std::move(ports.log);
  options.said = [&door](bool refused, const std::string& message) {
    const auto& say = refused ? door.log.refused : door.log.login;
    if (say) say(message);
  };
  return HiveServer::Start(engine, ports.sessions, std::move(options));
}

}  // namespace weir::shell
