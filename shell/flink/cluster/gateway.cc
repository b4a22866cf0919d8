#include "shell/flink/cluster/gateway.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/clock.h"
#include "shell/engine/text/json_text.h"

namespace weir::shell::flink {
namespace {

namespace dom = simdjson::dom;

constexpr auto kFirstWait = std::chrono::milliseconds(20);
constexpr auto kLongestWait = std::chrono::milliseconds(500);

std::string CellText(dom::element cell) {
  std::string_view text;
  if (cell.get(text) == simdjson::SUCCESS) return std::string(text);
  return cell.is_null() ? "NULL" : simdjson::minify(cell);
}

// Adds a page of a result. Returns the path of the next page; "" behind the last one.
Result<std::string> AddPage(const std::string& json, GatewayAnswer& answer) {
  dom::parser parser;
  dom::element root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS)
    return Status::External("Flink's SQL Gateway answers without JSON").WithId("E4010");
  std::string_view text;
  if (root["jobID"].get(text) == simdjson::SUCCESS) answer.job = text;
  dom::array list;
  if (answer.columns.empty() && root["results"]["columns"].get(list) == simdjson::SUCCESS) {
    for (const dom::element column : list) {
      if (column["name"].get(text) == simdjson::SUCCESS) answer.columns.emplace_back(text);
    }
  }
  if (root["results"]["data"].get(list) == simdjson::SUCCESS) {
    for (const dom::element row : list) {
      dom::array fields;
      if (row["fields"].get(fields) != simdjson::SUCCESS) continue;
      std::vector<std::string>& cells = answer.rows.emplace_back();
      for (const dom::element field : fields) cells.push_back(CellText(field));
    }
  }
  std::string_view kind;
  if (root["resultType"].get(kind) == simdjson::SUCCESS && kind == "EOS") return std::string();
  return root["nextResultUri"].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

void Pause(std::chrono::milliseconds& wait) {
  CheckInterrupted();
  Clock::System().Sleep(wait);
  wait = std::min(wait * 2, kLongestWait);
}

}  // namespace

Gateway::Gateway(const RestPlace& place) : rest_(place, "SQL Gateway") {}

Result<std::unique_ptr<Gateway>> Gateway::Open(const RestPlace& place,
                                               const std::map<std::string, std::string>& settings) {
  std::unique_ptr<Gateway> gateway(new Gateway(place));
  std::string body = "{\"properties\":{";
  for (const auto& [key, value] : settings) {
    if (!body.ends_with('{')) body += ',';
    AppendJsonString(body, key);
    body += ':';
    AppendJsonString(body, value);
  }
  const std::string session = TRY(gateway->rest_.Call("POST", "/v3/sessions", body + "}}"));
  gateway->session_ = fmt::format("/v3/sessions/{}", TRY(TextIn(session, "sessionHandle")));
  return gateway;
}

Gateway::~Gateway() {
  // A session that cannot be closed ends by itself, after ten minutes by default.
  if (!session_.empty()) static_cast<void>(rest_.Call("DELETE", session_));
}

Status Gateway::Await(const std::string& operation) {
  for (auto wait = kFirstWait;; Pause(wait)) {
    const std::string answer = TRY(rest_.Call("GET", operation + "/status"));
    const std::string status = TRY(TextIn(answer, "status"));
    if (status != "PENDING" && status != "RUNNING" && status != "INITIALIZED") return {};
  }
}

Result<GatewayAnswer> Gateway::Execute(const std::string& statement) {
  std::string body = "{\"statement\":";
  AppendJsonString(body, statement);
  body += '}';
  const std::string handle = TRY(rest_.Call("POST", session_ + "/statements", body));
  const std::string operation =
      fmt::format("{}/operations/{}", session_, TRY(TextIn(handle, "operationHandle")));
  RETURN_IF_ERROR(Await(operation));
  GatewayAnswer answer;
  std::string page = operation + "/result/0";
  for (auto wait = kFirstWait; !page.empty();) {
    const size_t rows = answer.rows.size();
    std::string next = TRY(AddPage(TRY(rest_.Call("GET", page)), answer));
    if (next == page && rows == answer.rows.size()) Pause(wait);  // not ready yet
    page = std::move(next);
  }
  static_cast<void>(rest_.Call("DELETE", operation + "/close"));
  return answer;
}

}  // namespace weir::shell::flink
