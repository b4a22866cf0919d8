#include "runtime/graph/meaning_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace weir::graph {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '\t' || c == '\n') out += '\\';
    out += c == '\t' ? 't' : c == '\n' ? 'n' : c;
  }
  return out;
}

std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    out += next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return out;
}

}  // namespace

std::string MeaningLine(std::string_view part, std::string_view name, std::string_view text) {
  return fmt::format("{}\t{}\t{}\n", part, Escaped(name), Escaped(text));
}

std::vector<MeaningPart> ParseMeaning(std::string_view meaning) {
  std::vector<MeaningPart> parts;
  while (!meaning.empty()) {
    const size_t end = std::min(meaning.find('\n'), meaning.size());
    const std::string_view line = meaning.substr(0, end);
    meaning.remove_prefix(std::min(end + 1, meaning.size()));
    const size_t first = line.find('\t');
    const size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    if (second == std::string_view::npos) {
      parts.push_back({"clause", "", std::string(line)});
      continue;
    }
    parts.push_back({std::string(line.substr(0, first)),
                     Unescaped(line.substr(first + 1, second - first - 1)),
                     Unescaped(line.substr(second + 1))});
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string> FormerLines(std::vector<std::string> now, std::vector<std::string> former,
                                     const FormerWords& words) {
  std::ranges::sort(now);
  std::ranges::sort(former);
  std::vector<std::string> gone;
  std::vector<std::string> come;
  std::ranges::set_difference(former, now, std::back_inserter(gone));
  std::ranges::set_difference(now, former, std::back_inserter(come));
  std::vector<std::string> lines;
  for (const std::string& line : gone) lines.push_back(MeaningLine(words.of, "", line));
  for (const std::string& line : come) lines.push_back(MeaningLine(words.since, "", line));
  return lines;
}

std::vector<MeaningPart> WithoutFormer(std::vector<MeaningPart> meaning) {
  std::erase_if(meaning, [](const MeaningPart& part) {
    return std::ranges::any_of(kFormerWords, [&](const FormerWords& words) {
      return part.part == words.of || part.part == words.since;
    });
  });
  return meaning;
}

std::vector<MeaningPart> AsOf(const FormerWords& words, const std::vector<MeaningPart>& meaning) {
  std::string gone;
  std::string come;
  for (const MeaningPart& part : meaning) {
    if (part.part == words.of) come += part.text;
    if (part.part == words.since) gone += part.text;
  }
  std::vector<MeaningPart> then;
  std::ranges::set_difference(WithoutFormer(meaning), ParseMeaning(gone), std::back_inserter(then));
  std::ranges::move(ParseMeaning(come), std::back_inserter(then));
  std::sort(then.begin(), then.end());
  return then;
}

}  // namespace weir::graph
