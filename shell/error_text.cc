#include "shell/error_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "shell/render.h"

namespace weir::shell {
namespace {

constexpr std::string_view kRed = "\033[1;31m";
constexpr std::string_view kDim = "\033[2m";
constexpr std::string_view kPlain = "\033[0m";

// The line that holds `offset`, without its newline, tabs as single blanks.
std::string LineAt(std::string_view text, size_t offset, size_t& begin) {
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  begin = before == std::string_view::npos ? 0 : before + 1;
  std::string line(text.substr(begin, text.find('\n', begin) - begin));
  std::replace(line.begin(), line.end(), '\t', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  return line;
}

std::string Excerpt(const ErrorContext& context, SourceSpan span) {
  const size_t offset = std::min<size_t>(span.begin, context.text.size());
  size_t line_begin = 0;
  const std::string line = LineAt(context.text, offset, line_begin);
  const std::string number = std::to_string(LocateOffset(context.text, offset).line);
  const size_t at = std::min(offset - line_begin, line.size());
  const size_t length =
      std::clamp<size_t>(span.end - span.begin, 1, std::max<size_t>(line.size() - at, 1));
  const auto indent = static_cast<size_t>(DisplayWidth(std::string_view(line).substr(0, at)));
  const auto carets =
      static_cast<size_t>(std::max(1, DisplayWidth(std::string_view(line).substr(at, length))));
  const std::string_view red = context.color ? kRed : "";
  const std::string_view dim = context.color ? kDim : "";
  const std::string_view plain = context.color ? kPlain : "";
  return fmt::format("  {}{} |{} {}\n  {}{} |{} {}{}{}{}\n", dim, number, plain, line, dim,
                     std::string(number.size(), ' '), plain, std::string(indent, ' '), red,
                     std::string(carets, '^'), plain);
}

}  // namespace

LineColumn LocateOffset(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  LineColumn place;
  place.line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  for (const char c : before.substr(begin)) {
    if ((static_cast<uint8_t>(c) & 0xC0) != 0x80) ++place.column;
  }
  return place;
}

std::string FormatError(const Status& status, const ErrorContext& context) {
  std::string out;
  const bool placed = status.span().has_value() && !context.text.empty();
  if (!context.file.empty()) {
    out += context.file;
    if (placed || context.at) {
      const LineColumn place =
          LocateOffset(context.text, placed ? status.span()->begin : *context.at);
      out += fmt::format(":{}:{}", place.line, place.column);
    }
    out += ": ";
  }
  const std::string sqlstate = context.sqlstate ? fmt::format(" [{}]", status.sqlstate()) : "";
  out += fmt::format("{}ERROR {}{}{}: {}\n", context.color ? kRed : "", status.id(), sqlstate,
                     context.color ? kPlain : "", status.message());
  if (placed) out += Excerpt(context, *status.span());
  if (!status.hint().empty()) out += fmt::format("HINT: {}\n", status.hint());
  return out;
}

}  // namespace weir::shell
