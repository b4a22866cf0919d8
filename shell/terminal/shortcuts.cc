#include "shell/terminal/shortcuts.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::shell {
namespace {

constexpr Shortcut kShortcuts[] = {
    {ShortcutId::kDescribe, "\\d", "[TABLE]", ShortcutArgument::kTable,
     "tables, or the columns of one"},
    {ShortcutId::kTables, "\\dt", "", ShortcutArgument::kNone, "tables"},
    {ShortcutId::kViews, "\\dv", "", ShortcutArgument::kNone, "views"},
    {ShortcutId::kFunctions, "\\df", "[PART]", ShortcutArgument::kOther,
     "functions with this in their name"},
    {ShortcutId::kJobs, "\\dj", "[JOB]", ShortcutArgument::kJob, "jobs, or the operators of one"},
    {ShortcutId::kInclude, "\\i", "FILE", ShortcutArgument::kPath, "runs a script"},
    {ShortcutId::kEdit, "\\e", "", ShortcutArgument::kNone,
     "opens the current or last statement in $EDITOR, then runs it"},
    {ShortcutId::kReset, "\\r", "", ShortcutArgument::kNone, "drops the statement that is typed"},
    {ShortcutId::kWatch, "\\watch", "[SECONDS]", ShortcutArgument::kOther,
     "runs the current or last statement again and again, until Ctrl-C"},
    {ShortcutId::kOutput, "\\o", "[FILE]", ShortcutArgument::kPath,
     "results go to a file; without one to the terminal again"},
    {ShortcutId::kRows, "\\rows", "[N | all]", ShortcutArgument::kOther,
     "how many rows of a result are shown; alone, what fits the screen"},
    {ShortcutId::kVertical, "\\x", "", ShortcutArgument::kNone, "vertical results on or off"},
    {ShortcutId::kTiming, "\\timing", "", ShortcutArgument::kNone, "times on or off"},
    {ShortcutId::kHelp, "\\?", "", ShortcutArgument::kNone, "this list; HELP; lists statements"},
    {ShortcutId::kQuit, "\\q", "", ShortcutArgument::kNone,
     "leaves, stopping jobs with a last checkpoint"},
};

std::string_view Trimmed(std::string_view text, std::string_view of) {
  const size_t begin = text.find_first_not_of(of);
  if (begin == text.npos) return "";
  return text.substr(begin, text.find_last_not_of(of) + 1 - begin);
}

}  // namespace

std::span<const Shortcut> Shortcuts() {
  return kShortcuts;
}

const Shortcut* FindShortcut(std::string_view name) {
  const auto* const found = std::ranges::find(kShortcuts, name, &Shortcut::name);
  return found == std::end(kShortcuts) ? nullptr : found;
}

std::string ShortcutList() {
  std::string text;
  for (const Shortcut& shortcut : kShortcuts) {
    text += fmt::format("  {:<19} {}\n", fmt::format("{} {}", shortcut.name, shortcut.argument),
                        shortcut.doc);
  }
  return text;
}

ShortcutLine ReadShortcut(std::string_view line) {
  const std::string_view whole = Trimmed(line, " \t\r\n");
  const size_t blank = whole.find_first_of(" \t");
  std::string_view name = whole.substr(0, blank);
  while (name.size() > 1 && name.back() == ';') name.remove_suffix(1);
  const std::string_view argument = blank == whole.npos ? "" : Trimmed(whole.substr(blank), " \t;");
  return {std::string(name), std::string(argument)};
}

std::string ValueOf(std::string_view argument) {
  const bool quoted = argument.size() >= 2 && argument.front() == '\'' && argument.back() == '\'';
  return std::string(quoted ? argument.substr(1, argument.size() - 2) : argument);
}

}  // namespace weir::shell
