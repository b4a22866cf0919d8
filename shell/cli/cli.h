// The command line of `weir`.
#pragma once

#include "runtime/file_system.h"

namespace weir::shell {

// Parses the arguments and runs what they ask for; the process's exit code (script.h). Jobs use
// `files`; scripts and conf files are the machine's.
// Never throws; owns the process's signals while it runs.
int Main(int argc, char** argv, FileSystem& files = FileSystem::Local());

}  // namespace weir::shell
