#include "shell/http/request_gate.h"

#include <algorithm>
#include <array>

#include "runtime/base/names.h"
#include "shell/http/listen_address.h"

namespace weir::shell {
namespace {

constexpr std::array<std::string_view, 4> kMethods = {"GET", "HEAD", "PATCH", "POST"};

// "localhost:8480" is "localhost"; an address of IPv6 keeps its brackets.
std::string_view HostWithoutPort(std::string_view host) {
  const size_t bracket = host.rfind(']');
  const size_t colon = host.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  return has_port ? host.substr(0, colon) : host;
}

bool IsOursAsOrigin(std::string_view origin) {
  constexpr std::string_view kScheme = "http://";
  return origin.starts_with(kScheme) && IsLoopback(HostWithoutPort(origin.substr(kScheme.size())));
}

// Whether the page is one of ours.
bool ComesFromHere(const HttpRequest& request) {
  if (!request.origin) return true;
  if (request.secure) return EqualsIgnoreCase(*request.origin, "https://" + *request.host);
  return IsOursAsOrigin(*request.origin);
}

bool IsJson(const HttpRequest& request) {
  if (!request.content_type) return false;
  const std::string_view type = *request.content_type;
  const std::string_view bare = type.substr(0, type.find(';'));
  return EqualsIgnoreCase(bare.substr(0, bare.find_last_not_of(' ') + 1), "application/json");
}

HttpResponse BadMethod() {
  HttpResponse response = ErrorResponse(405, "no path here has this method");
  response.headers.emplace_back("Allow", "GET, HEAD, PATCH, POST");
  return response;
}

}  // namespace

std::optional<HttpResponse> RefusalOf(const HttpRequest& request) {
  if (!request.host) return ErrorResponse(400, "the request has no Host");
  if (!request.secure && !IsLoopback(HostWithoutPort(*request.host)))
    return ErrorResponse(403, "the request's Host is not this machine's address or localhost");
  if (!ComesFromHere(request))
    return ErrorResponse(403, "the request comes from a page of another origin");
  if (std::ranges::find(kMethods, request.method) == kMethods.end()) return BadMethod();
  if (!request.body.empty() && !IsJson(request))
    return ErrorResponse(415, "a body must be JSON: Content-Type: application/json");
  return std::nullopt;
}

}  // namespace weir::shell
