#include "shell/http/http_server.h"

#include <fmt/format.h>

#include "runtime/base/fence.h"
#include "shell/http/http_login.h"
#include "shell/http/request_gate.h"
#include "shell/http/route_body.h"
#include "shell/http/routes.h"

namespace weir::shell {
namespace {

// Threads for requests whose password had to be judged first: the thread that judges must not be
// kept.
constexpr size_t kLateWorkers = 2;

HttpResponse NotThere(const HttpRequest& request, const RouteMatch& match) {
  if (match.other_method) return ErrorResponse(405, "this path has other methods");
  return ErrorResponse(404, "Not found: " + request.path);
}

HttpResponse AnswerOf(const RouteMatch& match, HttpPorts& ports, const HttpRequest& request) {
  Result<HttpResponse> response =
      Fenced([&] { return match.route->answer(ports, request, match.parameters); });
  return response.ok() ? *std::move(response) : ErrorResponse(response.status());
}

}  // namespace

HttpServer::HttpServer(Engine& engine, HttpServerOptions options)
    : logins_(*options.logins),
      said_(std::move(options.said)),
      session_(engine.NewSession()),
      operations_(engine),
      edits_(engine, operations_),
      statements_(engine, options.max_statements),
      ports_{.engine = engine,
             .reading = session_->session(),
             .operations = operations_,
             .edits = edits_,
             .statements = statements_,
             .clock = *session_->session().ports().clock,
             .version = std::move(options.version),
             .started_millis = session_->session().ports().clock->Now().millis,
             .flink_names = options.flink_names} {}

HttpServer::~HttpServer() {
  // Logins that wait respond by way of the listener, and so must end before it does.
  if (listener_ != nullptr) logins_.Stop();
  late_.reset();
  statements_.Stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Engine& engine, HttpServerOptions options) {
  const ListenAddress address = options.address;
  const HttpLimits limits = options.limits;
  std::shared_ptr<TlsCertificate> tls = options.tls;
  auto server = std::unique_ptr<HttpServer>(new HttpServer(engine, std::move(options)));
  server->late_ = TRY(WorkerPool::Start(kLateWorkers, limits.waiting_requests));
  server->listener_ =
      TRY(HttpListener::Start({address, std::move(tls)}, limits, *server, server->ports_.clock));
  return server;
}

std::optional<HttpResponse> HttpServer::AnswerAtOnce(const HttpRequest& request) {
  if (std::optional<HttpResponse> refusal = RefusalOf(request)) return refusal;
  const RouteMatch match = FindRoute(request.method, request.path);
  const bool open = match.route != nullptr && match.route->role == HttpRole::kAnybody;
  if (!open) {
    const std::optional<LoginAttempt> login = LoginOf(request);
    if (!login) return AsksForLogin(logins_.has_users());
    const std::optional<Principal> who = logins_.Find(*login);
    if (!who) return std::nullopt;  // it has to be judged
    if (match.route == nullptr) return NotThere(request, match);
    if (who->role < match.route->role) return ErrorResponse(RoleMissing(*who, match.route->role));
  }
  if (!match.route->at_once) return std::nullopt;
  return AnswerOf(match, ports_, request);
}

void HttpServer::Answer(const HttpRequest& request, const HttpExchange& exchange) {
  const std::optional<LoginAttempt> login = LoginOf(request);
  if (!login) return AnswerTo({.role = Role::kAnybody}, request, exchange);
  if (const std::optional<Principal> who = logins_.Find(*login))
    return AnswerTo(*who, request, exchange);
  logins_.Ask(*login, [this, request, exchange](const Result<Principal>& who) {
    OnJudged(who, request, exchange);
  });
}

void HttpServer::OnJudged(const Result<Principal>& who, const HttpRequest& request,
                          const HttpExchange& exchange) {
  if (!who.ok()) return exchange.respond(LoginRefused(who.status(), logins_.has_users()));
  if (said_)
    said_(fmt::format("{} has logged in as {} from {}", who->name, RoleName(who->role),
                      request.client));
  const bool taken =
      late_->Enqueue([this, who = *who, request, exchange] { AnswerTo(who, request, exchange); });
  if (!taken) exchange.respond(ErrorResponse(503, "too many requests wait to be answered"));
}

void HttpServer::AnswerTo(const Principal& who, HttpRequest request, const HttpExchange& exchange) {
  const RouteMatch match = FindRoute(request.method, request.path);
  if (match.route == nullptr) return exchange.respond(NotThere(request, match));
  if (who.role < match.route->role)
    return exchange.respond(ErrorResponse(RoleMissing(who, match.route->role)));
  if (const Status body = CheckBody(*match.route, request.body); !body.ok())
    return exchange.respond(ErrorResponse(body));
  request.who = who;
  if (match.route->begin == nullptr) return exchange.respond(AnswerOf(match, ports_, request));
  const Status begun = Fenced([&]() -> Status {
    match.route->begin(ports_, request, exchange);
    return {};
  });
  if (!begun.ok()) exchange.respond(ErrorResponse(begun));
}

}  // namespace weir::shell
