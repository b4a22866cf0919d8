#include "shell/http/routes.h"

#include <fmt/format.h>

#include <array>

#include "shell/http/health.h"
#include "shell/http/metrics.h"

namespace weir::shell {
namespace {

constexpr auto kRoutes = std::to_array<Route>({
    {"GET", "/healthz", HttpRole::kAnybody, true, AnswerHealth,
     "200 `ok` while the process lives. Never waits for anything."},
    {"GET", "/readyz", HttpRole::kAnybody, true, AnswerReadiness,
     "200 `ready` once the jobs of the data directory were started; 503 before."},
    {"GET", "/metrics", HttpRole::kReader, false, AnswerMetrics,
     "The figures of docs/metrics.md, as Prometheus takes them."},
});

std::vector<std::string_view> WordsOf(std::string_view path) {
  std::vector<std::string_view> words;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    words.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(words.back().size());
  }
  return words;
}

bool Matches(std::string_view pattern, const std::vector<std::string_view>& words,
             RouteParameters& parameters) {
  const std::vector<std::string_view> wanted = WordsOf(pattern);
  if (wanted.size() != words.size()) return false;
  parameters.clear();
  for (size_t i = 0; i < words.size(); ++i) {
    if (wanted[i].starts_with(':')) {
      parameters.emplace_back(words[i]);
    } else if (wanted[i] != words[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string_view HttpRoleName(HttpRole role) {
  switch (role) {
    case HttpRole::kAnybody:
      return "anybody";
    case HttpRole::kReader:
      return "reader";
    case HttpRole::kOperator:
      return "operator";
    case HttpRole::kAdmin:
      return "admin";
  }
  return "";
}

std::span<const Route> Routes() {
  return kRoutes;
}

RouteMatch FindRoute(std::string_view method, std::string_view path) {
  constexpr std::string_view kVersion = "/v1";
  if (path.starts_with("/v1/")) path.remove_prefix(kVersion.size());
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const std::vector<std::string_view> words = WordsOf(path);
  RouteMatch match;
  for (const Route& route : kRoutes) {
    RouteParameters parameters;
    if (!Matches(route.pattern, words, parameters)) continue;
    match.other_method = true;
    if (route.method == wanted) return {&route, std::move(parameters), false};
  }
  return match;
}

std::string RoutesPage() {
  std::string page = "| method | path | role | what it answers |\n| --- | --- | --- | --- |\n";
  for (const Route& route : kRoutes)
    page += fmt::format("| {} | `{}` | {} | {} |\n", route.method, route.pattern,
                        HttpRoleName(route.role), route.doc);
  return page;
}

}  // namespace weir::shell
