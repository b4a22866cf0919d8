#include "shell/http/http_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/hex_digit.h"
#include "shell/engine/text/error_text.h"
#include "shell/engine/text/json_text.h"

namespace weir::shell {
namespace {

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Nothing for "%" without two digits, and for control characters. In a query "+" is a blank.
std::optional<std::string> Decoded(std::string_view text, bool query) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = query && text[i] == '+' ? ' ' : text[i];
    if (c == '%') {
      const int byte = HexByte(text, i + 1);
      if (byte < 0) return std::nullopt;
      c = static_cast<char>(byte);
      i += 2;
    }
    if (IsControl(c)) return std::nullopt;
    out += c;
  }
  return out;
}

Status BadTarget() {
  return Status::InvalidArgument("the path of the request is badly encoded");
}

int StatusFor(const Status& failure) {
  constexpr std::string_view kInsufficientPrivilege = "42501";  // SQLSTATE
  constexpr std::string_view kWrongState = "55000";
  if (failure.sqlstate() == kInsufficientPrivilege) return 403;
  switch (failure.code()) {
    case StatusCode::kOk:
      return 200;
    case StatusCode::kNotFound:
      return 404;
    case StatusCode::kInvalidSql:
    case StatusCode::kUnsupported:
    case StatusCode::kDataError:
    case StatusCode::kInvalidArgument:
      return 400;
    case StatusCode::kRestoreRefused:
    case StatusCode::kCancelled:
      return 409;
    case StatusCode::kExternal:
      return failure.sqlstate() == kWrongState ? 409 : 500;
    case StatusCode::kCorruption:
    case StatusCode::kInternal:
      return 500;
  }
  return 500;
}

std::string WithoutLineEnd(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

Status ParseTarget(std::string_view target, HttpRequest& into) {
  if (!target.starts_with('/')) return BadTarget();
  const size_t question = std::min(target.find('?'), target.size());
  std::optional<std::string> path = Decoded(target.substr(0, question), false);
  if (!path) return BadTarget();
  into.path = *std::move(path);
  std::string_view rest = target.substr(std::min(question + 1, target.size()));
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    std::optional<std::string> key = Decoded(pair.substr(0, equals), true);
    std::optional<std::string> value =
        Decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!key || !value) return BadTarget();
    into.query[*std::move(key)] = *std::move(value);
  }
  return {};
}

HttpResponse ErrorResponse(int status, std::string_view message) {
  std::string body = "{\"errors\":[";
  AppendJsonString(body, message);
  body += "]}";
  return {.status = status, .body = std::move(body)};
}

HttpResponse ErrorResponse(const Status& failure, std::string_view statement) {
  HttpResponse response =
      ErrorResponse(StatusFor(failure), WithoutLineEnd(FormatError(failure, {.text = statement})));
  response.body.pop_back();
  response.body += ",\"code\":";
  AppendJsonString(response.body, failure.id());
  response.body += ",\"sqlstate\":";
  AppendJsonString(response.body, failure.sqlstate());
  response.body += ",\"message\":";
  AppendJsonString(response.body, failure.message());
  response.body += ",\"hint\":";
  AppendJsonString(response.body, failure.hint());
  if (failure.span() && !statement.empty()) {
    response.body +=
        fmt::format(",\"begin\":{},\"end\":{}", failure.span()->begin, failure.span()->end);
  }
  response.body += '}';
  return response;
}

}  // namespace weir::shell
