// The words of the command line, taken apart by the table of verbs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "shell/cli/verbs.h"

namespace weir::shell {

struct Said {
  OptionId id = OptionId::kArgument;
  std::string value;  // "" of an option without one
};

// A verb with what was said to it, in the order given. A value that was given as "" counts as not
// given.
struct CommandLine {
  const Verb* verb = nullptr;
  std::vector<Said> said;

  VerbId id() const { return verb->id; }
  bool Has(OptionId id) const;
  // The first value that was given; "" if none was.
  std::string Value(OptionId id) const;
  std::vector<std::string> Values(OptionId id) const;
  std::vector<std::string> Arguments() const { return Values(OptionId::kArgument); }
};

// Words as getopt takes them: -q -f FILE, -qfFILE, --format FORMAT, --format=FORMAT; options stand
// anywhere, also before the verb, and -- ends them. kInvalidArgument E6001 for what the table does
// not have, with what may have been meant; arguments and options are not counted where help or the
// version is asked for.
Result<CommandLine> ParseCommandLine(std::span<const std::string> words);

}  // namespace weir::shell
