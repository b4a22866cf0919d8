#include "shell/output/wrap_words.h"

#include <algorithm>

#include "shell/engine/text/display_width.h"

namespace weir::shell {
namespace {

constexpr std::string_view kIndent = "  ";

// Where the words of a line begin, and how far what is broken off is indented.
struct Places {
  size_t words = 0;
  size_t indent = 0;
};

Places PlacesOf(std::string_view line, int width) {
  const size_t first = std::min(line.find_first_not_of(' '), line.size());
  const size_t blanks = std::min(line.find(kIndent, first), line.size());
  const size_t second = std::min(line.find_first_not_of(' ', blanks), line.size());
  const int column = DisplayWidth(line.substr(0, second));
  const bool in_two = second < line.size() && column <= width / 2;
  return in_two ? Places{second, static_cast<size_t>(column)}
                : Places{first, first + kIndent.size()};
}

// Appends `line`, broken at the blank before a word that would pass `width`.
void AppendWrapped(std::string_view line, int width, std::string& out) {
  const Places places = PlacesOf(line, width);
  size_t at = places.words;
  int column = DisplayWidth(line.substr(0, at));
  out += line.substr(0, at);
  while (at < line.size()) {
    const size_t blank = std::min(line.find(' ', at), line.size());
    const std::string_view word = line.substr(at, blank - at);
    const int columns = DisplayWidth(word);
    if (at > places.words && column + 1 + columns > width) {
      out += "\n" + std::string(places.indent, ' ');
      column = static_cast<int>(places.indent);
    } else if (at > places.words) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns;
    at = std::min(blank + 1, line.size());
  }
}

std::string Wrapped(std::string_view text, int width, bool keep_indented) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const bool stays =
        width <= 0 || (keep_indented && line.starts_with(kIndent)) || DisplayWidth(line) <= width;
    if (stays) {
      out += line;
    } else {
      AppendWrapped(line, width, out);
    }
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

std::string WrapWords(std::string_view text, int width) {
  return Wrapped(text, width, false);
}

std::string WrapMessage(std::string_view text, int width) {
  return Wrapped(text, width, true);
}

}  // namespace weir::shell
