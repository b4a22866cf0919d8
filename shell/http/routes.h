// Every path that the HTTP server has, in one table: from it requests find their answers, and
// docs/rest.md and the OpenAPI description are made.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "shell/http/http_listener.h"
#include "shell/http/http_message.h"
#include "shell/http/http_ports.h"

namespace weir::shell {

// The role that a path requires.
using HttpRole = Role;

// The parts of the path that stand for words with ":" in the route's pattern, in their order.
using RouteParameters = std::vector<std::string>;

// A member of the JSON object that a request has as its body, or a parameter behind its path's "?".
struct RouteField {
  std::string_view name;
  std::string_view type = "string";  // "string", "boolean", "integer", "object"
  bool required = false;
  bool in_query = false;
};

inline constexpr std::string_view kJsonOfRoutes = "application/json";

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/jobs/:job/stop"
  HttpRole role = HttpRole::kAdmin;
  // Whether the answer comes from memory and waits for nobody: then the listener's own thread gives
  // it, however busy the workers are.
  bool at_once = false;
  Result<HttpResponse> (*answer)(HttpPorts& ports, const HttpRequest& request,
                                 const RouteParameters& parameters) = nullptr;
  std::string_view doc;
  // Instead of `answer`, where that takes its time: it returns at once, and responds later.
  void (*begin)(HttpPorts& ports, const HttpRequest& request,
                const HttpExchange& exchange) = nullptr;
  std::span<const RouteField> takes = {};    // besides the parts of its path
  std::string_view content = kJsonOfRoutes;  // the type of what it answers
};

// All of them; they live forever.
std::span<const Route> Routes();

struct RouteMatch {
  const Route* route = nullptr;  // null: there is none
  RouteParameters parameters;
  bool other_method = false;  // the path is there, for other methods
};
// "/v1" in front of a path means nothing, as with Flink. HEAD finds what GET does.
RouteMatch FindRoute(std::string_view method, std::string_view path);

// The table of docs/rest.md.
std::string RoutesPage();

}  // namespace weir::shell
