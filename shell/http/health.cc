#include "shell/http/health.h"

namespace weir::shell {
namespace {

HttpResponse Line(int status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

}  // namespace

Result<HttpResponse> AnswerHealth(HttpPorts&, const HttpRequest&, const RouteParameters&) {
  return Line(200, "ok\n");
}

Result<HttpResponse> AnswerReadiness(HttpPorts& ports, const HttpRequest&, const RouteParameters&) {
  return ports.ready.load() ? Line(200, "ready\n") : Line(503, "not ready\n");
}

}  // namespace weir::shell
