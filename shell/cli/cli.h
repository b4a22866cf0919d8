// The command line of `weir`.
#pragma once

#include "runtime/file_system.h"

namespace weir::shell {

// Parses the arguments, runs what they ask for and returns the process's exit code (script.h). Jobs
// use `files`; scripts and conf files are read from the machine. Never throws; owns the process's
// signals while it runs.
int Main(int argc, char** argv, FileSystem& files = FileSystem::Local());

}  // namespace weir::shell
