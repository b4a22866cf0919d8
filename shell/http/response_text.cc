#include "shell/http/response_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace weir::shell {
namespace {

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

using Header = std::pair<std::string_view, std::string_view>;
constexpr std::array<Header, 3> kUnlessSaid = {{
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
}};

bool Says(const HttpResponse& response, std::string_view name) {
  return std::ranges::any_of(response.headers,
                             [&](const auto& header) { return header.first == name; });
}

std::string DateText(Timestamp now) {
  const auto seconds = static_cast<std::time_t>(now.millis / 1000);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(seconds));
}

}  // namespace

std::string ResponseHead(const HttpResponse& response, const ResponseForm& form, Timestamp now) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, ReasonOf(response.status));
  head += fmt::format("Date: {}\r\nContent-Type: {}\r\n", DateText(now), response.content_type);
  constexpr int kNotModified = 304;  // the length would be that of what is not sent
  if (!response.streams && response.status != kNotModified) {
    head += fmt::format("Content-Length: {}\r\n", response.body.size());
  } else if (response.streams && form.chunked) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (!form.keeps_alive) head += "Connection: close\r\n";
  // Unless the response says otherwise, as parts of the page do, a browser must not keep, guess or
  // run it.
  for (const auto& [name, value] : kUnlessSaid) {
    if (!Says(response, name)) head += fmt::format("{}: {}\r\n", name, value);
  }
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  return head + "\r\n";
}

std::string StreamPiece(std::string_view text, const ResponseForm& form) {
  return form.chunked ? fmt::format("{:x}\r\n{}\r\n", text.size(), text) : std::string(text);
}

std::string StreamEnd(const ResponseForm& form) {
  return form.chunked ? "0\r\n\r\n" : "";
}

}  // namespace weir::shell
