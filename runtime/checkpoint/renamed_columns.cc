#include "runtime/checkpoint/renamed_columns.h"

#include <algorithm>
#include <array>

namespace weir::checkpoint {
namespace {

constexpr std::string_view kSource = "src:";

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || byte >= 0x80;
}

// Up to the end of a text in quotes that begins at `at`; two quotes are one inside it.
size_t EndOfQuoted(std::string_view text, size_t at) {
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] != '\'') continue;
    if (i + 1 == text.size() || text[i + 1] != '\'') return i + 1;
    ++i;
  }
  return text.size();
}

// "left." and "right." tell whose column it is; before another dot stands a ROW.
bool IsColumn(std::string_view before, std::string_view behind) {
  if (behind.starts_with('(')) return false;
  return !before.ends_with('.') || before.ends_with("left.") || before.ends_with("right.");
}

bool TellsColumns(const MeaningPart& part) {
  static constexpr std::array<std::string_view, 12> kNever = {
      "option", "connector", "version", "of",     "row",   "places",
      "write",  "zone",      "self",    "mirror", "first", "last"};
  return std::ranges::find(kNever, part.part) == kNever.end();
}

// Every line up to its tab.
std::string WithNamesRenamed(std::string_view lines, const Renames& columns) {
  std::string renamed;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    const size_t tab = std::min(lines.find('\t'), end);
    renamed += Renamed(std::string(lines.substr(0, tab)), columns);
    renamed += lines.substr(tab, std::min(end + 1, lines.size()) - tab);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return renamed;
}

}  // namespace

ColumnPlace ColumnPlaceOf(std::string_view text) {
  const size_t dot = text.rfind('.');
  if (!text.starts_with(kSource) || dot == std::string_view::npos || dot + 1 == text.size())
    return {};
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

std::string WithColumnsRenamed(std::string_view text, const Renames& columns) {
  std::string renamed;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    if (text[i] == '\'') {
      end = EndOfQuoted(text, i);
    } else {
      while (end < text.size() && IsNameByte(text[end])) ++end;
    }
    const std::string word(text.substr(i, std::max(end, i + 1) - i));
    const bool column = end > i && text[i] != '\'' && IsColumn(text.substr(0, i), text.substr(end));
    renamed += column ? Renamed(word, columns) : word;
    i += word.size();
  }
  return renamed;
}

std::vector<MeaningPart> WithColumnsRenamed(std::vector<MeaningPart> meaning,
                                            const Renames& columns) {
  for (MeaningPart& part : meaning) {
    if (part.part == "columns") {
      part.text = WithNamesRenamed(part.text, columns);
    } else if (TellsColumns(part)) {
      part.text = WithColumnsRenamed(part.text, columns);
      if (part.part == "call") part.name = WithColumnsRenamed(part.name, columns);
    }
  }
  std::sort(meaning.begin(), meaning.end());
  return meaning;
}

std::vector<std::string> TableColumns(const std::vector<MeaningPart>& meaning) {
  std::vector<std::string> names;
  for (const MeaningPart& part : meaning) {
    if (part.part != "columns") continue;
    std::string_view lines = part.text;
    while (!lines.empty()) {
      const size_t end = std::min(lines.find('\n'), lines.size());
      names.emplace_back(lines.substr(0, std::min(lines.find('\t'), end)));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
  }
  return names;
}

}  // namespace weir::checkpoint
