// The HTTP server of an engine: listens, logs clients in, and hands requests to Routes().
#pragma once

#include <memory>
#include <string>

#include "shell/http/http_listener.h"
#include "shell/http/http_ports.h"
#include "shell/http/worker_pool.h"
#include "shell/login/logins.h"

namespace weir::shell {

struct HttpServerOptions {
  ListenAddress address;
  Logins* logins = nullptr;             // who is let in; outlives the server
  std::shared_ptr<TlsCertificate> tls;  // null: connections are plain
  // Reports a login with a password, the first one in a while. May be empty; called by any thread.
  std::function<void(const std::string& message)> said;
  std::string version;         // of this program
  bool flink_names = false;    // 'metrics.flink-names'
  size_t max_statements = 32;  // 'server.http.max-streams'
  HttpLimits limits = {};
};

// Thread-safe.
class HttpServer final : private HttpHandler {
 public:
  // Serves an engine that has the data directory open. kExternal E4001 when the address cannot be
  // had. The engine outlives it.
  static Result<std::unique_ptr<HttpServer>> Start(Engine& engine, HttpServerOptions options);
  // Closes every connection and ends what it executes; jobs run on.
  ~HttpServer() override;
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // From now on /readyz says that the server is ready.
  void SetReady() { ports_.ready.store(true); }
  // Where it listens, with the port that the system chose where the options say 0.
  ListenAddress address() const { return listener_->address(); }

 private:
  HttpServer(Engine& engine, HttpServerOptions options);
  std::optional<HttpResponse> AnswerAtOnce(const HttpRequest& request) override;
  void Answer(const HttpRequest& request, const HttpExchange& exchange) override;
  void AnswerTo(const Principal& who, HttpRequest request, const HttpExchange& exchange);
  void OnJudged(const Result<Principal>& who, const HttpRequest& request,
                const HttpExchange& exchange);

  Logins& logins_;
  const std::function<void(const std::string&)> said_;
  const std::unique_ptr<LocalSession> session_;
  Operations operations_;
  JobEdits edits_;
  SqlStatements statements_;
  HttpPorts ports_;
  std::unique_ptr<WorkerPool> late_;        // for requests whose logins had to be judged
  std::unique_ptr<HttpListener> listener_;  // destroyed first: it uses all above
};

}  // namespace weir::shell
