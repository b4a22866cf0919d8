#include "shell/cli/http_setup.h"

#include <fmt/format.h>

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {

namespace {

constexpr std::string_view kHttpAddress = "server.http.address";

Result<ServedHttp> Begin(Engine& engine, const RemoteOptions& remote, JobWatch& watch) {
  ServedHttp http;
  // Most processes answer nobody, and make no token.
  if (!TRY(ParseListenAddress(remote.settings.Get(kHttpAddress), kHttpAddress))) return http;
  DoorLog log;
  log.login = [](const std::string&) {};
  log.refused = [&watch](const std::string& message) {
    watch.SayLines(fmt::format("WARNING: a login over HTTP was refused: {}\n", message));
  };
  log.certificate = [&watch](bool failed, const std::string& message) {
    watch.SayLines(fmt::format("{}: {}\n", failed ? "WARNING" : "NOTICE", message));
  };
  http.door = TRY(OpenDoor(remote.settings, remote.data_directory, std::move(log)));
  http.server = TRY(StartHttp(engine, remote.settings, http.door, ""));
  return http;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> StartHttp(Engine& engine, const conf::Settings& settings,
                                              const NetworkDoor& door, std::string_view otherwise) {
  const std::optional<ListenAddress> address =
      TRY(AddressFor(settings, kHttpAddress, otherwise, door));
  if (!address) return std::unique_ptr<HttpServer>();
  HttpServerOptions options;
  options.address = *address;
  options.logins = door.logins.get();
  options.tls = door.tls;
  options.said = door.log.login;
  options.version = WEIR_VERSION;
  options.max_statements = static_cast<size_t>(settings.GetInteger("server.http.max-streams"));
  options.flink_names = settings.GetBool("metrics.flink-names");
  return HttpServer::Start(engine, std::move(options));
}

ServedHttp ServeHttp(Engine& engine, const RemoteOptions& remote, JobWatch& watch) {
  Result<ServedHttp> http = Begin(engine, remote, watch);
  if (!http.ok()) {
    watch.SayLines(fmt::format("WARNING: nothing answers HTTP: {}\n", http.status().message()));
    return {};
  }
  if (http->server == nullptr) return {};
  http->server->SetReady();
  watch.SayLines(fmt::format("NOTICE: answers HTTP at {}\n", AddressText(http->server->address())));
  return *std::move(http);
}

}  // namespace weir::shell
