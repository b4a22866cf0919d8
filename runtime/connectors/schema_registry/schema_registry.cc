#include "runtime/connectors/schema_registry/schema_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/base/utf8.h"
#include "runtime/clock.h"
#include "runtime/connectors/formats/json_text.h"
#include "runtime/expr/json/json_document.h"

namespace weir::connectors::schema_registry {
namespace {

using expr::JsonKind;
using expr::JsonNode;

constexpr size_t kTries = 4;                           // and each url once
constexpr std::chrono::milliseconds kFirstPause(200);  // twice as long each time
constexpr std::chrono::milliseconds kLongestPause(2000);
constexpr std::chrono::milliseconds kPatience(100);  // until CheckInterrupted() is called again
constexpr std::string_view kNoSuchSchema = "40403";  // an "error_code"
constexpr int64_t kMissingNanos = 10'000'000'000;
constexpr size_t kMostMissing = 10'000;  // bounds the memory when messages name made-up numbers
constexpr const char* kAccepted = "Accept: application/vnd.schemaregistry.v1+json";
constexpr const char* kContent = "Content-Type: application/vnd.schemaregistry.v1+json";

// A part of a path: "a/b" as "a%2Fb".
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
  }
  return out;
}

// A member of an answer; null where it is not there, or where the answer is no JSON (null).
const JsonNode* Member(const JsonNode* answer, std::string_view name) {
  return answer == nullptr ? nullptr : answer->Member(name);
}

// The first line of what a server says, cut to 300 bytes, to be quoted in a message of ours.
std::string_view Line(std::string_view text) {
  constexpr size_t kShown = 300;
  const auto control = [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; };
  size_t end = std::min(text.size(), kShown);
  while (end > 0 && end < text.size() && ContinuesCharacter(text[end])) --end;
  text = text.substr(0, end);
  return {text.begin(), std::ranges::find_if(text, control)};
}

// What a registry says of its refusal; the status where it says nothing.
std::string Reason(const http::Answer& answer) {
  expr::JsonDocument document;
  const JsonNode* const said = Member(document.Parse(answer.body), "message");
  if (said == nullptr || said->kind != JsonKind::kString)
    return fmt::format("it answers {}", answer.status);
  return fmt::format("it answers {}, {}", answer.status, Line(said->text));
}

bool MayPass(int status) {
  return status == 429 || status >= 500;
}

}  // namespace

std::shared_ptr<SchemaRegistry> SchemaRegistry::At(const RegistryPlace& place) {
  static Mutex mutex;
  static std::vector<std::weak_ptr<SchemaRegistry>> all;
  const MutexLock lock(mutex);
  std::erase_if(all, [](const std::weak_ptr<SchemaRegistry>& each) { return each.expired(); });
  for (const std::weak_ptr<SchemaRegistry>& each : all) {
    std::shared_ptr<SchemaRegistry> there = each.lock();
    if (there != nullptr && there->place_ == place) return there;
  }
  auto made = std::make_shared<SchemaRegistry>(place);
  all.push_back(made);
  return made;
}

SchemaRegistry::SchemaRegistry(RegistryPlace place)
    : place_(std::move(place)), client_(place_.access) {}

Status SchemaRegistry::Failure(const std::string& url, std::string_view why) const {
  return Status::External(fmt::format("the schema registry of '{}' = '{}' is of no help: {}",
                                      place_.option, http::ShownUrl(url), why))
      .WithId("E4010");
}

// All urls lead to one registry, so the next one is tried where one does not answer.
Result<http::Answer> SchemaRegistry::Ask(const std::string& path, const std::string& body) {
  std::chrono::nanoseconds pause = kFirstPause;
  const size_t most = std::max(kTries, place_.urls.size());
  for (size_t tries = 1;; ++tries) {
    const std::string& url = place_.urls[url_];
    http::Request request{url + path, {kAccepted}, body};
    if (!body.empty()) request.headers.emplace_back(kContent);
    Result<http::Answer> answer = client_.Ask(request);
    if (answer.ok() && !MayPass(answer->status)) {
      if (answer->status == 401 || answer->status == 403) return Failure(url, Reason(*answer));
      return answer;
    }
    url_ = (url_ + 1) % place_.urls.size();
    if (tries >= most)
      return Failure(url, answer.ok() ? Reason(*answer) : answer.status().message());
    CheckInterrupted();
    Clock::System().Sleep(pause);
    pause = std::min<std::chrono::nanoseconds>(pause * 2, kLongestPause);
  }
}

