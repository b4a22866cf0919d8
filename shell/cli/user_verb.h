// weir user: who may log in over the network.
#pragma once

#include "runtime/base/result.h"
#include "shell/cli/command_line.h"

namespace weir::shell {

// Does what the line says with the users file of its data directory, which a server reads again by
// itself. A password comes from the terminal, where it is not shown and asked for twice, or is the
// first line of standard input.
Status RunUserVerb(const CommandLine& line);

}  // namespace weir::shell
