// Where schemas have numbers: Confluent's Schema Registry, or another server with its API.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/http/http_client.h"
#include "runtime/mutex.h"

namespace weir::connectors::schema_registry {

struct RegistryPlace {
  std::vector<std::string> urls;  // one of them answers
  std::string option;             // that names them: 'avro-confluent.url'
  http::Access access;
  friend bool operator==(const RegistryPlace&, const RegistryPlace&) = default;
};

// Thread-safe. What was once learned is kept: a number means one schema for ever.
class SchemaRegistry {
 public:
  // The registry of a place, which all who use it at a time share.
  static std::shared_ptr<SchemaRegistry> At(const RegistryPlace& place);

  explicit SchemaRegistry(RegistryPlace place);

  using SchemaText = Result<std::shared_ptr<const std::string>>;
  // The Avro schema of a number, as JSON. kDataError E3005 where there is none, or one of another
  // kind; kUnsupported where it refers to others; kExternal E4010, after some tries, where the
  // registry does not answer. A number without a schema is only asked for again after ten seconds:
  // every message may name it, and it may be registered soon. Can be interrupted (interruption.h).
  SchemaText Schema(int32_t id);
  // The number of a schema under a subject, which gets it as its newest version unless it has it.
  // kInvalidSql E2008 where the registry will not have it, and as above.
  Result<int32_t> Register(const std::string& subject, const std::string& schema);

 private:
  class Turn;
  // A number that the registry does not know.
  struct Missing {
    Status why;
    int64_t until_nanos = 0;
  };

  // What is known of a number without asking.
  std::optional<SchemaText> Known(int32_t id) const WEIR_REQUIRES(mutex_);
  // Waits for the thread that has the turn. May return before its answer is there, so that callers
  // look again; can be interrupted.
  void AwaitAnswer(MutexLock& lock) WEIR_REQUIRES(mutex_);
  // REQUIRES of this and the functions below: the caller has the turn (Turn).
  SchemaText AskForSchema(int32_t id);
  Result<int32_t> AskForNumber(const std::string& subject, const std::string& schema);
  // `path` begins behind the url; a body is posted.
  Result<http::Answer> Ask(const std::string& path, const std::string& body);
  Status Failure(const std::string& url, std::string_view why) const;

  const RegistryPlace place_;
  // Used only by the thread that has the turn: the client, and the index of the URL that answered
  // last.
  http::Client client_;
  size_t url_ = 0;
  Mutex mutex_;
  ConditionVariable asked_;
  // Somebody has the turn: one at a time, so that a number is asked for once.
  bool asking_ WEIR_GUARDED_BY(mutex_) = false;
  std::map<int32_t, std::shared_ptr<const std::string>> schemas_ WEIR_GUARDED_BY(mutex_);
  std::map<int32_t, Missing> missing_ WEIR_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, int32_t> ids_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::connectors::schema_registry
