// The verbs about jobs and savepoints are statements in other words: the session that executes
// statements executes them, in this process or in the one that has the data directory.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "shell/cli/command_line.h"
#include "shell/engine/session/answer.h"

namespace weir::shell {

// The statements that a verb stands for; for `run`, those before its files; "" for a verb that is
// no statement. kInvalidArgument where arguments that depend on options are missing or too many.
Result<std::string> StatementsOf(const CommandLine& line);

// Reduces the statement's answer to what the verb shows: of a savepoint only its path, so that a
// script can read it from standard output; of the jobs those that `line` asks for.
void ShowAsVerb(const CommandLine& line, Answer& answer);

}  // namespace weir::shell
