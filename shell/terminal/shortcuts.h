// The shell's own commands, which begin with a backslash. They are statements in fewer letters, or
// about the terminal; everything about the engine is SQL.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::shell {

enum class ShortcutId : uint8_t {
  kQuit,
  kHelp,
  kTables,
  kViews,
  kDescribe,
  kFunctions,
  kJobs,
  kInclude,
  kEdit,
  kReset,
  kWatch,
  kOutput,
  kRows,
  kVertical,
  kTiming,
};

// The kind of a shortcut's argument, for completion.
enum class ShortcutArgument : uint8_t { kNone, kOther, kPath, kTable, kJob };

struct Shortcut {
  ShortcutId id;
  std::string_view name;      // "\\d"
  std::string_view argument;  // "[TABLE]"; "" for none
  ShortcutArgument takes;
  std::string_view doc;
};

// In the order in which they are listed. Lives forever.
std::span<const Shortcut> Shortcuts();
// By name, also with a semicolon behind it; null when there is none.
const Shortcut* FindShortcut(std::string_view name);
// The list that \? shows.
std::string ShortcutList();

// A line that begins with a backslash: "\\d orders;" has the name "\\d" and the argument "orders".
struct ShortcutLine {
  std::string name;
  std::string argument;  // without blanks and the semicolon around it
};
ShortcutLine ReadShortcut(std::string_view line);
// What an argument says, in quotes or not.
std::string ValueOf(std::string_view argument);

}  // namespace weir::shell
