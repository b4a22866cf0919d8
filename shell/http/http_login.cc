#include "shell/http/http_login.h"

#include "runtime/base/names.h"
#include "shell/login/base64_text.h"

namespace weir::shell {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kBasic = "Basic ";

// The rest of `said` behind a word in any case; nothing where it begins with another one.
std::optional<std::string_view> Behind(std::string_view word, std::string_view said) {
  if (!EqualsIgnoreCase(said.substr(0, word.size()), word)) return std::nullopt;
  return said.substr(word.size());
}

HttpResponse Unauthorized(std::string_view why, bool has_users) {
  HttpResponse response = ErrorResponse(401, why);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (has_users)
    response.headers.emplace_back("WWW-Authenticate", R"(Basic realm="weir", charset="UTF-8")");
  return response;
}

}  // namespace

std::optional<LoginAttempt> LoginOf(const HttpRequest& request) {
  if (!request.authorization) return std::nullopt;
  if (const auto token = Behind(kBearer, *request.authorization))
    return LoginAttempt{"", std::string(*token), request.client};
  const auto basic = Behind(kBasic, *request.authorization);
  const std::optional<std::string> pair = basic ? FromBase64(*basic) : std::nullopt;
  const size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return LoginAttempt{pair->substr(0, colon), pair->substr(colon + 1), request.client};
}

HttpResponse AsksForLogin(bool has_users) {
  if (has_users)
    return Unauthorized(
        "this needs a login: a user's name and password, or the token from the file "
        "'token' in the data directory: Authorization: Bearer …",
        true);
  return Unauthorized(
      "this needs the token from the file 'token' in the data directory: Authorization: Bearer …",
      false);
}

HttpResponse LoginRefused(const Status& why, bool has_users) {
  if (why.code() != StatusCode::kExternal) return Unauthorized(why.message(), has_users);
  HttpResponse response = ErrorResponse(429, why.message());
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

}  // namespace weir::shell
