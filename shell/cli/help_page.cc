#include "shell/cli/help_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace weir::shell {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kTextAt = 34;

// `text` in lines, each behind `indent` blanks; the first one goes on at column `at`.
std::string Paragraph(std::string_view text, size_t indent, size_t at) {
  std::string out;
  size_t column = at;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + end > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + "\n";
}

// A term, and behind it what it means.
std::string Entry(const std::string& term, std::string_view text) {
  std::string line = "  " + term;
  if (line.size() + 2 > kTextAt) {
    line += "\n" + std::string(kTextAt, ' ');
  } else {
    line.resize(kTextAt, ' ');
  }
  return line + Paragraph(text, kTextAt, kTextAt);
}

std::string UsageText(const Verb& verb) {
  std::string out;
  std::string_view usage = verb.usage;
  while (!usage.empty()) {
    const size_t end = std::min(usage.find('\n'), usage.size());
    out += fmt::format("{}weir {}\n", out.empty() ? "usage: " : "       ", usage.substr(0, end));
    usage.remove_prefix(std::min(end + 1, usage.size()));
  }
  return out;
}

std::string OptionEntries(std::span<const OptionRow> options) {
  std::string out;
  for (const OptionRow& option : options) out += Entry(OptionText(option), option.help);
  return out;
}

std::string VerbEntries() {
  std::string out;
  for (const Verb& verb : Verbs()) {
    if (!verb.hidden && !verb.is_plain()) out += Entry(std::string(verb.name), verb.help);
  }
  return out;
}

}  // namespace

std::string OptionText(const OptionRow& option) {
  const std::string names = fmt::format("{}", fmt::join(NamesOf(option), ", "));
  return option.value.empty() ? names : fmt::format("{} {}", names, option.value);
}

std::string HelpPage(const Verb& verb) {
  std::string out = verb.is_plain() ? "weir: streaming SQL with state that survives edits\n\n" : "";
  out += UsageText(verb) + "\n" + Paragraph(fmt::format("{}.", verb.help), 0, 0);
  if (!verb.more.empty()) out += Paragraph(verb.more, 0, 0);
  if (verb.is_plain())
    out += "\nverbs (weir VERB --help says more, weir man all of it)\n" + VerbEntries();
  for (const std::span<const OptionRow> group : verb.options) {
    if (group.empty()) continue;
    const bool common = group.data() == CommonOptions().data();
    out += (common ? "\noptions of every verb\n" : "\noptions\n") + OptionEntries(group);
  }
  if (!verb.example.empty()) out += fmt::format("\nexample\n  {}\n", verb.example);
  return out;
}

}  // namespace weir::shell
