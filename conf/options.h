// The option table: every key that SET, -D, conf files and job definitions know.
//
// A row of options.def is all that an option takes to be set, checked, listed, completed,
// documented and shipped; who obeys it asks conf::Settings for its value by key.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::conf {

// What values look like: "true"; "42"; "1.5"; any text; "10 s"; "64 mb"; one of a list, in any
// case; a path or file: URL; several, separated by ';'; absolute ones, separated by ':', ',' or
// ';'.
enum class OptionType : uint8_t {
  kBoolean,
  kInteger,
  kDouble,
  kString,
  kDuration,
  kMemory,
  kEnum,
  kPath,
  kPaths,
  kDirectories,
};

// What an option is about, the wider ones first. kProcess: all that the process does, at once; it
// is no job's. kSession: what a session shows and how its statements end. kJob: a job from its
// start on, SET before it or said WITH it. kTable: the same, where a table says nothing else.
enum class OptionScope : uint8_t { kProcess, kSession, kJob, kTable };

// A row of options.def, where the members are explained.
// Views of literals: they live forever.
struct Option {
  std::string_view key;
  std::string_view aliases;
  OptionType type;
  OptionScope scope;
  std::string_view default_value;
  std::string_view shipped_value;
  std::string_view allowed;
  std::string_view doc;
};
// In the order of options.def. Lives forever.
std::span<const Option> AllOptions();
// By key or alias, ignoring case; null when there is none.
// Linear in the table; for statements, not for loops.
const Option* FindOption(std::string_view key);
// Whether SET takes the key: an option of ours, or of Flink's (flink_options.h).
bool KnowsOption(std::string_view key);
// E6001 with did-you-mean when `key` is no option; E6001 when the value does not fit it. On success
// the value in canonical spelling (enums as listed, booleans lower case, paths without their
// scheme, lists of them separated by ';' and without empty parts, Flink's other names of a state
// backend as those here). E1002 for paths of other schemes, and for values of Flink's options that
// are refused; those that have no effect are as they were.
Result<std::string> CheckOption(std::string_view key, std::string_view value);
// The parts of a value of kPaths, or of one of kDirectories that was checked.
std::vector<std::string> PathsOf(std::string_view value);
// The paths in a value, checked or not, that the option would have; none where it has no paths.
std::vector<std::string> PathsIn(const Option& option, std::string_view value);
// E6001 when `key` is an option of the process or of a session, which WITH of a job cannot change.
// What is no option at all is CheckOption's case.
Status CheckJobOption(std::string_view key);
// "process", "session", "job", "table".
std::string_view OptionScopeName(OptionScope scope);
// For lists and documents: "boolean", "integer", "duration", …
std::string_view OptionTypeName(OptionType type);

}  // namespace weir::conf
