#include "shell/cli/http_setup.h"

#include <fmt/format.h>

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {

Result<std::unique_ptr<HttpServer>> StartHttp(Engine& engine, const conf::Settings& settings,
                                              const std::string& data_directory,
                                              std::string_view otherwise) {
  const std::string said = settings.Get("server.http.address");
  const std::optional<ListenAddress> address =
      TRY(ParseListenAddress(said.empty() ? otherwise : said));
  if (!address) return std::unique_ptr<HttpServer>();
  HttpServerOptions options;
  options.address = *address;
  options.data_directory = data_directory;
  options.version = WEIR_VERSION;
  options.max_statements = static_cast<size_t>(settings.GetInteger("server.http.max-streams"));
  options.flink_names = settings.GetBool("metrics.flink-names");
  return HttpServer::Start(engine, std::move(options));
}

std::unique_ptr<HttpServer> ServeHttp(Engine& engine, const RemoteOptions& remote,
                                      JobWatch& watch) {
  Result<std::unique_ptr<HttpServer>> http =
      StartHttp(engine, remote.settings, remote.data_directory, "");
  if (!http.ok()) {
    watch.SayLines(fmt::format("WARNING: nothing answers HTTP: {}\n", http.status().message()));
    return nullptr;
  }
  if (*http == nullptr) return nullptr;
  (*http)->SetReady();
  watch.SayLines(fmt::format("NOTICE: answers HTTP at {}\n", AddressText((*http)->address())));
  return *std::move(http);
}

}  // namespace weir::shell
