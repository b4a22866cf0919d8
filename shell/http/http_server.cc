#include "shell/http/http_server.h"

#include "runtime/base/fence.h"
#include "shell/http/access_token.h"
#include "shell/http/request_gate.h"
#include "shell/http/routes.h"

namespace weir::shell {
namespace {

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

HttpServer::HttpServer(Engine& engine, HttpServerOptions options, std::string token)
    : token_(std::move(token)),
      session_(engine.NewSession()),
      operations_(engine),
      statements_(engine, options.max_statements),
      ports_{.engine = engine,
             .reading = session_->session(),
             .operations = operations_,
             .statements = statements_,
             .clock = *session_->session().ports().clock,
             .version = std::move(options.version),
             .started_millis = session_->session().ports().clock->Now().millis,
             .flink_names = options.flink_names} {}

HttpServer::~HttpServer() {
  // They respond by way of the listener.
  statements_.Stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Engine& engine, HttpServerOptions options) {
  const ListenAddress address = options.address;
  const HttpLimits limits = options.limits;
  std::string token = TRY(ReadOrMakeToken(options.data_directory));
  auto server =
      std::unique_ptr<HttpServer>(new HttpServer(engine, std::move(options), std::move(token)));
  server->listener_ = TRY(HttpListener::Start(address, limits, *server, server->ports_.clock));
  return server;
}

std::optional<HttpResponse> HttpServer::AnswerAtOnce(const HttpRequest& request) {
  const RouteMatch match = FindRoute(request.method, request.path);
  const bool open = match.route != nullptr && match.route->role == HttpRole::kAnybody;
  const HttpAccess access = open ? HttpAccess::kAnybody : HttpAccess::kToken;
  if (std::optional<HttpResponse> refusal = RefusalOf(request, access, token_)) return refusal;
  if (match.route == nullptr) return NotThere(request, match);
  if (!match.route->at_once) return std::nullopt;
  return AnswerOf(match, ports_, request);
}

void HttpServer::Answer(const HttpRequest& request, const HttpExchange& exchange) {
  const RouteMatch match = FindRoute(request.method, request.path);
  if (match.route->begin == nullptr) return exchange.respond(AnswerOf(match, ports_, request));
  const Status begun = Fenced([&]() -> Status {
    match.route->begin(ports_, request, exchange);
    return {};
  });
  if (!begun.ok()) exchange.respond(ErrorResponse(begun));
}

}  // namespace weir::shell
