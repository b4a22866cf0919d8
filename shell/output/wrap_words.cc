#include "shell/output/wrap_words.h"

#include <algorithm>

#include "shell/engine/text/display_width.h"

namespace weir::shell {
namespace {

constexpr std::string_view kIndent = "  ";

// Where the second column of a line begins; its length where there is none.
size_t SecondColumn(std::string_view line) {
  const size_t first = std::min(line.find_first_not_of(' '), line.size());
  const size_t blanks = line.find(kIndent, first);
  return blanks == line.npos ? line.size()
                             : std::min(line.find_first_not_of(' ', blanks), line.size());
}

// How far what is broken off a line is indented.
size_t HangingIndent(std::string_view line, int width) {
  const size_t second = SecondColumn(line);
  const bool in_two = second < line.size() && DisplayWidth(line.substr(0, second)) <= width / 2;
  if (in_two) return static_cast<size_t>(DisplayWidth(line.substr(0, second)));
  return std::min(line.find_first_not_of(' '), line.size()) + kIndent.size();
}

// Appends `line` in pieces.
void AppendWrapped(std::string_view line, int width, std::string& out) {
  const size_t indent = HangingIndent(line, width);
  // Blanks in front of the text are no place to break it.
  size_t end = SecondColumn(line) < line.size() && indent > kIndent.size()
                   ? SecondColumn(line)
                   : std::min(line.find_first_not_of(' '), line.size());
  int column = DisplayWidth(line.substr(0, end));
  out += line.substr(0, end);
  bool begins = true;
  while (end < line.size()) {
    const size_t blank = std::min(line.find(' ', end), line.size());
    const std::string_view word = line.substr(end, blank - end);
    const int columns = DisplayWidth(word);
    if (!begins && column + 1 + columns > width) {
      out += "\n" + std::string(indent, ' ');
      column = static_cast<int>(indent);
    } else if (!begins) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns;
    begins = false;
    end = std::min(blank + 1, line.size());
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
