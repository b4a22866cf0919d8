// Flink's REST interfaces, of a SQL Gateway and of a cluster: JSON over HTTP.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/http/http_client.h"

namespace weir::shell::flink {

// A server, and how it is reached. Proxies are those of the environment (https_proxy, no_proxy), as
// libcurl reads them.
struct RestPlace {
  std::string url;                   // "http://127.0.0.1:8083", "https://flink.example/gateway"
  std::vector<std::string> headers;  // of every request: "Authorization: Bearer …"
  http::Access access;
};

// The headers that Flink's own clients send: FLINK_REST_CLIENT_HEADERS, one a line.
std::vector<std::string> HeadersOfEnvironment();

// The text that is a member of a JSON object. kExternal E4010 where there is none.
Result<std::string> TextIn(const std::string& json, std::string_view member);

// The innermost cause of a trace of Java, without its class and its frames.
std::string CauseOf(std::string_view trace);
// What Flink's servers say of an error, without the exceptions of Java around it: the last cause.
std::string ReasonOf(const std::string& body);

// Used by one thread at a time.
class RestCaller {
 public:
  // `name` is what messages call the server: "SQL Gateway".
  RestCaller(RestPlace place, std::string_view name);

  // The body of an answer of 2xx; `body` is JSON, "" for none. kExternal E4010 otherwise, with the
  // server's reason or that it cannot be reached.
  Result<std::string> Call(std::string_view method, std::string_view path, std::string body = "");

 private:
  RestPlace place_;
  const std::string name_;
  http::Client client_;
};

}  // namespace weir::shell::flink