// While it exists its thread has the turn to ask, and the mutex is not held: threads that wait for
// the answer can then be interrupted.
class SchemaRegistry::Turn {
 public:
  Turn(SchemaRegistry& registry, MutexLock& lock) WEIR_NO_THREAD_SAFETY_ANALYSIS
      : registry_(registry),
        lock_(lock) {
    registry_.asking_ = true;
    lock_.unlock();
  }
  ~Turn() WEIR_NO_THREAD_SAFETY_ANALYSIS {
    lock_.lock();
    registry_.asking_ = false;
    registry_.asked_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  SchemaRegistry& registry_;
  MutexLock& lock_;
};

void SchemaRegistry::AwaitAnswer(MutexLock& lock) {
  asked_.wait_for(lock, kPatience);
  CheckInterrupted();
}

std::optional<SchemaRegistry::SchemaText> SchemaRegistry::Known(int32_t id) const {
  const auto known = schemas_.find(id);
  if (known != schemas_.end()) return known->second;
  const auto missing = missing_.find(id);
  if (missing == missing_.end() || Clock::System().MonotonicNanos() >= missing->second.until_nanos)
    return std::nullopt;
  return missing->second.why;
}

SchemaRegistry::SchemaText SchemaRegistry::Schema(int32_t id) {
  MutexLock lock(mutex_);
  for (;;) {
    if (std::optional<SchemaText> known = Known(id)) return *std::move(known);
    if (!asking_) break;
    AwaitAnswer(lock);
  }
  SchemaText schema = [&] {
    const Turn turn(*this, lock);
    return AskForSchema(id);
  }();
  if (schema.ok()) {
    schemas_.emplace(id, *schema);
  } else if (schema.status().code() == StatusCode::kDataError) {
    if (missing_.size() >= kMostMissing) missing_.clear();
    missing_[id] = {schema.status(), Clock::System().MonotonicNanos() + kMissingNanos};
  }
  return schema;
}

SchemaRegistry::SchemaText SchemaRegistry::AskForSchema(int32_t id) {
  const http::Answer answer = TRY(Ask(fmt::format("/schemas/ids/{}", id), ""));
  const std::string url = http::ShownUrl(place_.urls[url_]);
  const auto bad = [&](std::string_view why) {
    return Status::DataError(fmt::format("schema {} of the registry '{}': {}", id, url, why))
        .WithId("E3005");
  };
  expr::JsonDocument document;
  const JsonNode* const said = document.Parse(answer.body);
  if (answer.status != 200) {
    // A 404 without this code means that the url is not that of a registry.
    const JsonNode* const error = Member(said, "error_code");
    const bool unknown = error != nullptr && error->text == kNoSuchSchema;
    return unknown ? bad(Reason(answer)) : Failure(place_.urls[url_], Reason(answer));
  }
  const JsonNode* const schema = Member(said, "schema");
  if (schema == nullptr || schema->kind != JsonKind::kString) return bad("it is no schema");
  const JsonNode* const kind = Member(said, "schemaType");
  if (kind != nullptr && kind->text != "AVRO")
    return bad(fmt::format("it is {}, not Avro", Line(kind->text)));
  const JsonNode* const others = Member(said, "references");
  if (others != nullptr && others->first != nullptr) {
    return Status::Unsupported(
        fmt::format("schema {} of the registry refers to others, which is not supported yet", id));
  }
  return std::make_shared<const std::string>(schema->text);
}

Result<int32_t> SchemaRegistry::Register(const std::string& subject, const std::string& schema) {
  MutexLock lock(mutex_);
  for (;;) {
    const auto known = ids_.find({subject, schema});
    if (known != ids_.end()) return known->second;
    if (!asking_) break;
    AwaitAnswer(lock);
  }
  Result<int32_t> number = [&] {
    const Turn turn(*this, lock);
    return AskForNumber(subject, schema);
  }();
  if (number.ok()) ids_.emplace(std::pair(subject, schema), *number);
  return number;
}

Result<int32_t> SchemaRegistry::AskForNumber(const std::string& subject,
                                             const std::string& schema) {
  std::string body = R"({"schema":)";
  AppendJsonString(schema, body);
  body += '}';
  const http::Answer answer =
      TRY(Ask(fmt::format("/subjects/{}/versions", Escaped(subject)), body));
  if (answer.status != 200) {
    return Status::InvalidSql(fmt::format("the schema registry '{}' does not take the schema of "
                                          "subject '{}': {}",
                                          http::ShownUrl(place_.urls[url_]), subject,
                                          Reason(answer)))
        .WithId("E2008");
  }
  expr::JsonDocument document;
  const JsonNode* const id = Member(document.Parse(answer.body), "id");
  int32_t number = 0;
  if (id == nullptr || id->kind != JsonKind::kInteger ||
      std::from_chars(id->text.data(), id->text.data() + id->text.size(), number).ec != std::errc())
    return Failure(place_.urls[url_], "it gives a schema no number");
  return number;
}

}  // namespace weir::connectors::schema_registry
