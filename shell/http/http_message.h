// A request and its response, as the rest of the folder sees them. Plain values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "shell/engine/access/role.h"

namespace weir::shell {

inline constexpr std::string_view kJsonType = "application/json; charset=utf-8";

struct HttpRequest {
  std::string method;  // upper case
  std::string path;    // begins with "/", decoded; without a query
  std::map<std::string, std::string> query;
  // Headers; nothing where it was not sent.
  std::optional<std::string> host;
  std::optional<std::string> origin;
  std::optional<std::string> authorization;
  std::optional<std::string> content_type;
  std::optional<std::string> accept;
  std::optional<std::string> accept_encoding;
  std::optional<std::string> if_none_match;
  std::string body;
  // About the connection: the client's IP address, and whether it is encrypted.
  std::string client;
  bool secure = false;
  // The user, set when the login has been judged. Before that it must not be used: the default of a
  // Principal may do everything.
  Principal who = {};
};

// The work is begun, and not done yet (RFC 9110, 15.3.3).
inline constexpr int kAccepted = 202;

struct HttpResponse {
  int status = 200;
  std::string content_type = std::string(kJsonType);
  std::string body;
  // Headers besides Content-Type. One that every response gets (response_text.cc) is left out where
  // it is set here.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Whether more follows the body, as it is made: HttpExchange::stream.
  bool streams = false;
};

// Takes the target of a request apart: "/jobs/a%20b?mode=cancel" has the path "/jobs/a b" and the
// query mode → cancel. kInvalidArgument for what is no path, is badly encoded, or has control
// characters.
Status ParseTarget(std::string_view target, HttpRequest& into);

// {"errors":["…"]}, as Flink says what went wrong.
HttpResponse ErrorResponse(int status, std::string_view message);
// The response for a Status: its text as the shell prints it, with its number, SQLSTATE and hint,
// and its place in the statement, in bytes, if it has one.
HttpResponse ErrorResponse(const Status& failure, std::string_view statement = {});

}  // namespace weir::shell
