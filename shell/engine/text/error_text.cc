#include "shell/engine/text/error_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/printable.h"
#include "runtime/base/utf8.h"
#include "runtime/fault_point.h"
#include "runtime/graph/secret_text.h"
#include "shell/engine/text/display_width.h"

namespace weir::shell {
namespace {

constexpr std::string_view kRed = "\033[1;31m";
constexpr std::string_view kDim = "\033[2m";
constexpr std::string_view kPlain = "\033[0m";

// The longest word of a message, and the longest line of SQL in an excerpt.
constexpr size_t kLongest = 200;
// Words of hints may be longer: they can be SQL to be pasted.
constexpr size_t kLongestToType = 4096;

// Replaces control characters by one '?' for each byte, so that the carets below still point to the
// right columns.
void HideControls(std::string& line) {
  for (size_t i = 0; i < line.size();) {
    const size_t end = EndOfCharacter(line, i);
    const std::string_view character = std::string_view(line).substr(i, end - i);
    if (Printable(character) != character)
      std::fill_n(line.begin() + static_cast<ptrdiff_t>(i), end - i, '?');
    i = end;
  }
}

// The line that holds `offset`, without its newline, tabs as single blanks.
std::string LineAt(std::string_view text, size_t offset, size_t& begin) {
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  begin = before == std::string_view::npos ? 0 : before + 1;
  std::string line(text.substr(begin, text.find('\n', begin) - begin));
  std::replace(line.begin(), line.end(), '\t', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  return line;
}

// Cuts a long line to `longest` bytes around `offset`, and moves `begin` to where they begin.
std::string Around(std::string line, size_t offset, size_t longest, size_t& begin) {
  if (line.size() <= longest || DefectPlanted("errors-quote-all")) return line;
  const auto splits = [&](size_t at) { return at < line.size() && ContinuesCharacter(line[at]); };
  const size_t place = std::min(offset - begin, line.size());
  size_t first = place < longest / 2 ? 0 : place - longest / 2;
  while (splits(first)) --first;
  size_t last = std::min(first + longest, line.size());
  while (splits(last)) --last;
  begin += first;
  return line.substr(first, last - first);
}

// Bytes of SQL that a line shows behind its number, so that the carets stand below their words: a
// line that the terminal wraps would have them below something else.
size_t RoomForSql(int width, size_t digits) {
  constexpr size_t kAround = 6;  // "  1 | " without the digits, and the last column
  constexpr size_t kLeast = 20;
  if (width <= 0) return kLongest;
  const size_t taken = digits + kAround;
  const auto columns = static_cast<size_t>(width);
  return std::clamp(columns > taken ? columns - taken : 0, kLeast, kLongest);
}

std::string Excerpt(const ErrorContext& context, SourceSpan span) {
  // Errors end up in logs and bug reports.
  const std::string text = graph::StarredSql(context.text);
  const size_t offset = std::min<size_t>(span.begin, text.size());
  const std::string number = std::to_string(LocateOffset(text, offset).line);
  size_t line_begin = 0;
  std::string line = Around(LineAt(text, offset, line_begin), offset,
                            RoomForSql(context.width, number.size()), line_begin);
  HideControls(line);
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
    if (!ContinuesCharacter(c)) ++place.column;
  }
  return place;
}

std::string FormatError(const Status& status, const ErrorContext& context) {
  std::string out;
  const bool placed = status.span().has_value() && !context.text.empty();
  if (!context.file.empty()) {
    out += Printable(context.file);
    if (placed || context.at) {
      const LineColumn place =
          LocateOffset(context.text, placed ? status.span()->begin : *context.at);
      out += fmt::format(":{}:{}", place.line, place.column);
    }
    out += ": ";
  }
  const std::string sqlstate = context.sqlstate ? fmt::format(" [{}]", status.sqlstate()) : "";
  out += fmt::format("{}ERROR {}{}{}: {}\n", context.color ? kRed : "", status.id(), sqlstate,
                     context.color ? kPlain : "", PrintableWords(status.message(), kLongest));
  if (placed) out += Excerpt(context, *status.span());
  if (!status.hint().empty())
    out += fmt::format("HINT: {}\n", PrintableWords(status.hint(), kLongestToType));
  return out;
}

}  // namespace weir::shell
