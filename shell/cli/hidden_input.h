// Input that must not be shown while it is typed: passwords and values of secrets.
#pragma once

#include <cstddef>
#include <string>

#include "runtime/base/result.h"

namespace weir::shell {

// Whether standard input is a terminal, so that a value is asked for there rather than read.
bool AsksTerminal();
// The next line of standard input, without its end. At most `most` + 1 bytes of it: one more than
// `most` tells the caller that the line is too long. E4001 where it cannot be read.
Result<std::string> ReadInputLine(size_t most);
// All of standard input, without one line end at its end; cut and failing likewise.
Result<std::string> ReadInput(size_t most);
// Asks at the terminal, which does not show what is typed: "Password of ada: ", then "The same
// again: ". kInvalidArgument where the two differ.
Result<std::string> AskTwice(const std::string& what, size_t most);

}  // namespace weir::shell
