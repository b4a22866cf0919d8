// The interactive shell: reads statements from the terminal and runs them one by one.
#pragma once

#include <string>

#include "shell/output/script.h"

namespace weir::shell {

// Reads statements from the terminal until QUIT, \q or the end of input, then stops running jobs
// with a last checkpoint. Before that it runs `init_file` if given, else ~/.weirrc if it exists. A
// statement may take several lines and is run when parse::IsComplete says that it is complete.
// Returns an exit code.
int RunRepl(EngineSession& engine, ScriptRunner& runner, const std::string& init_file);

}  // namespace weir::shell
