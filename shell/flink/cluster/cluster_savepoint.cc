#include "shell/flink/cluster/cluster_savepoint.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <chrono>

#include "runtime/base/interruption.h"
#include "runtime/clock.h"
#include "shell/engine/text/json_text.h"

namespace weir::shell::flink {
namespace {

namespace dom = simdjson::dom;

constexpr auto kWait = std::chrono::milliseconds(200);

// "" while it is being written.
Result<std::string> PathIn(const std::string& json) {
  dom::parser parser;
  dom::element root;
  std::string_view text;
  if (parser.parse(json).get(root) != simdjson::SUCCESS)
    return Status::External("Flink's cluster answers without JSON").WithId("E4010");
  if (root["operation"]["location"].get(text) == simdjson::SUCCESS) return std::string(text);
  if (root["operation"]["failure-cause"]["stack-trace"].get(text) == simdjson::SUCCESS)
    return Status::External("Flink has taken no savepoint: " + CauseOf(text)).WithId("E4010");
  return std::string();
}

}  // namespace

Result<std::string> TakeSavepoint(RestCaller& cluster, const std::string& job,
                                  const std::string& directory) {
  std::string body = "{\"cancel-job\":false";
  if (!directory.empty()) {
    body += ",\"target-directory\":";
    AppendJsonString(body, directory);
  }
  const std::string savepoints = fmt::format("/jobs/{}/savepoints", job);
  const std::string answer = TRY(cluster.Call("POST", savepoints, body + '}'));
  const std::string status = fmt::format("{}/{}", savepoints, TRY(TextIn(answer, "request-id")));
  while (true) {
    std::string path = TRY(PathIn(TRY(cluster.Call("GET", status))));
    if (!path.empty()) return path;
    CheckInterrupted();
    Clock::System().Sleep(kWait);
  }
}

}  // namespace weir::shell::flink
