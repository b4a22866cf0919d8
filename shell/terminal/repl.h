// The interactive shell.
#pragma once

#include <string>

#include "shell/output/script.h"

namespace weir::shell {

// Reads statements from the terminal until QUIT, \q or the end of input; then stops running jobs
// with a last checkpoint. Runs `init_file` first when it is given, else ~/.weirrc when there is
// one. An exit code.
// A statement may take several lines; it is run when parse::IsComplete says so.
int RunRepl(Engine& engine, ScriptRunner& runner, const std::string& init_file);

}  // namespace weir::shell
