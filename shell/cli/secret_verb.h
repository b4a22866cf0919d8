// weir secret: values to which options of tables refer, as '${secret:NAME}'.
#pragma once

#include "runtime/base/result.h"
#include "shell/cli/command_line.h"

namespace weir::shell {

// Does what the line says with the secrets of its data directory, which a process that has it open
// reads by itself. A value comes from the terminal, where it is not shown and asked for twice, or
// is all of standard input; it is never an argument, which others could see. Values are not shown.
Status RunSecretVerb(const CommandLine& line);

}  // namespace weir::shell
