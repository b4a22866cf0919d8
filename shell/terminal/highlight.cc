#include "shell/terminal/highlight.h"

#include <algorithm>

#include "planner/parse/parse.h"

namespace weir::shell {
namespace {

constexpr const char* kReset = "\033[0m";
constexpr std::string_view kComment = "\033[2m";

std::string_view ColorOf(parse::WordKind kind) {
  switch (kind) {
    case parse::WordKind::kKeyword:
      return "\033[1;34m";
    case parse::WordKind::kString:
      return "\033[32m";
    case parse::WordKind::kNumber:
      return "\033[36m";
    case parse::WordKind::kOpen:
      return "\033[33m";
    case parse::WordKind::kName:
    case parse::WordKind::kSign:
      break;
  }
  return "";
}

}  // namespace

std::string Highlight(std::string_view text, size_t begin) {
  std::string out;
  size_t at = begin;
  const auto paint = [&](std::string_view color, size_t end) {
    if (end <= at) return;
    std::string_view part = text.substr(at, end - at);
    at = end;
    // A colour ends with its line: somebody may put a prompt in front of the next one.
    while (!part.empty()) {
      const size_t newline = std::min(part.find('\n'), part.size());
      const std::string_view line = part.substr(0, newline);
      const bool plain = color.empty() || line.find_first_not_of(" \t") == line.npos;
      out += plain ? std::string(line) : std::string(color) + std::string(line) + kReset;
      if (newline < part.size()) out += '\n';
      part.remove_prefix(std::min(newline + 1, part.size()));
    }
  };
  for (const parse::Word& word : parse::WordsOf(text)) {
    paint(kComment, word.span.begin);  // what is no word is a comment or blank
    paint(ColorOf(word.kind), word.span.end);
  }
  paint(kComment, text.size());
  return out;
}

}  // namespace weir::shell
