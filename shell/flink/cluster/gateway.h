// A session of Flink's SQL Gateway (its REST endpoint, version 3 and later).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "shell/flink/cluster/rest_caller.h"

namespace weir::shell::flink {

// What a statement has answered; values as texts, NULL as "NULL".
struct GatewayAnswer {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::string job;  // the id of the job that it has started; "" for none
};

// Used by one thread.
class Gateway {
 public:
  // `settings` are those that the session begins with, by key. kExternal E4010 where it cannot be
  // reached, and where it speaks an older version.
  static Result<std::unique_ptr<Gateway>> Open(const RestPlace& place,
                                               const std::map<std::string, std::string>& settings);
  // Closes the session; jobs go on.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Waits until it has ended; can be interrupted (interruption.h). kExternal E4010 with Flink's
  // reason where it fails. REQUIRES: a statement whose result ends.
  Result<GatewayAnswer> Execute(const std::string& statement);

 private:
  explicit Gateway(const RestPlace& place);
  // Waits while the operation is running, so that its result is there.
  Status Await(const std::string& operation);

  RestCaller rest_;
  std::string session_;  // the path of the session
};

}  // namespace weir::shell::flink
