#include "shell/flink/cluster/rest_caller.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstdlib>
#include <utility>

namespace weir::shell::flink {
namespace {

namespace dom = simdjson::dom;

// "java.lang.RuntimeException: org.apache.flink.table.api.ValidationException: Table …" is
// "Table …".
std::string WithoutClasses(std::string_view message) {
  while (true) {
    const size_t colon = message.find(": ");
    const std::string_view word = message.substr(0, colon);
    const bool is_class = colon != std::string_view::npos && word.find(' ') == word.npos &&
                          word.find('.') != word.npos;
    if (!is_class) return std::string(message);
    message.remove_prefix(colon + 2);
  }
}

}  // namespace

Result<std::string> TextIn(const std::string& json, std::string_view member) {
  dom::parser parser;
  dom::element root;
  std::string_view text;
  if (parser.parse(json).get(root) == simdjson::SUCCESS &&
      root[member].get(text) == simdjson::SUCCESS)
    return std::string(text);
  return Status::External(fmt::format("Flink's REST interface answers without {}", member))
      .WithId("E4010");
}

std::string CauseOf(std::string_view trace) {
  constexpr std::string_view kCause = "Caused by: ";
  const size_t cause = trace.rfind(kCause);
  if (cause != std::string_view::npos) trace.remove_prefix(cause + kCause.size());
  constexpr std::string_view kServer = "<Exception on server side:\n";
  if (trace.starts_with(kServer)) trace.remove_prefix(kServer.size());
  return WithoutClasses(trace.substr(0, trace.find("\n\tat ")));
}

std::vector<std::string> HeadersOfEnvironment() {
  std::vector<std::string> headers;
  const char* const said = std::getenv("FLINK_REST_CLIENT_HEADERS");
  std::string_view rest = said == nullptr ? "" : said;
  while (!rest.empty()) {
    const std::string_view header = rest.substr(0, rest.find('\n'));
    if (!header.empty()) headers.emplace_back(header);
    rest.remove_prefix(std::min(rest.size(), header.size() + 1));
  }
  return headers;
}

std::string ReasonOf(const std::string& body) {
  dom::parser parser;
  dom::element root;
  dom::array errors;
  if (parser.parse(body).get(root) != simdjson::SUCCESS) return body.substr(0, 400);
  if (root["errors"].get(errors) != simdjson::SUCCESS) return body.substr(0, 400);
  std::string reason;
  for (const dom::element error : errors) {
    std::string_view text;
    // The last one is the most exact; the first of several says that there was an error.
    if (error.get(text) == simdjson::SUCCESS && !text.empty()) reason = CauseOf(text);
  }
  return reason;
}

RestCaller::RestCaller(RestPlace place, std::string_view name)
    : place_(std::move(place)), name_(name), client_(place_.access) {
  while (place_.url.ends_with('/')) place_.url.pop_back();
}

Result<std::string> RestCaller::Call(std::string_view method, std::string_view path,
                                     std::string body) {
  http::Request request;
  request.url = fmt::format("{}{}", place_.url, path);
  request.headers = place_.headers;
  request.headers.emplace_back("Content-Type: application/json");
  request.headers.emplace_back("Accept: application/json");
  request.method = method;
  request.body = std::move(body);
  Result<http::Answer> answer = client_.Ask(request);
  const std::string shown = http::ShownUrl(place_.url);
  if (!answer.ok()) {
    return Status::External(fmt::format("Flink's {} at {} cannot be reached: {}", name_, shown,
                                        answer.status().message()))
        .WithId("E4010");
  }
  if (answer->status >= 200 && answer->status < 300) return std::move(answer->body);
  const std::string reason = ReasonOf(answer->body);
  return Status::External(
             fmt::format("Flink's {} at {}: {}", name_, shown,
                         reason.empty() ? fmt::format("HTTP {}", answer->status) : reason))
      .WithId("E4010");
}

}  // namespace weir::shell::flink
